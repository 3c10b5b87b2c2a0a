/** Whom the command runs as, on Node. */
import { spawnSync } from "node:child_process";

export function user(): number {
  return process.geteuid?.() ?? -1;
}

export function group(): number {
  return process.getegid?.() ?? -1;
}

export function runner(): number {
  return runs?.uid ?? user();
}

export function runnerGroup(): number {
  return runs?.gid ?? group();
}

interface Ids {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}
let runs: Ids | null = null;

/** Is the command to run as somebody else? */
export function isAsked(): boolean {
  return runs !== null;
}

export function become(uid: number, gid: number, groups: readonly number[]): number {
  if (process.setuid === undefined) return 38; // ENOSYS
  runs = { uid, gid, groups };
  return asRunner("", 0);
}

/** Becomes the user for good. Groups that the process has already need no right. */
function stepDown(to: Ids | null): void {
  if (to === null) return;
  try {
    process.setgroups?.([...to.groups]);
  } catch (e) {
    const now = [...(process.getgroups?.() ?? []), to.gid];
    const then = [...to.groups, to.gid];
    if (now.some((g) => !then.includes(g)) || then.some((g) => !now.includes(g))) throw e;
  }
  process.setgid?.(to.gid);
  process.setuid?.(to.uid);
}

/** Becomes the user that the command is to run as, where one is asked for; throws where it may not. */
export function becomeRunner(): void {
  stepDown(runs);
}

/** What a child that has stepped down meets: Node's ids belong to all its threads, and what is given up is gone. */
export function asRunner(path: string, mode: number): number {
  const script = `${stepDown.toString()}
  try {
    stepDown(${JSON.stringify(runs)});
    if (process.argv[1] !== undefined) require("node:fs").accessSync(process.argv[1], ${mode});
  } catch (e) {
    process.exit(Math.abs(e.errno ?? 22));
  }`;
  const args = path === "" ? [] : ["--", path];
  return spawnSync(process.execPath, ["-e", script, ...args], { stdio: "ignore" }).status ?? 4;
}
