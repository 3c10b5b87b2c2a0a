// The same sources give the same bytes wherever they are built.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { t as all, test } from "tap";
import { root } from "../../scripts/tools.ts";

all.setTimeout(300_000); // milliseconds: two builds, on a machine that has other things to do

/** When and from what a release says it was made. */
const LABELS = { version: "0", revision: "r", date: "2026-01-01T00:00:00Z" };

test("the same sources give the same release in another folder, one with a blank in its path", { timeout: 300_000 }, (t) => {
  const folder = join(t.testdir(), "another folder/below");
  mkdirSync(folder, { recursive: true });
  const tracked = spawnSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).stdout.split("\0");
  const apart = /^(?:test|examples|docs)\//; // what is not built from
  for (const file of tracked.filter((f) => f !== "" && !apart.test(f)))
    cpSync(join(root, file), join(folder, file), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const made = (where: string, program: string): string => {
    const r = spawnSync(process.execPath, ["--input-type=module", "-e", program], { cwd: where, encoding: "utf8" });
    t.equal(r.status, 0, r.stderr);
    return readFileSync(join(where, "build/release/SHA256SUMS"), "utf8");
  };
  const release = `import { release } from "./scripts/release.ts";
    release("build/release", ${JSON.stringify(LABELS)});`;
  // the build's own functions, without the gate: that changes no bytes
  const build = `import { compile, npm, TARGETS } from "./scripts/build.ts"; import { mkdirSync } from "node:fs";
    mkdirSync("dist"); for (const t of TARGETS) compile("src/main.ts", \`dist/preflight-linux-\${t.name}\`, t); npm();`;
  t.equal(made(folder, `${build}${release}`), made(root, release), "they differ, or what is in dist/ is of other sources");
  t.end();
});
