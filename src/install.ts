/** `preflight install PATH`: the way of the binary into an emptyDir, and out of a scratch image. */
import { install } from "#os";
import { UsageError } from "./arguments.ts";
import { ENOENT, ENOSYS, reason } from "./host/errno.ts";
import { quoted } from "./text.ts";

/** Copies this program to the path that the words are; says why it could not, or "". */
export function place(words: readonly string[]): string {
  const path = words.at(0) ?? "";
  if (words.length !== 1 || path === "") throw new UsageError("install takes one path: preflight install PATH");
  const errno = install(path);
  if (errno === 0) return "";
  if (errno === ENOSYS) throw new UsageError("install belongs to the static binary: the npm package has none inside");
  return `cannot install to ${quoted(path, 4096)}: ${cause(errno)}`;
}

function cause(errno: number): string {
  if (errno > 1000) return `cannot read /proc/self/exe, which it is copied from: ${reason(errno - 1000)}`;
  return errno === ENOENT ? "its folder does not exist" : reason(errno);
}
