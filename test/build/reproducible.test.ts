// The same sources give the same bytes wherever they are built.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { t as all, test } from "tap";
import { TARGETS } from "../../scripts/build.ts";
import { root } from "../../scripts/tools.ts";

all.setTimeout(300_000); // milliseconds: two builds, on a machine that has other things to do

const SOURCES = ["src", "checks", "scripts", "package.json", "tsconfig.json"];

function digest(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

test("the same sources give the same bytes in another folder, one with a blank in its path", { timeout: 300_000 }, (t) => {
  const folder = join(t.testdir(), "another folder/below");
  mkdirSync(join(folder, "dist"), { recursive: true });
  for (const source of SOURCES) cpSync(join(root, source), join(folder, source), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const { name } of TARGETS) {
    // the build's own function, without the gate: that changes no bytes
    const build = `import { compile, TARGETS } from "./scripts/build.ts";
      compile("src/main.ts", "dist/out", TARGETS.find((t) => t.name === "${name}"));`;
    const r = spawnSync(process.execPath, ["--input-type=module", "-e", build], { cwd: folder, encoding: "utf8" });
    t.equal(r.status, 0, r.stderr);
    const here = join(root, `dist/preflight-linux-${name}`);
    t.equal(digest(join(folder, "dist/out")), digest(here), `${name}: the two differ, or ${here} is of other sources`);
  }
  t.end();
});
