/**
 * The Docker lab: an engine of its own, the tests of this folder on it, and nothing left behind.
 *   node test/docker/lab.ts [--engine 28] [FILES or, after --, a COMMAND]
 * Where there is no engine, a line says why and the tests are skipped; PREFLIGHT_REQUIRE_LAB=1 makes that a failure.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { globSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { root } from "../../scripts/tools.ts";
import { Engine, unable } from "./engine.ts";
import { sweep } from "./leftovers.ts";

const args = process.argv.slice(2);
const at = args.indexOf("--engine");
const wanted = at < 0 ? "" : (args.splice(at, 2)[1] ?? "");
if (!["", "28"].includes(wanted)) throw new Error(`--engine takes 28, or is left out for Debian's: got ${wanted}`);
const dashes = args.indexOf("--");
const files = args.length > 0 && dashes < 0 ? args : globSync("test/docker/*.test.ts", { cwd: root }).toSorted();
const [program = "", ...rest] =
  dashes >= 0 ? args.slice(dashes + 1) : [process.execPath, "--test", "--test-concurrency=3", ...files];

/** The signal that put an end to it all, and whom it is handed on to. */
let stopped: NodeJS.Signals | undefined;
let child: ChildProcess | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    stopped = signal;
    child?.kill(signal);
  });

/** The exit code of what a signal ended. */
const ended = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

/** Runs the command to its end. */
function run(before: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [first = "", ...others] = [...before, program, ...rest];
  const started = (child = spawn(first, others, { cwd: root, env, stdio: "inherit" }));
  return new Promise((resolve) =>
    started.on("exit", (code, signal) => {
      resolve(signal === null ? (code ?? 1) : ended(signal));
    }),
  );
}

/** The engine that is there already, where none of our own can be started. */
function theirs(why: string): NodeJS.ProcessEnv {
  const r = spawnSync("docker", ["version", "-f", "{{.Server.Version}}"], { encoding: "utf8" });
  if (r.status === 0 && wanted === "") {
    console.log(`# docker: engine ${r.stdout.trim()}, not one of our own: ${why}`);
    return { ...process.env, PREFLIGHT_LAB: "theirs" };
  }
  console.log(`# SKIP docker: ${why}`);
  if (process.env["PREFLIGHT_REQUIRE_LAB"] === "1") process.exit(1);
  return { ...process.env, PREFLIGHT_LAB_SKIP: why };
}

if (wanted !== "") spawnSync("sh", ["scripts/setup", `engine-${wanted}`], { cwd: root, stdio: "inherit" });
const why = unable(wanted);
if (why !== "") process.exit(await run([], theirs(why)));
let engine: Engine;
try {
  engine = await Engine.start(wanted);
} catch (e) {
  await pause(1); // what ended a program of ours may have been a signal to us all, of which we hear at the loop's next turn
  process.exit(stopped ? ended(stopped) : await run([], theirs(e instanceof Error ? e.message : String(e))));
}
const code = stopped ? ended(stopped) : await run(engine.inside, { ...engine.env, PREFLIGHT_LAB: engine.folder });
await engine.stop();
await sweep();
process.exit(stopped ? ended(stopped) : code);
