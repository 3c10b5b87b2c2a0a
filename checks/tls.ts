/** A server shows a certificate that is trusted, and good for some time. */
import { pass, refuse, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { choice, field, required, type Options } from "../src/fields.ts";
import { moment } from "../src/host/files.ts";
import { endpoint, type Endpoint } from "../src/net/address.ts";
import { firstToEnd } from "../src/net/certificate.ts";
import type { Connection } from "../src/net/connection.ts";
import { open } from "../src/net/open.ts";
import type { Peer } from "../src/net/tls.ts";
import { mistrusted, TLS_FIELDS, Trust } from "../src/net/trust.ts";
import { either, plural, quoted } from "../src/text.ts";

const DAY = 86_400_000;
/** Milliseconds in which a server says that it does not take our certificate: in TLS 1.3 it does so after the handshake. */
const SETTLES = 200;

export const tls: Kind = {
  name: "tls",
  summary: "a server shows a certificate that is trusted, and good for some time",
  schemes: ["tls"],
  timeout: 5000,
  fixed: false,
  fields: [
    required(field("text", "tls", "host:port, or [v6]:port, of a server that speaks TLS from the first byte")),
    field("count", "min_days", "days for which all certificates of the chain must still be good", "0"),
    field("list", "alpn", "protocols that are offered, of which the server must choose one: h2, http/1.1"),
    choice("min_version", "the oldest version of TLS that it may choose", ["1.2", "1.3"], "1.2"),
    ...TLS_FIELDS,
  ],
  verify: (o): readonly Complaint[] => {
    const out = [...mistrusted(o, o.text("key"))];
    const why = place(o).why;
    if (why !== "") out.push({ field: "tls", text: why });
    const names = o.list("alpn");
    const bad = names.find((n) => !/^[\x21-\x7e]{1,30}$/.test(n));
    if (bad !== undefined)
      out.push({ field: "alpn", text: `must be names such as h2 or http/1.1: got ${quoted(bad)}` });
    if (names.length > 8) out.push({ field: "alpn", text: `must be at most 8 names: got ${names.length}` });
    return out;
  },
  bind: (o): Probe => {
    const { host, port } = place(o);
    const trust = new Trust(o, o.text("key"));
    const wanted = { host: trust.name === "" ? host : trust.name, trust, protocols: o.list("alpn") };
    return {
      target: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
      look: (deadline, tell) => {
        open({ host, port, unix: "" }, wanted, deadline, tell, (connection, peer) => {
          const verdict = peer === null ? pass() : judged(o, peer);
          if (verdict.is === "pass" && trust.own >= 0)
            settle(connection, Math.min(SETTLES, deadline.left() / 2), verdict, tell);
          else {
            connection.close();
            tell(verdict);
          }
        });
      },
    };
  },
};

function place(o: Options): Endpoint {
  const text = o.text("tls");
  return endpoint(text.startsWith("tls://") ? text.slice(6) : text);
}

function judged(o: Options, peer: Peer): Verdict {
  const alpn = o.list("alpn");
  const version = peer.version.slice("TLSv".length);
  const first = firstToEnd(peer);
  const days = Math.floor(((first?.to ?? 0) - Date.now()) / DAY);
  if (version < o.text("min_version")) return refuse(`speaks TLS ${version}, want ${o.text("min_version")}`);
  if (alpn.length > 0 && !alpn.includes(peer.protocol))
    return refuse(`chooses no protocol by ALPN, want ${either(alpn)}`);
  if (first === undefined) return pass(peer.version);
  const until = moment(first.to);
  if (days >= o.number("min_days")) return pass(`TLS ${version}, good until ${until}`);
  const whose =
    first === peer.chain.at(0) ? "its certificate" : `the certificate of its issuer ${quoted(first.subject)}`;
  return refuse(
    `${whose} ends in ${plural(days, "day")}, on ${until}, want at least ${plural(o.number("min_days"), "day")}`,
  );
}

/** Hears whether the server takes our certificate. */
function settle(connection: Connection, ms: number, verdict: Verdict, then: (v: Verdict) => void): void {
  const end = (v: Verdict): void => {
    clearTimeout(timer);
    connection.close();
    then(v);
  };
  const timer = setTimeout(() => {
    end(verdict);
  }, ms);
  connection.listen(
    () => {
      end(verdict);
    },
    (_why, said) => {
      end(said ?? verdict);
    },
  );
}
