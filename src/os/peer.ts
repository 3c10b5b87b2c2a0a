/** What TLS tells of a peer and of a session, on both sides of #os. */

/** A certificate, as far as it is told about. */
export interface Certificate {
  /** Milliseconds since 1970: not before, and not after. */
  readonly from: number;
  readonly to: number;
  /** It names itself as its issuer. */
  readonly own: boolean;
  /** How they are called: by CN, else O, else OU. */
  readonly subject: string;
  readonly issuer: string;
}

/** Bits of `flaws`. */
export const DATES = 1;
export const ISSUER = 2;
export const PURPOSE = 4;
export const WEAK = 8;

/** Who is at the other end, after the handshake. */
export interface Peer {
  /** "TLSv1.2" or "TLSv1.3". */
  readonly version: string;
  /** Why its chain is not trusted, 0 where it is; names are not looked at. */
  readonly flaws: number;
  /** What was chosen by ALPN, "" where nothing was. */
  readonly protocol: string;
  /** The chain as it was verified, the peer's own certificate first; empty where it shows none. */
  readonly chain: readonly Certificate[];
  /** What the first is for: DNS names and addresses. */
  readonly names: readonly string[];
}

/** How a session ends; an alert is ALERT - its number. */
export const MALFORMED = -1;
export const CLOSED = -2;
export const OLD = -3;
export const ALERT = -1000;

/** What a session tells; after `ended` nothing more. */
export interface Ears {
  /** These bytes are for the peer. */
  readonly send: (bytes: Buffer) => void;
  readonly secured: (peer: Peer) => void;
  readonly received: (bytes: Buffer) => void;
  readonly ended: (how: number) => void;
}
