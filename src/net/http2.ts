/** One HTTP/2 exchange (RFC 9113) in a conversation: a request, and its answer with its trailers. */
import { wait } from "../check.ts";
import { quoted } from "../text.ts";
import { packed, unpack } from "./hpack.ts";
import type { Talk } from "./talk.ts";

export interface Exchanged {
  /** Of the headers and of the trailers, which win. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Sends a request, its headers as name, value, name, value …, and hands on the whole answer. */
export function exchange2(t: Talk, headers: readonly string[], body: Buffer, then: (e: Exchanged) => void): void {
  const settings = Buffer.from("000100000000000200000000", "hex"); // HEADER_TABLE_SIZE 0, ENABLE_PUSH 0
  const opening = [Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(SETTINGS, 0, 0, settings)];
  t.send(
    Buffer.concat([...opening, frame(HEADERS, END_HEADERS, 1, packed(headers)), frame(DATA, END_STREAM, 1, body)]),
  );
  new Stream(t, then).begin();
}

// --- internal ---

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PUSH_PROMISE = 5;
const PING = 6;
const GOAWAY = 7;
const CONTINUATION = 9;
/** Flags; the first is ACK in SETTINGS and PING. */
const END_STREAM = 1;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 32;
/** Bytes of a frame, as nothing else was asked for (section 4.2), and of an answer; and its frames. */
const FRAME = 16_384;
const ANSWER = 65_536;
const FRAMES = 200;
const LINE = 1024;
/** Section 7. */
const ERRORS =
  "NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY HTTP_1_1_REQUIRED";

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt32BE(256 * payload.length + type, 0);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

class Stream {
  readonly #talk: Talk;
  readonly #then: (e: Exchanged) => void;
  readonly #headers = new Map<string, string>();
  #body: Buffer = Buffer.alloc(0);
  #block: Buffer = Buffer.alloc(0);
  /** The header block that is being read ends the stream. */
  #last = false;
  /** A header block goes on: nothing else may come (section 6.10). */
  #open = false;
  #frames = 0;

  constructor(t: Talk, then: (e: Exchanged) => void) {
    this.#talk = t;
    this.#then = then;
  }

  /** A server begins with SETTINGS (section 3.4). */
  begin(): void {
    this.#talk.take(9, (head) => {
      const settings = head.readUInt8(3) === SETTINGS && head.readUInt8(0) === 0 && head.readUInt32BE(5) === 0;
      const said = head.toString("latin1");
      if (settings) this.#payload(head);
      else if (said.includes("\n")) this.#talk.alien(said);
      else {
        this.#talk.line(LINE, (rest) => {
          this.#talk.alien(said + rest);
        });
      }
    });
  }

  #next(): void {
    this.#talk.take(9, (head) => {
      this.#payload(head);
    });
  }

  #payload(head: Buffer): void {
    const count = head.readUInt32BE(0) >>> 8;
    this.#frames++;
    if (count > FRAME) this.#talk.broken(`a frame is longer than ${FRAME} bytes`);
    else if (this.#frames > FRAMES) this.#talk.broken(`an answer has more than ${FRAMES} frames`);
    else {
      this.#talk.take(count, (payload) => {
        this.#frame(head.readUInt8(3), head.readUInt8(4), head.readUInt32BE(5) & 0x7fffffff, payload);
      });
    }
  }

  #frame(type: number, flags: number, stream: number, payload: Buffer): void {
    const ours = stream === 1;
    if (this.#open !== (type === CONTINUATION)) this.#talk.broken("a frame stands in the midst of headers");
    else if (type === DATA && ours) this.#data(payload, flags);
    else if ((type === HEADERS || type === CONTINUATION) && ours) this.#head(type, payload, flags);
    else if (type === RST_STREAM && ours) this.#stopped("resets the request", payload);
    else if (type === GOAWAY && payload.length >= 8 && payload.readUInt32BE(0) === 0)
      this.#stopped("goes away", payload.subarray(4));
    else if (type === PUSH_PROMISE) this.#talk.broken("it pushes what it must not");
    else {
      if ((type === SETTINGS || type === PING) && (flags & END_STREAM) === 0)
        this.#talk.send(frame(type, END_STREAM, 0, type === PING ? payload : Buffer.alloc(0)));
      this.#next();
    }
  }

  #stopped(what: string, payload: Buffer): void {
    const code = payload.length < 4 ? 0 : payload.readUInt32BE(0);
    const debug = payload.subarray(4).toString("latin1");
    const why = `the server ${what}: ${ERRORS.split(" ").at(code) ?? `error ${code}`}`;
    this.#talk.end(wait(debug === "" ? why : `${why}, ${quoted(debug)}`, "answering"));
  }

  #data(payload: Buffer, flags: number): void {
    this.#body = Buffer.concat([this.#body, unpadded(payload, flags)]);
    this.#go(this.#body, (flags & END_STREAM) !== 0);
  }

  #head(type: number, payload: Buffer, flags: number): void {
    if (type === HEADERS) {
      this.#last = (flags & END_STREAM) !== 0;
      this.#block = unpadded(payload, flags);
      if ((flags & PRIORITY) !== 0) this.#block = this.#block.subarray(5);
    } else this.#block = Buffer.concat([this.#block, payload]);
    this.#open = (flags & END_HEADERS) === 0;
    if (!this.#open && !unpack(this.#block, this.#headers)) this.#talk.broken("its headers are malformed");
    else this.#go(this.#block, this.#last && !this.#open);
  }

  #go(so: Buffer, done: boolean): void {
    if (so.length > ANSWER) this.#talk.broken(`its answer is longer than ${ANSWER / 1024} KiB`);
    else if (done) this.#then({ headers: this.#headers, body: this.#body });
    else this.#next();
  }
}

function unpadded(payload: Buffer, flags: number): Buffer {
  if ((flags & PADDED) === 0 || payload.length === 0) return payload;
  return payload.subarray(1, Math.max(1, payload.length - payload.readUInt8(0)));
}
