/** PEM texts (RFC 7468): what they hold, and what is wrong with one that cannot be read. */

/** What stands between a BEGIN and its END. */
export interface Block {
  /** "CERTIFICATE", "PRIVATE KEY", "RSA PRIVATE KEY" … */
  readonly label: string;
  readonly der: Buffer;
  /** The offset where it begins, in bytes. */
  readonly at: number;
  readonly encrypted: boolean;
}

export interface Pem {
  readonly blocks: readonly Block[];
  /** What is wrong, as a message continues after the file's name; "" where nothing is. */
  readonly why: string;
}

const BEGIN = "-----BEGIN ";
const DASHES = "-----";
const NONE: readonly Block[] = [];

/** Is the text PEM itself, and no path? */
export function isPem(text: string): boolean {
  return text.includes(BEGIN);
}

/** Reads all blocks; what stands between them is a comment. */
export function pem(bytes: Buffer): Pem {
  const blocks: Block[] = [];
  for (let at = bytes.indexOf(BEGIN); at >= 0; at = bytes.indexOf(BEGIN, at)) {
    const from = at + BEGIN.length;
    const close = bytes.indexOf(DASHES, from);
    const label = close < 0 ? "" : bytes.toString("latin1", from, close);
    const end = close < 0 || label.length > 40 ? -1 : bytes.indexOf(`-----END ${label}-----`, close);
    if (end < 0) return wrong(`breaks off: what begins in line ${lineOf(bytes, at)} has no end`);
    const body = bytes.toString("latin1", close + DASHES.length, end);
    const encrypted = body.includes("ENCRYPTED") || label.startsWith("ENCRYPTED");
    // no regular expression: a trust store has a hundred and fifty of these
    const text = body.split("\r").join("").split("\n").join("").trim();
    const der = Buffer.from(text, "base64");
    if (!encrypted && (text === "" || der.toString("base64") !== text))
      return wrong(`is damaged: what begins in line ${lineOf(bytes, at)} is not base64`);
    blocks.push({ label, der, at, encrypted });
    at = end;
  }
  if (blocks.length > 0) return { blocks, why: "" };
  if (bytes.length === 0) return wrong("is empty");
  const der = bytes.length > 1 && bytes.readUInt8(0) === 0x30 && bytes.readUInt8(1) >= 0x80;
  return wrong(
    der
      ? "is DER and not PEM: openssl x509 -inform der -outform pem turns it"
      : `holds no PEM: no line begins with "${BEGIN}"`,
  );
}

/** The line of an offset, from 1. */
export function lineOf(bytes: Buffer, at: number): number {
  let line = 1;
  for (let i = bytes.indexOf("\n"); i >= 0 && i < at; i = bytes.indexOf("\n", i + 1)) line++;
  return line;
}

// --- internal ---

function wrong(why: string): Pem {
  return { blocks: NONE, why };
}
