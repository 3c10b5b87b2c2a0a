/** What the kernel tells in the files of /proc and /sys (proc(5), sysfs(5)). */
import { read } from "#os";
import { unable, type Verdict } from "../check.ts";
import { reason } from "./errno.ts";

/** A file of the kernel as text, at most `limit` bytes of it; "" where it cannot be read. */
export function told(path: string, limit = 65_536): string {
  const bytes = read(path, limit);
  return typeof bytes === "number" ? "" : bytes.toString("utf8");
}

/** The value behind a name at the beginning of a line, "Name:   value", or "". */
export function valueIn(text: string, name: string): string {
  const line = text.split("\n").find((l) => l.startsWith(`${name}:`));
  return line === undefined ? "" : line.slice(name.length + 1).trim();
}

/** What a check comes to whose facts are in this file, and it does not tell them. */
export function blind(path: string): Verdict {
  const bytes = read(path, 1);
  const why = typeof bytes === "number" ? reason(bytes) : "does not tell";
  const system = process.platform;
  return unable(
    `cannot be looked at: ${path}: ${why}`,
    system === "linux" ? "" : `Linux has this file, ${system} does not`,
  );
}

/** A path as it stands in a mount table: blanks, tabs, line ends and backslashes are octal there (proc_pid_mountinfo(5)). */
export function unescaped(path: string): string {
  return path.split("\\040").join(" ").split("\\011").join("\t").split("\\012").join("\n").split("\\134").join("\\");
}
