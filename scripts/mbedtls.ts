/** mbedTLS, from the sources that scriptc's pinned runtime brings, as one object file for each target: built once, and kept. */
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { cache, root, run } from "./tools.ts";

export interface Compiler {
  readonly command: string;
  readonly flags: readonly string[];
  /** Makes one object of many sources. */
  readonly together: (flags: readonly string[], sources: readonly string[], out: string) => void;
  /** Where it is found. */
  readonly environment: Record<string, string>;
}

const RUNTIME = "node_modules/@scriptc/runtime";
const SOURCES = `${RUNTIME}/vendor/mbedtls`;
/** For whoever includes its headers. */
export const INCLUDE: readonly string[] = [
  `-I${SOURCES}/include`,
  "-Isrc/os",
  '-DMBEDTLS_CONFIG_FILE="mbedtls.h"', // src/os/mbedtls.h: what of it is built
];

/** The object file's path: named after the version of the sources, the configuration, the compiler and its flags. */
export function mbedtls(compiler: Compiler): string {
  const { command, flags, together, environment } = compiler;
  const all = [...flags, "-ffunction-sections", "-fdata-sections", ...INCLUDE, `-I${SOURCES}/library`];
  const key = createHash("sha256");
  for (const part of [command, ...all, run(command, [...flags, "--version"], environment)]) key.update(`${part}\0`);
  for (const file of [`${RUNTIME}/package.json`, "src/os/mbedtls.h"]) key.update(readFileSync(join(root, file)));
  const object = join(cache, "mbedtls", `${key.digest("hex").slice(0, 16)}.o`);
  if (existsSync(object)) return object;
  console.error(`build: mbedTLS, into ${object}`);
  mkdirSync(join(cache, "mbedtls"), { recursive: true });
  const making = `${object}.${process.pid}`;
  const sources = globSync(`${SOURCES}/library/*.c`, { cwd: root }).toSorted();
  together(all, sources, making);
  renameSync(making, object); // another build may be at it too
  return object;
}
