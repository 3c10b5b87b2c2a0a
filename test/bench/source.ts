// Gets the programs that are measured: compiles the helpers, installs the peers, pinned, outside the checkout.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";
import { cache as store, root, run as tool } from "../../scripts/tools.ts";

const cache = join(store, "bench");
const run = promisify(execFile);

/** The checkout, and a place for files that a run writes. */
export const folders = { root, scratch: join(cache, "scratch") };

/** Where a program comes from; each kind names what its tool chain needs, with the version that was measured. */
export type Source =
  | { readonly from: "build" }
  | { readonly from: "c"; readonly file: string }
  | { readonly from: "debian"; readonly name: string; readonly version: string; readonly file: string }
  | { readonly from: "cargo"; readonly name: string; readonly version: string }
  | { readonly from: "go"; readonly path: string; readonly version: string }
  | { readonly from: "npm"; readonly name: string; readonly file: string };

export function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

/** The path of a program, installed where it was missing. Throws with the reason where it cannot be had. */
export async function obtain(source: Source): Promise<string> {
  switch (source.from) {
    case "build":
      return built();
    case "c":
      return compile(source.file);
    case "npm":
      return present(join(root, "node_modules", source.name, source.file));
    case "debian":
      return keep(source.name, source.version, source.file, (folder) => unpack(source.name, source.version, folder));
    case "cargo":
      return keep(source.name, source.version, join("bin", source.name), (folder) =>
        run("cargo", ["install", source.name, "--version", source.version, "--locked", "--root", folder]),
      );
    case "go":
      // the executable is named after the last part of the path that is not a major version
      return keep(source.path, source.version, basename(source.path.replace(/\/v\d+$/, "")), (folder) =>
        run("go", ["install", "-trimpath", "-ldflags=-s -w", `${source.path}@${source.version}`], {
          env: { ...process.env, CGO_ENABLED: "0", GOBIN: folder },
        }),
      );
  }
}

/** The version of a program, in words for a person. */
export function version(source: Source): string {
  if (source.from === "npm") {
    const manifest = readFileSync(join(root, "node_modules", source.name, "package.json"), "utf8");
    return (JSON.parse(manifest) as { version: string }).version;
  }
  return "version" in source ? source.version.replace("-*", "") : "this checkout";
}

// --- internal ---

function built(): string {
  const name = `preflight-linux-${process.arch === "x64" ? "amd64" : process.arch}`;
  return present(resolve(process.env["PREFLIGHT"] ?? join(root, "dist", name)));
}

function present(path: string): string {
  if (!existsSync(path)) throw new Error(`${path} is not there`);
  return path;
}

function compile(file: string): string {
  const source = join(import.meta.dirname, file);
  const mark = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 12);
  const target = join(cache, `${basename(file, ".c")}-${mark}`);
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  const triple = `${process.arch === "x64" ? "x86_64" : "aarch64"}-linux-musl`;
  tool("zig", ["cc", "-target", triple, "-O2", "-static", "-s", "-Wall", "-Wextra", "-Werror", "-o", target, source]);
  return target;
}

/** Installs into a folder that only appears when it is complete. A refusal is kept, for asking again gets the same. */
async function keep(name: string, version: string, file: string, install: (folder: string) => Promise<unknown>) {
  const target = join(cache, `${name}-${version}`.replace(/[^\w.-]/g, "_"));
  const refusal = `${target}.refused`;
  if (existsSync(join(target, file))) return join(target, file);
  if (!existsSync(refusal)) {
    mkdirSync(cache, { recursive: true });
    const folder = mkdtempSync(`${target}.new-`);
    say(`installing ${name} ${version}`);
    try {
      await install(folder);
      present(join(folder, file));
      rmSync(target, { recursive: true, force: true });
      renameSync(folder, target);
      return join(target, file);
    } catch (error) {
      rmSync(folder, { recursive: true });
      const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
      writeFileSync(refusal, code === "ENOENT" ? "no such tool chain here" : stderr?.trim() || message);
    }
  }
  throw new Error(`${cause(readFileSync(refusal, "utf8"))} (to ask again, remove ${refusal})`);
}

/** A Debian package is unpacked, not installed: nothing of the machine changes but the list of packages. */
async function unpack(name: string, version: string, folder: string): Promise<void> {
  const download = () => run("apt-get", ["download", `${name}=${version}`], { cwd: folder });
  await download().catch(async () => {
    await run("apt-get", ["update", "-qq"]);
    await download();
  });
  const archive = readdirSync(folder).find((entry) => entry.endsWith(".deb")) ?? "";
  await run("dpkg-deb", ["-x", join(folder, archive), folder]);
}

/** The end of the line that says why. */
function cause(text: string): string {
  const lines = text.split("\n");
  const line = lines.find((line) => /error|forbidden|not found/i.test(line)) ?? lines.at(-1) ?? "";
  return line.slice(line.lastIndexOf(": ") + 1).trim();
}
