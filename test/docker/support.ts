/** What the tests on the engine share: a test that is skipped aloud where there is none, containers that go with their test, examples. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { t as tap, test, type Test } from "tap";
import { root } from "../../scripts/tools.ts";

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

/** A test on the engine; its subtests may run at once. `missing` says what else it wants and is not there. */
export function live(name: string, body: (t: Test) => Promise<void>, missing: string | false = false): void {
  void test(name, { skip: skip || missing, timeout: 300_000 }, body);
}

/** For `live`: why there is no Compose, or false. */
export function noCompose(): string | false {
  return spawnSync("docker", ["compose", "version"]).status === 0
    ? false
    : "no Compose: npm run setup builds it with Go";
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
      const all = await this.logs();
      return (typeof text === "string" ? all.includes(text) : text.test(all)) ? all : undefined;
    });
  }

  exec(...args: readonly string[]): Promise<Ended> {
    return docker("exec", this.id, ...args);
  }

  /** Stops it; how it ended, and how long its process lived on, in milliseconds. */
  async stop(): Promise<{ readonly code: number; readonly took: number }> {
    const asked = Date.now();
    await must("stop", this.id);
    const { State } = await this.inspect();
    return { code: State.ExitCode, took: Date.parse(State.FinishedAt) - asked };
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
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>, limit = 60_000): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${limit} ms, and still not: ${what}`);
    await pause(50);
  }
}

/** Times, versions and container ids, which are others in each run. */
function mask(text: string): string {
  return text
    .replaceAll(/\d+(?:\.\d+)?( ?)m?s\b/g, "#$1s")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "<id>")
    .replaceAll(/^engine .*$/gm, "engine #")
    .replaceAll(/ +/g, " ")
    .trimEnd();
}

/**
 * Runs an example, and holds its README to what is seen: the block between "<!-- seen -->" and "<!-- /seen -->" is the
 * output of ./run, times and versions aside. With UPDATE=1 the README is rewritten. Returns the output.
 */
export async function seen(t: Test, example: string): Promise<string> {
  const folder = join(root, "examples", example);
  const r = await run(join(folder, "run"), []);
  t.equal(r.code, 0, r.stderr);
  t.equal(r.stderr, "", "./run says nothing on stderr");
  t.ok(r.took < 60_000, `./run shows the point in under a minute: ${Math.round(r.took)} ms`);
  const file = join(folder, "README.md");
  const readme = readFileSync(file, "utf8");
  const block = /<!-- seen -->\n\n```text\n([^]*?)```\n\n<!-- \/seen -->/;
  if (process.env["UPDATE"] === "1")
    writeFileSync(
      file,
      readme.replace(block, () => `<!-- seen -->\n\n\`\`\`text\n${r.stdout}\`\`\`\n\n<!-- /seen -->`),
    );
  else t.equal(mask(r.stdout), mask(block.exec(readme)?.[1] ?? ""), `examples/${example}/README.md says what is seen`);
  return r.stdout;
}
