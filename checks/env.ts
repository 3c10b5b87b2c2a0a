/** A variable is set as wanted. */
import { fail, pass, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { choice, field, type Field, type Options, required } from "../src/fields.ts";
import { setVariable, variable } from "../src/host/environment.ts";
import { FINE, FORMATS, judge, wrong, type Judged } from "../src/host/formats.ts";
import { reach } from "../src/host/mounts.ts";
import { assess, bound, rulesOf, type Rules } from "../src/host/values.ts";
import { filesOf, find, near } from "../src/host/variables.ts";
import { looksSecret, secrets } from "../src/redact.ts";
import { quoted } from "../src/text.ts";

/** Formats whose length says nothing. */
const UNMEASURED: readonly string[] = ["boolean", "uuid"];

export const env: Kind = {
  name: "env",
  summary: "a variable is set as wanted",
  schemes: [],
  timeout: 0,
  fixed: true,
  fields: (): readonly Field[] => [
    required(field("list", "env", "the variable, or a list of them; its value is never shown")),
    field("flag", "required", "a failure where it is not set", "true"),
    choice("format", "the form of the value", FORMATS, "string"),
    field("pattern", "pattern", "what the value must match"),
    field("list", "one_of", "the only values allowed"),
    field("text", "min", "the least value of a number, port or duration; of other formats the least length"),
    field("text", "max", "the greatest value of a number, port or duration; of other formats the greatest length"),
    field("list", "schemes", "the schemes that a URL may have"),
    field("flag", "allow_empty", "an empty value will do", "false"),
    field("flag", "forbidden", "it must not be set", "false"),
    field("text", "default", "set for the command where the variable is not set"),
    field(
      "flag",
      "from_file",
      "where NAME is not set, read it from the file that NAME_FILE names and set it for the command",
      "false",
    ),
    field(
      "flag",
      "secret",
      "strike the value out wherever it would appear (default: where the name looks secret, and what comes from a file)",
    ),
    field("flag", "raw", "take blanks, quotes, line ends and ${…} as they are", "false"),
  ],
  verify: (o): readonly Complaint[] => complaints(o),
  bind: (o): Probe => {
    const names = o.list("env");
    const rules = rulesOf(o);
    if (o.flag("secret")) for (const name of names) hide(variable(name), true, o);
    if (o.given("secret") ? o.flag("secret") : names.some((n) => looksSecret(n))) secrets.add(o.text("default"));
    return {
      target: names.join(", "),
      look: (deadline, tell) => {
        reach(o.flag("from_file") ? filesOf(names) : [], deadline, (silent) => {
          if (silent === "") tell(verdict(names, o, rules));
          else tell(wait("the file system behind a _FILE variable does not answer", "silent"));
        });
      },
    };
  },
};

/**
 * Registers a value that must not be shown. What the environment held from the start is known without it, where its name
 * looks secret or it is a URL with a password (redact.ts); what comes from a file is a secret unless that is denied.
 */
function hide(value: string | undefined, fromFile: boolean, o: Options): void {
  if (value !== undefined && (o.given("secret") ? o.flag("secret") : fromFile)) secrets.add(value);
}

function verdict(names: readonly string[], o: Options, rules: Rules): Verdict {
  const failing: string[] = [];
  const details: string[] = [];
  const hints: string[] = [];
  const many = names.length > 1;
  for (const name of names) {
    const judged = o.flag("forbidden")
      ? variable(name) === undefined
        ? FINE
        : wrong("set, and must not be")
      : one(name, names, o, rules);
    if (judged.why === "") continue;
    failing.push(name);
    details.push(many ? `${name}: ${judged.why}` : judged.why);
    const hint = judged.hint;
    if (hint !== "" && !hints.some((h) => h.endsWith(hint))) hints.push(many ? `${name}: ${hint}` : hint);
  }
  if (failing.length === 0) return pass();
  const hint = hints.join("; ");
  if (failing.length === 1) return fail(details.at(0) ?? "", hint);
  return fail(`${failing.length} of ${names.length} are wrong: ${failing.join(", ")}`, hint, details);
}

/** Judges one variable, and sets it for the command where that is asked for. */
function one(name: string, names: readonly string[], o: Options, rules: Rules): Judged {
  const found = find(name, o.flag("from_file"));
  if (found.trouble.why !== "") return found.trouble;
  if (found.value === undefined) {
    if (o.given("default")) setVariable(name, o.text("default"));
    if (o.given("default") || !o.flag("required")) return FINE;
    return wrong(
      o.flag("from_file") ? `not set, nor is ${name}_FILE` : "not set",
      near(name, names, o.flag("from_file")),
    );
  }
  hide(found.value, found.read, o);
  if (found.read) setVariable(name, found.value);
  if (found.value !== "") return assess(found.value, rules);
  if (o.flag("allow_empty")) return FINE;
  const cure = found.read ? "" : `Compose passes on an empty text where the variable behind "\${…}" is not set`;
  return wrong(found.read ? "empty: the file holds nothing" : "set, but empty", cure);
}

// --- what is wrong with the options taken together ---

function complaints(o: Options): readonly Complaint[] {
  const out: Complaint[] = [];
  const add = (name: string, text: string): void => {
    out.push({ field: name, text });
  };
  const names = o.list("env");
  const format = o.text("format");
  if (names.length === 0) add("env", "must name at least one variable");
  for (const [i, name] of names.entries()) {
    if (!/^[A-Za-z_][A-Za-z0-9_.()-]*$/.test(name))
      add("env", `must be the name of a variable, or a list of names: got ${quoted(o.value("env")?.raw ?? "")}`);
    else if (names.indexOf(name) < i) add("env", `names ${name} twice`);
    else if (o.flag("from_file") && name.endsWith("_FILE"))
      add("env", `names ${name}: with from_file write the name without _FILE`);
  }
  if (o.flag("forbidden")) {
    const rules = env
      .fields()
      .map((f) => f.name)
      .filter((n) => n !== "env" && n !== "forbidden" && n !== "secret" && o.given(n));
    if (rules.length > 0) add("forbidden", `goes with no other rule: drop ${rules.join(", ")}`);
    return out;
  }
  if (o.given("schemes") && format !== "url") add("schemes", "goes with format: url alone");
  for (const s of o.list("schemes")) {
    if (!/^[A-Za-z][A-Za-z0-9+.:-]*$/.test(s) || s.endsWith(":"))
      add("schemes", `must be names such as "https", without "://": got ${quoted(s)}`);
  }
  for (const name of ["min", "max"]) {
    if (!o.given(name)) continue;
    if (UNMEASURED.includes(format)) add(name, `does not go with format: ${format}`);
    else if (bound(o, name) === undefined)
      add(name, `must be ${wanted(format)}: got ${quoted(o.value(name)?.raw ?? "")}`);
  }
  if (out.length > 0) return out;
  const rules = rulesOf(o);
  if (rules.min > rules.max) add("min", `is more than max: no value would do`);
  for (const [i, value] of rules.oneOf.entries()) {
    const why = value === "" ? "" : judge(format, value).why;
    if (why !== "") add("one_of", `has an entry that would not pass, number ${i + 1}: ${why}`);
  }
  if (o.given("default") && !(o.text("default") === "" && o.flag("allow_empty"))) {
    const why = o.text("default") === "" ? "empty" : assess(o.text("default"), rules).why;
    if (why !== "") add("default", `would not pass itself: ${why}`);
  }
  return out;
}

/** What `min` and `max` must be. */
function wanted(format: string): string {
  if (format === "duration") return 'a duration such as "30s"';
  return format === "number"
    ? "a number"
    : format === "integer" || format === "port"
      ? "an integer"
      : "a length in characters";
}
