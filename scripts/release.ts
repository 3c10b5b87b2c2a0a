/** Makes a folder of all that a release hands out, from dist/: the same bytes each time. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TARGETS } from "./build.ts";
import { archive, type Labels } from "./oci.ts";
import { parts } from "./parts.ts";
import { sbom } from "./sbom.ts";
import { root, run } from "./tools.ts";
import { VERSION } from "../src/version.ts";

/** What the npm package prints of itself, and the file that it becomes. */
const PRINTED: readonly (readonly [string, readonly string[]])[] = [
  ["preflight.1", ["man"]],
  ["completions/preflight.bash", ["completion", "bash"]],
  ["completions/_preflight", ["completion", "zsh"]],
  ["completions/preflight.fish", ["completion", "fish"]],
];

/** Fills the folder, which is made anew; `labels` say when and from what. */
export function release(out: string, labels: Labels): void {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, "completions"), { recursive: true });
  const dist = join(root, "dist");
  const binaries = TARGETS.map(({ name }) => `preflight-linux-${name}`);
  for (const name of binaries) {
    cpSync(join(dist, name), join(out, name));
    chmodSync(join(out, name), 0o755);
  }
  for (const name of ["schema.json", "LICENSE"]) cpSync(join(root, name), join(out, name));
  writeFileSync(join(out, "LICENSES.txt"), licences());
  for (const [name, words] of PRINTED)
    writeFileSync(join(out, name), run(process.execPath, [join(dist, "npm/bin/preflight.js"), ...words]));
  run("npm", ["pack", "--silent", "--pack-destination", out, join(dist, "npm")]);
  const bytes = binaries.map((name) => [name, readFileSync(join(out, name))] as const);
  writeFileSync(join(out, "sbom.cdx.json"), sbom(new Map(bytes), labels.date));
  const files = ["schema.json", "LICENSE", "LICENSES.txt"].map((name) => join(out, name));
  archive(join(out, `preflight-${VERSION}-oci.tar`), join(out, ".room"), files, dist, labels);
  const names = readdirSync(out, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  const sums = names.map((e) => join(e.parentPath, e.name).slice(out.length + 1)).sort();
  writeFileSync(join(out, "SHA256SUMS"), sums.map((name) => `${digest(join(out, name))}  ${name}\n`).join(""));
}

/** The licences of what is in the binary, each under its name. */
function licences(): string {
  const all = parts().map((p) => `${p.name} ${p.version} (${p.licence}): ${p.role}\n${p.home}\n\n${p.text.trim()}\n`);
  return `The binary holds parts of these, under their own licences.\n\n${all.join(`\n${"-".repeat(80)}\n\n`)}`;
}

function digest(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** What the commit that is checked out says. */
function commit(format: string): string {
  return spawnSync("git", ["log", "-1", `--format=${format}`], { cwd: root, encoding: "utf8" }).stdout.trim();
}

if (import.meta.main) {
  const [seconds, revision] = [commit("%ct"), commit("%H")];
  const out = join(root, "dist/release");
  const date = new Date(Number(seconds === "" ? 0 : seconds) * 1000).toISOString().replace(/\.\d+/, "");
  release(out, { version: VERSION, revision: revision === "" ? "unknown" : revision, date });
  console.log(readFileSync(join(out, "SHA256SUMS"), "utf8").trimEnd());
}
