// Runs programs and says what they took; starts the servers they wait for.
import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Lab } from "./lab.ts";
import { folders, say } from "./source.ts";

/** What one run took: milliseconds, bytes, and the status it ended with. */
export interface Sample {
  readonly wall: number;
  readonly cpu: number;
  readonly peak: number;
  readonly status: number;
}

/** A program with its arguments, under the name of its tool. */
export interface Entry {
  readonly tool: string;
  readonly argv: readonly string[];
}

export interface Server {
  readonly port: number;
  /** When it became ready, in ms of CLOCK_MONOTONIC. */
  readonly ready: () => Promise<number>;
  readonly close: () => void;
}

/** Runs the entries in turn, `rounds` times, and keeps those that always ended with `status` (any but 0: "failed"). */
export async function measure(
  lab: Lab,
  entries: readonly Entry[],
  options: { rounds: number; limit?: number; peek?: number; status?: 0 | "failed" },
): Promise<Map<string, Sample[]>> {
  const { rounds, limit = 30_000, peek = 0, status = 0 } = options;
  const commands = entries.flatMap(({ argv }, index) => (index === 0 ? argv : [":::", ...argv]));
  const { stdout } = await promisify(execFile)(lab.helpers.run, [`${rounds}`, `${limit}`, `${peek}`, ...commands], {
    cwd: folders.scratch,
    env: environment(),
    maxBuffer: 1 << 28,
  });
  const samples = new Map<string, Sample[]>(entries.map(({ tool }) => [tool, []]));
  for (const line of stdout.trim().split("\n")) {
    const [index = 0, wall = 0, cpu = 0, peak = 0, end = 0] = line.split(" ").map(Number);
    const tool = entries[index]?.tool ?? "";
    samples.get(tool)?.push({ wall: wall / 1000, cpu: cpu / 1000, peak: peak * 1024, status: end });
  }
  for (const [tool, runs] of samples) {
    const odd = runs.find((sample) => (status === 0) !== (sample.status === 0));
    if (!odd) continue;
    say(`left out ${tool}: it ended with ${odd.status}`);
    samples.delete(tool);
  }
  return samples;
}

/** Starts a server that becomes ready after `after` ms; never, where that is negative. */
export async function serve(lab: Lab, kind: "tcp" | "http", after: number): Promise<Server> {
  const child = spawn(lab.helpers.serve, [kind, `${Math.round(after)}`], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const number = async (): Promise<number> => Number(((await lines.next()) as { value: string }).value.split(" ")[1]);
  return { port: await number(), ready: async () => (await number()) / 1000, close: () => child.kill("SIGKILL") };
}

/** When the command that an entry ends in started, in ms of CLOCK_MONOTONIC; NaN where it did not. */
export function stamp(argv: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const [program = "", ...rest] = argv;
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
    const child = spawn(program, rest, { stdio, cwd: folders.scratch, env: environment(), timeout: 30_000 });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    child.on("error", reject);
    child.on("close", () => resolve(Number(/stamp (\d+)/.exec(text)?.[1]) / 1000));
  });
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

// --- internal ---

/** What every tool is run with: the variables that the local checks look at, and nothing meant for preflight. */
function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("PREFLIGHT"));
  return { ...Object.fromEntries(inherited), BENCH_URL: "https://db:5432/app", BENCH_PORT: "8080", BENCH_TOKEN: "x" };
}
