/** What a kind may ask of a path, and the words for the answers. Nothing here waits for a file. */
import { access, entries, read, stat, user, type Entry } from "#os";
import { plural, quoted } from "../text.ts";
import { called } from "./users.ts";

export type { Entry };
export { access, entries, read, stat };

// errno(3) on Linux
export const ENOENT = 2;
export const EACCES = 13;
const ENOTDIR = 20;
const ELOOP = 40;

/** File types of inode(7), under 0170000, and how `type` and messages call them. */
interface Sort {
  readonly bits: number;
  readonly name: string;
  readonly words: string;
}
const SORTS: readonly Sort[] = [
  { bits: 0o100000, name: "file", words: "a file" },
  { bits: 0o040000, name: "dir", words: "a directory" },
  { bits: 0o140000, name: "socket", words: "a socket" },
  { bits: 0o120000, name: "symlink", words: "a symbolic link" },
  { bits: 0o010000, name: "fifo", words: "a FIFO" },
  { bits: 0o020000, name: "char", words: "a character device" },
  { bits: 0o060000, name: "block", words: "a block device" },
];
/** What `type` can be. */
export const TYPES: readonly string[] = SORTS.slice(0, 5).map((s) => s.name);

/** "file", "dir", "socket", "symlink", "fifo", "char" or "block". */
export function sortOf(entry: Entry): string {
  return SORTS.find((s) => s.bits === (entry.mode & 0o170000))?.name ?? "file";
}
/** "a directory" for "dir". */
export function words(sort: string): string {
  return SORTS.find((s) => s.name === sort)?.words ?? sort;
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
  const id = user();
  return id < 0 ? "this user" : `uid ${id}`;
}

/** Mode and owners, the facts behind a refusal: "mode 0600, owner root (0), group root (0)". */
export function rights(e: Entry): string {
  return `mode ${octal(e.mode)}, owner ${called("user", e.uid)}, group ${called("group", e.gid)}`;
}

/** Why a path cannot be looked at. */
export interface Trouble {
  /** missing: it may still come; silent: the file system may still answer; wrong: it will not change by itself. */
  readonly is: "missing" | "silent" | "wrong";
  readonly why: string;
  readonly hint: string;
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [1, "operation not permitted"],
  [5, "input/output error"],
  [11, "resource temporarily unavailable"],
  [12, "out of memory"],
  [19, "no such device"],
  [23, "too many open files in system"],
  [24, "too many open files"],
  [26, "text file busy"],
  [30, "the file system is read-only"],
  [75, "value too large"],
  [107, "transport endpoint is not connected"],
  [110, "the file system does not answer"],
  [112, "host is down"],
  [116, "stale file handle"],
]);

/** The text of an errno, for those that files have. */
export function reason(errno: number): string {
  return REASONS.get(errno) ?? `errno ${errno}`;
}

/** What an errno of stat(2) or open(2) means for this path, with what it says about the folders on the way. */
export function troubleOf(errno: number, path: string): Trouble {
  switch (errno) {
    case ENOENT:
      return missing(path);
    case ENOTDIR: {
      const at = steps(path).find((p) => isSort(p, "file"));
      return {
        is: "wrong",
        why: `${at === undefined ? "a part of the path" : shown(at)} is a file, not a folder`,
        hint: "",
      };
    }
    case EACCES:
      return closed(path);
    case ELOOP:
      return { is: "wrong", why: "a loop of symbolic links", hint: "" };
    case 36:
      return { is: "wrong", why: "the path is longer than the system takes", hint: "" };
    default:
      return { is: "silent", why: `cannot be looked at: ${reason(errno)}`, hint: "" };
  }
}

/** A path in full, as messages quote it. */
export function shown(path: string): string {
  return quoted(path, 4096);
}

/** Every folder on the way to the path, the outermost first. */
function steps(path: string): readonly string[] {
  const out: string[] = path.startsWith("/") ? ["/"] : ["."];
  for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) {
    if (path.charAt(at - 1) !== "/") out.push(path.slice(0, at));
  }
  return out;
}

function isSort(path: string, sort: string): boolean {
  const e = stat(path, true);
  return typeof e !== "number" && sortOf(e) === sort;
}

function missing(path: string): Trouble {
  const link = stat(path, false);
  if (typeof link !== "number") {
    return { is: "missing", why: "a symbolic link whose target does not exist", hint: "" };
  }
  const folders = steps(path);
  const deepest = folders.filter((p) => isSort(p, "dir")).at(-1) ?? "/";
  const whole = deepest === folders.at(-1);
  const here = path.startsWith("/") ? "" : `, from ${shown(process.cwd())}`;
  const hint = whole
    ? `the folder ${shown(deepest)} exists${here}${entries(deepest) === 0 ? ", and is empty" : ""}`
    : `of its folders, the deepest that exists is ${shown(deepest)}${here}`;
  return { is: "missing", why: "does not exist", hint };
}

/** Which folder cannot be entered, and by whom. */
function closed(path: string): Trouble {
  for (const folder of steps(path)) {
    const e = stat(folder, true);
    if (typeof e === "number" || access(folder, 1) !== EACCES) continue;
    return { is: "wrong", why: `${self()} cannot enter the folder ${shown(folder)}: ${rights(e)}`, hint: "" };
  }
  return { is: "wrong", why: `${self()} has no access: permission denied`, hint: "" };
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
