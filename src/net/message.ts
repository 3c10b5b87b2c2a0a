/** Messages of DNS, as they are on the wire (RFC 1035, section 4). */
import { canonical, written } from "./address.ts";

/** The types of records that can be asked for, with their numbers (RFC 1035 3.2.2, RFC 3596, RFC 2782). */
const TYPES = "A 1|AAAA 28|CNAME 5|MX 15|NS 2|PTR 12|SRV 33|TXT 16";
export const NAMES: readonly string[] = TYPES.split("|").map((t) => t.slice(0, t.indexOf(" ")));
const CNAME = 5;
/** So many aliases are followed from one to the next. */
const CHAIN = 8;
const HEADER = 12;
/** A name is no longer (RFC 1035 3.1). */
const LONGEST = 255;
/** What servers say instead of an answer (RFC 1035 4.1.1). */
const CODES: readonly string[] = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

export interface Question {
  readonly id: number;
  readonly name: string;
  /** One of NAMES. */
  readonly type: string;
}

/** The bytes of a question; recursion is desired. */
export function question(q: Question): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(q.id, 0);
  header.writeUInt16BE(0x0100, 2);
  header.writeUInt16BE(1, 4);
  const parts: Buffer[] = [header];
  for (const label of q.name.split(".")) {
    if (label !== "") parts.push(Buffer.from([label.length]), Buffer.from(label, "latin1"));
  }
  parts.push(Buffer.from([0, 0, numberOf(q.type), 0, 1]));
  return Buffer.concat(parts);
}

export interface Answer {
  /** "NOERROR", "NXDOMAIN" …; "" where it breaks the rules. */
  readonly code: string;
  /** More did not fit: it is to be asked for over TCP. */
  readonly cut: boolean;
  /** The records of the type that was asked for, of the name or of what it is an alias of, as text. */
  readonly records: readonly string[];
}

/** The answer to a question, null where the bytes are none: of another question, or of nobody's. */
export function answer(bytes: Buffer, q: Question): Answer | null {
  if (bytes.length < HEADER || bytes.readUInt16BE(0) !== q.id) return null;
  const flags = bytes.readUInt16BE(2);
  const wire = new Wire(bytes, HEADER);
  const asked = bytes.readUInt16BE(4) === 1 && wire.name().toLowerCase() === bare(q.name);
  const type = numberOf(q.type);
  if ((flags & 0x8000) === 0 || !asked || wire.short() !== type || wire.short() !== 1 || wire.broken()) return null;
  const code = CODES.at(flags & 15) ?? `code ${flags & 15}`;
  if ((flags & 0x0200) !== 0) return { code, cut: true, records: NONE };
  const rows: Row[] = [];
  for (let left = bytes.readUInt16BE(6); left > 0 && !wire.broken(); left--) {
    const owner = wire.name().toLowerCase();
    const sort = wire.short();
    wire.skip(6); // class and time to live
    const size = wire.short();
    rows.push({ owner, sort, data: sort === type || sort === CNAME ? wire.data(sort, size) : "" });
    if (sort !== type && sort !== CNAME) wire.skip(size);
  }
  return wire.broken() ? { code: "", cut: false, records: NONE } : { code, cut: false, records: chosen(rows, q, type) };
}

/** What two texts of one record have in common, however they are written. */
export function keyOf(type: string, text: string): string {
  if (type === "A" || type === "AAAA") return canonical(text);
  return type === "TXT" ? text : bare(text);
}

/** The name under which an address stands in reverse (RFC 1035 3.5, RFC 3596 2.5). */
export function reversed(address: string): string {
  const one = canonical(address);
  if (one.includes(".")) return `${one.split(".").toReversed().join(".")}.in-addr.arpa`;
  const groups = one.split(":").map((g) => Number(g));
  const digits = groups.map((g) => Buffer.from([g >> 8, g & 255]).toString("hex"));
  const turned: string[] = [];
  for (const d of digits.join("")) turned.unshift(d);
  return `${turned.join(".")}.ip6.arpa`;
}

// --- internal ---

const NONE: readonly string[] = [];

interface Row {
  readonly owner: string;
  readonly sort: number;
  readonly data: string;
}

function numberOf(type: string): number {
  const row = TYPES.split("|").find((t) => t.startsWith(`${type} `)) ?? " 0";
  return Number(row.slice(row.indexOf(" ")));
}

/** In lower case, without the dot of the root. */
function bare(name: string): string {
  const low = name.toLowerCase();
  return low.length > 1 && low.endsWith(".") ? low.slice(0, -1) : low;
}

/** Those of the name itself, and of what it is an alias of. */
function chosen(rows: readonly Row[], q: Question, type: number): readonly string[] {
  const names = new Set<string>([bare(q.name)]);
  for (let i = 0; i < CHAIN && type !== CNAME; i++) {
    for (const r of rows) if (r.sort === CNAME && names.has(r.owner)) names.add(r.data.toLowerCase());
  }
  const out: string[] = [];
  for (const r of rows) if (r.sort === type && names.has(r.owner)) out.push(r.data);
  return out;
}

/** Reads a message from the front. What is not there reads as nothing, and it is broken from then on. */
class Wire {
  readonly #bytes: Buffer;
  #at: number;
  #broken = false;
  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  broken(): boolean {
    return this.#broken;
  }

  short(): number {
    return this.#byte() * 256 + this.#byte();
  }

  skip(count: number): void {
    this.#at += count;
    if (this.#at > this.#bytes.length) this.#broken = true;
  }

  /** The name here. A pointer leads back to a name before, so that none leads round (RFC 1035 4.1.4). */
  name(): string {
    const labels: string[] = [];
    let length = 0;
    let back = -1;
    for (let least = this.#at; ;) {
      const size = this.#byte();
      if (size === 0 || this.#broken) break;
      if (size >= 0xc0) {
        const to = (size & 0x3f) * 256 + this.#byte();
        if (back < 0) back = this.#at;
        if (to >= least) this.#broken = true;
        least = to;
        this.#at = to;
      } else {
        length += size + 1;
        if (size > 63 || length > LONGEST) this.#broken = true;
        labels.push(this.#take(size).toString("latin1").replace(/[.\\]/g, "\\$&"));
      }
      if (this.#broken) break;
    }
    if (back >= 0) this.#at = back;
    return labels.length === 0 ? "." : labels.join(".");
  }

  /** The data of a record as people write it. */
  data(sort: number, size: number): string {
    const end = this.#at + size;
    const text = this.#written(sort, size, end);
    if (this.#at !== end) this.#broken = true;
    return text;
  }

  #written(sort: number, size: number, end: number): string {
    switch (sort) {
      case 1:
        return size === 4 ? `${this.#byte()}.${this.#byte()}.${this.#byte()}.${this.#byte()}` : "";
      case 28: {
        const groups: number[] = [];
        for (let i = 0; i < 8 && size === 16; i++) groups.push(this.short());
        return written(groups);
      }
      case 15:
        return `${this.short()} ${this.name()}`;
      case 33:
        return `${this.short()} ${this.short()} ${this.short()} ${this.name()}`;
      case 16: {
        const parts: Buffer[] = [];
        while (this.#at < end && !this.#broken) parts.push(this.#take(this.#byte()));
        return Buffer.concat(parts).toString("utf8");
      }
      default:
        return this.name();
    }
  }

  #byte(): number {
    this.skip(1);
    return this.#broken ? 0 : this.#bytes.readUInt8(this.#at - 1);
  }

  #take(count: number): Buffer {
    this.skip(count);
    return this.#broken ? Buffer.alloc(0) : this.#bytes.subarray(this.#at - count, this.#at);
  }
}
