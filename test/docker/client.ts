/** Docker's client as the tests use it: commands, what the engine says of a container, and waiting for it to say so. */
import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds. */
  readonly took: number;
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  const from = performance.now();
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr, took: performance.now() - from }));
  });
}

export const docker = (...args: readonly string[]): Promise<Ended> => run("docker", args);

/** Runs docker, and throws where it fails; returns what it printed. */
export async function must(...args: readonly string[]): Promise<string> {
  const r = await docker(...args);
  if (r.code !== 0) throw new Error(`docker ${args.join(" ")}: ${r.stderr.trim()}`);
  return r.stdout.trim();
}

/** Asks every 50 ms until the answer is not undefined. */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  limit = 60_000,
): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${limit} ms, and still not: ${what}`);
    await pause(50);
  }
}

/** What docker inspect says about a container, as far as the tests ask. */
export interface Inspected {
  readonly Id: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
    readonly Running: boolean;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    readonly Health?: {
      readonly Status: "starting" | "healthy" | "unhealthy";
      readonly FailingStreak: number;
      readonly Log: readonly { readonly ExitCode: number; readonly Output: string }[];
    };
  };
}

/** The arguments of a command line without quotes, in which no path of this machine stands: it may have blanks. */
export const words = (line: string): readonly string[] => line.split(" ");

/** A container that is removed with its test. */
export class Container {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }

  async inspect(): Promise<Inspected> {
    const [found] = JSON.parse(await must("inspect", this.id)) as Inspected[];
    if (found === undefined) throw new Error(`no container ${this.id}`);
    return found;
  }

  /** Waits until this holds of it. */
  until(what: string, holds: (i: Inspected) => boolean, limit = 60_000): Promise<Inspected> {
    return eventually(
      what,
      async () => {
        const i = await this.inspect();
        return holds(i) ? i : undefined;
      },
      limit,
    );
  }

  /** Waits until it has ended for good. */
  ended(): Promise<Inspected> {
    return this.until("it ends", (i) => i.State.Status === "exited");
  }

  /** All it has written, both streams. */
  async logs(): Promise<string> {
    const r = await docker("logs", this.id);
    return r.stdout + r.stderr;
  }

  /** Waits until it has written this. */
  async says(text: string | RegExp): Promise<string> {
    return eventually(`it says ${String(text)}`, async () => {
      const { State } = await this.inspect();
      const all = await this.logs();
      if (typeof text === "string" ? all.includes(text) : text.test(all)) return all;
      if (State.Status === "exited") throw new Error(`ended with ${State.ExitCode} without ${String(text)}: ${all}`);
      return undefined;
    });
  }

  exec(...args: readonly string[]): Promise<Ended> {
    return docker("exec", this.id, ...args);
  }

  /** Sends it a signal, as SIGTERM. To the engine every one is a stop, which no restart policy undoes. */
  kill(signal: string): Promise<string> {
    return must("kill", "-s", signal, this.id);
  }

  /** When the engine noted this of it, such as "kill" or "oom", in milliseconds. It remembers its last 256 events. */
  async noted(event: string, since: number): Promise<readonly number[]> {
    const span = ["--since", `${since / 1000}`, "--until", `${Date.now() / 1000}`];
    const only = ["--filter", `container=${this.id}`, "--filter", `event=${event}`];
    const times = await must("events", ...span, ...only, "--format", "{{.TimeNano}}");
    return times === "" ? [] : times.split("\n").map((ns) => Number(ns) / 1e6);
  }

  /** Stops it; how it ended, and how long its process lived on after the engine's signal, in milliseconds. */
  async stop(): Promise<{ readonly code: number; readonly took: number }> {
    const asked = Date.now();
    await must("stop", this.id);
    const { State } = await this.inspect();
    const [killed = NaN] = await this.noted("kill", asked);
    return { code: State.ExitCode, took: Date.parse(State.FinishedAt) - killed };
  }
}
