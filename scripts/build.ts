/** Makes both artifacts: the static binaries with scriptc and zig, and the npm package with tsc. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findings } from "./ir.ts";
import { INCLUDE, mbedtls } from "./mbedtls.ts";
import { cache, root, run } from "./tools.ts";

export interface Target {
  readonly name: string;
  readonly triple: string;
}
export const TARGETS: readonly Target[] = [
  { name: "amd64", triple: "x86_64-linux-musl" },
  { name: "arm64", triple: "aarch64-linux-musl" },
];

/** The files of the C half, as src/os/native.json names them. */
export const NATIVE: readonly string[] = ["native", "init", "tls"];

/** The C half for one target, and the manifest that names it; returns the manifest. */
function native(target: Target): string {
  const folder = join(root, "build", target.name);
  mkdirSync(folder, { recursive: true });
  const flags = ["cc", "-target", target.triple, "-Os"];
  const fresh = join(folder, `fresh.${process.pid}.o`); // tests build too, at the same time
  for (const name of NATIVE) {
    const more = ["-std=c17", "-Wall", "-Wextra", "-Werror", ...INCLUDE, "-c"];
    run("zig", [...flags, ...more, `src/os/${name}.c`, "-o", fresh]);
    renameSync(fresh, join(folder, `${name}.o`));
  }
  const together = (all: readonly string[], sources: readonly string[], out: string): void => {
    run("zig", [...all, "-c", ...sources, "-o", out]);
  };
  cpSync(mbedtls({ command: "zig", flags, together, environment: {} }), fresh);
  renameSync(fresh, join(folder, "mbedtls.o"));
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

/** The static executable of a program that uses the platform: the entry, or what a test has made of its parts. */
export function compile(entry: string, out: string, target: Target): void {
  const args = ["build", entry, "-o", out, "--strip", "--no-keep-c", "--ffi", native(target)];
  // with zigcc the program is compiled by scripts/zig, which makes it small
  const said = run("scriptc", args, { SCRIPTC_TARGET: target.triple, SCRIPTC_CC: "zigcc" });
  if (/backend c|llvm refused/.test(said)) throw new Error(`left the LLVM tier: ${said}`);
}

/** The package as it is published: plain JavaScript, no binary, no install script. */
export function npm(): void {
  const out = join(root, "dist/npm");
  rmSync(out, { recursive: true, force: true });
  run("tsc", ["-p", "tsconfig.build.json"]);
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, unknown>;
  const { name, version, description, license, type, dependencies } = own;
  const published = {
    ...{ name, version, description, license, type },
    bin: { preflight: "bin/preflight.js" },
    exports: { "./schema.json": "./schema.json", "./package.json": "./package.json" },
    imports: { "#os": "./src/os/node.js" },
    files: ["bin", "src", "checks", "schema.json", "CHANGELOG.md"],
    engines: { node: ">=22.18" },
    dependencies,
    publishConfig: { access: "public", provenance: true },
  };
  writeFileSync(join(out, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  for (const file of ["bin", "schema.json", "README.md", "LICENSE", "CHANGELOG.md"]) {
    cpSync(join(root, file), join(out, file), { recursive: true });
  }
  console.log("dist/npm\tpreflight-gate");
}

function main(asked: readonly string[]): void {
  const wanted = (name: string): boolean => asked.length === 0 || asked.includes(name);
  mkdirSync(join(root, "dist"), { recursive: true });
  if (!existsSync(join(cache, "zig-cache")))
    console.error("build: the first one also compiles musl, in a minute or more");
  for (const target of TARGETS) {
    if (!wanted(target.name)) continue;
    if (target.name === "amd64") gate(native(target));
    const out = `dist/preflight-linux-${target.name}`;
    compile("src/main.ts", join(root, out), target);
    console.log(`${out}\t${statSync(join(root, out)).size} bytes`);
  }
  if (wanted("npm")) npm();
}

if (import.meta.main) main(process.argv.slice(2));
