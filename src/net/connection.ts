/** An open stream: what was opened, without how. */
import type { Verdict } from "../check.ts";

/** Bytes that come before somebody listens are kept. */
export class Connection {
  readonly #send: (bytes: Buffer) => void;
  readonly #close: () => void;
  #bytes: (bytes: Buffer) => void = () => {};
  #end: (why: string, verdict: Verdict | null) => void = () => {};
  #kept: Buffer[] = [];
  #listening = false;
  #over = false;
  #why = "";
  #verdict: Verdict | null = null;

  constructor(send: (bytes: Buffer) => void, close: () => void) {
    this.#send = send;
    this.#close = close;
  }
  /** From now on; `end` is called once, with "" where the peer closed and the reason where it broke, and with what that comes
   * to where it is known. */
  listen(bytes: (bytes: Buffer) => void, end: (why: string, verdict: Verdict | null) => void): void {
    this.#bytes = bytes;
    this.#end = end;
    this.#listening = true;
    const kept = this.#kept;
    this.#kept = [];
    for (const b of kept) this.#bytes(b); // by the field: whoever closes meanwhile hears no more
    if (this.#over) this.#end(this.#why, this.#verdict);
  }
  send(bytes: Buffer): void {
    this.#send(bytes);
  }
  /** Closes it; nothing is called back any more. */
  close(): void {
    this.#bytes = () => {};
    this.#end = () => {};
    this.#kept = [];
    this.#listening = true;
    this.#close();
  }
  /** For the opener: bytes came. */
  received(bytes: Buffer): void {
    if (this.#listening) this.#bytes(bytes);
    else this.#kept.push(bytes);
  }
  /** For the opener: it is over. */
  ended(why: string, verdict: Verdict | null = null): void {
    if (this.#over) return;
    this.#over = true;
    this.#why = why;
    this.#verdict = verdict;
    if (this.#listening) this.#end(why, verdict);
  }
}
