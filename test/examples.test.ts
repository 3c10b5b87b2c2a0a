/** What people copy works: every example is valid, and running it ends as a check may end. */
import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { both } from "./support/artifacts.ts";

t.setTimeout(120_000);

const folder = join(import.meta.dirname, "../examples");
const names = readdirSync(folder).filter((f) => f.endsWith(".yaml"));

both("each example is valid, and explained", async (t, preflight) => {
  for (const name of names) {
    const r = await preflight.run(["explain", "--config", join(folder, name)]);
    t.same([r.code, r.stderr], [0, ""], name);
    const items = readFileSync(join(folder, name), "utf8").match(/^ {2}- /gm) ?? [];
    t.equal((r.stdout.match(/^\S/gm) ?? []).length, items.length, `${name}: every item is there`);
  }
});

both("each configuration in a folder of its own is valid", async (t, preflight) => {
  for (const file of globSync("*/**/preflight*.yaml", { cwd: folder })) {
    const r = await preflight.run(["explain", "--config", join(folder, file)]);
    t.same([r.code, r.stderr], [0, ""], file);
  }
});

both("each example runs to an end that a check may have", async (t, preflight) => {
  for (const name of names) {
    const args = ["check", "--no-wait", "--config", join(folder, name)];
    const r = await preflight.run(args, { cwd: folder });
    t.ok([0, 75, 78].includes(r.code ?? -1), `${name}: ${String(r.code)}\n${r.stdout}${r.stderr}`);
    t.equal(r.stderr, "", name);
    t.match(r.stdout, /^preflight: \d+ checks? /, name);
    t.ok(r.took < 9000, `${name}: ${r.took} ms`);
  }
});
