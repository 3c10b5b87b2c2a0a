/** Inits side by side: preflight's own, as an ordinary process and as process 1, and its peers tini and dumb-init. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import tap, { test, type Test } from "tap";
import { binary, pack } from "./artifacts.ts";
import { compiled } from "./compile.ts";

tap.setTimeout(120_000);

/** The program of signals.c. */
export const signals = compiled("signals.c");

/** An init at its place. */
export interface Seat {
  readonly name: string;
  /** What stands before the command: where signals go to it alone, and where they go to its whole group. */
  readonly alone: readonly string[];
  readonly group: readonly string[];
  /** Is it process 1 of a namespace? */
  readonly first: boolean;
  readonly skip: string | false;
}

const FIRST = ["unshare", "-fp", "--mount-proc", "--kill-child"];
const quiet = ["--allow-empty", "--quiet", "--"];

function seat(name: string, alone: readonly string[], group: readonly string[], first: boolean): Seat {
  const before = first ? FIRST : [];
  const there = existsSync(alone[0] ?? "") || spawnSync("which", [alone[0] ?? ""]).status === 0;
  const skip = !there ? `${name} is not installed` : first && process.getuid?.() !== 0 ? "process 1 needs root" : false;
  const place = first ? "as process 1" : "as an ordinary process";
  return { name: `${name} ${place}`, alone: [...before, ...alone], group: [...before, ...group], first, skip };
}

const own = (command: readonly string[], first: boolean, name: string): Seat =>
  seat(name, [...command, "--init", ...quiet], [...command, "--init=group", ...quiet], first);

export const ordinary = own(binary.command, false, "binary");
export const first = own(binary.command, true, "binary");
export const node = own(pack.command, false, "package");
const peer = (name: string, alone: readonly string[], group: readonly string[]): readonly [Seat, Seat] => [
  seat(name, [name, ...alone, "--"], [name, ...group, "--"], true),
  seat(name, [name, ...alone, "--"], [name, ...group, "--"], false),
];
/** As process 1, what they are made for; and as ordinary processes. */
export const [tini, ordinaryTini] = peer("tini", ["-s"], ["-s", "-g"]);
export const [dumb, ordinaryDumb] = peer("dumb-init", ["-c"], []);

/** A test at each of these seats. */
export function at(seats: readonly Seat[], name: string, body: (t: Test, seat: Seat) => Promise<void> | void): void {
  for (const s of seats) {
    void test(`${name} (${s.name})`, { skip: s.skip }, async (t) => {
      await body(t, s);
    });
  }
}

/** An init that has started. */
export class Started {
  readonly child: ChildProcess;
  /** Its exit code, or the name of the signal that ended it. */
  readonly end: Promise<number | string>;
  #out = "";
  readonly #first: boolean;
  constructor(t: Test, command: readonly string[], first = false) {
    const [program = "", ...args] = command;
    this.#first = first;
    this.child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#out += text));
    this.end = once(this.child, "exit").then(([code, signal]: (number | string | null)[]) => code ?? signal ?? "");
    t.teardown(() => {
      this.#killAll();
      this.child.stdout?.destroy(); // an orphan may hold the other end
    });
  }
  get out(): string {
    return this.#out;
  }
  /** Of the init, as seen from here. */
  get pid(): number {
    const { pid = 0 } = this.child;
    return this.#first ? (childrenOf(pid)[0] ?? 0) : pid;
  }
  /** Of the command. */
  get command(): number {
    return childrenOf(this.pid)[0] ?? 0;
  }
  kill(signal: number | NodeJS.Signals): void {
    const { pid } = this;
    if (!(pid > 1)) throw new Error("no init: a signal to process 0 would be one to the tests");
    process.kill(pid, signal);
  }
  /** Waits until it has written this. */
  says(text: string): Promise<void> {
    return until(() => this.#out.includes(text), `${JSON.stringify(text)} in ${JSON.stringify(this.#out)}`);
  }
  #killAll(): void {
    const { pid = 0 } = this.child;
    for (const p of [...descendants(pid), pid]) {
      try {
        if (p > 1) process.kill(p, "SIGKILL");
      } catch {
        // it has ended
      }
    }
  }
}

/** The children of a process, in the order of their start. */
export function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function descendants(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((c) => [...descendants(c), c]);
}

/** A line of /proc/PID/status, "" where the process is gone. */
export function status(pid: number, name: string): string {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return new RegExp(`^${name}:\\s*(.*)$`, "m").exec(text)?.[1] ?? "";
  } catch {
    return "";
  }
}

/** The descriptors that a process holds. */
export function descriptors(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/fd`).map(Number);
}

/** Waits until it holds, at most ten seconds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within 10 s: ${what}`);
    await setTimeout(2);
  }
}
