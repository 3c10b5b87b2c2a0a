/** URLs, read alike on both artifacts: RFC 3986, and nothing is repaired that is wrong. */
import { quoted } from "../text.ts";
import { family, portOf, validHost } from "./address.ts";

export interface Url {
  /** In lower case. */
  readonly scheme: string;
  /** Percent-decoded, as is the password; "" where there is none. */
  readonly user: string;
  readonly password: string;
  /** An IPv6 address stands without its brackets; "" where there is none. */
  readonly host: string;
  /** 0 where there is none. */
  readonly port: number;
  /** As written, "" or from its first slash on. */
  readonly path: string;
  /** As written, without its question mark. */
  readonly query: string;
  /** What is wrong, as a message continues after the field's name; "" where nothing is. */
  readonly why: string;
}

/** A URL with an authority as it is written, nothing decoded, no part judged. */
export interface Pieces {
  /** In lower case; one may stand within another ("jdbc:postgresql"). "" where the text is no such URL. */
  readonly scheme: string;
  readonly user: string;
  readonly password: string;
  /** What stands behind the last "@": a host with its port, of some databases several with commas between them. */
  readonly hosts: string;
  /** Path, query and fragment. */
  readonly rest: string;
}

/** Takes a text apart where it has the form of a URL (RFC 3986, section 3.2). */
export function pieces(text: string): Pieces {
  const m = /^([A-Za-z][A-Za-z0-9+.-]{0,31}(?::[A-Za-z][A-Za-z0-9+.-]{0,31})?):\/\/([^/?#]*)/.exec(text);
  if (m === null) return { scheme: "", user: "", password: "", hosts: "", rest: "" };
  const authority = m[2] ?? "";
  const at = authority.lastIndexOf("@");
  const info = authority.slice(0, Math.max(0, at));
  const colon = info.indexOf(":");
  return {
    scheme: (m[1] ?? "").toLowerCase(),
    user: colon < 0 ? info : info.slice(0, colon),
    password: colon < 0 ? "" : info.slice(colon + 1),
    hosts: authority.slice(at + 1),
    rest: text.slice(m[0].length),
  };
}

/** One host with its port. */
export interface Place {
  /** An IPv6 address without its brackets. */
  readonly host: string;
  readonly bracketed: boolean;
  /** As written, "" where there is none. */
  readonly port: string;
}

/** Reads "host", "host:port" or "[v6]:port"; null where it is none. */
export function place(text: string): Place | null {
  const m = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(text);
  if (m === null) return null;
  const bracketed = text.startsWith("[");
  return { host: (bracketed ? m[1] : m[2]) ?? "", bracketed, port: m[3] ?? "" };
}

/** Reads "scheme://user:password@host:port/path?query"; a fragment is dropped. Says at most one thing that is wrong. */
export function url(text: string): Url {
  const p = pieces(text);
  if (p.scheme === "") return wrong('must be a URL such as "http://host:8080/path"');
  const user = decoded(p.user);
  const password = decoded(p.password);
  if (user === undefined || password === undefined)
    return wrong('must percent-encode its user and password as UTF-8: "%" is written "%25"');
  const one = place(p.hosts);
  if (one === null || !/^[0-9]*$/.test(one.port)) {
    const six = /^[0-9A-Fa-f:]+$/.test(p.hosts) ? ": an IPv6 address stands in brackets" : "";
    const slash = p.rest.includes("@") ? ': "/", "?" and "#" in a password are percent-encoded' : "";
    return wrong(`must have host or host:port behind "//"${six}${slash}`);
  }
  const host = one.bracketed ? one.host.split("%25").join("%") : one.host; // RFC 6874: the zone's sign is encoded
  if (one.bracketed && family(host) !== 6) return wrong("must have an IPv6 address in brackets");
  if (host !== "" && !validHost(host)) return wrong("must name a host");
  const port = portOf(one.port);
  if (one.port !== "" && port === 0) return wrong("must have a port from 1 to 65535");
  const whole = p.rest.split("#")[0] ?? "";
  if (!/^[\x21-\x7e]*$/.test(whole))
    return wrong(
      "must percent-encode blanks, control and non-ASCII characters in path and query: a blank is written %20",
    );
  const mark = whole.indexOf("?");
  const path = mark < 0 ? whole : whole.slice(0, mark);
  return { scheme: p.scheme, user, password, host, port, path, query: whole.slice(path.length + 1), why: "" };
}

/** The URL that a reference means where `base` is read (RFC 3986, section 5.2). */
export function resolved(base: Url, reference: string): Url {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(reference)) {
    // a scheme of another form ("mailto:x", "file:/x") is told by its name
    return /^[^:]*:\/\//.test(reference)
      ? url(reference)
      : wrong("", reference.slice(0, reference.indexOf(":")).toLowerCase());
  }
  if (reference.startsWith("//")) return url(`${base.scheme}:${reference}`);
  const bare = reference.split("#")[0] ?? "";
  const mark = bare.indexOf("?");
  const path = mark < 0 ? bare : bare.slice(0, mark);
  const query = mark < 0 ? (path === "" ? base.query : "") : bare.slice(mark + 1);
  const folder = base.path.slice(0, base.path.lastIndexOf("/") + 1);
  const full =
    path === ""
      ? base.path
      : path.startsWith("/")
        ? undotted(path)
        : undotted(`${folder === "" ? "/" : folder}${path}`);
  return url(`${origin(base)}${full}${query === "" ? "" : `?${query}`}`);
}

/** The port of a scheme where a URL names none (RFC 9110, section 4.2). */
export function portFor(scheme: string): number {
  return scheme === "https" ? 443 : 80;
}

/** "http://host:port", without user info. */
export function origin(u: Url): string {
  return `${u.scheme}://${authority(u)}`;
}

/** "host:port", "[v6]:port" or "host". */
export function authority(u: Url): string {
  const host = u.host.includes(":") ? `[${u.host}]` : u.host;
  return u.port === 0 ? host : `${host}:${u.port}`;
}

/** A text that was meant as a URL, for a message: what stands before an "@" is not shown, whatever its form. */
export function anonymous(text: string): string {
  const at = text.lastIndexOf("@");
  const start = text.indexOf("://");
  if (at < 0) return quoted(text);
  return quoted(`${start < 0 || start > at ? "" : text.slice(0, start + 3)}***${text.slice(at)}`);
}

// --- internal ---

function wrong(why: string, scheme = ""): Url {
  return { scheme, user: "", password: "", host: "", port: 0, path: "", query: "", why };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** RFC 3986, section 5.2.4, of a path that begins with a slash. */
function undotted(path: string): string {
  const out: string[] = [];
  const parts = path.split("/").slice(1);
  for (const [i, part] of parts.entries()) {
    const last = i === parts.length - 1;
    if (part === "..") out.pop();
    else if (part !== ".") out.push(part);
    if (last && (part === "." || part === "..")) out.push("");
  }
  return `/${out.join("/")}`;
}
