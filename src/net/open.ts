/** Opens a connection to a place, secure where that is wanted: what every conversation with a server begins with. */
import { fail, wait, type Deadline, type Verdict } from "../check.ts";
import type { Connection } from "./connection.ts";
import { dial, dialUnix } from "./dial.ts";
import { secure, type Peer, type Wanted } from "./tls.ts";

/** Where a server is. */
export interface Door {
  readonly host: string;
  readonly port: number;
  /** A Unix socket that is asked instead, "" for none. */
  readonly unix: string;
}

/**
 * Calls back once, by the deadline: `then` with the connection, and who is at its end where it is secure; or `failed`. Over
 * a Unix socket it opens at once, and ends with the reason where nobody is there.
 */
export function open(
  door: Door,
  wanted: Wanted | null,
  deadline: Deadline,
  failed: (verdict: Verdict) => void,
  then: (connection: Connection, peer: Peer | null) => void,
): void {
  const missing = wanted === null ? null : wanted.trust.refresh(); // before anybody is asked: this machine says so
  if (missing !== null) {
    failed(missing);
    return;
  }
  const opened = (connection: Connection): void => {
    if (wanted === null) then(connection, null);
    else secure(connection, wanted, deadline, failed, then);
  };
  if (door.unix !== "") opened(dialUnix(door.unix));
  else {
    dial(door.host, door.port, deadline, (d) => {
      if (d.connection !== null) opened(d.connection);
      else failed(d.forbidden ? fail(d.why) : wait(d.why, d.mood));
    });
  }
}
