/** Makes a connection secure: TLS 1.2 or 1.3 over what is already open, and why it does not come to it. */
import { ALERT, CLOSED, OLD, Session, type Peer } from "#os";
import { refuse, wait, type Deadline, type Verdict } from "../check.ts";
import { quoted } from "../text.ts";
import { family } from "./address.ts";
import { Bytes, decoded } from "./bytes.ts";
import { alerted } from "./alerts.ts";
import { refused } from "./certificate.ts";
import { Connection } from "./connection.ts";
import type { Trust } from "./trust.ts";

export type { Peer } from "#os";

/** What is asked of a server. */
export interface Wanted {
  /** The name or address that must be in the certificate. */
  readonly host: string;
  readonly trust: Trust;
  /** Offered by ALPN (RFC 7301). */
  readonly protocols: readonly string[];
}

/**
 * Shakes hands over a connection, at its start or in its middle, and calls back once, by the deadline: `then` with the
 * secure connection, which owns the one below; or `failed`, and that is closed. `trust` was refreshed before.
 */
export function secure(
  plain: Connection,
  wanted: Wanted,
  deadline: Deadline,
  failed: (verdict: Verdict) => void,
  then: (connection: Connection, peer: Peer) => void,
): void {
  new Handshake(plain, wanted, failed, then).start(deadline);
}

// --- internal ---

/** A look ends so many milliseconds early: its reason is to be known when the time of its check is up. */
const EARLY = 2;
/** Bytes of a handshake: a certificate chain is a few thousand. */
const MOST = 131_072;
/** What is no TLS is waited for until there is a line of it, or so many bytes. */
const ALIEN = 80;
class Handshake {
  readonly #plain: Connection;
  readonly #wanted: Wanted;
  readonly #host: string;
  readonly #failed: (verdict: Verdict) => void;
  readonly #then: (connection: Connection, peer: Peer) => void;
  readonly #first = new Bytes();
  readonly #session: Session;
  #timer: NodeJS.Timeout | null = null;
  #inner: Connection | null = null;
  #received = 0;
  /** The first bytes are those of TLS. */
  #spoken = false;
  #over = false;

  constructor(
    plain: Connection,
    wanted: Wanted,
    failed: (verdict: Verdict) => void,
    then: (connection: Connection, peer: Peer) => void,
  ) {
    this.#plain = plain;
    this.#wanted = wanted;
    this.#host = wanted.host;
    this.#failed = failed;
    this.#then = then;
    const literal = family(this.#host) !== 0; // an address is no name for SNI (RFC 6066, section 3)
    const name = literal ? "" : this.#host.endsWith(".") ? this.#host.slice(0, -1) : this.#host;
    this.#session = new Session(name, wanted.trust.trusted, wanted.trust.own, wanted.protocols, {
      send: (bytes) => {
        this.#plain.send(bytes);
      },
      secured: (peer) => {
        this.#secured(peer);
      },
      received: (bytes) => {
        this.#inner?.received(bytes);
      },
      ended: (how) => {
        this.#ended(how);
      },
    });
  }

  start(deadline: Deadline): void {
    this.#timer = setTimeout(
      () => {
        this.#late();
      },
      Math.max(1, deadline.left() - EARLY),
    );
    this.#session.start();
    this.#plain.listen(
      (bytes) => {
        this.#hear(bytes);
      },
      (why) => {
        this.#cut(why);
      },
    );
  }

  #hear(bytes: Buffer): void {
    this.#received += bytes.length;
    if (this.#spoken) this.#feed(bytes);
    else {
      this.#first.add(bytes);
      if (!this.#plausible()) this.#alien(false);
      else if (this.#first.length > 1) {
        this.#spoken = true;
        this.#feed(Buffer.from(this.#first.take(this.#first.length)));
      }
    }
  }

  #feed(bytes: Buffer): void {
    if (this.#inner === null && this.#received > MOST)
      this.#fail(refuse(`the TLS handshake does not end: ${MOST / 1024} KiB came`));
    else this.#session.feed(bytes);
  }

  /** Could these be the first bytes of a record: its type, and the first byte of its version (RFC 8446, section 5.1)? */
  #plausible(): boolean {
    const type = this.#first.at(0);
    return type >= 20 && type <= 23 && (this.#first.length < 2 || this.#first.at(1) === 3);
  }

  #foreign(): boolean {
    return !this.#spoken && this.#first.length > 0 && !this.#plausible();
  }

  /** Another protocol: its first line tells which. */
  #alien(all: boolean): void {
    const text = this.#first.latin1();
    if (!all && !text.includes("\n") && text.length < ALIEN) return;
    const line = decoded(text.slice(0, ALIEN).split("\n", 1).at(0) ?? "").trim();
    this.#fail(
      refuse(`speaks no TLS, and that was asked: it says ${line === "" ? "an empty line" : quoted(line, 40)}`),
    );
  }

  #secured(peer: Peer): void {
    if (this.#over || this.#inner !== null) return;
    const { trust } = this.#wanted;
    const verdict = trust.insecure ? null : refused(peer, this.#host, trust.ours);
    if (verdict !== null) {
      this.#fail(verdict);
      return;
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    const inner = new Connection(
      (bytes) => {
        this.#session.write(bytes);
      },
      () => {
        this.#session.bye(() => {
          this.#close();
        });
      },
    );
    this.#inner = inner;
    this.#then(inner, peer);
  }

  #ended(how: number): void {
    const ours = this.#wanted.trust.own >= 0;
    const verdict =
      how <= ALERT
        ? alerted(ALERT - how, ours)
        : refuse(
            how === OLD ? "speaks no TLS newer than 1.1, which nobody should" : "what it says breaks the rules of TLS",
          );
    if (this.#inner === null) this.#fail(how === CLOSED ? closed("connection closed") : verdict);
    else if (how === CLOSED) this.#inner.ended("");
    else this.#inner.ended("the server ends TLS", verdict);
  }

  #cut(why: string): void {
    if (this.#inner !== null) this.#inner.ended(why);
    else if (this.#foreign()) this.#alien(true);
    else this.#fail(closed(why === "" ? "connection closed" : why));
  }

  #late(): void {
    if (this.#foreign()) this.#alien(true);
    else if (this.#received > 0) this.#fail(wait("the TLS handshake did not end in time", "silent"));
    else this.#fail(wait("no answer to TLS", "silent", "a server that speaks no TLS may just wait for more"));
  }

  #fail(verdict: Verdict): void {
    if (this.#over) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#close();
    this.#failed(verdict);
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#inner = null; // a circle would stay until the runtime looks for it
    this.#session.free();
    this.#plain.close();
  }
}

function closed(how: string): Verdict {
  return wait(
    `${how} in the TLS handshake`,
    "absent",
    "so does a server that speaks no TLS, and a proxy with no server behind it",
  );
}
