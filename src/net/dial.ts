/** Opens connections: every address of a name is tried, and a failure names each and why. */
import type { Deadline, Mood } from "../check.ts";
import { family, type Family } from "./address.ts";
import { Attempt, SILENT } from "./attempt.ts";
import type { Connection } from "./connection.ts";
import { LOOPBACK, resolve, unresolved } from "./resolve.ts";

export { Connection } from "./connection.ts";
export { dialUnix } from "./unix.ts";

/** How a dial ended: with a connection, or with the reason why there is none. */
export class Dialled {
  readonly connection: Connection | null;
  readonly why: string;
  readonly mood: Mood;
  /** This machine does not let us: no waiting will help. */
  readonly forbidden: boolean;
  /** Every address says that nobody listens. */
  readonly refused: boolean;
  constructor(connection: Connection | null, why: string, mood: Mood, forbidden: boolean, refused: boolean) {
    this.connection = connection;
    this.why = why;
    this.mood = mood;
    this.forbidden = forbidden;
    this.refused = refused;
  }
}

/** Opens a TCP connection to a name or an address, and calls back once, by the deadline. */
export function dial(host: string, port: number, deadline: Deadline, then: (dialled: Dialled) => void): void {
  new Dial(host, port, deadline, then).start();
}

// --- internal ---

/** How long the answer for the other family may take once this one has failed (RFC 8305, section 3). */
const RESOLUTION_DELAY = 50;
/** The longest pause before the next address is tried beside the last (RFC 8305, section 5: 100 ms at least, where time allows). */
const ATTEMPT_DELAY = 100;
const QUEUED = "no descriptor is free";
/** So many addresses are named for one reason. */
const NAMED = 4;

interface Failure {
  readonly address: string;
  readonly why: string;
  readonly code: string;
}

/** What hosts are, found once for the many looks at each. */
const sorts = new Map<string, 0 | Family>();

function sortOf(host: string): 0 | Family {
  const known = sorts.get(host);
  if (known !== undefined) return known;
  if (sorts.size > 1000) sorts.clear(); // redirects name hosts too
  const sort = family(host);
  sorts.set(host, sort);
  return sort;
}

/** One dial: the addresses of both families in turns, the next one when the last failed or takes long (RFC 8305). */
class Dial {
  readonly #host: string;
  readonly #sort: 0 | Family;
  readonly #port: number;
  readonly #deadline: Deadline;
  readonly #then: (d: Dialled) => void;
  readonly #queues: string[][] = [[], []]; // IPv6, IPv4
  readonly #codes: number[] = [];
  readonly #attempts: Attempt[] = [];
  readonly #failures: Failure[] = [];
  #pending = 0;
  #turn = 0;
  #known = 0;
  #over = false;
  #timer: NodeJS.Timeout | null = null;
  #next: NodeJS.Timeout | null = null;

  constructor(host: string, port: number, deadline: Deadline, then: (d: Dialled) => void) {
    this.#host = host;
    this.#sort = sortOf(host);
    this.#port = port;
    this.#deadline = deadline;
    this.#then = then;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#giveUp();
    }, this.#deadline.left());
    if (this.#sort !== 0) this.#add(this.#sort, [this.#host]);
    else if (this.#host === "localhost") {
      this.#add(4, LOOPBACK.slice(0, 1));
      this.#add(6, LOOPBACK.slice(1));
    } else {
      this.#pending = 2;
      this.#ask(6);
      this.#ask(4);
    }
    this.#advance();
  }

  #ask(which: Family): void {
    resolve(this.#host, which, (code, addresses) => {
      if (this.#over) return;
      this.#pending--;
      if (code !== 0) this.#codes.push(code);
      this.#add(which, addresses);
      this.#advance();
    });
  }

  #add(which: Family, addresses: readonly string[]): void {
    this.#queues.at(which === 6 ? 0 : 1)?.push(...addresses);
    this.#known += addresses.length;
  }

  /** Tries the next address, or ends where none is left. */
  #advance(): void {
    if (this.#over) return;
    if (this.#next !== null) clearTimeout(this.#next);
    this.#next = null;
    const address = this.#queues.at(this.#turn)?.shift() ?? this.#queues.at(1 - this.#turn)?.shift();
    if (address !== undefined) {
      this.#turn = 1 - this.#turn;
      this.#try(address);
      return;
    }
    if (this.#attempts.some((a) => !a.ended)) return;
    if (this.#pending === 0) this.#giveUp();
    else if (this.#failures.length > 0) {
      this.#next = setTimeout(() => {
        this.#giveUp();
      }, RESOLUTION_DELAY);
    }
  }

  #try(address: string): void {
    const attempt = new Attempt(address, this.#port, (connection, why, code) => {
      if (connection !== null) {
        this.#end(new Dialled(connection, "", "answering", false, false));
        return;
      }
      this.#failures.push({ address, why, code });
      this.#advance();
    });
    this.#attempts.push(attempt);
    this.#pace(attempt); // before it starts: it may fail at once, and then the timer is the next one's
    attempt.start();
  }

  /** Tries the next address beside this one, unless it is still waiting for a descriptor. */
  #pace(attempt: Attempt): void {
    const pause = Math.min(ATTEMPT_DELAY, Math.max(2, this.#deadline.left() / (2 * this.#known)));
    this.#next = setTimeout(() => {
      this.#next = null;
      if (attempt.queued && !attempt.ended) {
        this.#pace(attempt);
        this.#makeRoom();
      } else if (this.#queues.some((q) => q.length > 0)) this.#advance();
    }, pause);
  }

  /** No descriptor is free, and some are held by addresses of this name that do not answer: the oldest had its chance. */
  #makeRoom(): void {
    const oldest = this.#attempts.find((a) => !a.ended && !a.queued);
    if (oldest === undefined) return;
    oldest.abandon();
    this.#failures.push({ address: oldest.address, why: SILENT, code: "" });
  }

  #giveUp(): void {
    if (this.#over) return;
    for (const a of this.#attempts) {
      if (!a.ended) this.#failures.push({ address: a.address, why: a.queued ? QUEUED : SILENT, code: "" });
    }
    if (this.#failures.length === 0) {
      const { why, mood } = unresolved(this.#codes, this.#pending);
      this.#end(new Dialled(null, why, mood, false, false));
      return;
    }
    const said = this.#failures.some((f) => f.why !== SILENT && f.why !== QUEUED);
    const asked = this.#failures.some((f) => f.why !== QUEUED);
    const mood: Mood = said ? "absent" : asked ? "silent" : "unable";
    const forbidden = this.#failures.every((f) => f.code === "EACCES" || f.code === "EPERM");
    const refused = this.#pending === 0 && this.#failures.every((f) => f.code === "ECONNREFUSED");
    this.#end(new Dialled(null, this.#reasons(), mood, forbidden, refused));
  }

  /** "connection refused at 10.0.0.1, 10.0.0.2; no answer at 10.0.0.3" */
  #reasons(): string {
    if (this.#sort !== 0) return this.#failures.at(0)?.why ?? "";
    const groups = new Map<string, string>();
    const counts = new Map<string, number>();
    for (const f of this.#failures) {
      const n = (counts.get(f.why) ?? 0) + 1;
      counts.set(f.why, n);
      if (n <= NAMED) groups.set(f.why, n === 1 ? f.address : `${groups.get(f.why) ?? ""}, ${f.address}`);
    }
    const parts: string[] = [];
    for (const [why, addresses] of groups) {
      const more = (counts.get(why) ?? 0) - NAMED;
      parts.push(`${why} at ${addresses}${more > 0 ? ` and ${more} more` : ""}`);
    }
    return parts.join("; ");
  }

  #end(dialled: Dialled): void {
    if (this.#over) {
      dialled.connection?.close();
      return;
    }
    this.#over = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#next !== null) clearTimeout(this.#next);
    for (const a of this.#attempts) if (!a.ended) a.abandon();
    this.#attempts.length = 0;
    this.#then(dialled);
  }
}
