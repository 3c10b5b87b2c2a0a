/** The forms that a value can be asked to have, judged by hand so that both artifacts agree. No value is ever told. */
import { family, portOf, validHost } from "../net/address.ts";
import { pieces, place, type Pieces } from "../net/url.ts";
import { plural } from "../text.ts";

/** What is said of a value: why it will not do, and what helps. */
export interface Judged {
  /** "" where nothing is wrong. */
  readonly why: string;
  readonly hint: string;
}
export const FINE: Judged = { why: "", hint: "" };

export function wrong(why: string, hint = ""): Judged {
  return { why, hint };
}

export const FORMATS: readonly string[] = [
  ...["string", "integer", "number", "boolean", "port", "url", "host", "email", "uuid", "duration", "json", "path"],
  "base64",
];

/** Judges a value by one of FORMATS. */
export function judge(format: string, value: string): Judged {
  switch (format) {
    case "integer":
      return held(/^[+-]?[0-9]{1,30}$/.test(value), "not an integer");
    case "number":
      return held(
        /^[+-]?(?:[0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?$/.test(value),
        "not a number",
      );
    case "boolean":
      return held(
        /^(?:true|false|yes|no|on|off|1|0)$/i.test(value),
        "not a boolean: want true or false, yes or no, on or off, 1 or 0",
      );
    case "port": {
      const hint = /:[0-9]+$/.test(value) ? "it ends with a port: give the port alone" : "";
      return held(portOf(value) > 0, "not a port from 1 to 65535", hint);
    }
    case "url":
      return url(value, pieces(value));
    case "host":
      return host(value);
    case "email":
      return held(email(value), "not an email address");
    case "uuid":
      return held(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value), "not a UUID");
    case "duration": {
      const hint = /^[0-9.]+$/.test(value) ? "a number needs a unit, as in 30s" : "";
      return held(
        /^(?:0|(?:[0-9]{1,15}(?:\.[0-9]{1,9})?(?:ns|us|µs|ms|s|m|h|d|w))+)$/.test(value),
        "not a duration such as 30s",
        hint,
      );
    }
    case "json":
      return json(value);
    case "path":
      return path(value);
    case "base64":
      return base64(value);
    default:
      return FINE;
  }
}

function held(good: boolean, why: string, hint = ""): Judged {
  return good ? FINE : wrong(why, hint);
}

const UNITS: readonly string[] = ["ns", "us", "µs", "ms", "s", "m", "h", "d", "w"];
const MILLISECONDS: readonly number[] = [1e-6, 1e-3, 1e-3, 1, 1000, 60_000, 3_600_000, 86_400_000, 604_800_000];

/** The number that `min` and `max` are about, undefined where it is none: a duration's milliseconds, else the number. */
export function measure(format: string, value: string): number | undefined {
  if (judge(format, value).why !== "") return undefined;
  if (format !== "duration") return Number(value);
  let total = 0;
  for (const part of value.matchAll(/([0-9.]+)([a-zµ]+)/g))
    total += Number(part[1] ?? "") * (MILLISECONDS.at(UNITS.indexOf(part[2] ?? "")) ?? 0);
  return total;
}

const ESCAPE = "in a user name or password, write # as %23, / as %2F, ? as %3F, @ as %40, : as %3A and % as %25";

/**
 * A URL with an authority, and what databases add: several hosts ("mongodb://a:1,b:2/db"), a scheme within a scheme
 * ("jdbc:postgresql://"). A host may be missing where a path follows ("unix:///s"), except for the web.
 */
function url(value: string, p: Pieces): Judged {
  if (p.scheme === "") return wrong('not a URL: it does not begin with a scheme and "://"');
  const odd = value.search(/[\s\u0000-\u001f\u007f]/);
  if (odd >= 0) return wrong(`not a URL: a blank or control character at character ${odd + 1}`, "write a blank as %20");
  if (p.user.includes("@") || p.password.includes("@"))
    return wrong("not a URL: more than one @ in front of the host", ESCAPE);
  if (/%(?![0-9A-Fa-f]{2})/.test(value))
    return wrong("not a URL: a % without two hexadecimal digits behind it", "write % as %25");
  const bare = p.user === "" && p.password === "";
  // a "/", "?" or "#" in a password ends the authority too early
  const hint = bare && p.rest.includes("@") ? ESCAPE : "";
  if (p.hosts === "" && bare && p.rest.length > 1 && !/^(?:https?|wss?)$/.test(p.scheme)) return FINE;
  if (p.hosts === "") return wrong("not a URL: it names no host", hint);
  for (const one of p.hosts.split(",")) {
    const at = place(one);
    if (at === null || !(at.bracketed ? family(at.host) === 6 : named(at.host)))
      return wrong("not a URL: its host is not a name or an address", hint);
    if (at.port === "" ? one.endsWith(":") : portOf(at.port) === 0)
      return wrong("not a URL: its port is not one from 1 to 65535", hint);
  }
  return FINE;
}

/** A name as URLs have them: percent-encoded and international ones are taken as they are. */
function named(name: string): boolean {
  return validHost(name) || (/[%\u0080-\uffff]/.test(name) && !/[<>"^`{|}\\]/.test(name));
}

function host(value: string): Judged {
  if (validHost(value)) return FINE;
  if (value.includes("://")) return wrong("not a host name or an address", "it is a URL: give its host alone");
  const bare = value.slice(0, value.lastIndexOf(":"));
  const more = value.includes(":") && (validHost(bare) || value.startsWith("["));
  return wrong("not a host name or an address", more ? "it has a port or brackets: give the host alone" : "");
}

function email(value: string): boolean {
  const at = value.lastIndexOf("@");
  const local = value.slice(0, Math.max(0, at));
  return (
    at > 0 &&
    local.length <= 64 &&
    /^[^\s@"(),:;<>[\\\]]+$/.test(local) &&
    !/^\.|\.\.|\.$/.test(local) &&
    validHost(value.slice(at + 1))
  );
}

/** The deepest nesting that is taken: JSON.parse recurses, and an asynchronous stack is small. */
const DEPTH = 200;

function json(value: string): Judged {
  let depth = 0;
  for (const part of value.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    const c = part[0];
    if (c === "[" || c === "{") depth++;
    else if (c === "]" || c === "}") depth--;
    if (depth > DEPTH) return wrong(`JSON nested deeper than ${DEPTH} levels`);
  }
  try {
    const parsed: unknown = JSON.parse(value);
    return parsed === undefined ? wrong("not JSON") : FINE;
  } catch {
    const single = /^\s*[[{]\s*'/.test(value) ? "JSON strings stand in double quotes" : "";
    return wrong("not JSON", single);
  }
}

function path(value: string): Judged {
  if (/[\u0000-\u001f\u007f]/.test(value)) return wrong("not a path: a control character in it");
  if (value.startsWith("~"))
    return wrong("not a path: it begins with ~", "only a shell expands ~: write the whole path");
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return wrong("not a path but a URL");
  return Buffer.byteLength(value) < 4096 ? FINE : wrong("not a path: longer than 4095 bytes");
}

/** RFC 4648, the standard alphabet with its padding, or the one for URLs with or without. */
function base64(value: string): Judged {
  const bare = value.replace(/={1,2}$/, "");
  const whole = value.length % 4 === 0;
  if (/^[A-Za-z0-9+/]*$/.test(bare) && whole) return FINE;
  if (/^[A-Za-z0-9_-]*$/.test(bare) && (whole || (bare === value && value.length % 4 !== 1))) return FINE;
  const lines = /[\r\n]/.test(value) ? "it has line breaks: base64 -w0 writes none" : "";
  return wrong("not base64", lines);
}

/** The length as people count it: characters, not UTF-16 units. */
export function lengthOf(value: string): number {
  let n = 0;
  for (const c of value) n += c === "" ? 0 : 1;
  return n;
}

/** "3 characters long" */
export function long(count: number): string {
  return `${plural(count, "character")} long`;
}
