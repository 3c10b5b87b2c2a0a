/** What a variable's value is held to, and whether it keeps to it. */
import type { Options } from "../fields.ts";
import { compile, type Pattern } from "../pattern.ts";
import { either, quoted } from "../text.ts";
import { judge, lengthOf, long, measure } from "./formats.ts";
import { hygiene } from "./hygiene.ts";
import { FINE, wrong, type Judged } from "./judged.ts";
import { schemed, url } from "./urls.ts";

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
    const { scheme } = url(value);
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
