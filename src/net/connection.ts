/** An open stream: what was opened, without how. */

/** Bytes that come before somebody listens are kept. */
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
    for (const b of kept) this.#bytes(b); // by the field: whoever closes meanwhile hears no more
    if (this.#over) this.#end(this.#why);
  }
  send(text: string): void {
    this.#send(text);
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
  ended(why: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#why = why;
    if (this.#listening) this.#end(why);
  }
}
