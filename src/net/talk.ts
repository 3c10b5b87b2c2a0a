/** A conversation with a server: opened, secured, read piece by piece, and closed with its verdict. Protocol kinds stand on it. */
import { refuse, wait, type Deadline, type Tell, type Verdict } from "../check.ts";
import { plural, quoted, span } from "../text.ts";
import { Bytes, decoded } from "./bytes.ts";
import type { Connection } from "./connection.ts";
import { open, type Door } from "./open.ts";
import { secure, type Peer, type Wanted } from "./tls.ts";

/** With whom, and how. */
export interface Site {
  /** As messages call it: "Redis". */
  readonly protocol: string;
  readonly door: Door;
  /** What is wanted of its TLS, null for none. */
  readonly wanted: Wanted | null;
  /** TLS begins later, by `secure`, and not with the first byte. */
  readonly later: boolean;
}

/**
 * Opens a conversation and lets `begin` lead it, by reads that follow one another. Whatever becomes of it, one verdict is told,
 * by the deadline: what `begin` ends it with, or that it could not be opened, broke off, took too long, or is in another tongue.
 */
export function talk(site: Site, deadline: Deadline, tell: Tell, begin: (talk: Talk) => void): void {
  const allowed = deadline.given();
  const { door, wanted, later } = site;
  const missing = later && wanted !== null ? wanted.trust.refresh() : null;
  if (missing !== null) {
    tell(missing);
    return;
  }
  open(door, later ? null : wanted, deadline, tell, (connection, peer) => {
    new Talk(site, connection, peer, deadline, allowed, tell).lead(begin);
  });
}

export class Talk {
  /** What it comes to where the server closes in the middle, if that means something in this protocol. */
  cut: Verdict | null = null;
  /** Who is at the other end, null while it is not secure. */
  peer: Peer | null;
  readonly #site: Site;
  readonly #deadline: Deadline;
  readonly #allowed: number;
  readonly #tell: Tell;
  readonly #bytes = new Bytes();
  readonly #timer: NodeJS.Timeout;
  #connection: Connection;
  #want: Want | null = null;
  #received = 0;
  #serving = false;
  #over = false;

  /** For `talk` only. */
  constructor(site: Site, connection: Connection, peer: Peer | null, deadline: Deadline, allowed: number, tell: Tell) {
    this.#site = site;
    this.#connection = connection;
    this.#deadline = deadline;
    this.#allowed = allowed;
    this.#tell = tell;
    this.peer = peer;
    this.#timer = setTimeout(
      () => {
        this.#late();
      },
      Math.max(1, deadline.left() - EARLY),
    );
  }

  /** For `talk` only. */
  lead(begin: (talk: Talk) => void): void {
    begin(this);
    if (!this.#over) this.#listen();
  }

  /** With whom it is. */
  get door(): Door {
    return this.#site.door;
  }

  send(bytes: Buffer): void {
    if (!this.#over) this.#connection.send(bytes);
  }

  /** Sends a text as UTF-8. */
  say(text: string): void {
    this.send(Buffer.from(text));
  }

  /** Reads exactly so many bytes, at most 1 MiB. */
  take(count: number, then: (bytes: Buffer) => void): void {
    this.#read(new Want(count, -1, count, then));
  }

  /** Reads up to and with the first such byte; where that does not come within `limit` bytes, the answer is refused. */
  until(byte: number, limit: number, then: (bytes: Buffer) => void): void {
    this.#read(new Want(0, byte, limit, then));
  }

  /** Reads a line of at most `limit` bytes, and hands it on without its end, LF or CR LF. What is no UTF-8 becomes U+FFFD. */
  line(limit: number, then: (line: string) => void): void {
    this.until(LF, limit, (bytes) => {
      const text = bytes.toString("utf8", 0, bytes.length - 1);
      then(text.endsWith("\r") ? text.slice(0, -1) : text);
    });
  }

  /** Turns the connection secure in its middle: what is sent and read from then on is inside. */
  secure(then: () => void): void {
    const { wanted } = this.#site;
    if (wanted === null) return;
    if (this.#bytes.length > 0) {
      // else bytes of somebody between could pass for the server's own (CVE-2011-0411)
      this.broken("it goes on in plain text where TLS was to begin");
      return;
    }
    const failed = (verdict: Verdict): void => {
      this.end(verdict);
    };
    secure(this.#connection, wanted, this.#deadline, failed, (connection, peer) => {
      this.#connection = connection;
      this.peer = peer;
      then();
      if (!this.#over) this.#listen();
    });
  }

  /** Ends it: says the last words, closes, and tells the verdict. */
  end(verdict: Verdict, last: Buffer | null = null): void {
    if (this.#over) return;
    if (last !== null) this.#connection.send(last);
    this.#over = true;
    this.#want = null;
    clearTimeout(this.#timer);
    this.#connection.close();
    this.#tell(verdict);
  }

  /** Ends it, for the server does not speak the protocol; `said` is how it begins. */
  alien(said: string): void {
    const text = decoded(said.slice(0, SHOWN).split("\n", 1).at(0) ?? "").trim();
    const what = text === "" ? "an empty line" : quoted(text, 60);
    this.end(refuse(`does not speak ${this.#site.protocol}: it says ${what}`));
  }

  /** Ends it, for the server speaks the protocol against its rules. */
  broken(why: string): void {
    this.end(refuse(`breaks the rules of ${this.#site.protocol}: ${why}`));
  }

  // --- internal ---

  #listen(): void {
    this.#connection.listen(
      (bytes) => {
        this.#hear(bytes);
      },
      (why, verdict) => {
        this.#ended(why, verdict);
      },
    );
    this.#serve();
  }

  #read(want: Want): void {
    this.#want = want;
    this.#serve();
  }

  #hear(bytes: Buffer): void {
    if (this.#over) return;
    this.#received += bytes.length;
    this.#bytes.add(bytes);
    if (this.#received === this.#bytes.length && this.#tls()) return;
    if (this.#bytes.length > MOST) this.broken(`it says more than ${MOST / 1024} KiB at once`);
    else this.#serve();
  }

  /** A loop, and never one in another: many small reads must not become a deep stack. */
  #serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    while (!this.#over && this.#want !== null) {
      const want = this.#want;
      const n = want.ready(this.#bytes);
      if (n === TOO_LONG) this.broken(`a part of its answer is longer than ${plural(want.limit, "byte")}`);
      if (n < 0) break;
      this.#want = null;
      want.then(Buffer.from(this.#bytes.take(n)));
    }
    this.#serving = false;
  }

  /** Is it an alert of TLS (RFC 8446, section 5.1)? Then that ends it. */
  #tls(): boolean {
    const alert = this.peer === null && this.#bytes.at(0) === 0x15 && this.#bytes.at(1) === 3;
    if (alert) this.end(refuse("speaks TLS, and plain text was asked", "tls: true"));
    return alert;
  }

  #ended(why: string, verdict: Verdict | null): void {
    if (this.#over) return;
    const how = why === "" ? "connection closed" : why;
    const so = `so does a proxy with no server behind it${this.peer === null ? ", and a port that wants TLS" : ""}`;
    if (verdict !== null) this.end(verdict);
    else if (this.cut !== null) this.end(this.cut);
    else if (this.#received === 0 && this.#site.door.unix !== "" && why !== "") this.end(wait(why, "absent"));
    else if (this.#received === 0) this.end(wait(`${how} without an answer`, "absent", so));
    else this.end(wait(`${how} in the middle of the conversation`, "answering"));
  }

  #late(): void {
    const within = `within ${span(this.#allowed)}`;
    if (this.#received === 0) this.end(wait(`no answer ${within}`, "silent"));
    else this.end(wait(`no whole answer ${within}: ${plural(this.#received, "byte")} came`, "silent"));
  }
}

/** A look ends so many milliseconds early: its reason is to be known when the time of its check is up. */
const EARLY = 2;
/** Bytes that wait to be read. */
const MOST = 1_114_112;
/** So much of what is not understood is looked at for a message. */
const SHOWN = 200;
const LF = 10;
const TOO_LONG = -2;

/** A read that is to be served. */
class Want {
  readonly count: number;
  readonly byte: number;
  readonly limit: number;
  readonly then: (bytes: Buffer) => void;
  #seen = 0;
  constructor(count: number, byte: number, limit: number, then: (bytes: Buffer) => void) {
    this.count = count;
    this.byte = byte;
    this.limit = limit;
    this.then = then;
  }
  /** How many bytes it takes, -1 where more must come, TOO_LONG where they will not do. */
  ready(bytes: Bytes): number {
    if (this.byte < 0) return bytes.length >= this.count ? this.count : -1;
    const i = bytes.find(this.byte, this.#seen);
    this.#seen = bytes.length;
    if (i >= this.limit || (i < 0 && bytes.length >= this.limit)) return TOO_LONG;
    return i < 0 ? -1 : i + 1;
  }
}
