/** Recorded exchanges with real servers (test/transcripts), played again: whole, cut at any place, or broken off. */
import { readdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import type { Test } from "tap";

export interface Step {
  /** Hexadecimal. */
  readonly send?: string;
  readonly recv?: string;
  readonly tls?: string;
  readonly eof?: true;
  readonly reset?: true;
}

export interface Transcript {
  readonly scenario: string;
  readonly means: "ready" | "not-yet" | "fail";
  readonly level: "speaks" | "ready" | "object";
  readonly exchange: readonly Step[];
}

const folder = join(import.meta.dirname, "../transcripts");

/** All of a service. */
export function transcripts(service: string): readonly Transcript[] {
  return readdirSync(folder)
    .filter((f) => f.startsWith(`${service}-`))
    .map((f) => JSON.parse(readFileSync(join(folder, f), "utf8")) as Transcript);
}

/** How a server's bytes come. */
export interface How {
  /** The size of the next piece. */
  readonly piece: () => number;
  /** After so many bytes it closes. */
  readonly most: number;
}
export const WHOLE: How = { piece: () => 1e9, most: 1e9 };
export const BYTES: How = { piece: () => 1, most: 1e9 };

/** Pieces of up to seven bytes, from a seed. */
export function pieces(seed: number): How {
  let state = seed;
  const piece = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return 1 + ((state >>> 16) % 7);
  };
  return { piece, most: 1e9 };
}

/** Says bytes in the way of `how`. */
export class Mouth {
  readonly #socket: Socket;
  readonly #how: How;
  #queue = Buffer.alloc(0);
  #said = 0;
  #ending = false;
  #busy = false;
  constructor(socket: Socket, how: How) {
    this.#socket = socket.setNoDelay(true);
    this.#how = how;
  }
  say(bytes: Buffer): void {
    this.#queue = Buffer.concat([this.#queue, bytes]);
    this.#go();
  }
  end(): void {
    this.#ending = true;
    this.#go();
  }
  #go(): void {
    if (this.#busy) return;
    const n = Math.min(this.#how.piece(), this.#queue.length, this.#how.most - this.#said);
    if (this.#said >= this.#how.most || (n === 0 && this.#ending)) this.#socket.end();
    if (n <= 0) return;
    this.#busy = true;
    this.#said += n;
    this.#socket.write(this.#queue.subarray(0, n), () => {
      setImmediate(() => {
        this.#busy = false;
        this.#go();
      });
    });
    this.#queue = this.#queue.subarray(n);
  }
}

/** A server on every address of 127/8, so that one port plays any number of roles: `hosts(i)` is the address of role i. */
export async function stage(t: Test, play: (socket: Socket, role: number) => void): Promise<(role: number) => string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    const [, a = 0, b = 0, c = 0] = (socket.localAddress ?? "").replace("::ffff:", "").split(".").map(Number);
    play(socket, (a << 16) + (b << 8) + c - 256);
  });
  server.listen(0, "0.0.0.0", 1024);
  await once(server, "listening");
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  return (role) => `127.${(role + 256) >> 16}.${((role + 256) >> 8) & 255}.${(role + 256) & 255}:${port}`;
}
