/** What is written about preflight is true: generated parts are current, examples validate, tables agree with the code. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "tap";
import { parse as read } from "yaml";
import { FLAGS, ownVariable, parse, UsageError, verify, VERBS } from "../src/arguments.ts";
import { kinds } from "../checks/index.ts";
import * as exit from "../src/exit.ts";
import { help, helpOf } from "../src/help.ts";
import { VERSION } from "../src/version.ts";
import { readme, schemaJson } from "../scripts/docs.ts";
import { Preflight, binary } from "./support/artifacts.ts";
import { valid } from "./support/schema.ts";

const root = join(import.meta.dirname, "..");
const text = (file: string): string => readFileSync(join(root, file), "utf8");
const own = JSON.parse(text("package.json")) as { version: string; scripts: Record<string, string> };
const README = text("README.md");
const pages = globSync("docs/*.md", { cwd: root });

/** The code blocks of a language. */
function blocks(language: string, of = README): readonly string[] {
  return [...of.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map((m) => m[1] ?? "");
}

test("README.md is as npm run docs makes it", async (t) => {
  t.equal(README, await readme(README), "npm run docs");
});

test("schema.json is as npm run docs makes it", (t) => {
  t.equal(text("schema.json"), schemaJson(), "npm run docs");
  t.end();
});

test("every yaml block of the README and of docs/ with checks is one that preflight and its schema take", async (t) => {
  const preflight = new Preflight(binary);
  const all = ["README.md", ...pages].flatMap((p) => blocks("yaml", text(p))); // the others are Compose's and Kubernetes'
  const found = all.filter((b) => read(b) !== null && /^checks:/m.test(b));
  t.ok(found.length >= 2);
  for (const block of found) {
    t.same(valid(read(block)), [], block);
    const cwd = t.testdir({ "preflight.yaml": block });
    const r = await preflight.run(["explain"], { cwd });
    t.same([r.code, r.stderr], [0, ""], block);
  }
});

test("every command line of the README, and of Dockerfiles in it, is one that preflight takes", (t) => {
  const lines = [
    ...blocks("sh"),
    ...blocks("dockerfile"),
    ...[...README.matchAll(/`([^`\n]+)`/g)].map((m) => m[1] ?? ""),
  ];
  let seen = 0;
  for (const line of lines.flatMap((b) => b.split("\n"))) {
    const json = /(?:ENTRYPOINT|CMD) (\["preflight".*\])$/.exec(line)?.[1];
    const shell = /^(?:npx preflight-gate|preflight) (.*)$/.exec(line)?.[1];
    const words = json === undefined ? shell?.split(" ") : (JSON.parse(json) as string[]).slice(1);
    const script = /^npm (?:run )?([a-z:]+)/.exec(line)?.[1];
    if (script !== undefined) t.ok(own.scripts[script], line);
    if (words === undefined) continue;
    seen++;
    const ends = words.at(-1) === "--" ? [...words, "server"] : words;
    try {
      const known = ends.map((w) => (w === "KIND" ? "tcp" : w));
      const command = parse(["node", "preflight", ...known]);
      verify(command);
      if (command.verb === "help") helpOf(command.words.at(0) ?? "tcp", kinds);
      t.pass(line);
    } catch (e) {
      t.ok(!(e instanceof UsageError), `${line}: ${String(e)}`);
    }
  }
  t.ok(seen >= 5, `${seen}`);
  for (const m of README.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g)) {
    const known = FLAGS.some((f) => f.name === m[1]) || ["from", "start-period"].includes(m[1] ?? ""); // Docker's
    t.ok(known, `--${m[1]}`);
  }
  for (const m of README.matchAll(/\bPREFLIGHT_[A-Z_]+/g)) {
    t.ok([...FLAGS.map((f) => ownVariable(f.name)), "PREFLIGHT_CHECKS"].includes(m[0]), m[0]);
  }
  t.end();
});

test("the README's exit codes are those of src/exit.ts", (t) => {
  const table = /## Exit codes\n\n(.*?)\n\n/s.exec(README)?.[1] ?? "";
  const codes = [...table.matchAll(/^\| ([^|]+?) +\|/gm)].map((m) => m[1]).slice(2);
  t.same(codes, [
    "0",
    `${exit.USAGE}`,
    `${exit.BUG}`,
    `${exit.NOT_READY}`,
    `${exit.WRONG}`,
    `${exit.CANNOT_RUN}, ${exit.NOT_FOUND}`,
    `${exit.SIGNAL}+n`,
    "0 or 1",
  ]);
  const again = [...table.matchAll(/^\| (\d[^|]*?) +\|[^|]*\| (\S*) *\|$/gm)].filter((m) => m[2] === "yes");
  t.same(
    again.map((m) => m[1]),
    [`${exit.NOT_READY}`],
  );
  t.end();
});

test("help names every flag with its variable, every verb, every kind and every exit code", (t) => {
  const said = help(kinds);
  for (const f of FLAGS) {
    t.match(said, `--${f.name}${f.value === "" ? " " : f.value.startsWith("[") ? f.value : ` ${f.value}`}`);
    if (f.value !== "") t.match(said, `[$${ownVariable(f.name)}]`);
    if (f.letter !== "") t.match(said, `-${f.letter}, --${f.name}`);
  }
  for (const v of VERBS) t.match(said, `\n  ${v.name} `);
  for (const k of kinds) {
    t.match(said, `\n  ${k.name}:TARGET`);
    for (const f of k.fields()) t.match(helpOf(k.name, kinds), `\n  ${f.name} `);
  }
  for (const [name, code] of Object.entries(exit))
    if (typeof code === "number") t.match(said, new RegExp(`\\b${code}\\b`), name);
  for (const line of said.split("\n")) t.ok(line.length <= 130, line);
  t.end();
});

test("the version is said once: package.json's is src/version.ts's", (t) => {
  t.equal(own.version, VERSION);
  t.match(text("CHANGELOG.md"), VERSION);
  t.end();
});

test("CONTRIBUTING.md names package.json's scripts, each of which sets up what it needs", (t) => {
  const named = [...text("CONTRIBUTING.md").matchAll(/^\| `npm (?:run )?([a-z:]+)`/gm)].map((m) => m[1] ?? "");
  const scripts = Object.keys(own.scripts).filter((s) => s !== "setup");
  t.same(named.toSorted(), scripts.toSorted());
  for (const s of scripts) t.match(own.scripts[s], /^sh scripts\/setup\b/, s);
  for (const script of Object.values(own.scripts))
    for (const m of script.matchAll(/node (\S+\.ts)\b/g)) t.doesNotThrow(() => text(m[1] ?? ""), m[1] ?? "");
  t.end();
});

test("links in the documents lead to files that are there", (t) => {
  const examples = globSync("examples/*/README.md", { cwd: root });
  for (const file of [
    "README.md",
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
    "SECURITY.md",
    "CHANGELOG.md",
    ...pages,
    ...examples,
  ]) {
    for (const m of text(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g))
      t.ok(existsSync(join(root, dirname(file), m[1] ?? "")), `${file}: ${m[1] ?? ""}`);
  }
  t.end();
});

test("docs/entrypoint.md translates into checks that preflight takes", async (t) => {
  const [, table = ""] = text("docs/entrypoint.md").split("| in `checks`");
  const cells = [...(table.split("\n\n")[0] ?? "").matchAll(/^\|.*\| (`.*`) +\|$/gm)].map((m) => m[1] ?? "");
  t.ok(cells.length > 20);
  const items = cells.map((c) => [...c.matchAll(/`([^`]+)`/g)].map((m) => m[1]).join("\n    "));
  const cwd = t.testdir({ "preflight.yaml": `checks:\n${items.map((i) => `  - ${i}\n`).join("")}` });
  const r = await new Preflight(binary).run(["explain"], { cwd });
  t.same([r.code, r.stderr], [0, ""]);
  t.equal((r.stdout.match(/^\S/gm) ?? []).length, cells.length);
});
