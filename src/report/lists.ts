/** The reports that are a list at the end: TAP, JUnit XML and GitHub's annotations. */
import type { Outcome } from "../gate/gate.ts";
import type { Standing } from "../gate/standing.ts";
import { said, summary, type Out, type Report } from "./report.ts";

/** A report that speaks at the end alone. */
export function list(out: Out, format: string): Report {
  return {
    changed: () => {},
    tick: () => {},
    end: (outcome) => {
      out(format === "tap" ? tap(outcome) : format === "junit" ? junit(outcome) : github(outcome));
    },
  };
}

/** TAP 14 (testanything.org): a point a check, its reason as a YAML block; what is optional is a TODO. */
function tap(outcome: Outcome): string {
  const points = outcome.standings.map((s, i) => {
    const { label, why, details, hint } = said(s);
    const name = label.split("\\").join("\\\\").split("#").join("\\#");
    if (s.state === "passed") return `ok ${i + 1} - ${name}\n`;
    const block = [`  message: ${JSON.stringify(why)}`, `  severity: ${s.state === "failed" ? "fail" : "timeout"}`];
    if (hint !== "") block.push(`  hint: ${JSON.stringify(hint)}`);
    if (details.length > 0) block.push("  details:");
    block.push(...details.map((d) => `    - ${JSON.stringify(d)}`));
    return `not ok ${i + 1} - ${name}${s.check.optional ? " # TODO optional" : ""}\n  ---\n${block.join("\n")}\n  ...\n`;
  });
  return `TAP version 14\n1..${outcome.standings.length}\n${points.join("")}`;
}

/** One test suite with a case a check; what is optional and open counts as skipped. */
function junit(outcome: Outcome): string {
  const open = outcome.standings.filter((s) => s.state !== "passed");
  const skipped = open.filter((s) => s.check.optional).length;
  const counts = `tests="${outcome.standings.length}" failures="${open.length - skipped}" skipped="${skipped}" time="${seconds(outcome.took)}"`;
  const cases = outcome.standings.map((s) => {
    const { label, why, details, hint } = said(s);
    const head = `  <testcase classname="${xml(s.check.kind)}" name="${xml(label)}" time="${seconds(s.ended - s.started)}"`;
    if (s.state === "passed") return `${head}/>\n`;
    const body = [...details, ...(hint === "" ? [] : [`hint: ${hint}`])].map((d) => xml(d)).join("\n");
    const tag = s.check.optional ? "skipped" : "failure";
    const sort = s.check.optional ? "" : ` type="${s.state}"`;
    return `${head}>\n    <${tag} message="${xml(why)}"${sort}>${body}</${tag}>\n  </testcase>\n`;
  });
  const suite = `<testsuite name="preflight" ${counts}>\n${cases.join("")}</testsuite>\n`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${suite}`;
}

/** Workflow commands, https://docs.github.com/actions/reference/workflow-commands: an annotation an open check. */
function github(outcome: Outcome): string {
  const marks = outcome.standings.filter((s) => s.state !== "passed").map((s) => annotation(s));
  return `${marks.join("")}preflight: ${summary(outcome)}\n`;
}

function annotation(s: Standing): string {
  const { label, why, details, hint } = said(s);
  const place = /^(.*):([0-9]+):([0-9]+)$/.exec(s.check.place);
  const at = place === null ? "" : `file=${property(place[1] ?? "")},line=${place[2] ?? ""},col=${place[3] ?? ""},`;
  const text = [`${label}: ${why}`, ...details, ...(hint === "" ? [] : [`hint: ${hint}`])].join("\n");
  return `::${s.check.optional ? "warning" : "error"} ${at}title=preflight::${data(text)}\n`;
}

function data(text: string): string {
  return text.split("%").join("%25").split("\r").join("%0D").split("\n").join("%0A");
}

function property(text: string): string {
  return data(text).split(":").join("%3A").split(",").join("%2C");
}

/** The characters that XML 1.0 (2.2) cannot hold are escaped before, but for two. */
function xml(text: string): string {
  return text
    .replace(/[\ufffe\uffff]/g, "\ufffd")
    .split("&")
    .join("&amp;")
    .split("<")
    .join("&lt;")
    .split(">")
    .join("&gt;")
    .split('"')
    .join("&quot;");
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
