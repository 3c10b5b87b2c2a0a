/** What the binary is made of besides our own sources, with the licence of each: for the SBOM, and for LICENSES.txt. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cache, root } from "./tools.ts";

export interface Part {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly licence: string;
  readonly home: string;
  /** A package URL, as the SBOM identifies it. */
  readonly purl: string;
  /** What it does in the binary. */
  readonly role: string;
  /** Its licence as it asks to be handed on. */
  readonly text: string;
}

const RUNTIME = join(root, "node_modules/@scriptc/runtime");

/** Read from the sources that are built, so that none of it can be out of date. */
export function parts(): readonly Part[] {
  const version = (JSON.parse(read(RUNTIME, "package.json")) as { version: string }).version;
  const vendor = read(RUNTIME, "vendor/README.md");
  const musl = one(join(cache, "zig-*/lib/python*/site-packages/ziglang/lib/libc/musl"));
  const quickjs = found(vendor, /quickjs-ng\/quickjs\n- Version: v([0-9.]+)/);
  const commit = (project: string): string => found(vendor, new RegExp(`${project}\\n- Commit: ([0-9a-f]{40})`));
  const tls = found(
    read(RUNTIME, "vendor/mbedtls/include/mbedtls/build_info.h"),
    /MBEDTLS_VERSION_STRING +"([0-9.]+)"/,
  );
  const libc = found(read(musl, "src/internal/version.h"), /VERSION "([0-9.]+)"/);
  return [
    part("scriptc-runtime", version, "Apache-2.0", "vercel-labs/scriptc", "the compiler's runtime", "LICENSE"),
    part("mbedtls", tls, "Apache-2.0", "Mbed-TLS/mbedtls", "TLS", "vendor/mbedtls/LICENSE"),
    { ...part("musl", libc, "MIT", "bminor/musl", "the C library", "LICENSE"), text: read(musl, "COPYRIGHT") },
    part("quickjs-ng", quickjs, "MIT", "quickjs-ng/quickjs", "regular expressions", "vendor/quickjs-ng/LICENSE"),
    part("ryu", commit("ulfjack/ryu"), "BSL-1.0", "ulfjack/ryu", "numbers as text", "vendor/ryu/LICENSE-Boost"),
    {
      ...part("libucontext", commit("kaniini/libucontext"), "ISC", "kaniini/libucontext", "stacks", "LICENSE"),
      text: comment(read(RUNTIME, "src/scr_musl.c")),
    },
  ];
}

function part(name: string, version: string, licence: string, github: string, role: string, file: string): Part {
  const purl = `pkg:github/${github.toLowerCase()}@${version}`;
  return { name, version, licence, home: `https://github.com/${github}`, purl, role, text: read(RUNTIME, file) };
}

function read(folder: string, file: string): string {
  return readFileSync(join(folder, file), "utf8");
}

function one(pattern: string): string {
  const [path] = globSync(pattern);
  if (path === undefined) throw new Error(`nothing is at ${pattern}`);
  return path;
}

function found(text: string, pattern: RegExp): string {
  const hit = pattern.exec(text)?.[1];
  if (hit === undefined) throw new Error(`no ${pattern.source} in the sources of the runtime`);
  return hit;
}

/** The comment that holds the permission notice. */
function comment(source: string): string {
  const text = found(source, /\/\*((?:(?!\*\/)[^])*Permission to use, copy[^]*?)\*\//);
  return `${text.replace(/^ \* ?/gm, "").trim()}\n`;
}
