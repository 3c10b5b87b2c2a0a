/** The control groups that this process is in, of both versions, wherever they are mounted (cgroups(7)). */
import { told, unescaped } from "./kernel.ts";

/** A mount table may have thousands of lines. */
const MOUNTS = 1_048_576;

/**
 * Their folders as far as they are seen from here, each with those above it up to the mount: a limit of any of them holds. A
 * controller is looked for in version 2 and in its own hierarchy of version 1. In a container without a namespace of its own
 * the path is the host's, and the mount begins at it (proc_pid_mountinfo(5): root and mount point).
 */
export function folders(controller: string): readonly string[] {
  const own = told("/proc/self/cgroup").split("\n");
  const out: string[] = [];
  for (const line of told("/proc/self/mountinfo", MOUNTS).split("\n")) {
    const at = line.indexOf(" - cgroup");
    if (at < 0) continue;
    const second = line.startsWith(" - cgroup2 ", at);
    if (!second && !(line.split(" ").at(-1) ?? "").split(",").includes(controller)) continue;
    const mine = own.find((l) => (second ? l.startsWith("0::") : controllers(l).includes(controller))) ?? "";
    const fields = line.split(" ");
    const root = unescaped(fields.at(3) ?? "/");
    const mount = unescaped(fields.at(4) ?? "");
    out.push(...upwards(mount, below(root, mine.slice(mine.indexOf(":", mine.indexOf(":") + 1) + 1))));
  }
  return out;
}

/** The numbers that a file holds in each of these folders where it is there, and where each is; what is no number is left out. */
export function numbers(controller: string, file: string): readonly Found[] {
  const out: Found[] = [];
  for (const folder of folders(controller)) {
    const path = `${folder}/${file}`;
    const text = told(path, 64).trim();
    if (/^[0-9]+$/.test(text)) out.push({ number: Number(text), folder, path });
  }
  return out;
}

export interface Found {
  readonly number: number;
  readonly folder: string;
  readonly path: string;
}

// --- internal ---

function controllers(line: string): readonly string[] {
  return (line.split(":").at(1) ?? "").split(",");
}

/** The part of a path below a root, "" where it is elsewhere. */
function below(root: string, path: string): string {
  if (root === "/") return path === "/" ? "" : path;
  return path.startsWith(`${root}/`) ? path.slice(root.length) : "";
}

function upwards(mount: string, path: string): readonly string[] {
  const out: string[] = [];
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) out.push(mount + path.slice(0, end));
  out.push(mount);
  return out;
}
