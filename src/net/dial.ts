/** Opens connections: every address of a name is tried, and a failure names each and why. */
import { hangUp, line, toItself } from "#os";
import * as net from "node:net";
import type { Deadline, Mood } from "../check.ts";
import { family, LOOPBACK, resolve, type Family } from "./resolve.ts";
import { slots } from "./slots.ts";

/** An open connection. Bytes that come before somebody listens are kept. */
export class Connection {
  readonly #send: (text: string) => void;
  readonly #close: () => void;
  #bytes: (bytes: Buffer) => void = () => {};
  #end: (why: string) => void = () => {};
  #kept: Buffer[] = [];
  #listening = false;
  #over = false;
  #why = "";

  constructor(send: (text: string) => void, close: () => void) {
    this.#send = send;
    this.#close = close;
  }
  /** From now on; `end` is called once, with "" where the peer closed and the reason where it broke. */
  listen(bytes: (bytes: Buffer) => void, end: (why: string) => void): void {
    this.#bytes = bytes;
    this.#end = end;
    this.#listening = true;
    const kept = this.#kept;
    this.#kept = [];
    for (const b of kept) bytes(b);
    if (this.#over) end(this.#why);
  }
  send(text: string): void {
    this.#send(text);
  }
  /** Closes it; nothing is called back any more. */
  close(): void {
    this.#bytes = () => {};
    this.#end = () => {};
    this.#listening = true;
    this.#close();
  }
  /** For the opener: bytes came. */
  received(bytes: Buffer): void {
    if (this.#listening) this.#bytes(bytes);
    else this.#kept.push(bytes);
  }
  /** For the opener: it is over. */
  ended(why: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#why = why;
    if (this.#listening) this.#end(why);
  }
}

/** How a dial ended: with a connection, or with the reason why there is none. */
export class Dialled {
  readonly connection: Connection | null;
  readonly why: string;
  readonly mood: Mood;
  /** This machine does not let us: no waiting will help. */
  readonly forbidden: boolean;
  constructor(connection: Connection | null, why: string, mood: Mood, forbidden: boolean) {
    this.connection = connection;
    this.why = why;
    this.mood = mood;
    this.forbidden = forbidden;
  }
}

/** Opens a TCP connection to a name or an address, and calls back once, by the deadline. */
export function dial(host: string, port: number, deadline: Deadline, then: (dialled: Dialled) => void): void {
  new Dial(host, port, deadline, then).start();
}

/** Opens a stream to a Unix socket with its request, for bytes that come in answer. */
export function dialUnix(path: string, request: string): Connection {
  let open = true;
  const connection = new Connection(
    () => {},
    () => {
      if (open) hangUp(id);
      open = false;
    },
  );
  const id: number = line(path, request, (bytes, errno) => {
    if (bytes !== null) connection.received(bytes);
    else {
      open = false;
      connection.ended(errno === 0 ? "" : unixReason(errno));
    }
  });
  return connection;
}

/** Why nobody accepts on a Unix socket, by errno. */
export function unixReason(errno: number): string {
  switch (errno) {
    case 2:
      return "no such socket";
    case 11:
      return "its backlog is full";
    case 13:
      return "permission denied";
    case 91: // EPROTOTYPE
      return "not a stream socket";
    case 111:
      return "connection refused";
    default:
      return `errno ${errno}`;
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "connection reset"],
  ["ETIMEDOUT", "no answer"],
  ["EHOSTUNREACH", "no route to host"],
  ["ENETUNREACH", "network unreachable"],
  ["EADDRNOTAVAIL", "address not available here"],
  ["EAFNOSUPPORT", "address family not supported here"],
  ["EACCES", "connecting is not permitted"],
  ["EPERM", "connecting is not permitted"],
  ["EPIPE", "connection closed"],
]);
const SILENT = "no answer";
/** How long the answer for the other family may take once this one has failed (RFC 8305, section 3). */
const RESOLUTION_DELAY = 50;

/** One dial: the addresses of both families in turns, the next one when the last failed or takes long (RFC 8305). */
class Dial {
  readonly #host: string;
  readonly #port: number;
  readonly #deadline: Deadline;
  readonly #then: (d: Dialled) => void;
  readonly #queues: string[][] = [[], []]; // IPv6, IPv4
  readonly #codes: number[] = [];
  readonly #sockets: Attempt[] = [];
  readonly #failures: Failure[] = [];
  #pending = 0;
  #open = 0;
  #turn = 0;
  #known = 0;
  #over = false;
  #timer: NodeJS.Timeout | null = null;
  #next: NodeJS.Timeout | null = null;

  constructor(host: string, port: number, deadline: Deadline, then: (d: Dialled) => void) {
    this.#host = host;
    this.#port = port;
    this.#deadline = deadline;
    this.#then = then;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#giveUp();
    }, this.#deadline.left());
    const kind = family(this.#host);
    if (kind !== 0) this.#add(kind, [this.#host]);
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
      const more = this.#queues.some((q) => q.length > 0);
      const pause = Math.min(100, this.#deadline.left() / (2 * this.#known));
      if (more) this.#next = setTimeout(() => this.#advance(), pause);
    } else if (this.#open === 0) {
      if (this.#pending === 0) this.#giveUp();
      else if (this.#failures.length > 0) this.#next = setTimeout(() => this.#giveUp(), RESOLUTION_DELAY);
    }
  }

  #try(address: string): void {
    this.#open++;
    const attempt = new Attempt(address);
    this.#sockets.push(attempt);
    slots.take(1, () => {
      if (this.#over) {
        slots.give(1);
        return;
      }
      attempt.open(
        this.#port,
        (connection) => {
          this.#end(new Dialled(connection, "", "answering", false), attempt);
        },
        (why, code) => {
          this.#open--;
          this.#failures.push({ address, why, code });
          this.#advance();
        },
      );
    });
  }

  #giveUp(): void {
    if (this.#over) return;
    for (const a of this.#sockets) if (!a.ended) this.#failures.push({ address: a.address, why: SILENT, code: "" });
    const mood: Mood = this.#failures.some((f) => f.why !== SILENT) ? "absent" : "silent";
    const forbidden = this.#failures.length > 0 && this.#failures.every((f) => f.code === "EACCES" || f.code === "EPERM");
    if (this.#failures.length === 0) this.#end(this.#unresolved(), null);
    else this.#end(new Dialled(null, this.#reasons(), mood, forbidden), null);
  }

  #unresolved(): Dialled {
    if (this.#pending > 0 && !this.#codes.includes(-2)) {
      return new Dialled(null, "no answer from the resolver", "silent", false);
    }
    if (this.#codes.includes(-2)) return new Dialled(null, "the name does not resolve", "absent", false);
    if (this.#codes.every((c) => c === -5)) return new Dialled(null, "the name has no address", "absent", false);
    return new Dialled(null, "the resolver fails", "silent", false);
  }

  /** "connection refused at 10.0.0.1, 10.0.0.2; no answer at 10.0.0.3" */
  #reasons(): string {
    const groups = new Map<string, string>();
    const counts = new Map<string, number>();
    for (const f of this.#failures) {
      const n = (counts.get(f.why) ?? 0) + 1;
      counts.set(f.why, n);
      if (n <= 4) groups.set(f.why, n === 1 ? f.address : `${groups.get(f.why) ?? ""}, ${f.address}`);
    }
    const parts: string[] = [];
    for (const [why, addresses] of groups) {
      const more = (counts.get(why) ?? 0) - 4;
      const at = family(this.#host) === 0 ? ` at ${addresses}${more > 0 ? ` and ${more} more` : ""}` : "";
      parts.push(`${why}${at}`);
    }
    return parts.join("; ");
  }

  #end(dialled: Dialled, winner: Attempt | null): void {
    if (this.#over) {
      dialled.connection?.close();
      return;
    }
    this.#over = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#next !== null) clearTimeout(this.#next);
    for (const a of this.#sockets) if (a !== winner) a.abandon();
    this.#then(dialled);
  }
}

interface Failure {
  readonly address: string;
  readonly why: string;
  readonly code: string;
}

/** A connection to one address. It gives its slot back exactly once. */
class Attempt {
  readonly address: string;
  ended = false;
  #close: () => void = () => {};

  constructor(address: string) {
    this.address = address;
  }

  open(port: number, good: (c: Connection) => void, bad: (why: string, code: string) => void): void {
    const socket = net.connect({ host: this.address, port });
    let held = true;
    let connection: Connection | null = null;
    const release = (): void => {
      if (held) slots.give(1);
      held = false;
    };
    this.#close = (): void => {
      socket.destroy();
      release();
    };
    const close = this.#close;
    const failed = (why: string, code: string): void => {
      release();
      if (connection !== null) connection.ended(why);
      else if (!this.ended) {
        this.ended = true;
        bad(why, code);
      }
    };
    socket.on("connect", () => {
      if (this.ended) return;
      this.ended = true;
      if (loopback(this.address) && toItself(socket, port)) {
        close();
        bad("connected to itself: nobody listens", "");
        return;
      }
      const c = new Connection((text) => {
        socket.write(text);
      }, close);
      connection = c;
      good(c);
    });
    socket.on("data", (bytes) => {
      connection?.received(bytes);
    });
    socket.on("end", () => {
      connection?.ended("");
    });
    socket.on("error", (e) => {
      socket.destroy();
      const code = codeOf(e);
      failed(REASONS.get(code) ?? (code === "" ? "connection failed" : code), code);
    });
    socket.on("close", () => {
      failed("", "");
    });
  }

  abandon(): void {
    this.ended = true;
    this.#close();
  }
}

/** Only there can a socket be connected to itself, which says nothing of a server (RFC 9293, 3.5). */
function loopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

function codeOf(e: unknown): string {
  if (e instanceof Error && "code" in e && typeof e.code === "string") return e.code;
  return "";
}
