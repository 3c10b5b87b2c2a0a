/** Variables as a container gets them: in the environment, or in a file that NAME_FILE names. */
import { read, stat } from "#os";
import { variable, variables } from "./environment.ts";
import { nearest } from "../text.ts";
import { sortOf, words } from "./files.ts";
import { FINE, wrong, type Judged } from "./formats.ts";
import { shown, troubleOf } from "./trouble.ts";

/** Bytes that a value from a file may have; Linux takes no variable above 128 KiB (MAX_ARG_STRLEN, execve(2)). */
const LIMIT = 65_536;

/** A variable as it was found. */
export interface Found {
  /** Undefined where it is not set. */
  readonly value: string | undefined;
  /** It was read from a file. */
  readonly read: boolean;
  readonly trouble: Judged;
}

function found(value: string | undefined, fromFile: boolean, trouble: Judged): Found {
  return { value, read: fromFile, trouble };
}

/** The value as text, the same on both artifacts: bytes that are not UTF-8 are U+FFFD, as Node has them. */
function textOf(name: string): string | undefined {
  const value = variable(name);
  return value === undefined ? undefined : Buffer.from(value).toString("utf8");
}

/** The paths that NAME_FILE variables hold. */
export function filesOf(names: readonly string[]): readonly string[] {
  return names.map((name) => textOf(`${name}_FILE`) ?? "").filter((path) => path !== "");
}

/**
 * The variable, or with `fromFile` the contents of the file that NAME_FILE names, less one line end. As in the images
 * of docker-library (docker-entrypoint.sh, file_env), an empty variable counts as not set beside the other.
 */
export function find(name: string, fromFile: boolean): Found {
  const value = textOf(name);
  const path = fromFile ? (textOf(`${name}_FILE`) ?? "") : "";
  if (path === "") return found(value, false, FINE);
  if (value !== undefined && value !== "")
    return found(value, false, wrong(`both ${name} and ${name}_FILE are set`, "set one of them"));
  return contents(name, path);
}

function contents(name: string, path: string): Found {
  const named = /^[./]/.test(path) ? ` ${shown(path)}` : ""; // else it may be the secret itself, in the wrong variable
  const file = `the file${named} that ${name}_FILE names`;
  const bad = (why: string, hint = ""): Found => found(undefined, false, wrong(`${file} ${why}`, hint));
  const e = stat(path, true);
  if (typeof e === "number") {
    const t = troubleOf(e, path);
    return named === ""
      ? bad("cannot be read", `${name}_FILE must hold the path of a file, not the value`)
      : bad(t.why === "does not exist" ? t.why : `cannot be read: ${t.why}`, t.hint);
  }
  if (sortOf(e) !== "file")
    return bad(
      `is ${words(sortOf(e))}`,
      sortOf(e) === "dir" ? "Docker makes a folder where the source of a bind mount is missing" : "",
    );
  const bytes = read(path, LIMIT + 1);
  if (typeof bytes === "number") return bad(`cannot be read: ${troubleOf(bytes, path).why}`);
  if (bytes.length > LIMIT) return bad("is larger than 64 KiB");
  if (bytes.indexOf(0) >= 0) return bad("holds a NUL byte, which no variable can");
  const text = bytes.toString("utf8");
  if (Buffer.byteLength(text) !== bytes.length || text.includes("\ufffd")) return bad("is not UTF-8 text");
  const end = text.endsWith("\r\n") ? 2 : text.endsWith("\n") ? 1 : 0;
  return found(text.slice(0, text.length - end), true, FINE);
}

/** What a person may have meant where the variable is not set: what is set, and looks alike. */
export function near(name: string, own: readonly string[], fromFile: boolean): string {
  const file = `${name}_FILE`;
  if (!fromFile && variable(file) !== undefined)
    return `${file} is set: from_file: true reads the value from the file that it names`;
  const known = variables()
    .map(([n]) => n)
    .filter((n) => !own.includes(n));
  const upper = name.toUpperCase();
  const alike = known.find((n) => n.toUpperCase() === upper) ?? nearest(name, known);
  return alike === "" ? "" : `did you mean ${alike}, which is set?`;
}
