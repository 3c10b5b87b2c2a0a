// From the bytes of a configuration file to its text, and what is said where something in it is wrong.

/** A position; both count from 1, columns in code points. */
export interface Mark {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a document, and where. */
export class YamlError extends Error {
  override readonly name = "YamlError";
  readonly at: Mark;
  constructor(message: string, at: Mark) {
    super(message);
    this.at = at;
  }
}

const LIMIT = 1024 * 1024;
const REPLACEMENT = Buffer.from("\uFFFD");
/** The text of a file: UTF-8, at most 1 MiB, a byte order mark in front skipped (YAML 1.2.2, 5.1 and 5.2). */
export function decode(bytes: Uint8Array): string {
  if (bytes.length > LIMIT)
    throw new YamlError(`too large: want at most 1 MiB, got ${bytes.length} bytes`, locate("", 0));
  const buffer = Buffer.from(bytes);
  const text = buffer.toString("utf8");
  const bad = findBadByte(buffer, text);
  if (bad >= 0) throw new YamlError("not UTF-8: save the file as UTF-8", locate(text, bad));
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const odd = findForbidden(body);
  if (odd >= 0) {
    const code = body.charCodeAt(odd);
    const hex = Buffer.from([code >> 8, code & 0xff])
      .toString("hex")
      .toUpperCase();
    throw new YamlError(
      `the character U+${hex} is not allowed: write "\\u${hex}", in double quotes`,
      locate(body, odd),
    );
  }
  return body;
}

/** The index in the text of the first byte that was not UTF-8, or -1: a replacement character that the bytes do not hold. */
function findBadByte(bytes: Buffer, text: string): number {
  let from = 0;
  let offset = 0;
  for (let at = text.indexOf("\uFFFD"); at >= 0; at = text.indexOf("\uFFFD", from)) {
    offset += Buffer.byteLength(text.slice(from, at));
    if (!bytes.subarray(offset, offset + 3).equals(REPLACEMENT)) return at;
    offset += 3;
    from = at + 1;
  }
  return -1;
}

/** The index of the first character that is not c-printable [1], or is a byte order mark, which nb-char [27] excludes; or -1. */
function findForbidden(text: string): number {
  const length = text.length;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x20 && code < 0x7f) continue;
    if (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return at;
    if (code >= 0x7f && code < 0xa0 && code !== 0x85) return at;
    if (code === 0xfeff || code > 0xfffd) return at;
  }
  return -1;
}

function locate(text: string, at: number): Mark {
  const lines = text.slice(0, at).split(/\r\n|\r|\n/);
  return { line: lines.length, column: Array.from(lines.at(-1) ?? "").length + 1 };
}
