/** What is wrong with a server's certificate, in words: for whom it is, since when not, by whom it is not trusted. */
import { DATES, PURPOSE, WEAK, type Certificate, type Peer } from "#os";
import { refuse, type Verdict } from "../check.ts";
import { moment } from "../host/files.ts";
import { quoted } from "../text.ts";
import { canonical, family } from "./address.ts";

/** So many names of a certificate are told. */
const NAMED = 5;

/** Why the peer is not who was asked for, or null; `ours`: its issuer was looked for in `ca`. */
export function refused(peer: Peer, host: string, ours: boolean): Verdict | null {
  const leaf = peer.chain.at(0);
  if (leaf === undefined) return refuse("the server shows no certificate");
  const now = Date.now();
  const bad = peer.flaws === 0 ? undefined : peer.chain.find((c) => c.to < now || c.from > now);
  const other = isFor(peer.names, host) ? "" : strangers(peer.names, host);
  const advice = other === "" ? "" : 'ask by a name that is in it, or say which in "servername"';
  const and = other === "" ? "" : `; and it ${other}`;
  if (bad !== undefined) return refuse(`${outdated(bad, bad === leaf, now)}${and}`, advice);
  if (peer.flaws !== 0) {
    const [why, cure] = untrusted(peer, ours);
    return refuse(`${why}${and}`, cure);
  }
  return other === "" ? null : refuse(`its certificate ${other}`, advice);
}

/** Is one of these names that of the host (RFC 9525, section 6)? */
export function isFor(names: readonly string[], host: string): boolean {
  const bare = host.split("%").at(0) ?? ""; // the zone of an address is this machine's own business
  if (family(bare) !== 0) return names.some((n) => canonical(n) === canonical(bare));
  const name = (bare.endsWith(".") ? bare.slice(0, -1) : bare).toLowerCase();
  return names.some((n) => matches(n.toLowerCase(), name));
}

/** The certificate of the chain that ends first. */
export function firstToEnd(peer: Peer): Certificate | undefined {
  let first = peer.chain.at(0);
  for (const c of peer.chain) if (first !== undefined && c.to < first.to) first = c;
  return first;
}

// --- internal ---

/** A "*" stands for one whole label at the front, and not above a single one. */
function matches(pattern: string, name: string): boolean {
  if (!pattern.startsWith("*.")) return pattern === name;
  const dot = name.indexOf(".");
  return dot > 0 && pattern.slice(1) === name.slice(dot) && pattern.lastIndexOf(".") > 1;
}

function strangers(names: readonly string[], host: string): string {
  if (names.length === 0) return `names no host, and "${host}" was asked`;
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return `is for ${names
    .slice(0, NAMED)
    .map((n) => quoted(n))
    .join(", ")}${more}, not for "${host}"`;
}

function outdated(c: Certificate, leaf: boolean, now: number): string {
  const which = leaf ? "its certificate" : `the certificate of its issuer ${quoted(c.subject)}`;
  return c.to < now
    ? `${which} has expired: it was valid until ${moment(c.to)}`
    : `${which} is not valid before ${moment(c.from)}, and here it is ${moment(now).slice(0, 10)}`;
}

/** Why, and what helps. */
function untrusted(peer: Peer, ours: boolean): readonly [string, string] {
  const top = peer.chain.at(-1);
  const where = ours ? ' among those of "ca"' : " here";
  if ((peer.flaws & ~(DATES | PURPOSE | WEAK)) !== 0) {
    if (peer.chain.at(0)?.own === true)
      return ["its certificate is not trusted: it is self-signed", 'if it is the right one, name its file in "ca"'];
    return [
      `its certificate is not trusted: its issuer ${quoted(top?.issuer ?? "")} is not known${where}`,
      `${ours ? "it may be of another CA" : 'name the file with the certificate of its CA in "ca"'}, or the server leaves out an intermediate certificate`,
    ];
  }
  if ((peer.flaws & PURPOSE) !== 0) return ["its certificate is not trusted: it is not one for servers", ""];
  if ((peer.flaws & WEAK) !== 0)
    return ["its certificate is not trusted: a key is too short, or a signature too weak", ""];
  return [`its certificate is not trusted: one of its chain is out of date`, ""];
}
