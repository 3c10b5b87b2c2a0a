/** What the tests on the engine share: a test that is skipped aloud where there is none, containers that go with their test, examples. */
import { spawn } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { t as tap, test, type Test } from "tap";
import { root } from "../../scripts/tools.ts";
import { Engine } from "./engine.ts";

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

tap.setTimeout(600_000); // all tests of a file together

const skip =
  process.env["PREFLIGHT_LAB"] === undefined
    ? `no Docker engine: ${process.env["PREFLIGHT_LAB_SKIP"] ?? "npm run test:docker starts one"}`
    : false;

/** A test on the engine; its subtests may run at once. */
export function live(name: string, body: (t: Test) => Promise<void>): void {
  void test(name, { skip, timeout: 300_000 }, body);
}

/** A test that restarts the engine: on one of its own, to which all docker commands go until the test ends. */
export function alone(name: string, body: (t: Test, engine: Engine) => Promise<void>): void {
  const theirs = process.env["PREFLIGHT_LAB"] === "theirs" && "no engine of our own can be started here";
  void test(name, { skip: skip || theirs, timeout: 300_000 }, async (t) => {
    const before = { ...process.env };
    const engine = await Engine.start();
    t.teardown(async () => {
      Object.assign(process.env, before);
      await engine.stop();
    });
    Object.assign(process.env, engine.env);
    await body(t, engine);
  });
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

/** The arguments of a command line without quotes. */
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

/** docker run -d with these arguments. The container goes with the test. */
export async function start(t: Test, ...args: readonly string[]): Promise<Container> {
  const container = new Container(await must("run", "-d", "--label", "preflight.lab=test", ...args));
  t.teardown(() => docker("rm", "-f", "-v", container.id));
  return container;
}

/** A network that goes with the test. */
export async function network(t: Test): Promise<string> {
  const id = await must(
    "network",
    "create",
    "--label",
    "preflight.lab=test",
    `lab-${process.pid}-${t.name.length}-${Date.now()}`,
  );
  t.teardown(() => docker("network", "rm", id));
  return id;
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

/** Times, versions, addresses and container ids, which are others in each run. */
function mask(text: string): string {
  return text
    .replaceAll(/\d+(?:\.\d+)?( ?)(ms|s)\b/g, "#$1$2")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "<id>")
    .replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, "<address>")
    .replaceAll(/^engine .*$/gm, "engine #")
    .replaceAll(/ +/g, " ")
    .trimEnd();
}

/** Matches what a document's block of this name says is seen. */
function block(name: string): RegExp {
  const mark = name === "" ? "seen" : `seen ${name}`;
  return new RegExp(`(?<=<!-- ${mark} -->\n\n\`\`\`text\n)[^]*?(?=\`\`\`\n\n<!-- /seen -->)`);
}

/**
 * Holds a document to what is seen: its block between "<!-- seen NAME -->" and "<!-- /seen -->" is this text, times and
 * versions aside. With UPDATE=1 the document is rewritten.
 */
function hold(t: Test, file: string, name: string, text: string): void {
  const path = join(root, file);
  const document = readFileSync(path, "utf8");
  if (process.env["UPDATE"] === "1")
    writeFileSync(
      path,
      document.replace(block(name), () => text),
    );
  else t.equal(mask(text), mask(block(name).exec(document)?.[0] ?? ""), `${file} says what is seen`);
}

/** The pages that show this block. */
function pages(name: string): readonly string[] {
  return globSync("docs/*.md", { cwd: root }).filter((file) =>
    block(name).test(readFileSync(join(root, file), "utf8")),
  );
}

/** Holds the pages with a block of this name, of which there is one at least, to a table that a test has made. */
export async function documented(t: Test, name: string, rows: readonly (readonly string[])[]): Promise<void> {
  const widths = rows.at(0)?.map((_, i) => Math.max(...rows.map((row) => (row.at(i) ?? "").length)) + 3) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths.at(i) ?? 0))
      .join("")
      .trimEnd(),
  );
  const text = `engine ${await must("version", "-f", "{{.Server.Version}}")}\n\n${lines.join("\n")}\n`;
  const found = pages(name);
  t.not(found.length, 0, `docs/ shows ${name}`);
  for (const file of found) hold(t, file, name, text);
}

/**
 * Runs an example, and holds its README, in a block without a name, and the pages that show it too, to what is seen: the
 * output of ./run. Returns it.
 */
export async function seen(t: Test, example: string): Promise<string> {
  const folder = join("examples", example);
  const r = await run(join(root, folder, "run"), []);
  t.equal(r.code, 0, r.stderr);
  t.equal(r.stderr, "", "./run says nothing on stderr");
  t.ok(r.took < 60_000, `./run shows the point in under a minute: ${Math.round(r.took)} ms`);
  hold(t, join(folder, "README.md"), "", r.stdout);
  for (const file of pages(example)) hold(t, file, example, r.stdout);
  return r.stdout;
}
