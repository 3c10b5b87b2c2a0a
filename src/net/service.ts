/** Where a service is, and who asks: connection URLs, lists and key words as people write them. */
import type { Complaint } from "../check.ts";
import { choice, field, type Field, type Options } from "../fields.ts";
import { looksSecret, secrets } from "../redact.ts";
import { either, quoted } from "../text.ts";
import { portOf, validHost, family } from "./address.ts";
import { pieces, place } from "./url.ts";

export interface Spot {
  readonly host: string;
  readonly port: number;
}

export interface Service {
  /** In lower case, without "jdbc:" in front and "+driver" behind; "" where the text is no URL. */
  readonly scheme: string;
  /** What stands behind a "+" in the scheme. */
  readonly driver: string;
  /** Decoded, as are all the parts. */
  readonly user: string;
  readonly password: string;
  /** In order; empty where none is named. */
  readonly hosts: readonly Spot[];
  /** A Unix socket, or the folder of one, that is asked instead; "" for none. */
  readonly socket: string;
  /** Behind the slash: a database, a virtual host, a topic. */
  readonly path: string;
  /** There is a slash: "amqp://h/" has an empty path, and "amqp://h" none (the AMQP URI specification). */
  readonly slash: boolean;
  readonly options: ReadonlyMap<string, string>;
  /** What is wrong, as a message continues after the field's name; "" where nothing is. */
  readonly why: string;
}

/**
 * Reads "scheme://user:password@host:port,host/path?option=value", also behind "jdbc:" and with "+driver"; "host:port,host/path"; libpq's
 * "host=h dbname=d" (its manual, section 34.1.1); and go-sql-driver's "user:password@tcp(host:port)/db". Where a port is missing it is `port`.
 */
export function service(text: string, schemes: readonly string[], port: number): Service {
  const bare = /^jdbc:/i.test(text) ? text.slice(5) : text;
  const go = /^(?:([^:@/]*)(?::(.*))?@)?(tcp|unix)\(([^)]*)\)\/([^?]*)(?:\?(.*))?$/.exec(bare);
  if (go !== null) {
    const socket = go[3] === "unix" ? (go[4] ?? "") : "";
    const parts = new Parts("", "", go[1] ?? "", go[2] ?? "", socket === "" ? (go[4] ?? "") : "", socket);
    return parts.read(`/${go[5] ?? ""}`, go[6] ?? "", port);
  }
  if (/^\s*[a-z_]+\s*=/.test(bare)) return keywords(bare, port);
  const p = pieces(bare);
  const plus = p.scheme.indexOf("+");
  const scheme = plus < 0 ? p.scheme : p.scheme.slice(0, plus);
  if (p.scheme === "" && bare.includes("://")) return wrong(`must be ${urls(schemes)} URL, or host:port`);
  if (p.scheme !== "" && !schemes.includes(scheme)) return wrong(`must be ${urls(schemes)} URL`);
  const slash = bare.indexOf("/");
  const rest = p.scheme !== "" ? p.rest : slash < 0 ? "" : bare.slice(slash);
  const hosts = p.scheme !== "" ? p.hosts : slash < 0 ? bare : bare.slice(0, slash);
  const mark = rest.indexOf("?");
  const driver = plus < 0 ? "" : p.scheme.slice(plus + 1);
  const local = driver === "unix" || driver === "socket" || scheme === "unix";
  const path = (mark < 0 ? rest : rest.slice(0, mark)).split("#").at(0) ?? "";
  const query =
    mark < 0
      ? ""
      : (rest
          .slice(mark + 1)
          .split("#")
          .at(0) ?? "");
  const user = decoded(p.user);
  const password = decoded(p.password);
  const socket = local ? decoded(path) : "";
  if (user === undefined || password === undefined || socket === undefined)
    return wrong('must percent-encode its parts as UTF-8: "%" is written "%25"');
  return new Parts(scheme, driver, user, password, hosts, socket).read(local ? "" : path, query, port);
}

/** How far a look goes, and as whom: what every kind of service takes. */
export function loginFields(): readonly Field[] {
  return [
    choice("level", "speaks: its protocol answers; ready: this login can be served", ["speaks", "ready"], "ready"),
    field("text", "user", "who logs in, where the URL does not say it"),
    field("text", "password", "the password, where the URL does not say it; it is never shown"),
  ];
}

/** What is wrong with the target of a check, and with what its fields say over again; `also` names those that the URL's path is. */
export function misplaced(o: Options, head: string, s: Service, also: string): readonly Complaint[] {
  const out: Complaint[] = [];
  if (s.why !== "") out.push({ field: head, text: `${s.why}: got ${masked(o.value(head)?.raw ?? "")}` });
  else if (s.hosts.length === 0 && s.socket === "")
    out.push({ field: head, text: `must name a host: got ${masked(o.value(head)?.raw ?? "")}` });
  const once = (name: string, said: string): void => {
    if (said !== "" && o.given(name)) out.push({ field: name, text: `is in the ${head} URL too: say it once` });
  };
  once("user", s.user);
  once("password", s.password);
  once(also, s.path);
  return out;
}

/** Where it is, as reports call it: "db:5432,db2:5432/app", or the socket. */
export function called(s: Service): string {
  const hosts = s.hosts.map((h) => (h.host.includes(":") ? `[${h.host}]:${h.port}` : `${h.host}:${h.port}`)).join(",");
  return `${s.socket === "" ? hosts : s.socket}${s.path === "" ? "" : `/${s.path}`}`;
}

/** Sees to it that no password in it is ever shown. */
export function protect(s: Service): void {
  secrets.add(s.password);
  for (const [name, value] of s.options) if (looksSecret(name)) secrets.add(value);
}

/** A text that was meant as one of these, for a message: nothing that may be a password is shown, whatever its form. */
export function masked(text: string): string {
  const bare = text.replace(/(pass[a-z]*|pwd)(\s*=\s*)(?:'[^']*'|[^\s&;]*)/gi, "$1$2***");
  const at = bare.lastIndexOf("@");
  const start = bare.indexOf("://");
  if (at < 0) return quoted(bare);
  return quoted(`${start < 0 || start > at ? "" : bare.slice(0, start + 3)}***${bare.slice(at)}`);
}

// --- internal ---

const NO_HOSTS: readonly Spot[] = [];

function wrong(why: string): Service {
  const options = new Map<string, string>();
  const none = { scheme: "", driver: "", user: "", password: "", hosts: NO_HOSTS, socket: "", path: "", slash: false };
  return { ...none, options, why };
}

function urls(schemes: readonly string[]): string {
  const article = /^(?:[aeiou]|http)/.test(schemes.at(0) ?? "") ? "an" : "a";
  return `${article} ${either(schemes.map((s) => `${s}://`))}`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** What is in front of the path, read the same for every form. */
class Parts {
  readonly #scheme: string;
  readonly #driver: string;
  readonly #user: string;
  readonly #password: string;
  readonly #hosts: string;
  readonly #socket: string;
  constructor(scheme: string, driver: string, user: string, password: string, hosts: string, socket: string) {
    this.#scheme = scheme;
    this.#driver = driver;
    this.#user = user;
    this.#password = password;
    this.#hosts = hosts;
    this.#socket = socket;
  }

  read(path: string, query: string, port: number): Service {
    const options = new Map<string, string>();
    for (const pair of query.split("&")) {
      const equals = pair.indexOf("=");
      const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
      const value = decoded(equals < 0 ? "" : pair.slice(equals + 1));
      if (name === undefined || value === undefined)
        return wrong('must percent-encode its options as UTF-8: "%" is written "%25"');
      if (name !== "") options.set(name, value);
    }
    const name = decoded(path.slice(1));
    if (name === undefined) return wrong('must percent-encode its path as UTF-8: "%" is written "%25"');
    return this.whole(name, path !== "", options, port);
  }

  whole(path: string, slash: boolean, options: ReadonlyMap<string, string>, port: number): Service {
    const hosts: Spot[] = [];
    for (const text of this.#hosts === "" ? [] : this.#hosts.split(",")) {
      const one = place(text);
      const six = family(text) === 6 ? ": an IPv6 address stands in brackets" : "";
      if (one === null || !/^[0-9]*$/.test(one.port))
        return wrong(`must have hosts with their ports, host:port${six}${slashed(path)}`);
      if (one.bracketed ? family(one.host) !== 6 : !validHost(one.host))
        return wrong(`must name hosts${slashed(path)}`);
      if (one.port !== "" && portOf(one.port) === 0) return wrong("must have ports from 1 to 65535");
      hosts.push({ host: one.host, port: one.port === "" ? port : portOf(one.port) });
    }
    return {
      scheme: this.#scheme,
      driver: this.#driver,
      user: this.#user,
      password: this.#password,
      hosts,
      socket: this.#socket,
      path,
      slash,
      options,
      why: "",
    };
  }
}

function slashed(path: string): string {
  return path.includes("@") ? ': "/", "?" and "#" in a password are percent-encoded' : "";
}

/** "host=a,b port=1,2 dbname='my db'": a value in single quotes may hold blanks, and a backslash escapes. */
function keywords(text: string, port: number): Service {
  const options = new Map<string, string>();
  let rest = text.trim();
  while (rest !== "") {
    const m = /^([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?:\s+|$)/.exec(rest);
    if (m === null)
      return wrong('must be key words with values, as in "host=db port=5432": a value with blanks stands in quotes');
    const value = m[2] === undefined || m[2] === "" ? (m[3] ?? "") : m[2];
    options.set(m[1] ?? "", value.replace(/\\(.)/g, "$1"));
    rest = rest.slice(m[0].length);
  }
  const said = (name: string): string => {
    const value = options.get(name) ?? "";
    options.delete(name);
    return value;
  };
  const names = said("host");
  const addresses = said("hostaddr"); // where it is given, it is what is dialled
  const ports = said("port").split(",");
  const list = (addresses === "" ? names : addresses).split(",");
  const socket = list.find((h) => h.startsWith("/")) ?? "";
  const hosts = list
    .filter((h) => h !== "" && !h.startsWith("/"))
    .map((h, i) => {
      const own = ports.at(ports.length === 1 ? 0 : i) ?? "";
      return `${family(h) === 6 ? `[${h}]` : h}${own === "" ? "" : `:${own}`}`;
    })
    .join(",");
  const database = said("dbname");
  return new Parts("", "", said("user"), said("password"), hosts, socket).whole(
    database,
    database !== "",
    options,
    port,
  );
}
