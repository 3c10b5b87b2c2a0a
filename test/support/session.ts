/** A person at a terminal who types, and reads what comes. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { join } from "node:path";

/** What is typed, and the regular expression that is awaited then. */
export type Step = readonly [typed: string, wanted: string];

/** A shell with job control, without anybody's habits. */
export const BASH: readonly string[] = ["bash", "--norc", "--noprofile", "--noediting", "-i"];

/** The end of its prompt. */
export const PROMPT = "[#$] $";

/** Says its process group and the foreground one of its terminal: fields 5 and 8 of proc_pid_stat(5). */
export const GROUPS: readonly string[] = ["sh", "-c", "set -- $(cat /proc/$$/stat); echo group $5 foreground $8"];

/** What stands at the end where a step did not come to pass. */
export const NONE = /^--- .*/m;

/** All that the terminal was sent; a step that did not come to pass is named at its end. */
export async function session(command: readonly string[], steps: readonly Step[]): Promise<string> {
  const script = join(import.meta.dirname, "session.py");
  const env = { PATH: process.env["PATH"] ?? "", HISTFILE: "/dev/null" };
  const args = [script, JSON.stringify(steps), ...command];
  return (await promisify(execFile)("python3", args, { env, timeout: 60_000 })).stdout;
}

/**
 * A command as a person starts it in a shell with job control; or, where it begins with unshare and its three flags, as an
 * engine does, process 1 being the leader of the terminal's session.
 */
export function onTerminal(command: readonly string[], first: boolean): readonly string[] {
  if (first) return [...command.slice(0, 4), "setsid", "--ctty", ...command.slice(4)];
  return [...BASH, "-c", `${line(command)}; true`];
}

/** Words as a shell reads them. */
export function line(words: readonly string[]): string {
  return words.map((w) => (/^[\w./=-]+$/.test(w) ? w : `'${w.replaceAll("'", "'\\''")}'`)).join(" ");
}
