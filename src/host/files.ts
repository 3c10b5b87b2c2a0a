/** What a kind may ask of a path, and the words for the answers: sort, size, rights, owners. */
import { access, entries, read, runner, space, stat, user, type Entry, type Space } from "#os";
import { plural } from "../text.ts";
import { called } from "./accounts.ts";

export type { Entry, Space };
export { access, entries, read, space, stat };

/** File types of inode(7), the four bits above the permissions, and how `type` and messages call them. */
const BITS: readonly number[] = [8, 4, 12, 10, 1, 2, 6];
const SORTS: readonly string[] = ["file", "dir", "socket", "symlink", "fifo", "char", "block"];
const WORDS: readonly string[] = [
  ...["a file", "a directory", "a socket", "a symbolic link", "a FIFO", "a character device"],
  "a block device",
];
/** What `type` can be. */
export const TYPES: readonly string[] = SORTS.slice(0, 5);

/** "file", "dir", "socket", "symlink", "fifo", "char" or "block". */
export function sortOf(entry: Entry): string {
  return SORTS.at(Math.max(0, BITS.indexOf((entry.mode >> 12) & 15))) ?? "";
}
/** "a directory" for "dir". */
export function words(sort: string): string {
  return WORDS.at(SORTS.indexOf(sort)) ?? sort;
}

/** Permission bits as people write them: "0644". */
export function octal(mode: number): string {
  let out = "";
  for (let left = mode & 0o7777; left > 0; left = left >> 3) out = `${left & 7}${out}`;
  return out.padStart(4, "0");
}

const STEPS: readonly string[] = ["KiB", "MiB", "GiB", "TiB", "PiB"];

/** A size in words: "0 bytes", "12 bytes", "1.5 MiB". */
export function sized(bytes: number): string {
  if (bytes < 1024) return plural(bytes, "byte");
  let value = bytes / 1024;
  let step = 0;
  while (value >= 1023.95 && step < STEPS.length - 1) {
    value = value / 1024;
    step++;
  }
  return `${value.toFixed(1).split(".0").join("")} ${STEPS.at(step) ?? ""}`;
}

/** "uid 65534", by whose rights files are opened; "this user" where the platform has no such numbers. */
export function self(): string {
  return numbered(user());
}

/** The same of whom the command runs as, by whose rights `access` answers. */
export function other(): string {
  return numbered(runner());
}

function numbered(id: number): string {
  return id < 0 ? "this user" : `uid ${id}`;
}

/** Mode and owners, the facts behind a refusal: "mode 0600, owner root (0), group root (0)". */
export function rights(e: Entry): string {
  return `mode ${octal(e.mode)}, owner ${called("user", e.uid)}, group ${called("group", e.gid)}`;
}

/** Milliseconds since the file was changed, by the wall clock. */
export function age(e: Entry): number {
  return Date.now() - e.modified;
}

/** Milliseconds on a clock that never goes back. */
export function now(): number {
  return performance.now();
}

/** "2026-11-24T12:00:00Z" */
export function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Is it the same file, unchanged as far as stat(2) tells? */
export function same(a: Entry | null, b: Entry): boolean {
  return a !== null && a.inode === b.inode && a.size === b.size && a.modified === b.modified;
}

/** Has a file of size 0 something in it all the same, as those of /proc and /sys have? */
export function hasBytes(path: string): boolean {
  const bytes = read(path, 1);
  return typeof bytes !== "number" && bytes.length > 0;
}
