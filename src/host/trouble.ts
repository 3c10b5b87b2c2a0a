/** Why a path cannot be looked at, as its errno and the folders on the way tell it. */
import { access, entries, stat } from "#os";
import { quoted } from "../text.ts";
import { EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, reason } from "./errno.ts";
import { other, rights, self, sortOf } from "./files.ts";

const SLASH = 47;

/** Why a path cannot be looked at. */
export interface Trouble {
  /** missing: it may still come; silent: the file system may still answer; wrong: it will not change by itself. */
  readonly is: "missing" | "silent" | "wrong";
  readonly why: string;
  readonly hint: string;
}

/** What an errno of stat(2) or open(2) means for this path, with what it says about the folders on the way. */
export function troubleOf(errno: number, path: string): Trouble {
  switch (errno) {
    case ENOENT:
      return missing(path);
    case ENOTDIR: {
      const at = steps(path).find((p) => isSort(p, "file"));
      return trouble("wrong", `${at === undefined ? "a part of the path" : shown(at)} is a file, not a folder`);
    }
    case EACCES: {
      const folder = shut(path, self(), (f) => stat(`${f}/.`, true) !== EACCES);
      return trouble("wrong", folder === "" ? `${self()} has no access: permission denied` : folder);
    }
    case ELOOP:
      return trouble("wrong", "a loop of symbolic links");
    case ENAMETOOLONG:
      return trouble("wrong", "the path is longer than the system takes");
    default:
      return trouble("silent", `cannot be looked at: ${reason(errno)}`);
  }
}

/** The folder on the way that the user of the command cannot enter, as a reason, or "". */
export function barred(path: string): string {
  return shut(path, other(), (f) => access(f, 1) !== EACCES);
}

/** A path in full, as messages quote it. */
export function shown(path: string): string {
  return quoted(path, 4096);
}

// --- internal ---

function trouble(is: Trouble["is"], why: string, hint = ""): Trouble {
  return { is, why, hint };
}

/** Every folder on the way to the path, the outermost first. */
function steps(path: string): readonly string[] {
  const out: string[] = path.startsWith("/") ? ["/"] : ["."];
  for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) {
    if (path.charCodeAt(at - 1) !== SLASH) out.push(path.slice(0, at));
  }
  return out;
}

function isSort(path: string, sort: string): boolean {
  const e = stat(path, true);
  return typeof e !== "number" && sortOf(e) === sort;
}

function missing(path: string): Trouble {
  const link = stat(path, false);
  if (typeof link !== "number") return trouble("missing", "a symbolic link whose target does not exist");
  const folders = steps(path);
  const deepest = folders.filter((p) => isSort(p, "dir")).at(-1) ?? "/";
  const whole = deepest === folders.at(-1);
  const here = path.startsWith("/") ? "" : `, from ${shown(process.cwd())}`;
  const hint = whole
    ? `the folder ${shown(deepest)} exists${here}${entries(deepest) === 0 ? ", and is empty" : ""}`
    : `of its folders, the deepest that exists is ${shown(deepest)}${here}`;
  return trouble("missing", "does not exist", hint);
}

/** The first folder on the way that somebody cannot enter, "" where they can enter all. */
function shut(path: string, who: string, enters: (folder: string) => boolean): string {
  for (const folder of steps(path)) {
    const e = stat(folder, true);
    if (typeof e !== "number" && !enters(folder))
      return `${who} cannot enter the folder ${shown(folder)}: ${rights(e)}`;
  }
  return "";
}
