/** Every mistake in a configuration has its exact message: NAME.yaml in test/invalid is paired with NAME.txt. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { t as all, test } from "tap";
import { kinds } from "../../checks/index.ts";
import { GROUPS } from "../../src/config/load.ts";
import { binary, pack, Preflight } from "../support/artifacts.ts";

const folder = join(import.meta.dirname, "../invalid");
const names = readdirSync(folder)
  .filter((f) => f.endsWith(".yaml"))
  .map((f) => f.slice(0, -5))
  .sort();
/** What a message names where it names all of them: KINDS stands for it, so that a new kind changes no message here. */
const KINDS = [...GROUPS, ...kinds.map((k) => k.name)].toSorted().join(", ");
const ENV = { HOME: "/", TEST_PASSWORD: "hunter2-canary" };

all.setTimeout(120_000);

test("there are at least 80 mistakes, each with its message", (t) => {
  const messages = readdirSync(folder).filter((f) => f.endsWith(".txt"));
  t.ok(names.length >= 80);
  t.same(messages.map((f) => f.slice(0, -4)).sort(), names);
  t.end();
});

for (const artifact of [binary, pack]) {
  test(`a mistake ends with 78, its place and its cure (${artifact.name})`, async (t) => {
    const preflight = new Preflight(artifact);
    for (const name of names) {
      const r = await preflight.run(["check", "--no-wait", "--config", `${name}.yaml`], { cwd: folder, env: ENV });
      const expected = join(folder, `${name}.txt`);
      if (process.env["UPDATE"] === "1") writeFileSync(expected, r.stderr.replace(KINDS, "KINDS"));
      t.equal(r.code, 78, name);
      t.equal(r.stderr, readFileSync(expected, "utf8").replace("KINDS", KINDS), name);
      t.equal(r.stdout, "", name);
      t.notMatch(r.stderr, "hunter2");
    }
  });
}
