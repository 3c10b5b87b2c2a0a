/** Each format has its golden file, golden/NAME.txt, and is well-formed by a parser that is not ours. UPDATE=1 writes. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Parser } from "tap-parser";
import { test } from "tap";
import { json } from "../../src/report/json.ts";
import { list } from "../../src/report/lists.ts";
import { clipped, type Out, type Report } from "../../src/report/report.ts";
import { text } from "../../src/report/text.ts";
import { AWKWARD, OUTCOME, STANDINGS } from "../support/outcome.ts";

const now = (): number => 31_000;
const FORMATS: Readonly<Record<string, (out: Out) => Report>> = {
  text: (out) => text(out, false, false),
  verbose: (out) => text(out, false, true),
  quiet: (out) => text(out, true, false),
  json: (out) => json(out, 10, now),
  tap: (out) => list(out, "tap"),
  junit: (out) => list(out, "junit"),
  github: (out) => list(out, "github"),
};

/** What a format says of the outcome, its events in order. */
function said(format: string): string {
  let out = "";
  const report = FORMATS[format]?.((words) => (out += words));
  for (const s of STANDINGS) if (s.state !== "dropped") report?.changed(s);
  report?.end(OUTCOME, 78);
  return out;
}

for (const format of Object.keys(FORMATS)) {
  test(`the ${format} report is as its golden file`, (t) => {
    const path = join(import.meta.dirname, `golden/${format}.txt`);
    if (process.env["UPDATE"] === "1") writeFileSync(path, said(format));
    t.equal(said(format), readFileSync(path, "utf8"));
    t.notMatch(said(format), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/, "nothing drives a terminal");
    t.notMatch(said(format), "six is not shown");
    t.end();
  });
}

test("the json report is a JSON object a line, with the fields that are documented", (t) => {
  const lines = said("json")
    .trimEnd()
    .split("\n")
    .map((l) => JSON.parse(l) as Record<string, unknown>);
  const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
  const fields = "version event at check kind target place optional looks took why details hint after".split(" ");
  for (const l of lines.slice(0, -1)) t.same(Object.keys(l), fields);
  t.same(Object.keys(lines.at(-1) ?? {}), ["version", "event", "at", "result", "exit", "took"]);
  for (const f of [...fields, "result", "exit"]) t.match(readme, `\`${f}\``);
  t.same(lines.map((l) => l["event"]).filter((e) => e === "dropped").length, 2);
  t.equal(lines.find((l) => l["kind"] === "any")?.["hint"], "one will do");
  t.end();
});

test("the tap report is TAP to tap's own parser", (t) => {
  const asserts: { ok: boolean; name: string; todo: string | boolean; diag: Record<string, unknown> | null }[] = [];
  const parser = new Parser({ strict: true });
  parser.on("assert", (a) => asserts.push(a as unknown as (typeof asserts)[number]));
  parser.end(said("tap"));
  const results = parser.results;
  t.same([results?.count, results?.pass, results?.fail, results?.todo], [9, 2, 7, 1]);
  t.same(
    results?.failures.filter((f) => "tapError" in f && typeof f["tapError"] === "string"),
    [],
  );
  t.same(parser.results?.bailout, false);
  t.same(
    asserts.map((a) => a.ok),
    STANDINGS.map((s) => s.state === "passed"),
  );
  t.match(asserts[2]?.diag, {
    message: "exit code 4, which fail_exit names",
    severity: "fail",
    hint: 'run "./manage migrate" first & <again>',
    details: ["one", "::error::two # three", "  indented: - yes", "C:\\new\\temp", "five"],
  });
  t.equal(asserts[5]?.todo, "optional");
  t.match(asserts[7]?.name, /^a<b>&"c' \\ # TODO x/, "a name cannot mark itself as a TODO");
  t.notOk(asserts[7]?.todo);
  t.end();
});

test("the junit report is XML to python's parser, and counts right", (t) => {
  const script = `
import json, sys, xml.etree.ElementTree as e
s = e.fromstring(sys.stdin.buffer.read())
print(json.dumps({"suite": s.attrib, "cases": [[c.attrib["name"], [[x.tag, x.attrib.get("message"), x.text] for x in c]] for c in s]}))`;
  const r = spawnSync("python3", ["-c", script], { input: said("junit"), encoding: "utf8" });
  t.equal(r.stderr, "");
  const seen = JSON.parse(r.stdout) as { suite: Record<string, string>; cases: [string, [string, string, string][]][] };
  t.same(seen.suite, { name: "preflight", tests: "9", failures: "6", skipped: "1", time: "30.010" });
  t.same(
    seen.cases.map((c) => c[1].map((x) => x[0]).join()),
    ["", "failure", "failure", "failure", "failure", "skipped", "failure", "failure", ""],
  );
  t.equal(seen.cases[7]?.[0].slice(0, 20), AWKWARD.slice(0, 20));
  t.match(seen.cases[2]?.[1][0]?.[2], 'C:\\new\\temp\nfive\nhint: run "./manage migrate" first & <again>');
  t.end();
});

test("the github report is one workflow command a line, each with its place", (t) => {
  const lines = said("github").trimEnd().split("\n");
  const marks = lines.slice(0, -1).map((l) => /^::(error|warning) ([^:]*)::(.*)$/.exec(l));
  t.equal(marks.length, 7);
  t.ok(marks.every((m) => m !== null));
  t.equal(marks.filter((m) => m?.[1] === "warning").length, 1);
  t.equal(marks[0]?.[2], "file=preflight.yaml,line=5,col=5,title=preflight");
  const data = decodeURIComponent((marks[1]?.[3] ?? "").replaceAll(/%(?!25|0A|0D)/g, "%25"));
  t.match(data, /names\none\n::error::two # three\n {2}indented: - yes\nC:\\new\\temp\nfive\nhint: run/);
  t.match(lines.at(-1), /^preflight: 2 checks failed for good, 4 not ready, 2 passed in 30s$/);
  t.end();
});

test("the text report has the reasons last, those for good at the very end", (t) => {
  const heads = [...said("text").matchAll(/^preflight: (.*)$/gm)].map((m) => m[1] ?? "");
  t.match(heads[0], /^2 checks failed for good, 4 not ready, 2 passed in 30s: exit 78$/);
  t.match(heads.at(-2), /^command \.\/manage check: exit code 4/);
  t.match(heads.at(-1), /^a<b>/);
  t.match(said("text"), "preflight: nice: optional, not ready after 10ms: no such file\n");
  t.end();
});

test("a text is clipped to 4,096 bytes at a line, first and last lines kept", (t) => {
  t.equal(clipped("a\nb\n", "…\n"), "a\nb\n");
  const long = `first\n${Array.from({ length: 2000 }, (_, i) => `${i}\n`).join("")}`;
  const kept = clipped(long, "…\n");
  t.ok(Buffer.byteLength(kept) <= 4096);
  t.match(kept, /^first\n…\n\d+\n/);
  t.ok(kept.endsWith("\n1998\n1999\n"));
  t.equal(clipped(`${"x".repeat(5000)}\nb\n`, ""), "");
  t.end();
});
