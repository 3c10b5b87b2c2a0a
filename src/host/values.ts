/** Judges a variable's value: what befell it on its way into a container, its form, and what it is held to. */
import type { Options } from "../fields.ts";
import { pieces } from "../net/url.ts";
import { compile, type Pattern } from "../pattern.ts";
import { either, quoted } from "../text.ts";
import { FINE, judge, lengthOf, long, measure, wrong, type Judged } from "./formats.ts";

/** Formats whose `min` and `max` are about the value; of the others they are about the length. */
const MEASURED: readonly string[] = ["integer", "number", "port", "duration"];
/** Farther than any number that is read: the compiler takes no NaN as a literal. */
const UNBOUNDED = 1e308;

/** What a value is judged by. */
export interface Rules {
  readonly format: string;
  readonly pattern: Pattern | null;
  /** The pattern as it was written. */
  readonly shown: string;
  readonly oneOf: readonly string[];
  readonly min: number;
  readonly max: number;
  readonly bounds: readonly string[];
  readonly schemes: readonly string[];
  readonly raw: boolean;
}

export function rulesOf(o: Options): Rules {
  return {
    format: o.text("format"),
    pattern: o.given("pattern") ? compile(o.text("pattern")) : null,
    shown: o.value("pattern")?.raw ?? "",
    oneOf: o.list("one_of"),
    min: bound(o, "min") ?? -UNBOUNDED,
    max: bound(o, "max") ?? UNBOUNDED,
    bounds: [o.text("min"), o.text("max")],
    schemes: o.list("schemes").map((s) => s.toLowerCase()),
    raw: o.flag("raw"),
  };
}

/** A bound as a number, in the measure of the format; undefined where it is none. */
export function bound(o: Options, name: string): number | undefined {
  if (!o.given(name)) return undefined;
  const format = o.text("format");
  const measured = MEASURED.includes(format);
  const n = measure(measured ? (format === "port" ? "integer" : format) : "integer", o.text(name));
  return n !== undefined && !measured && n < 0 ? undefined : n;
}

/** What is wrong with a value that is not empty. */
export function assess(value: string, rules: Rules): Judged {
  const odd = rules.raw ? FINE : hygiene(value, rules.format);
  if (odd.why !== "") return odd;
  if (rules.schemes.length > 0) {
    const { scheme } = pieces(value);
    const other = scheme === "" ? FINE : schemed(scheme, rules.schemes, either(rules.schemes));
    if (other.why !== "") return other;
  }
  const formed = judge(rules.format, value);
  if (formed.why !== "") return formed;
  if (rules.oneOf.length > 0 && !rules.oneOf.includes(value)) {
    const same = rules.oneOf.some((x) => x.toLowerCase() === value.toLowerCase());
    return wrong(`not one of ${rules.oneOf.map((x) => quoted(x)).join(", ")}`, same ? "it differs in case alone" : "");
  }
  const outside = bounded(value, rules);
  if (outside.why !== "" || rules.pattern === null || rules.pattern.matches(value) === true) return outside;
  return wrong(`does not match the pattern ${quoted(rules.shown)}`);
}

function bounded(value: string, rules: Rules): Judged {
  const measured = MEASURED.includes(rules.format);
  const n = measured ? (measure(rules.format, value) ?? 0) : lengthOf(value);
  const got = measured ? "" : `${long(n)}, `;
  if (n < rules.min) return wrong(`${got}${measured ? "less than" : "want at least"} ${rules.bounds.at(0) ?? ""}`);
  return n > rules.max ? wrong(`${got}${measured ? "more than" : "want at most"} ${rules.bounds.at(1) ?? ""}`) : FINE;
}

/** The scheme must be one of these; "jdbc" stands for all that begin so. */
export function schemed(scheme: string, wanted: readonly string[], list: string): Judged {
  if (wanted.length === 0 || wanted.includes(scheme) || wanted.includes(scheme.split(":").at(0) ?? "")) return FINE;
  return wrong(`scheme is ${quoted(scheme)}, want ${list}`);
}

/** What is odd about the value, whatever it is for. Where it stands may be told, what stands there may not. */
export function hygiene(value: string, format: string): Judged {
  if (value.startsWith("\ufeff")) {
    return wrong("begins with a byte order mark (U+FEFF)", "save the file that it comes from as UTF-8 without BOM");
  }
  const cr = value.indexOf("\r");
  if (cr >= 0) {
    const where =
      cr === value.length - 1 ? "ends with a carriage return" : `has a carriage return at character ${cr + 1}`;
    return wrong(where, "the file that it comes from has Windows line ends: save it with LF alone (dos2unix)");
  }
  const trimmed = value.trim();
  if (trimmed === "") return wrong("nothing but blanks");
  const head = !value.startsWith(trimmed);
  const tail = !value.endsWith(trimmed);
  if (head || tail) {
    const line = value.endsWith("\n");
    const how =
      head && tail
        ? "begins and ends with a blank"
        : head
          ? "begins with a blank"
          : line
            ? "ends with a line end"
            : "ends with a blank";
    return wrong(
      how,
      `remove it where the value is set${line ? ", as with printf instead of echo" : ""}, or say raw: true`,
    );
  }
  const first = value.slice(0, 1);
  const quotes = first === '"' || first === "'";
  if (quotes && value.length > 1 && value.endsWith(first) && !(format === "json" && first === '"')) {
    const kept =
      'docker run --env-file, and a list item such as - NAME="…" in Compose, keep quotes as part of the value';
    return wrong(`wrapped in ${first === '"' ? "double" : "single"} quotes`, `${kept}: remove them`);
  }
  const open = value.indexOf("${");
  if (open >= 0 && value.includes("}", open)) {
    const hint =
      "nothing replaced it on the way: docker run --env-file does not, Compose and shells do not within single quotes";
    return wrong(`an unresolved "\${…}" at character ${open + 1}`, hint);
  }
  return FINE;
}
