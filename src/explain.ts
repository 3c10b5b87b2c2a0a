/** What would be checked, each value and where it came from, without looking at anything. */
import type { Plan } from "./configure.ts";
import type { Field, Options, Value } from "./fields.ts";
import { label, type Check } from "./plan.ts";
import { looksSecret } from "./redact.ts";
import { line } from "./report/report.ts";
import { span } from "./text.ts";
import { described } from "./user.ts";

interface Row {
  readonly name: string;
  readonly value: string;
  readonly from: string;
}

/** For people; `from` says who asked for the user. */
export function explain(plan: Plan, from: string): string {
  const { user } = plan;
  const who = user === null ? "" : `the command runs as ${described(user)}, HOME ${line(user.home)}  (${from})\n`;
  return who + blocks(plan.checks, 0);
}

function blocks(checks: readonly Check[], depth: number): string {
  const indent = "".padEnd(2 * depth);
  return checks
    .map((c) => {
      const rows = rowsOf(c);
      let names = 0;
      let values = 0;
      for (const r of rows) {
        names = Math.max(names, r.name.length);
        values = Math.max(values, Math.min(r.value.length, 40));
      }
      const body = rows
        .map((r) => `${indent}  ${r.name.padEnd(names)}  ${r.value.padEnd(values)}  ${r.from}\n`)
        .join("");
      return `${indent}${line(label(c))}  (${c.place})\n${body}${blocks(c.members, depth + 1)}`;
    })
    .join("");
}

/** For programs: one JSON document. */
export function explainJson(plan: Plan, from: string): string {
  const { user } = plan;
  const ids = user === null ? "" : `"uid":${user.uid},"gid":${user.gid},"groups":[${user.groups.join(",")}]`;
  const who = user === null ? "" : `"user":{${ids},${text("home", user.home)},${text("from", from)}},`;
  return `{"version":1,${who}"checks":[${plan.checks.map((c) => one(c)).join(",")}]}\n`;
}

function one(c: Check): string {
  const fields = rowsOf(c).map((r) => `{${text("name", r.name)},${text("value", r.value)},${text("from", r.from)}}`);
  const head = `${text("check", line(label(c)))},${text("kind", c.kind)},${text("place", c.place)}`;
  return `{${head},"fields":[${fields.join(",")}],"members":[${c.members.map((m) => one(m)).join(",")}]}`;
}

function text(name: string, value: string): string {
  return `"${name}":${JSON.stringify(value)}`;
}

function rowsOf(c: Check): readonly Row[] {
  const rows = [...given(c.options, c)];
  if (c.probe === null) return rows;
  if (!c.instant || c.waitFrom !== "default") rows.push({ name: "wait", value: span(c.wait), from: c.waitFrom });
  if (!c.instant) rows.push({ name: "timeout", value: span(c.timeout), from: c.timeoutFrom });
  const others = given(c.common, c).filter((r) => r.name !== "wait" && r.name !== "timeout");
  return [...rows, ...others];
}

/** What was configured, and the defaults that hold where it was not. */
function given(options: Options, c: Check): readonly Row[] {
  const rows: Row[] = [];
  for (const f of options.fields.list) {
    const value = options.value(f.name);
    if (value === undefined) {
      if (f.or !== "" && f.or !== "false" && f.name !== "wait" && f.name !== "successes")
        rows.push({ name: f.name, value: f.or, from: "default" });
      continue;
    }
    const place = value.at.line === 0 ? c.source : `${c.source}:${value.at.line}:${value.at.column}`;
    const names = variablesOf(value);
    const variables = names.length === 0 ? "" : `, from ${names.join(", ")}`;
    rows.push({ name: f.name, value: shown(f, value), from: `${place}${variables}` });
  }
  return rows;
}

/** The variables that went into a value; the text around them stays out of sight, for a default can be a secret. */
function variablesOf(value: Value): readonly string[] {
  const names: string[] = [];
  for (const m of value.raw.matchAll(/(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)/g)) {
    const name = m[1] ?? "";
    if (!names.includes(name)) names.push(name);
  }
  return names;
}

/** A value as it may be shown: what comes from a secret variable or bears a secret's name is struck whole. */
function shown(f: Field, value: Value): string {
  if (variablesOf(value).some((n) => looksSecret(n))) return "***";
  if (f.sort === "pairs") {
    const parts: string[] = [];
    for (const [i, name] of value.list.entries()) {
      if (i % 2 === 0) parts.push(`${name}: ${looksSecret(name) ? "***" : (value.list.at(i + 1) ?? "")}`);
    }
    return line(parts.join(", "));
  }
  if (f.sort === "records") return value.items.map((o) => recordOf(o)).join("; ");
  return line(f.sort === "list" ? value.list.join(", ") : value.text);
}

function recordOf(o: Options): string {
  const parts: string[] = [];
  for (const f of o.fields.list) {
    const value = o.value(f.name);
    if (value !== undefined) parts.push(`${f.name} ${shown(f, value)}`);
  }
  return parts.join(", ");
}
