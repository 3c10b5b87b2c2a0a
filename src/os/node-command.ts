/** The way to the command on Node, and the signals on it. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { constants } from "node:os";
import { errnoOf, read } from "./node-files.ts";
import { becomeRunner } from "./node-user.ts";

export function exec(index: number): number {
  const place = placeOf(process.argv[index] ?? "");
  if (typeof place === "number") return place;
  if (process.execve === undefined) return 38; // ENOSYS
  return process.execve(place, process.argv.slice(index), process.env);
}

/**
 * Steps down to the user of the command, and finds it as execvp(3) does: its place, or an errno. process.execve ends the
 * process where it fails, so look first.
 */
function placeOf(command: string): string | number {
  try {
    becomeRunner();
  } catch (e) {
    return errnoOf(e);
  }
  const path = process.env["PATH"] ?? "/usr/local/bin:/bin:/usr/bin";
  const places = command.includes("/") ? [command] : path.split(":").map((d) => `${d === "" ? "." : d}/${command}`);
  let errno = 2;
  for (const place of command === "" ? [] : places) {
    const why = unfit(place);
    if (why === 0) return place;
    if (why !== 2 && why !== 20) errno = why;
  }
  return errno;
}

/** Signals that are not handed on: two cannot be caught, one tells of our own children, and the others are faults of our own. */
const OWN = ["KILL", "STOP", "CHLD", "FPE", "ILL", "SEGV", "BUS", "ABRT", "IOT", "TRAP", "SYS"].map((s) => `SIG${s}`);

/**
 * What Node can do of it: signals that have a name are handed on, and the end is mirrored. It cannot have a process group
 * for the child without a session, so the child has no controlling terminal, and does not stop and continue with us; it
 * cannot collect orphans, nor keep for the child what was inherited as ignored, or as a descriptor above 2; and where a
 * real-time signal ends the child it is told 0.
 */
export function init(index: number, group: boolean, then: (status: number) => void): void {
  const [command = "", ...words] = process.argv.slice(index);
  const place = placeOf(command);
  if (typeof place === "number") {
    then(-place);
    return;
  }
  let whom = 0;
  for (const name of Object.keys(constants.signals) as NodeJS.Signals[]) {
    if (OWN.includes(name)) continue;
    process.removeAllListeners(name).on(name, () => {
      signalTo(whom, name);
    });
  }
  const detached = process.platform !== "win32"; // there it is a window of its own
  const child = spawn(place, words, { argv0: command, stdio: "inherit", detached });
  child.on("error", (e) => {
    then(-errnoOf(e));
  });
  child.on("exit", (code, signal) => {
    if (group) signalTo(whom, "SIGTERM");
    then(signal === null ? (code ?? 0) : 128 + constants.signals[signal]);
  });
  const { pid } = child; // a listener runs after this
  if (pid !== undefined) whom = group ? -pid : pid;
}

/** Signals a process, or where negative its group; whoever is gone needs none. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid !== 0) process.kill(pid, signal);
  } catch {
    // nobody is left
  }
}

/** The errno with which the file cannot be run, 0 where it can. */
export function unfit(place: string, depth = 0): number {
  try {
    if (!fs.statSync(place).isFile()) return 13;
    fs.accessSync(place, fs.constants.X_OK);
    return depth > 4 ? 40 : unloadable(place, depth);
  } catch (e) {
    return errnoOf(e);
  }
}

/** What execve(2) would say of the contents: a program of any format passes, a script does by its interpreter. */
function unloadable(place: string, depth: number): number {
  const head = read(place, 256);
  if (typeof head === "number") return 0; // it may be run though not read
  if (head.toString("latin1", 0, 2) === "#!") {
    const line = head.toString("utf8", 2).split("\n", 1)[0] ?? "";
    return unfit(line.trim().split(/\s/, 1)[0] ?? "", depth + 1);
  }
  const text = head.length === 0 || /^[\t\n\r -~]+$/.test(head.toString("latin1"));
  return text ? 8 : 0; // ENOEXEC
}

export function onSignal(then: (signal: number) => void): void {
  for (const name of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) {
    if ((name === "SIGHUP" || name === "SIGQUIT") && ignored(constants.signals[name])) continue;
    process.on(name, () => {
      then(constants.signals[name]);
    });
  }
}

/** Was the signal inherited as ignored (nohup)? Linux says so; elsewhere it is taken as not. */
function ignored(signal: number): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(fs.readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
    return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  } catch {
    return false;
  }
}

export function caught(): number {
  return 15; // never asked: here an exec is not interrupted
}

export function reap(): void {
  // libuv waits for its own children, and Node is not made to be process 1
}
