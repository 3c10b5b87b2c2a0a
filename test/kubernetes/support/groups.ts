/** The lab's control groups: the only thing that namespaces do not take with them when they end. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** They are called so, with the number of the process that made them. */
const NAME = "preflight-lab-";

/** Where the hierarchies of control groups are mounted, of both versions. */
export function hierarchies(): readonly string[] {
  return [...readFileSync("/proc/mounts", "utf8").matchAll(/^\S+ (\S+) cgroup2? /gm)].map((m) => m[1] ?? "");
}

/** The folders of a lab's groups that are there. */
export function groups(name: string): readonly string[] {
  return hierarchies()
    .map((h) => join(h, name))
    .filter((g) => existsSync(g));
}

/** Makes a group in each hierarchy, and returns their name; removes those of labs that were killed. */
export async function create(): Promise<string> {
  const names = hierarchies().flatMap((h) => readdirSync(h).filter((n) => n.startsWith(NAME)));
  for (const n of names) if (!existsSync(`/proc/${n.slice(NAME.length)}`)) await remove(n);
  const name = `${NAME}${process.pid}`;
  for (const hierarchy of hierarchies()) {
    const group = join(hierarchy, name);
    mkdirSync(group);
    for (const file of ["cpuset.cpus", "cpuset.mems"])
      // empty in a new group of the first version
      if (existsSync(join(group, file)) && existsSync(join(hierarchy, file)))
        writeFileSync(join(group, file), readFileSync(join(hierarchy, file)));
  }
  return name;
}

/** Takes a lab's groups away as soon as their last process is gone. */
export async function remove(name: string): Promise<void> {
  for (const group of groups(name)) {
    for (let tries = 0; !prune(group); tries++) {
      if (tries > 200) throw new Error(`cannot remove the control group ${group}`);
      await sleep(50);
    }
  }
}

/** Removes a group with those in it; false where something still runs there. */
function prune(group: string): boolean {
  const inner = readdirSync(group, { withFileTypes: true }).filter((e) => e.isDirectory());
  if (!inner.map((e) => prune(join(group, e.name))).every(Boolean)) return false;
  try {
    rmdirSync(group);
    return true;
  } catch {
    return false;
  }
}
