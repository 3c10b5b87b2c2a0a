/** TLS for the binary, over tls.c. Its twin for Node is tls-node.ts; both answer alike. */
import { MALFORMED, type Certificate, type Ears, type Peer } from "./peer.ts";

export * from "./peer.ts";

declare function pfTlsChain(): number;
declare function pfTlsCertificate(chain: number, der: Uint8Array): number;
declare function pfTlsKey(chain: number, der: Uint8Array): number;
declare function pfTlsNew(name: string, trust: number, own: number, protocols: string): number;
declare function pfTlsPut(id: number, bytes: Uint8Array): number;
declare function pfTlsGet(id: number, out: Uint8Array): number;
declare function pfTlsStep(id: number): number;
declare function pfTlsRead(id: number, out: Uint8Array): number;
declare function pfTlsWrite(id: number, bytes: Uint8Array): number;
declare function pfTlsBye(id: number): number;
declare function pfTlsPeer(id: number, out: Uint8Array): number;
declare function pfTlsFree(id: number): number;

/** A handle of certificates that are trusted, or of our own; it is kept for good. */
export function newChain(): number {
  return pfTlsChain();
}

/** Adds a certificate in DER. Can it be read? */
export function addCertificate(chain: number, der: Buffer): boolean {
  return pfTlsCertificate(chain, der) === 0;
}

/** Gives the chain the private key of its first certificate, in DER: 0, EINVAL (22) where it cannot be read, EKEYREJECTED (129) where it is another's. */
export function addKey(chain: number, der: Buffer): number {
  return 0 - pfTlsKey(chain, der);
}

/** The certificates that this machine trusts where it keeps them elsewhere than in files. */
export function platformRoots(): readonly Buffer[] {
  return [];
}

/** One client session as a filter. Nothing is verified by it: `secured` tells what was found. */
export class Session {
  readonly #id: number;
  /** A record holds 16 KiB at most; what is told of a peer is less than its certificates, which a handshake holds in as much. */
  readonly #room = Buffer.alloc(16_384);
  #ears: Ears | null;
  #secure = false;

  /** `name` is sent as SNI unless it is ""; `trust` and `own` are chains, or -1; `protocols` are offered by ALPN. */
  constructor(name: string, trust: number, own: number, protocols: readonly string[], ears: Ears) {
    this.#ears = ears;
    this.#id = pfTlsNew(name, trust, own, protocols.map((p) => `${p}\0`).join(""));
  }

  /** Says hello. */
  start(): void {
    this.#go();
  }

  /** Bytes came from the peer. */
  feed(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && this.#ears !== null;) {
      const taken = pfTlsPut(this.#id, bytes.subarray(at));
      if (taken <= 0) this.#end(MALFORMED);
      at += taken;
      this.#go();
    }
  }

  write(bytes: Buffer): void {
    if (this.#ears === null) return;
    if (pfTlsWrite(this.#id, bytes) < 0) this.#end(MALFORMED);
    this.#flush();
  }

  /** Says that nothing more will be said; calls back when that is on its way. */
  bye(then: () => void): void {
    if (this.#ears !== null) {
      pfTlsBye(this.#id);
      this.#flush();
    }
    then();
  }

  /** Nothing is told any more. */
  free(): void {
    this.#ears = null;
    pfTlsFree(this.#id);
  }

  /** As far as the bytes that came go. */
  #go(): void {
    if (!this.#secure) {
      const step = pfTlsStep(this.#id);
      this.#flush();
      if (step < 0) this.#end(step);
      if (step !== 0) return;
      this.#secure = true;
      this.#ears?.secured(described(this.#room.toString("utf8", 0, Math.max(0, pfTlsPeer(this.#id, this.#room)))));
    }
    while (this.#ears !== null) {
      const n = pfTlsRead(this.#id, this.#room);
      this.#flush();
      if (n < 0) this.#end(n);
      if (n <= 0) return;
      this.#ears.received(Buffer.from(this.#room.subarray(0, n)));
    }
  }

  #flush(): void {
    while (this.#ears !== null) {
      const n = pfTlsGet(this.#id, this.#room);
      if (n <= 0) return;
      this.#ears.send(Buffer.from(this.#room.subarray(0, n)));
    }
  }

  #end(how: number): void {
    const ears = this.#ears;
    this.#ears = null;
    ears?.ended(how);
  }
}

function described(text: string): Peer {
  const lines = text.split("\n");
  const head = (lines.at(0) ?? "").split("\t");
  const end = lines.indexOf("");
  const chain = lines.slice(1, end).map((line): Certificate => {
    const [from, to, own, subject, issuer] = line.split("\t");
    return {
      from: Date.parse(from ?? ""),
      to: Date.parse(to ?? ""),
      own: own === "1",
      subject: subject ?? "",
      issuer: issuer ?? "",
    };
  });
  return {
    version: head.at(0) ?? "",
    flaws: (head.at(1) ?? "A").charCodeAt(0) - 65,
    protocol: head.at(2) ?? "",
    chain,
    names: lines.slice(end + 1, -1), // a name that was cut for want of room has no line end, and is none
  };
}
