/** Header blocks of HTTP/2 (RFC 7541), as one needs them who has set the dynamic table to nothing. */

/** Name, value, name, value …, each as a literal that nobody may index (section 6.2.3). */
export function packed(headers: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (const [i, text] of headers.entries()) {
    const bytes = Buffer.from(text);
    if (i % 2 === 0) parts.push(Buffer.from([0x10]));
    parts.push(length(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

/**
 * Puts the headers of a block into a map by their names; false where it is malformed. Of the static table only what an answer
 * is judged by has a name; all else is read over.
 */
export function unpack(block: Buffer, out: Map<string, string>): boolean {
  const reader = new Reader(block);
  while (!reader.failed && reader.left() > 0) {
    const first = reader.byte();
    if (first >= 0x80) {
      const index = reader.number(first, 7);
      if (index === 0 || index > STATIC) return false; // the table is empty: there is no more
      const status = index < 8 ? undefined : STATUSES.split(" ").at(index - 8);
      if (status !== undefined) out.set(":status", status);
    } else if (first >= 0x20 && first < 0x40)
      reader.number(first, 5); // a size of the table, which is none
    else {
      const index = reader.number(first, first >= 0x40 ? 6 : 4);
      if (index > STATIC) return false;
      const name = index === 0 ? reader.text() : index >= 8 && index <= 14 ? ":status" : "";
      out.set(name, reader.text());
    }
  }
  return !reader.failed;
}

// --- internal ---

/** Entries of the static table (appendix A). */
const STATIC = 61;
/** Those of its entries 8 to 14, which are :status. */
const STATUSES = "200 204 206 304 400 404 500";
/** The Huffman code (appendix B) is canonical: so these are its characters of 5, 6, 7 … 19 bits. No others stand in what is read. */
const CODES =
  "012aceiost\n %-./3456789=A_bdfghlmnpru\n:BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz\n&*,;XZ\n\n!\"()?\n'+|\n#>\n\0$@[]~\n^}\n<`{\n\n\n\n\\";
const SHORTEST = 5;

/** A number with a prefix of 7 bits (section 5.1). */
function length(n: number): Buffer {
  if (n < 127) return Buffer.from([n]);
  const bytes = [127];
  let rest = n - 127;
  for (; rest >= 128; rest = rest >> 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

class Reader {
  failed = false;
  readonly #bytes: Buffer;
  #at = 0;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    if (this.left() === 0) this.failed = true;
    return this.failed ? 0 : this.#bytes.readUInt8(this.#at++);
  }

  /** A number whose first byte, with a prefix of so many bits, was read (section 5.1). */
  number(first: number, bits: number): number {
    const most = (1 << bits) - 1;
    let n = first & most;
    if (n < most) return n;
    for (let shift = 0; shift <= 14; shift += 7) {
      const b = this.byte();
      n += (b & 127) << shift;
      if (b < 128) return n;
    }
    this.failed = true;
    return 0;
  }

  /** A text (section 5.2), byte by byte as ISO 8859-1. */
  text(): string {
    const first = this.byte();
    const n = this.number(first, 7);
    if (n > this.left()) this.failed = true;
    if (this.failed) return "";
    const bytes = this.#bytes.subarray(this.#at, this.#at + n);
    this.#at += n;
    return first < 128 ? bytes.toString("latin1") : huffman(bytes);
  }
}

/** What is behind a character that is not known stays unread: nothing is judged by such a value. */
function huffman(bytes: Buffer): string {
  const codes = CODES.split("\n");
  let out = "";
  let code = 0;
  let bits = 0;
  let least = 0; // the first code of so many bits
  for (let i = 0; i < 8 * bytes.length; i++) {
    code = 2 * code + ((bytes.readUInt8(i >> 3) >> (7 - (i & 7))) & 1);
    bits++;
    least = 2 * (least + (codes.at(bits - 1 - SHORTEST) ?? "").length * (bits > SHORTEST ? 1 : 0));
    const same = bits < SHORTEST ? "" : (codes.at(bits - SHORTEST) ?? "");
    if (code - least < same.length) {
      out += same.charAt(code - least);
      code = bits = least = 0;
    } else if (bits > 30) break;
  }
  return out;
}
