/** What is tested: every promise holds for both artifacts, and a test of a promise runs on each. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import tap, { test, type Test } from "tap";

tap.setTimeout(120_000); // milliseconds for a file, on a machine that has other things to do; tap's own are 30,000

const root = join(import.meta.dirname, "../..");
export const ARCH = process.arch === "arm64" ? "arm64" : "amd64";

export interface Artifact {
  readonly name: "binary" | "package";
  /** What to execute, and what stands before preflight's own arguments. */
  readonly command: readonly [string, ...string[]];
}

/** What is tested in the binary's place: the same sources built in another way (scripts/sanitize.ts). */
const other = process.env["PREFLIGHT_BINARY"];
/** For `skip`: why a promise about memory, time or inherited state is not put to what stands in the binary's place. */
export const onlyBinary: string | false =
  other === undefined ? false : `a promise of the static binary, not of ${other}`;

export const binary: Artifact = { name: "binary", command: [other ?? join(root, `dist/preflight-linux-${ARCH}`)] };
export const pack: Artifact = {
  name: "package",
  command: [process.execPath, join(root, "dist/npm/bin/preflight.js")],
};

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from start to end. */
  readonly took: number;
}

export interface Options {
  /** The whole environment but PATH; nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Milliseconds until it is killed: a test that hangs is a failure, not a pause. */
  readonly limit?: number;
}

/** A run of preflight that has started. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has written to stderr so far. */
  stderr(): string;
  /** Waits until stderr holds this. */
  says(text: string | RegExp): Promise<void>;
}

export class Preflight {
  readonly artifact: Artifact;
  constructor(artifact: Artifact) {
    this.artifact = artifact;
  }

  start(args: readonly string[], options: Options = {}): Running {
    const [command, ...before] = this.artifact.command;
    const program = before.at(-1) ?? command;
    if (!existsSync(program)) throw new Error(`${program} is missing: npm run build`);
    const from = performance.now();
    const child = spawn(command, [...before, ...args], {
      cwd: options.cwd ?? "/",
      env: { PATH: process.env["PATH"] ?? "", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    const waiting: (() => void)[] = [];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      for (const w of waiting) w();
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), options.limit ?? 20_000);
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        clearTimeout(timer);
        resolve({ code, signal, stdout, stderr, took: performance.now() - from });
      });
    });
    const says = (wanted: string | RegExp): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (typeof wanted === "string" ? stderr.includes(wanted) : wanted.test(stderr)) resolve();
        };
        waiting.push(look);
        look();
        void ended.then(() => {
          look();
          reject(new Error(`ended without saying ${String(wanted)}: ${stderr}`));
        });
      });
    return { child, ended, stderr: () => stderr, says };
  }

  /** Runs it to its end. */
  run(args: readonly string[], options: Options = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }
}

/** A test of a promise: it runs on each artifact. The name is a sentence that begins with its subject. */
export function both(name: string, body: (t: Test, preflight: Preflight) => Promise<void>): void {
  for (const artifact of [binary, pack]) {
    void test(`${name} (${artifact.name})`, async (t) => {
      await body(t, new Preflight(artifact));
    });
  }
}
