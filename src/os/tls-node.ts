/** TLS on Node: the twin of tls-native.ts. */
import type { KeyObject, X509Certificate } from "node:crypto";
import { Duplex } from "node:stream";
import type * as tls from "node:tls";
import {
  ALERT,
  CLOSED,
  DATES,
  ISSUER,
  MALFORMED,
  OLD,
  PURPOSE,
  WEAK,
  type Certificate,
  type Ears,
  type Peer,
} from "./peer.ts";

export * from "./peer.ts";

// loaded when they are needed: they cost a start 20 ms
const load = process.getBuiltinModule.bind(process);

interface Chain {
  readonly certificates: X509Certificate[];
  key: KeyObject | null;
}
const chains: Chain[] = [];
const contexts = new Map<string, tls.SecureContext>();

export function newChain(): number {
  return chains.push({ certificates: [], key: null }) - 1;
}

/** Is it a key that the binary's library reads too? */
function usual(key: KeyObject): boolean {
  if (key.asymmetricKeyType === "rsa") return true;
  const curve = key.asymmetricKeyDetails?.namedCurve ?? "";
  return key.asymmetricKeyType === "ec" && ["prime256v1", "secp384r1", "secp521r1"].includes(curve);
}

export function addCertificate(chain: number, der: Buffer): boolean {
  try {
    const certificate = new (load("node:crypto").X509Certificate)(der);
    if (!usual(certificate.publicKey)) return false;
    chains[chain]?.certificates.push(certificate);
    return true;
  } catch {
    return false;
  }
}

export function addKey(chain: number, der: Buffer): number {
  const c = chains[chain];
  for (const type of ["pkcs8", "pkcs1", "sec1"] as const) {
    try {
      const key = load("node:crypto").createPrivateKey({ key: der, format: "der", type });
      if (!usual(key)) return 22;
      if (c?.certificates[0]?.checkPrivateKey(key) !== true) return 129;
      c.key = key;
      return 0;
    } catch {
      // another form, perhaps
    }
  }
  return 22;
}

/** What the binary's library verifies. */
const SIGNATURES = [
  ...["ECDSA+SHA256", "ECDSA+SHA384", "ECDSA+SHA512"],
  ...["RSA-PSS+SHA256", "RSA-PSS+SHA384", "RSA-PSS+SHA512", "RSA+SHA256", "RSA+SHA384", "RSA+SHA512"],
].join(":");

function contextOf(trust: number, own: number): tls.SecureContext {
  const key = `${trust} ${own}`;
  const known = contexts.get(key);
  if (known !== undefined) return known;
  const mine = chains[own];
  const context = load("node:tls").createSecureContext({
    ca: (chains[trust]?.certificates ?? []).map((c) => c.toString()),
    ...(mine?.key
      ? {
          cert: mine.certificates.map((c) => c.toString()).join(""),
          key: mine.key.export({ type: "pkcs8", format: "pem" }),
        }
      : {}),
    allowPartialTrustChain: true,
    sigalgs: SIGNATURES,
    minVersion: "TLSv1.2",
  });
  contexts.set(key, context);
  return context;
}

export class Session {
  readonly #name: string;
  readonly #context: tls.SecureContext;
  readonly #protocols: readonly string[];
  #ears: Ears | null;
  readonly #wire: Duplex;
  #socket: tls.TLSSocket | null = null;

  constructor(name: string, trust: number, own: number, protocols: readonly string[], ears: Ears) {
    this.#name = name;
    this.#context = contextOf(trust, own);
    this.#protocols = protocols;
    this.#ears = ears;
    this.#wire = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        this.#ears?.send(bytes);
        done();
      },
    });
  }

  start(): void {
    const socket = load("node:tls").connect({
      socket: this.#wire,
      secureContext: this.#context,
      ...(this.#name === "" ? {} : { servername: this.#name }),
      ALPNProtocols: [...this.#protocols],
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    this.#socket = socket;
    socket.on("secureConnect", () => this.#ears?.secured(described(socket)));
    socket.on("data", (bytes: Buffer) => this.#ears?.received(bytes));
    socket.on("error", (e: NodeJS.ErrnoException) => {
      this.#end(endOf(e));
    });
    socket.on("end", () => {
      this.#end(CLOSED);
    });
    socket.on("close", () => {
      this.#end(CLOSED);
    });
  }

  feed(bytes: Buffer): void {
    this.#wire.push(bytes);
  }

  write(bytes: Buffer): void {
    this.#socket?.write(bytes);
  }

  bye(then: () => void): void {
    if (this.#socket === null || this.#socket.destroyed) then();
    else this.#socket.once("close", then).end(then);
  }

  free(): void {
    this.#ears = null;
    this.#socket?.destroy();
  }

  #end(how: number): void {
    const ears = this.#ears;
    this.#ears = null;
    ears?.ended(how);
  }
}

function endOf(e: NodeJS.ErrnoException): number {
  const alert = /SSL alert number (\d+)/.exec(e.message)?.[1];
  if (alert !== undefined) return ALERT - Number(alert);
  return e.code === "ERR_SSL_UNSUPPORTED_PROTOCOL" ? OLD : MALFORMED;
}

/** The certificates that this machine trusts where it keeps them elsewhere than in files (macOS, Windows). */
export function platformRoots(): readonly Buffer[] {
  if (process.platform === "linux") return [];
  const { getCACertificates, rootCertificates } = load("node:tls");
  const list = (getCACertificates as typeof getCACertificates | undefined)?.("system"); // Node 22.15
  return (list ?? rootCertificates).map((pem) => new (load("node:crypto").X509Certificate)(pem).raw);
}

/** The codes of X509_verify_cert_error_string(3) that are of the other sorts; the rest is about the issuer. */
const FLAWS: Readonly<Record<string, number>> = {
  CERT_HAS_EXPIRED: DATES,
  CERT_NOT_YET_VALID: DATES,
  INVALID_PURPOSE: PURPOSE,
  UNSPECIFIED: WEAK, // the only ones that Node has no name for: key too small, digest too weak
};

function described(socket: tls.TLSSocket): Peer {
  const error = socket.authorizationError as unknown as string | null;
  const chain: Certificate[] = [];
  const seen = new Set<string>();
  const first = socket.getPeerCertificate(true) as Shown;
  for (let c: Shown | undefined = first; c?.raw !== undefined && !seen.has(c.fingerprint256);) {
    seen.add(c.fingerprint256);
    chain.push({
      from: Date.parse(c.valid_from),
      to: Date.parse(c.valid_to),
      own: JSON.stringify(c.subject) === JSON.stringify(c.issuer),
      subject: called(c.subject),
      issuer: called(c.issuer),
    });
    c = c.issuerCertificate;
  }
  return {
    version: socket.getProtocol() ?? "",
    flaws: error ? (FLAWS[error] ?? ISSUER) : 0,
    protocol: socket.alpnProtocol === false ? "" : (socket.alpnProtocol ?? ""),
    chain,
    names: first.raw === undefined ? [] : namesOf(first),
  };
}

/** Empty where the peer shows no certificate; a chain may end without its issuer. */
type Shown = Omit<tls.DetailedPeerCertificate, "raw" | "issuerCertificate"> & {
  readonly raw?: Buffer;
  readonly issuerCertificate?: Shown;
};

function called(name: tls.Certificate): string {
  const value = name.CN ?? name.O ?? name.OU;
  return clean((Array.isArray(value) ? value[0] : value) ?? "");
}

/** As node:tls writes them: `DNS:a, IP Address:::1, URI:"…"`. */
function namesOf(c: Shown): readonly string[] {
  const out: string[] = [];
  for (const m of (c.subjectaltname ?? "").matchAll(/(?:^|, )(DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g)) {
    const text = m[2] ?? "";
    if (m[1] === "IP Address") out.push(text.includes(":") ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text);
    else out.push(clean(text.startsWith('"') ? (JSON.parse(text) as string) : text));
  }
  const cn = c.subject.CN as string | readonly string[] | undefined;
  if (out.length === 0 && cn !== undefined) out.push(clean(typeof cn === "string" ? cn : (cn[0] ?? "")));
  return out;
}

function clean(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]/g, "?");
}
