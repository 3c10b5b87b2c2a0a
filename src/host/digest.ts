/** The SHA-256 of a file of any size: a piece at a time, with a pause for the event loop, taken up where a look left it. */
import { createHash } from "node:crypto";
import { read, stat, type Entry } from "#os";
import type { Deadline } from "../check.ts";
import { same } from "./files.ts";

/** Bytes read at once, and milliseconds of reading between two pauses. */
const PIECE = 131_072;
const TURN = 10;

export interface Digested {
  /** In lower case, "" where it is not done. */
  readonly hex: string;
  /** Bytes hashed so far. */
  readonly done: number;
  /** The file was changed meanwhile: what was hashed is worth nothing. */
  readonly changed: boolean;
  /** Why it cannot be read, or 0. */
  readonly errno: number;
}

function digested(hex: string, done: number, changed: boolean, errno: number): Digested {
  return { hex, done, changed, errno };
}

export class Digest {
  readonly #path: string;
  #hash = createHash("sha256");
  #of: Entry | null = null;
  #done = 0;
  #hex = "";

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads on until the end or the deadline. `entry` is what stat(2) has just said of the path. It calls back once. */
  read(entry: Entry, deadline: Deadline, then: (d: Digested) => void): void {
    if (!same(this.#of, entry)) {
      this.#of = entry;
      this.#hash = createHash("sha256");
      this.#done = 0;
      this.#hex = "";
    }
    if (this.#hex === "") this.#turn(entry, deadline, then);
    else then(digested(this.#hex, this.#done, false, 0));
  }

  #turn(entry: Entry, deadline: Deadline, then: (d: Digested) => void): void {
    const pause = deadline.within(TURN);
    for (;;) {
      const bytes = read(this.#path, PIECE, this.#done);
      if (typeof bytes === "number") {
        then(digested("", this.#done, false, bytes));
        return;
      }
      this.#hash.update(bytes);
      this.#done += bytes.length;
      if (bytes.length < PIECE) break;
      if (deadline.over()) {
        then(digested("", this.#done, false, 0));
        return;
      }
      if (pause.over()) {
        setTimeout(() => {
          this.#turn(entry, deadline, then);
        }, 0);
        return;
      }
    }
    const now = stat(this.#path, true);
    const changed = typeof now === "number" || !same(now, entry);
    if (changed) this.#of = null;
    else this.#hex = this.#hash.digest("hex");
    then(digested(this.#hex, this.#done, changed, 0));
  }
}
