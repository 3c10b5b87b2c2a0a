/** Keeps a dead file system from holding us: where one could be dead, a thread goes there first. */
import { read, visit } from "#os";
import type { Deadline } from "../check.ts";

/** File systems behind which there is a network or another process, by the type that proc_pid_mountinfo(5) gives them. */
const REMOTE =
  "nfs nfs4 cifs smb smb2 smb3 smbfs fuse fuseblk 9p ceph afs autofs glusterfs lustre beegfs gpfs ocfs2 gfs2 virtiofs vboxsf prl_fs coda orangefs";
/** Milliseconds for which the list of mounts is believed, and for which a thread is waited for in one look. */
const BELIEVED = 1000;
const PATIENCE = 1000;

/** Is one of the mounts remote? Its type stands behind " - ", and a kind of FUSE behind a dot. */
function anyRemote(mountinfo: string): boolean {
  const remote = new Set<string>(REMOTE.split(" "));
  return mountinfo.split("\n").some((line) => {
    const at = line.indexOf(" - ") + 3;
    return at > 3 && remote.has(line.slice(at, line.indexOf(" ", at)).split(".").at(0) ?? "");
  });
}

class Mounts {
  #read = 0;
  #known = false;
  #remote = false;

  /** Is any file system here one that can be dead? Where there is no /proc, it is taken so. */
  remote(): boolean {
    const now = performance.now();
    if (this.#known && now - this.#read < BELIEVED) return this.#remote;
    const bytes = read("/proc/self/mountinfo", 1_048_576);
    this.#remote = typeof bytes === "number" || anyRemote(bytes.toString("latin1"));
    this.#known = true;
    this.#read = now;
    return this.#remote;
  }
}
const mounts = new Mounts();

/** A thread on its way, and who waits for it: there is never more than one to a path. */
class Visit {
  readonly listeners: (() => void)[] = [];
}
const visits = new Map<string, Visit>();

function go(path: string, then: () => void): void {
  const before = visits.get(path);
  if (before !== undefined) {
    before.listeners.push(then);
    return;
  }
  const own = new Visit();
  own.listeners.push(then);
  visits.set(path, own);
  visit(path, () => {
    visits.delete(path);
    for (const listener of own.listeners) listener();
  });
}

/** Calls back with "" once all paths can be asked for, at once where nothing can be dead; else with one that is silent. */
export function reach(paths: readonly string[], deadline: Deadline, then: (silent: string) => void): void {
  if (paths.length === 0 || !mounts.remote()) {
    then("");
    return;
  }
  const left = new Set(paths);
  let over = false;
  const end = (silent: string): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    then(silent);
  };
  const timer = setTimeout(
    () => {
      end([...left].at(0) ?? "");
    },
    Math.min(PATIENCE, deadline.left()),
  );
  for (const path of paths) {
    go(path, () => {
      left.delete(path);
      if (left.size === 0) end("");
    });
  }
}
