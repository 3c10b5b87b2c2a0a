/** Makes both artifacts: the static binaries with scriptc and zig, and the npm package with tsc. */
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findings } from "./ir.ts";
import { root, run } from "./tools.ts";

interface Target {
  readonly name: string;
  readonly triple: string;
  /** scriptc has a ready runtime for amd64; elsewhere it compiles its own with zig. */
  readonly more: Record<string, string>;
}
const TARGETS: readonly Target[] = [
  { name: "amd64", triple: "x86_64-linux-musl", more: {} },
  { name: "arm64", triple: "aarch64-linux-musl", more: { SCRIPTC_CC: "zigcc" } },
];

/** The C half for one target, and the manifest that names it; returns the manifest. */
function native(target: Target): string {
  const folder = join(root, "build", target.name);
  mkdirSync(folder, { recursive: true });
  const flags = ["-target", target.triple, "-std=c17", "-Os", "-Wall", "-Wextra", "-Werror", "-c"];
  run("zig", ["cc", ...flags, "src/os/native.c", "-o", join(folder, "native.o")]);
  const manifest = join(folder, "native.json");
  cpSync(join(root, "src/os/native.json"), manifest);
  return manifest;
}

/** Stops on what the compiler would get wrong silently. */
function gate(manifest: string): void {
  const ir = join(root, "build/main.ir.json");
  run("scriptc", ["build", "src/main.ts", "--emit=ir", "-o", ir, "--ffi", manifest], {
    SCRIPTC_TARGET: "x86_64-linux-musl",
  });
  const bad = findings(ir).filter((f) => f.fatal);
  for (const f of bad) process.stderr.write(`${f.kind}\t${f.place}\t${f.what}\n`);
  if (bad.length > 0) throw new Error(`the compiler would get ${bad.length} places wrong`);
}

function binary(target: Target, manifest: string): void {
  const out = join(root, `dist/preflight-linux-${target.name}`);
  const args = ["build", "src/main.ts", "-o", out, "--strip", "--no-keep-c", "--ffi", manifest];
  const said = run("scriptc", args, { SCRIPTC_TARGET: target.triple, ...target.more });
  if (/backend c|llvm refused/.test(said)) throw new Error(`left the LLVM tier: ${said}`);
  console.log(`dist/preflight-linux-${target.name}\t${statSync(out).size} bytes`);
}

/** The package as it is published: plain JavaScript, no binary, no install script. */
function npm(): void {
  const out = join(root, "dist/npm");
  rmSync(out, { recursive: true, force: true });
  run("tsc", ["-p", "tsconfig.build.json"]);
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, unknown>;
  const { name, version, description, license, type } = own;
  const published = {
    ...{ name, version, description, license, type },
    bin: { preflight: "bin/preflight.js" },
    exports: { "./schema.json": "./schema.json", "./package.json": "./package.json" },
    imports: { "#os": "./src/os/node.js" },
    files: ["bin", "src", "checks", "schema.json"],
    engines: { node: ">=22.18" },
    publishConfig: { access: "public", provenance: true },
  };
  writeFileSync(join(out, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  for (const file of ["bin", "schema.json", "README.md", "LICENSE", "CHANGELOG.md"]) {
    cpSync(join(root, file), join(out, file), { recursive: true });
  }
  console.log("dist/npm\tpreflight-gate");
}

const asked = process.argv.slice(2);
const wanted = (name: string): boolean => asked.length === 0 || asked.includes(name);
mkdirSync(join(root, "dist"), { recursive: true });
for (const target of TARGETS) {
  if (!wanted(target.name)) continue;
  const manifest = native(target);
  if (target.name === "amd64") gate(manifest);
  binary(target, manifest);
}
if (wanted("npm")) npm();
