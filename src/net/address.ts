/** Addresses, names and host:port as people write them. */
import { quoted } from "../text.ts";

export type Family = 4 | 6;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** What is wrong, as a message continues after the field's name; "" where nothing is. */
  readonly why: string;
}

/** Reads "host:port", "[v6]:port" and "tcp://host:port". */
export function endpoint(text: string): Endpoint {
  const bare = text.startsWith("tcp://") ? text.slice(6) : text;
  const m = /^(?:\[([^\]]*)\]|([^:[\]]*)):([0-9]{1,9})$/.exec(bare);
  if (m === null) {
    const cure =
      family(bare) === 6 || family(bare.slice(0, bare.lastIndexOf(":"))) === 6
        ? ", and an IPv6 address stands in brackets"
        : "";
    return wrong(`must be host:port${cure}: got ${quoted(text)}`);
  }
  const six = m[1] ?? "";
  const host = six === "" ? (m[2] ?? "") : six;
  const port = Number(m[3] ?? "");
  if (bare.startsWith("[") && family(six) !== 6)
    return wrong(`must have an IPv6 address in brackets: got ${quoted(six)}`);
  if (!validHost(host)) return wrong(`must name a host: got ${quoted(host)}`);
  if (port < 1 || port > 65535) return wrong(`must have a port from 1 to 65535: got ${port}`);
  return { host, port, why: "" };
}

/** The port from 1 to 65535 that a text is, else 0. */
export function portOf(text: string): number {
  const port = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  return port <= 65_535 ? port : 0;
}

/** An address, or a name that a resolver may be asked for: RFC 1123 2.1, and underscores, as container names have them. */
export function validHost(host: string): boolean {
  if (family(host) !== 0) return true;
  const name = host.endsWith(".") ? host.slice(0, -1) : host;
  if (name.length > 253 || /^[0-9.]*$/.test(name)) return false; // what is all digits is a mistyped address
  return name.split(".").every((label) => /^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/.test(label));
}

/** 4 or 6 for an address in numbers, 0 for a name. An address in brackets is none. */
export function family(host: string): 0 | Family {
  if (octets(host) !== null) return 4;
  return groups(withoutZone(host)) === null ? 0 : 6;
}

/** One text for one address, however it was written; "" where it is none. An IPv4-mapped address is the IPv4 one. */
export function canonical(host: string): string {
  const bare = withoutZone(host);
  const four = octets(host);
  if (four !== null) return four.join(".");
  const six = groups(bare);
  if (six === null) return "";
  const [high, low] = [six.at(6) ?? 0, six.at(7) ?? 0];
  if (six.slice(0, 6).join(":") === "0:0:0:0:0:65535") return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  return six.join(":") + host.slice(bare.length);
}

/** The text of an IPv6 address, the first run of zeros written as "::". */
export function written(groups: readonly number[]): string {
  const hex = groups.map((g) =>
    Buffer.from([g >> 8, g & 255])
      .toString("hex")
      .replace(/^0{1,3}/, ""),
  );
  return hex.join(":").replace(/(?:^|:)0(?::0)+(?::|$)/, "::");
}

// --- internal ---

/** Without "%eth0" (RFC 6874); an empty zone stays, and makes it no address. */
function withoutZone(host: string): string {
  const at = host.indexOf("%");
  return at < 0 || at === host.length - 1 ? host : host.slice(0, at);
}

/** Four decimal numbers; with a leading zero some read them as octal, so that is none. */
function octets(text: string): readonly number[] | null {
  const parts = text.split(".", 5);
  const good = parts.length === 4 && parts.every((p) => /^(?:0|[1-9][0-9]{0,2})$/.test(p) && Number(p) < 256);
  return good ? parts.map((p) => Number(p)) : null;
}

/** The eight groups of an IPv6 address (RFC 4291 2.2). */
function groups(text: string): readonly number[] | null {
  const halves = text.split("::", 3);
  if (text.length > 45 || halves.length > 2) return null;
  const whole = halves.length === 1;
  const front = half(halves.at(0) ?? "", whole);
  const back = half(halves.at(1) ?? "", true);
  if (front === null || back === null) return null;
  const gap = 8 - front.length - back.length;
  if (whole ? gap !== 0 : gap < 1) return null;
  return [...front, ...new Array<number>(gap).fill(0), ...back];
}

/** The groups on one side of "::"; only the last may be written as IPv4. */
function half(text: string, last: boolean): readonly number[] | null {
  if (text === "") return [];
  const out: number[] = [];
  const parts = text.split(":");
  for (let i = 0; i < parts.length; i++) {
    const part = parts.at(i) ?? "";
    const four = last && i === parts.length - 1 ? octets(part) : null;
    if (four !== null)
      out.push((four.at(0) ?? 0) * 256 + (four.at(1) ?? 0), (four.at(2) ?? 0) * 256 + (four.at(3) ?? 0));
    else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) out.push(Number(`0x${part}`));
    else return null;
  }
  return out;
}

function wrong(why: string): Endpoint {
  return { host: "", port: 0, why };
}
