/** The manual page is one that man shows without a warning, and it names everything. */
import { spawnSync } from "node:child_process";
import { test } from "tap";
import { kinds } from "../../checks/index.ts";
import { FLAGS, ownVariable, VERBS } from "../../src/arguments.ts";
import { COMMANDS } from "../../src/author/commands.ts";
import { pack, Preflight } from "../support/artifacts.ts";

test("preflight man prints a page without mistakes that names every command, flag, kind and field", async (t) => {
  const r = await new Preflight(pack).run(["man"]);
  t.same([r.code, r.stderr], [0, ""]);
  t.match(r.stdout, /^[\x20-\x7e\n]*$/, "ASCII, whatever the locale");
  const lint = spawnSync("mandoc", ["-T", "lint", "-W", "warning"], { input: r.stdout, encoding: "utf8" });
  const warnings = lint.stdout.split("\n").filter((l) => l !== "" && !l.includes("missing date")); // builds are reproducible
  t.same([warnings, lint.stderr], [[], ""]);
  const shown = spawnSync("mandoc", ["-T", "utf8", "-O", "width=200"], { input: r.stdout, encoding: "utf8" });
  const text = shown.stdout.replaceAll(/.\x08/g, "");
  for (const c of [...VERBS, ...COMMANDS, ...kinds]) t.match(text, new RegExp(`^ +${c.name}\\b`, "m"), c.name);
  for (const f of [...FLAGS, ...COMMANDS.flatMap((c) => c.flags)]) t.match(text, `--${f.name}`);
  for (const f of FLAGS) if (f.value !== "") t.match(text, ownVariable(f.name));
  for (const k of kinds) for (const f of k.fields()) t.match(text, new RegExp(`^ +${f.name}\\b`, "m"), f.name);
  for (const c of COMMANDS) for (const [line] of c.examples) t.match(text, `preflight ${line}`);
});
