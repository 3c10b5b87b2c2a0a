/** host:port as people write it. */
import { quoted } from "../text.ts";
import { family } from "./resolve.ts";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** What is wrong, as a message continues after the field's name; "" where nothing is. */
  readonly why: string;
}

/** Reads "host:port", "[v6]:port" and "tcp://host:port". */
export function endpoint(text: string): Endpoint {
  const bare = text.startsWith("tcp://") ? text.slice(6) : text;
  const m = /^(?:\[([^\]]*)\]|([^:[\]]*)):([0-9]{1,5})$/.exec(bare);
  if (m === null) return wrong(`must be host:port${/^[0-9A-Fa-f:]*:[0-9A-Fa-f:]*$/.test(bare) ? ", and an IPv6 address stands in brackets" : ""}: got ${quoted(text)}`);
  const six = m[1] ?? "";
  const host = six === "" ? (m[2] ?? "") : six;
  const port = Number(m[3] ?? "");
  if (six !== "" && family(six) !== 6) return wrong(`must have an IPv6 address in brackets: got ${quoted(six)}`);
  if (!validHost(host)) return wrong(`must name a host: got ${quoted(host)}`);
  if (port < 1 || port > 65535) return wrong(`must have a port from 1 to 65535: got ${port}`);
  return { host, port, why: "" };
}

/** An address, or a name that a resolver may be asked for: RFC 1123 and underscores, as container names have them. */
export function validHost(host: string): boolean {
  if (family(host) !== 0) return true;
  if (host.length > 253 || /^[0-9.]+$/.test(host)) return false;
  return /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}(?:\.(?=[A-Za-z0-9_])|\.$|$))*(?:[A-Za-z0-9_-]*\.?)$/.test(host);
}

function wrong(why: string): Endpoint {
  return { host: "", port: 0, why };
}
