/** Questions by datagram: sent to every address of the places that may answer, and again where nobody does. */
import { datagrams } from "#os";
import type { Deadline, Mood } from "../check.ts";
import { reason } from "../host/errno.ts";
import { family, type Endpoint } from "./address.ts";
import type { Connection } from "./connection.ts";
import { lined } from "./lines.ts";
import { LOOPBACK, resolve, unresolved } from "./resolve.ts";

/** Slots of a line: see unix.ts. */
const LINE = 4;
/** It ends so many milliseconds early: its reason is to be known when the time of its check is up. */
const EARLY = 2;
/** So many are named in a message. */
const NAMED = 4;
/** Errnos of udp(7) and ip(7) that have words of their own here. */
const WORDS =
  "1 sending is not permitted|13 sending is not permitted|90 the request is too long|97 address family not supported here|101 network unreachable|111 connection refused|113 no route to host";

/** What an answer is worth: "" for all that was asked for, else why not; null where it belongs to another question. */
export type Heard = (answer: Buffer, address: string, port: number) => string | null;

/**
 * Asks all places at once, and each again after `again` milliseconds without an answer, where that is not 0. The first answer
 * that `heard` takes ends it; else `failed` is called once, by the deadline.
 */
export function inquire(
  places: readonly Endpoint[],
  request: Buffer,
  again: number,
  deadline: Deadline,
  heard: Heard,
  failed: (why: string, mood: Mood) => void,
): void {
  new Inquiry(request, again, deadline, heard, failed).start(places);
}

// --- internal ---

/** One line to one address. */
interface Line {
  readonly address: string;
  readonly port: number;
  readonly connection: Connection;
}

class Inquiry {
  readonly #request: Buffer;
  readonly #heard: Heard;
  readonly #failed: (why: string, mood: Mood) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #again: NodeJS.Timeout | null;
  readonly #reasons: string[] = [];
  #lines: Line[] = [];
  /** Answers of the resolver that are still to come, and the codes of those that came. */
  #pending = 0;
  readonly #codes: number[] = [];
  #mood: Mood = "silent";
  #over = false;

  constructor(
    request: Buffer,
    again: number,
    deadline: Deadline,
    heard: Heard,
    failed: (why: string, mood: Mood) => void,
  ) {
    this.#request = request;
    this.#heard = heard;
    this.#failed = failed;
    this.#timer = setTimeout(
      () => {
        this.#late();
      },
      Math.max(1, deadline.left() - EARLY),
    );
    this.#again = again === 0 ? null : setInterval(() => this.#repeat(), again);
  }

  start(places: readonly Endpoint[]): void {
    const names = places.filter((p) => p.host !== "localhost" && family(p.host) === 0);
    this.#pending = 2 * names.length;
    for (const { host, port } of places) {
      if (host === "localhost") for (const address of LOOPBACK) this.#ask(address, port);
      else if (family(host) !== 0) this.#ask(host, port);
    }
    for (const { host, port } of names) {
      const resolved = (code: number, addresses: readonly string[]): void => {
        this.#pending--;
        if (code !== 0) this.#codes.push(code);
        for (const address of addresses) this.#ask(address, port);
        this.#settle();
      };
      resolve(host, 6, resolved);
      resolve(host, 4, resolved);
    }
  }

  #ask(address: string, port: number): void {
    if (this.#over) return;
    const connection = lined(
      LINE,
      (then) => datagrams(address, port, then),
      (errno, broken) => {
        const row = WORDS.split("|").find((w) => w.startsWith(`${errno} `)) ?? "";
        broken.ended(row === "" ? reason(errno) : row.slice(row.indexOf(" ") + 1));
      },
    );
    this.#lines.push({ address, port, connection });
    connection.listen(
      (bytes) => {
        this.#answered(address, port, bytes);
      },
      (why) => {
        if (why === "") this.#answered(address, port, Buffer.alloc(0)); // after an empty one the line is over
        this.#end(address, port, why === "" ? "an empty answer" : why, "absent");
      },
    );
    connection.send(this.#request);
  }

  #answered(address: string, port: number, bytes: Buffer): void {
    const why = this.#over ? null : this.#heard(bytes, address, port);
    if (why === "") this.#close();
    else if (why !== null) this.#end(address, port, why, "answering");
  }

  /** One of them is out. */
  #end(address: string, port: number, why: string, mood: Mood): void {
    const line = this.#lines.find((l) => l.address === address && l.port === port);
    if (this.#over || line === undefined) return;
    line.connection.close();
    this.#lines = this.#lines.filter((l) => l.connection !== line.connection);
    if (this.#mood !== "answering") this.#mood = mood;
    this.#reasons.push(`${why} at ${address}`);
    this.#settle();
  }

  #repeat(): void {
    for (const l of this.#lines) l.connection.send(this.#request);
  }

  #late(): void {
    for (const l of this.#lines) this.#reasons.push(`no answer from ${l.address}`);
    this.#close();
    this.#fail();
  }

  #settle(): void {
    if (this.#over || this.#pending > 0 || this.#lines.length > 0) return;
    this.#close();
    this.#fail();
  }

  #fail(): void {
    const named = this.#reasons.toSorted().slice(0, NAMED).join("; ");
    const more = this.#reasons.length - NAMED;
    if (named !== "") this.#failed(more > 0 ? `${named} and ${more} more` : named, this.#mood);
    else {
      const { why, mood } = unresolved(this.#codes, this.#pending);
      this.#failed(why, mood);
    }
  }

  #close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    if (this.#again !== null) clearInterval(this.#again);
    for (const l of this.#lines) l.connection.close();
  }
}
