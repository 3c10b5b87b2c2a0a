/** The processes that are seen from here, as /proc has them (proc_pid_stat(5)). */
import { names } from "#os";
import { told } from "./kernel.ts";

export interface Running {
  /** At most its first 15 bytes. */
  readonly name: string;
  /** Its arguments, parted by blanks; a program may have written something else there. */
  readonly line: string;
}

/** How much of a name the kernel keeps (proc_pid_comm(5)). */
export const KEPT = 15;

/** The process behind a number, null where it does not run: a zombie does not. */
export function running(pid: string): Running | null {
  const stat = told(`/proc/${pid}/stat`, 1024);
  const end = stat.lastIndexOf(")");
  if (end < 0 || /^[ZXx]/.test(stat.slice(end + 2))) return null;
  const line = told(`/proc/${pid}/cmdline`, 4096);
  return { name: stat.slice(stat.indexOf("(") + 1, end), line: line.split("\0").join(" ").trim() };
}

/** All that have this name but ourselves; null where /proc does not tell. */
export function called(name: string): readonly Running[] | null {
  const all = names("/proc");
  const own = told("/proc/self/stat", 64).split(" ").at(0) ?? "";
  if (typeof all === "number" || own === "") return null;
  const kept = Buffer.from(name).subarray(0, KEPT).toString();
  const out: Running[] = [];
  for (const pid of all) {
    if (!/^[0-9]+$/.test(pid) || pid === own || told(`/proc/${pid}/comm`, 64).trim() !== kept) continue;
    const found = running(pid);
    if (found !== null && (kept === name || found.line.includes(name))) out.push(found);
  }
  return out;
}
