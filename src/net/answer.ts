/** Reads one HTTP/1.1 answer from bytes as they come: strict (RFC 9112), bounded, and the same however they are cut. */
import { quoted } from "../text.ts";
import { Bytes, decoded } from "./bytes.ts";

/** Status lines, headers and trailers together, in bytes and in lines. */
const HEAD = 32_768;
const HEADERS = 100;
/** Interim answers (1xx) before the real one. */
const INTERIM = 10;
/** A chunk's size with its extensions, and all extensions together, in bytes. */
const CHUNK = 1024;
/** What is no HTTP is shown in this many bytes at most, and waited for until there are so many. */
const ALIEN = 1024;
const LF = 10;
/** What a TLS server says to one who does not speak it: an alert record (RFC 8446, section 5.1). */
const ALERT = "\x15\x03";
/** A SETTINGS frame, with which every HTTP/2 server begins (RFC 9113, sections 3.4 and 4.1). */
const SETTINGS = /^\x00[^\n]{2}\x04\x00\x00\x00\x00\x00/;
/** A field's value: no control characters but the tab (RFC 9110, section 5.5). */
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)[ \t]*$/;

type Part =
  "status" | "headers" | "length" | "until the end" | "chunk size" | "chunk" | "chunk end" | "trailers" | "over";

/** How far it came. */
export type State =
  | "reading"
  | "done"
  | "cut" // the peer stopped in the middle
  | "bad" // HTTP, but against its rules
  | "alien"; // another protocol

export class Answer {
  state: State = "reading";
  /** What is wrong, where it is cut, bad or alien. */
  why = "";
  /** 0 until the headers are complete. */
  status = 0;
  /** The body was longer than was wanted: what came first is kept. */
  truncated = false;
  /** All bytes that came. */
  received = 0;
  readonly body = new Bytes();
  readonly #bodiless: boolean;
  readonly #wanted: (status: number) => number;
  readonly #bytes = new Bytes();
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  #part: Part = "status";
  #code = 0;
  /** The answer is of HTTP/1.0. */
  #old = false;
  #seen = 0;
  #head = 0;
  #lines = 0;
  #interim = 0;
  #extensions = 0;
  #left = 0;
  #limit = 0;

  /** `wanted` says how many bytes of the body are read for a status; `bodiless`: the request was HEAD. */
  constructor(bodiless: boolean, wanted: (status: number) => number) {
    this.#bodiless = bodiless;
    this.#wanted = wanted;
  }

  /** The values of a header, its name in lower case. */
  values(name: string): readonly string[] {
    return this.#values.filter((_, i) => this.#names.at(i) === name);
  }

  /** Bytes came. */
  feed(bytes: Buffer): void {
    if (this.state !== "reading") return;
    this.received += bytes.length;
    this.#bytes.add(bytes);
    for (;;) if (!this.#advance()) return;
  }

  /** No more will come: the peer closed, which may be how a body ends, or `broken` off. */
  end(broken: boolean): void {
    if (this.state !== "reading") return;
    if (this.#part === "until the end" && !broken) this.#end("done", "");
    else if (this.#part === "status" && !this.#plausible()) this.#alien();
    else if (this.status === 0)
      this.#end("cut", this.received === 0 ? "" : `its headers break off after ${this.received} bytes`);
    else if (this.#part === "length")
      this.#end("cut", `its body breaks off after ${this.body.length} of ${this.body.length + this.#left} bytes`);
    else this.#end("cut", `its body breaks off after ${this.body.length} bytes`);
  }

  #end(state: State, why: string): void {
    this.state = state;
    this.why = why;
    this.#part = "over";
  }

  #bad(why: string): boolean {
    this.#end("bad", why);
    return false;
  }

  /** One step; false where more bytes are needed for it. */
  #advance(): boolean {
    switch (this.#part) {
      case "status":
        return this.#plausible() ? this.#line(HEAD, (line) => this.#start(line)) : this.#foreign();
      case "headers":
      case "trailers":
        return this.#line(HEAD, (line) => this.#field(line));
      case "chunk size":
        return this.#line(CHUNK, (line) => this.#size(line));
      case "chunk end":
        return this.#line(2, (line) =>
          line === "" ? this.#go("chunk size") : this.#bad("a chunk is longer than its size"),
        );
      case "length":
      case "chunk":
      case "until the end":
        return this.#data();
      case "over":
        return false;
    }
  }

  #go(part: Part): boolean {
    this.#part = part;
    return true;
  }

  /** Hands on a line that ended with CR LF, without them. */
  #line(limit: number, then: (line: string) => boolean): boolean {
    const i = this.#bytes.find(LF, this.#seen);
    const most = limit === HEAD ? HEAD - this.#head : limit;
    if (i >= most || (i < 0 && this.#bytes.length >= most)) return this.#bad(tooLong(this.#part));
    if (i < 0) {
      this.#seen = this.#bytes.length;
      return false;
    }
    this.#seen = 0;
    if (limit === HEAD) this.#head += i + 1;
    const line = this.#bytes.take(i + 1).toString("latin1");
    if (!line.endsWith("\r\n")) return this.#bad("a line ends without a carriage return");
    return then(line.slice(0, -2));
  }

  // --- the head ---

  /** Could these be the first bytes of an answer? */
  #plausible(): boolean {
    const begin = "HTTP/1.";
    const first = this.#bytes.length < begin.length ? this.#bytes.latin1() : begin;
    if (first !== begin) return begin.startsWith(first);
    for (let i = 0; i < begin.length; i++) if (this.#bytes.at(i) !== begin.charCodeAt(i)) return false;
    return true;
  }

  /** Waits for enough of another protocol to name it. */
  #foreign(): boolean {
    const first = this.#bytes.latin1().slice(0, ALIEN);
    if (first.startsWith(ALERT) || SETTINGS.test(first) || first.includes("\n") || first.length >= ALIEN) this.#alien();
    return false;
  }

  #alien(): void {
    const text = this.#bytes.latin1().slice(0, ALIEN);
    const end = text.indexOf("\n") + 1;
    const line = (end === 0 ? text : text.slice(0, end)).replace(/[\r\n]+$/, "");
    if (text.startsWith(ALERT)) this.#end("alien", "speaks TLS, http was asked");
    else if (SETTINGS.test(text)) this.#end("alien", "speaks HTTP/2 only, HTTP/1.1 was asked");
    else
      this.#end("alien", `does not speak HTTP: it says ${line === "" ? "an empty line" : quoted(decoded(line), 40)}`);
  }

  /** Some servers leave out the blank behind the code where no phrase follows; nothing hangs on it. */
  #start(line: string): boolean {
    const m = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/.exec(line);
    if (m === null) return this.#bad(`its status line is malformed: ${quoted(decoded(line), 40)}`);
    this.#code = Number(m[2] ?? "");
    this.#names.length = 0;
    this.#values.length = 0;
    this.#old = m[1] === "0";
    return this.#go("headers");
  }

  #field(line: string): boolean {
    const trailer = this.#part === "trailers";
    if (line === "") return trailer ? this.#finish() : this.#complete();
    this.#lines++;
    if (this.#lines > HEADERS) return this.#bad(`it has more than ${HEADERS} headers`);
    if (/^[ \t]/.test(line)) return this.#bad("a header is folded over several lines");
    const m = FIELD.exec(line);
    if (m === null) return this.#bad(`a header is malformed: ${quoted(decoded(line), 40)}`);
    if (trailer) return true;
    this.#names.push((m[1] ?? "").toLowerCase());
    this.#values.push(decoded(m[2] ?? ""));
    return true;
  }

  /** The headers are complete: how does the body end (RFC 9112, section 6.3)? */
  #complete(): boolean {
    const code = this.#code;
    const lengths = this.values("content-length");
    const codings = this.values("transfer-encoding");
    const first = lengths.at(0) ?? "";
    if (lengths.length > 0 && codings.length > 0)
      return this.#bad("it has both a content-length and a transfer-encoding");
    for (const length of lengths) {
      if (!/^[0-9]{1,15}$/.test(length)) return this.#bad(`its content-length is malformed: ${quoted(length, 40)}`);
      if (Number(length) !== Number(first)) return this.#bad("it has two content-lengths that differ");
    }
    if (codings.length > 0) {
      const coding = codings.join(", ");
      if (coding.toLowerCase() !== "chunked")
        return this.#bad(`its transfer-encoding is not known: ${quoted(coding, 40)}`);
      if (this.#old) return this.#bad("it has a transfer-encoding, which HTTP/1.0 has not");
    }
    if (code < 200 && code !== 101) {
      this.#interim++;
      return this.#interim > INTERIM
        ? this.#bad(`it has more than ${INTERIM} interim answers (1xx)`)
        : this.#go("status");
    }
    this.status = code;
    this.#limit = this.#wanted(code);
    // 101 was not asked for, and what follows it is no HTTP
    if (this.#bodiless || code === 101 || code === 204 || code === 304 || this.#limit === 0) return this.#finish();
    if (codings.length > 0) return this.#go("chunk size");
    if (lengths.length === 0) return this.#go("until the end");
    this.#left = Number(first);
    return this.#left === 0 ? this.#finish() : this.#go("length");
  }

  #finish(): boolean {
    this.#end("done", "");
    return false;
  }

  // --- the body ---

  /** A chunk's size in hexadecimal digits; its extensions mean nothing to us (RFC 9112, section 7.1.1). */
  #size(line: string): boolean {
    const m = /^([0-9A-Fa-f]{1,8})((?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?)$/.exec(line);
    if (m === null) return this.#bad(`the size of a chunk is malformed: ${quoted(decoded(line), 40)}`);
    this.#extensions += (m[2] ?? "").length;
    if (this.#extensions > HEAD) return this.#bad("its chunk extensions are too long");
    this.#left = parseInt(m[1] ?? "", 16);
    return this.#go(this.#left === 0 ? "trailers" : "chunk");
  }

  #data(): boolean {
    if (this.#bytes.length === 0) return false;
    const open = this.#part === "until the end";
    const room = this.#limit - this.body.length;
    const count = open ? this.#bytes.length : Math.min(this.#left, this.#bytes.length);
    this.body.add(this.#bytes.take(Math.min(count, room)));
    if (count > room) {
      this.truncated = true;
      return this.#finish();
    }
    this.#left -= open ? 0 : count;
    if (open || this.#left > 0) return true;
    return this.#part === "chunk" ? this.#go("chunk end") : this.#finish();
  }
}

function tooLong(part: Part): string {
  if (part === "chunk end") return "a chunk is longer than its size";
  return part === "chunk size"
    ? `the size of a chunk is longer than ${CHUNK} bytes`
    : `its headers are longer than ${HEAD / 1024} KB`;
}
