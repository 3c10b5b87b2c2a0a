/** Small C programs that the tests run beside preflight, compiled once. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { root, run } from "../../scripts/tools.ts";

/** The static executable made from a source in this folder. */
export function compiled(source: string): string {
  const from = join(import.meta.dirname, source);
  const folder = join(root, "build/test");
  const out = join(folder, basename(source, ".c"));
  if (existsSync(out) && statSync(out).mtimeMs > statSync(from).mtimeMs) return out;
  mkdirSync(folder, { recursive: true });
  run("zig", [
    "cc",
    "-target",
    `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-musl`,
    "-O1",
    "-static",
    from,
    "-o",
    out,
  ]);
  return out;
}
