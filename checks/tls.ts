/** A server shows a certificate that is trusted, and good for some time. */
import {
  pass,
  refuse,
  wait,
  type Complaint,
  type Deadline,
  type Kind,
  type Probe,
  type Verdict,
} from "../src/check.ts";
import { choice, field, required, type Field, type Options } from "../src/fields.ts";
import { moment } from "../src/host/files.ts";
import { endpoint, type Endpoint } from "../src/net/address.ts";
import { firstToEnd } from "../src/net/certificate.ts";
import { talk, type Site, type Talk } from "../src/net/talk.ts";
import type { Peer } from "../src/net/tls.ts";
import { mistrusted, tlsFields, Trust } from "../src/net/trust.ts";
import { either, plural, quoted } from "../src/text.ts";

const DAY = 86_400_000;
/** Milliseconds in which a server says that it does not take our certificate: in TLS 1.3 it does so after the handshake. */
const SETTLES = 200;
/** Bytes of a line. */
const LINE = 2048;

export const tls: Kind = {
  name: "tls",
  summary: "a server shows a certificate that is trusted, and good for some time",
  schemes: ["tls"],
  timeout: 5000,
  fixed: false,
  fields: (): readonly Field[] => [
    required(field("text", "tls", "host:port, or [v6]:port, of a server that speaks TLS")),
    field("count", "min_days", "days for which all certificates of the chain must still be good", "0"),
    field("list", "alpn", "protocols that are offered, of which the server must choose one: h2, http/1.1"),
    choice("min_version", "the oldest version of TLS that it may choose", ["1.2", "1.3"], "1.2"),
    choice("starttls", "the protocol in whose midst TLS begins", ["ftp", "imap", "pop3", "postgres", "smtp"]),
    ...tlsFields(),
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
    const first = o.text("starttls");
    const site: Site = {
      protocol: first === "" ? "TLS" : first,
      door: { host, port, unix: "" },
      wanted,
      later: first !== "",
    };
    return {
      target: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
      look: (deadline, tell) => {
        talk(site, deadline, tell, (t) => {
          if (first === "") judge(t, o, trust, deadline);
          else {
            lead(t, steps(first), () => {
              judge(t, o, trust, deadline);
            });
          }
        });
      },
    };
  },
};

/** How a server is asked to begin TLS in mid-connection, line by line: what it must say, and what is said to it then. */
const STARTS: readonly string[] = [
  "ftp|220 |AUTH TLS|234 ", // RFC 4217
  "imap|* OK|a STARTTLS|a OK", // RFC 9051, section 6.2.1
  "pop3|+OK|STLS|+OK", // RFC 2595
  "smtp|220 |EHLO preflight|250 |STARTTLS|220 ", // RFC 3207
  "postgres|", // a message of eight bytes, and an answer of one
];
/** SSLRequest, which is answered with one byte: "S" begins TLS (PostgreSQL's manual, section 54.2.10). */
const SSL_REQUEST = "0000000804d2162f";

function steps(protocol: string): readonly string[] {
  return (STARTS.find((s) => s.startsWith(`${protocol}|`)) ?? "").split("|").slice(1);
}

/** Goes on until the server begins TLS, and is secure. */
function lead(t: Talk, left: readonly string[], then: () => void): void {
  const wanted = left.at(0) ?? "";
  if (left.length > 0 && wanted === "") {
    t.send(Buffer.from(SSL_REQUEST, "hex"));
    t.take(1, (bytes) => {
      const said = bytes.toString("latin1");
      if (said === "S") t.secure(then);
      else t.end(refuse(`does not begin TLS: it answers ${quoted(said)}`));
    });
    return;
  }
  t.line(LINE, (line) => {
    if (/^[0-9]{3}-/.test(line))
      lead(t, left, then); // more lines of this answer follow
    else if (!line.startsWith(wanted)) {
      const why = `does not begin TLS: it says ${quoted(line)}, want "${wanted.trim()}"`;
      t.end(line.startsWith("4") ? wait(why, "answering") : refuse(why));
    } else if (left.length === 1) t.secure(then);
    else {
      t.say(`${left.at(1) ?? ""}\r\n`);
      lead(t, left.slice(2), then);
    }
  });
}

function place(o: Options): Endpoint {
  const text = o.text("tls");
  return endpoint(text.startsWith("tls://") ? text.slice(6) : text);
}

/** Ends it with the verdict on its certificate; where we have shown one, that may be refused within a moment. */
function judge(t: Talk, o: Options, trust: Trust, deadline: Deadline): void {
  const verdict = t.peer === null ? pass() : judged(o, t.peer);
  if (verdict.is !== "pass" || trust.own < 0) {
    t.end(verdict);
    return;
  }
  t.cut = verdict;
  t.take(1, () => {
    t.end(verdict);
  });
  setTimeout(
    () => {
      t.end(verdict);
    },
    Math.min(SETTLES, deadline.left() / 2),
  );
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
