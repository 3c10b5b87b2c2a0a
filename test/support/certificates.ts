/** Certificates of every sort, made while the tests run: X.509 (RFC 5280) written by hand, for no tool makes the bad ones. */
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { isIP } from "node:net";

export interface Wish {
  /** Its CN; null for a subject without one. */
  readonly subject?: string | null;
  /** Who signs it; itself where there is none. */
  readonly by?: Issued;
  /** DNS names and addresses of subjectAltName; none: there is no such extension. */
  readonly names?: readonly string[];
  readonly ca?: boolean;
  readonly from?: Date;
  readonly to?: Date;
  readonly use?: "server" | "client";
  readonly key?: "p256" | "p384" | "rsa2048" | "rsa1024" | "ed25519";
  readonly hash?: "sha256" | "sha1";
}

export interface Issued {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly subject: Buffer;
  readonly pair: KeyObject;
}

export const DAY = 24 * 3_600_000;

/** Days from now. */
export function days(n: number): Date {
  return new Date(Date.now() + n * DAY);
}

export function issue(wish: Wish): Issued {
  const { publicKey, privateKey } = pairOf(wish.key ?? "p256");
  const subject = wish.subject === null ? sequence() : named(wish.subject ?? "test");
  const signer = wish.by ?? { subject, pair: privateKey };
  const hash = wish.hash ?? "sha256";
  const algorithm = algorithmOf(signer.pair, hash);
  const extensions: Buffer[] = [];
  if (wish.ca === true) extensions.push(extension("551d13", sequence(der(0x01, Buffer.of(255)))));
  if (wish.names !== undefined) extensions.push(extension("551d11", sequence(...wish.names.map(general))));
  if (wish.use !== undefined)
    extensions.push(extension("551d25", sequence(der(0x06, hex(`2b0601050507030${wish.use === "server" ? 1 : 2}`)))));
  const body = sequence(
    der(0xa0, integer(2)),
    integer(1 + Math.floor(Math.random() * 1e9)),
    algorithm,
    signer.subject,
    sequence(time(wish.from ?? days(-1)), time(wish.to ?? days(90))),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  const signature = sign(signer.pair.asymmetricKeyType === "ed25519" ? null : hash, body, signer.pair);
  const whole = sequence(body, algorithm, der(0x03, Buffer.of(0), signature));
  return {
    cert: pem("CERTIFICATE", whole),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    subject,
    pair: privateKey,
  };
}

/** A block of PEM (RFC 7468). */
export function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

// --- DER ---

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const n = body.length;
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255];
  return Buffer.concat([Buffer.of(tag, ...length), body]);
}
function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}
function hex(text: string): Buffer {
  return Buffer.from(text, "hex");
}
function integer(n: number): Buffer {
  const digits = n.toString(16);
  const bytes = hex(digits.length % 2 === 0 ? digits : `0${digits}`);
  return der(0x02, (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}
function named(cn: string): Buffer {
  return sequence(der(0x31, sequence(der(0x06, hex("550403")), der(0x0c, Buffer.from(cn)))));
}
/** GeneralizedTime throughout: it reaches beyond 2049. */
function time(at: Date): Buffer {
  return der(0x18, Buffer.from(`${at.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`));
}
function extension(oid: string, value: Buffer): Buffer {
  return sequence(der(0x06, hex(oid)), der(0x04, value));
}
function general(name: string): Buffer {
  if (isIP(name) === 0) return der(0x82, Buffer.from(name));
  if (isIP(name) === 4) return der(0x87, Buffer.from(name.split(".").map(Number)));
  const [front = "", back = ""] = name.split("::");
  const groups = (text: string): string[] => text.split(":").filter((g) => g !== "");
  const [a, b] = [groups(front), groups(back)];
  const all = [...a, ...Array<string>(8 - a.length - b.length).fill("0"), ...b];
  return der(0x87, hex(all.map((g) => g.padStart(4, "0")).join("")));
}
function pairOf(sort: NonNullable<Wish["key"]>): { publicKey: KeyObject; privateKey: KeyObject } {
  if (sort === "ed25519") return generateKeyPairSync("ed25519");
  if (sort === "p256" || sort === "p384")
    return generateKeyPairSync("ec", { namedCurve: sort === "p256" ? "P-256" : "P-384" });
  return generateKeyPairSync("rsa", { modulusLength: Number(sort.slice(3)) });
}
function algorithmOf(key: KeyObject, hash: "sha256" | "sha1"): Buffer {
  if (key.asymmetricKeyType === "ed25519") return sequence(der(0x06, hex("2b6570")));
  if (key.asymmetricKeyType === "ec")
    return sequence(der(0x06, hex(hash === "sha1" ? "2a8648ce3d0401" : "2a8648ce3d040302")));
  return sequence(der(0x06, hex(`2a864886f70d0101${hash === "sha1" ? "05" : "0b"}`)), der(0x05));
}
