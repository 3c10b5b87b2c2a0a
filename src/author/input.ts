/** Reads a file that a person named: bounded, UTF-8 and text, or a refusal in one line. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { Refusal } from "./refusal.ts";

/** Why a file cannot be read, by the system's own code (errno(3)). */
const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of its path is not a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "its links run in a circle",
  ENAMETOOLONG: "its name is too long",
};

/**
 * The text of a file, a byte order mark left out; "-" is the standard input. `name` is how it is called in messages, `limit` in bytes.
 * Throws a Refusal: missing, unreadable, no regular file (a pipe is one: it can be read once), too large, not UTF-8, binary.
 */
export function readText(path: string, name: string, limit: number): string {
  const bytes = readBytes(path, name, limit);
  if (bytes.length === 0) throw refusal(name, "the file is empty");
  if (bytes.includes(0)) throw refusal(name, "not a text file: it holds NUL bytes");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refusal(name, "not UTF-8 text");
  }
}

function readBytes(path: string, name: string, limit: number): Buffer {
  let fd = -1;
  try {
    fd = path === "-" ? 0 : openSync(path, "r");
    const is = fstatSync(fd);
    if (is.isDirectory()) throw refusal(name, "it is a directory, not a file");
    if (is.size > limit) throw tooLarge(name, limit);
    const parts: Buffer[] = [];
    for (let total = 0; ;) {
      const part = Buffer.alloc(65_536);
      const count = readSync(fd, part);
      if (count === 0) return Buffer.concat(parts);
      total += count;
      if (total > limit) throw tooLarge(name, limit);
      parts.push(part.subarray(0, count));
    }
  } catch (e) {
    if (e instanceof Refusal) throw e;
    const code = (e as NodeJS.ErrnoException).code ?? "";
    throw refusal(name, `cannot be read: ${WHY[code] ?? (code === "" ? String(e) : code)}`);
  } finally {
    if (fd > 0) closeSync(fd);
  }
}

function tooLarge(name: string, limit: number): Refusal {
  return refusal(name, `too large: at most ${limit / 1024 / 1024} MiB are read`);
}

function refusal(name: string, text: string): Refusal {
  return new Refusal({ file: name, line: 0, column: 0, severity: "error", rule: "unreadable", text, hint: "" });
}
