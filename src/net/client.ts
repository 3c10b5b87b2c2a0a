/** A probe of a service by its own protocol: at each of its hosts, over TLS or not, a conversation that the kind leads. */
import { refuse, wait, type Deadline, type Mood, type Probe, type Tell } from "../check.ts";
import { called, type Service, type Spot } from "./service.ts";
import { talk, type Talk } from "./talk.ts";
import type { Trust } from "./trust.ts";

export interface Manner {
  /** As messages call it: "Redis". */
  readonly protocol: string;
  readonly trust: Trust;
  /** "later": the kind asks for it in the middle, by `secure` of its Talk. */
  readonly tls: "none" | "first" | "later";
  /** Offered by ALPN. */
  readonly protocols: readonly string[];
}

/** `begin` leads each conversation to its end; one host that passes is enough. */
export function probing(s: Service, manner: Manner, begin: (talk: Talk) => void): Probe {
  const { protocol, trust, tls, protocols } = manner;
  const hosts = s.socket === "" ? s.hosts : LOCAL;
  return {
    target: called(s),
    look: (deadline, tell) => {
      inTurn(
        hosts,
        deadline,
        ({ host, port }, share, told) => {
          const wanted = tls === "none" ? null : { host: trust.name === "" ? host : trust.name, trust, protocols };
          talk({ protocol, door: { host, port, unix: s.socket }, wanted, later: tls === "later" }, share, told, begin);
        },
        tell,
      );
    },
  };
}

/** Looks at hosts one after the other, each with its share of the time, until one passes: that is enough. */
export function inTurn(
  hosts: readonly Spot[],
  deadline: Deadline,
  look: (host: Spot, deadline: Deadline, tell: Tell) => void,
  tell: Tell,
): void {
  const reasons: string[] = [];
  let mood: Mood = "absent";
  let refused = true;
  const ask = (i: number): void => {
    const host = hosts.at(i);
    if (host === undefined) {
      const why = reasons.join("; ");
      tell(refused ? refuse(why) : wait(why, mood));
      return;
    }
    look(host, deadline.within(deadline.left() / (hosts.length - i)), (verdict) => {
      if (verdict.is === "pass" || hosts.length === 1) {
        tell(verdict);
        return;
      }
      if (verdict.is === "wait") {
        mood = verdict.mood;
        refused = false;
        reasons.push(`${host.host}:${host.port}: ${verdict.why}`);
      } else reasons.push(`${host.host}:${host.port}: ${verdict.why}`);
      ask(i + 1);
    });
  };
  ask(0);
}

// --- internal ---

/** Who is at the other end of a Unix socket. */
const LOCAL: readonly Spot[] = [{ host: "localhost", port: 0 }];
