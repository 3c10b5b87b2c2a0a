/** A connection to one address: the only place where a TCP socket is made. */
import { socketErrno, toItself } from "#os";
import * as net from "node:net";
import { Connection } from "./connection.ts";
import { slots, type Ticket } from "./slots.ts";

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "connection reset"],
  ["ETIMEDOUT", "no answer"],
  ["EHOSTUNREACH", "no route to host"],
  ["ENETUNREACH", "network unreachable"],
  ["EINVAL", "no route to host"], // a blackhole route (fib_props in the kernel's net/ipv4/fib_semantics.c)
  ["EADDRNOTAVAIL", "address not available here"],
  ["EAFNOSUPPORT", "address family not supported here"],
  ["EACCES", "connecting is not permitted"],
  ["EPERM", "connecting is not permitted"],
  ["EPIPE", "connection closed"],
  ["EMFILE", "no descriptor is free"],
  ["ENFILE", "no descriptor is free"],
]);
/** By errno, what a socket cannot be made for; on Node it is an error of the connection. */
const CODES: ReadonlyMap<number, string> = new Map([
  [1, "EPERM"],
  [13, "EACCES"],
  [23, "ENFILE"],
  [24, "EMFILE"],
  [97, "EAFNOSUPPORT"],
]);
export const SILENT = "no answer";

/** What became of an attempt: a connection, or why there is none, with the code that the platform gives it. */
export type Ending = (connection: Connection | null, why: string, code: string) => void;

/** It takes a slot, and gives it back when its socket is closed; it calls back once, unless it is abandoned. */
export class Attempt {
  readonly address: string;
  readonly #port: number;
  #then: Ending;
  #ticket: Ticket | null = null;
  #socket: net.Socket | null = null;
  #connection: Connection | null = null;
  /** No socket yet, for no descriptor is free. */
  queued = true;
  ended = false;

  constructor(address: string, port: number, then: Ending) {
    this.address = address;
    this.#port = port;
    this.#then = then;
  }

  start(): void {
    const place = slots.take(1, (ticket) => {
      this.#ticket = ticket;
      if (!this.ended) this.#open(ticket);
      else ticket.end();
    });
    this.#ticket = place;
    if (this.ended && this.#socket === null) place.end();
  }

  /** Nothing is called back any more. */
  abandon(): void {
    this.ended = true;
    this.#then = nothing;
    this.#close();
  }

  #open(ticket: Ticket): void {
    this.queued = false;
    const errno = socketErrno(this.address.includes(":") ? 6 : 4);
    if (errno !== 0) {
      ticket.end();
      this.#fail(CODES.get(errno) ?? `errno ${errno}`);
      return;
    }
    const socket = net.connect({ host: this.address, port: this.#port });
    this.#socket = socket;
    socket.on("connect", () => {
      if (this.ended) return;
      if (toItself(socket, this.#port)) {
        this.#close();
        this.#finish(null, "connected to itself: nobody listens", "ECONNREFUSED");
        return;
      }
      const connection = new Connection(
        (bytes) => {
          socket.write(bytes);
        },
        () => {
          this.#close();
        },
      );
      this.#connection = connection;
      this.#finish(connection, "", "");
    });
    socket.on("data", (bytes) => {
      this.#connection?.received(bytes);
    });
    socket.on("end", () => {
      this.#connection?.ended("");
    });
    socket.on("error", (e) => {
      socket.destroy();
      // Not `"code" in e`: in the binary each use of it on an unknown would lose 1.2 KB (scriptc 0.1.7).
      this.#fail((e as NodeJS.ErrnoException).code ?? "");
    });
    socket.on("close", () => {
      ticket.end();
      if (this.#connection === null) this.#fail("");
      else this.#connection.ended("");
      this.#socket = null;
      this.#connection = null;
      this.#ticket = null;
    });
  }

  #close(): void {
    if (this.#socket === null) this.#ticket?.end();
    else this.#socket.destroy(); // the slot is given back by "close"
  }

  #fail(code: string): void {
    const why = REASONS.get(code) ?? (code === "" ? "connection failed" : code);
    if (this.#connection === null) this.#finish(null, why, code);
    else this.#connection.ended(why);
  }

  #finish(connection: Connection | null, why: string, code: string): void {
    if (this.ended) return;
    this.ended = true;
    const then = this.#then;
    this.#then = nothing; // the compiler's runtime counts references: a circle would stay until it is looked for
    then(connection, why, code);
  }
}

function nothing(): void {
  // nobody is told any more
}
