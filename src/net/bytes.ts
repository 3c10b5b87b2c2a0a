/** Bytes that come in pieces, read from the front. Nothing here reads out of range. */

export class Bytes {
  #room: Buffer = Buffer.alloc(0);
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  /** Appends a copy. The room doubles, so that single bytes cost no more than large pieces. */
  add(bytes: Buffer): void {
    if (this.#to + bytes.length > this.#room.length) {
      const room = Buffer.alloc(Math.max(1024, 2 * (this.length + bytes.length)));
      this.#room.copy(room, 0, this.#from, this.#to);
      this.#to = this.length;
      this.#from = 0;
      this.#room = room;
    }
    bytes.copy(this.#room, this.#to);
    this.#to += bytes.length;
  }

  /** The byte at an offset from the front, -1 where there is none. */
  at(offset: number): number {
    return offset >= 0 && offset < this.length ? this.#room.readUInt8(this.#from + offset) : -1;
  }

  /** The offset of the first such byte from `start` on, or -1. */
  find(byte: number, start: number): number {
    const i = this.#room.subarray(this.#from + start, this.#to).indexOf(byte);
    return i < 0 ? -1 : i + start;
  }

  /** Takes away at most `count` bytes. They are shared, and good until more are added. */
  take(count: number): Buffer {
    const from = this.#from;
    this.#from = Math.min(this.#to, from + Math.max(0, count));
    return this.#room.subarray(from, this.#from);
  }

  /** Byte by byte, what they are as ISO 8859-1: nothing is lost. */
  latin1(): string {
    return this.#room.toString("latin1", this.#from, this.#to);
  }

  /** What is no UTF-8 becomes U+FFFD. */
  utf8(): string {
    return this.#room.toString("utf8", this.#from, this.#to);
  }
}

/** The text that bytes are which were read as ISO 8859-1 and may be UTF-8. */
export function decoded(latin1: string): string {
  return /[\x80-\xff]/.test(latin1) ? Buffer.from(latin1, "latin1").toString("utf8") : latin1;
}
