/** The forms that a value can be asked to have, judged by hand so that both artifacts agree. No value is ever told. */
import { validHost } from "../net/address.ts";
import { plural } from "../text.ts";
import { FINE, wrong, type Judged } from "./judged.ts";
import { PORT, url } from "./urls.ts";

export const FORMATS: readonly string[] = [
  ...["string", "integer", "number", "boolean", "port", "url", "host", "email", "uuid", "duration", "json", "path"],
  "base64",
];

/** The formats that a pattern and some words tell in full. */
interface Form {
  readonly name: string;
  readonly pattern: RegExp;
  readonly want: string;
}
const FORMS: readonly Form[] = [
  { name: "integer", pattern: /^[+-]?[0-9]{1,30}$/, want: "an integer" },
  {
    name: "number",
    pattern: /^[+-]?(?:[0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?$/,
    want: "a number",
  },
  {
    name: "boolean",
    pattern: /^(?:true|false|yes|no|on|off|1|0)$/i,
    want: "a boolean: want true or false, yes or no, on or off, 1 or 0",
  },
  { name: "port", pattern: PORT, want: "a port from 1 to 65535" },
  { name: "uuid", pattern: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, want: "a UUID" },
  {
    name: "duration",
    pattern: /^(?:0|(?:[0-9]{1,15}(?:\.[0-9]{1,9})?(?:ns|us|µs|ms|s|m|h|d|w))+)$/,
    want: "a duration such as 30s",
  },
];

/** Judges a value by one of FORMATS. */
export function judge(format: string, value: string): Judged {
  switch (format) {
    case "url":
      return url(value).judged;
    case "host":
      return host(value);
    case "email":
      return email(value) ? FINE : wrong("not an email address");
    case "json":
      return json(value);
    case "path":
      return path(value);
    case "base64":
      return base64(value);
    default: {
      const form = FORMS.find((f) => f.name === format);
      return form === undefined || form.pattern.test(value) ? FINE : wrong(`not ${form.want}`, near(format, value));
    }
  }
}

/** What is often meant by a value that is almost right. */
function near(format: string, value: string): string {
  if (format === "duration" && /^[0-9.]+$/.test(value)) return "a number needs a unit, as in 30s";
  if (format === "port" && /:[0-9]+$/.test(value)) return "it ends with a port: give the port alone";
  return "";
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
]);

/** The number that `min` and `max` are about, undefined where it is none: a duration's milliseconds, else the number. */
export function measure(format: string, value: string): number | undefined {
  if (judge(format, value).why !== "") return undefined;
  if (format !== "duration") return Number(value);
  let total = 0;
  for (const part of value.matchAll(/([0-9.]+)([a-zµ]+)/g))
    total += Number(part[1] ?? "") * (UNITS.get(part[2] ?? "") ?? 0);
  return total;
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
    const c = part[0] ?? "";
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
