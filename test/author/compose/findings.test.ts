/** Each Compose file has the findings that its findings.txt says, to the letter; UPDATE=1 writes them. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { lint } from "../../../src/author/compose/lint.ts";
import { place, type Finding } from "../../../src/author/finding.ts";
import { projects } from "./projects.ts";
import { RULES } from "./rules.ts";

function line(f: Finding): string {
  return `${place(f)}: ${f.severity} ${f.rule}: ${f.text}${f.hint === "" ? "" : `\n    hint: ${f.hint}`}\n`;
}

const ELSEWHERE = ["extends", "include", "variable", "yaml"]; // in wrong.test.ts

const seen = new Set<string>();
for (const given of projects) {
  test(`${given.name} has the findings that are expected`, (t) => {
    const { findings } = lint({ files: given.files, cwd: given.directory, environment: {} }, given.profiles);
    for (const f of findings) seen.add(f.rule);
    const path = join(given.directory, "findings.txt");
    const said = findings.map((f) => line(f)).join("");
    if (process.env["UPDATE"] === "1") writeFileSync(path, said);
    t.equal(said, existsSync(path) ? readFileSync(path, "utf8") : "");
    for (const f of findings) {
      t.match(f.text, /^[a-z"]|^[A-Z]\w* |^[A-Z_]+[ :]/, f.text);
      t.notMatch(f.text, /\.$/);
      t.notMatch(f.text + f.hint, /s3cr3t|tok-fixture|8f4b2c1d9e/, "no secret is said");
    }
    t.end();
  });
}

test("every rule is shown by a project", (t) => {
  t.same(
    RULES.filter((r) => !seen.has(r) && !ELSEWHERE.includes(r)),
    [],
  );
  t.same(
    [...seen].filter((r) => !RULES.includes(r)),
    [],
  );
  t.end();
});
