/**
 * The Docker lab: an engine of its own, the tests of this folder on it, and nothing left behind.
 *   node test/docker/lab.ts [--engine 28] [FILES or, after --, a COMMAND]
 * Where there is no engine, a line says why and the tests are skipped; PREFLIGHT_REQUIRE_LAB=1 makes that a failure.
 */
import { spawn, spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { root } from "../../scripts/tools.ts";
import { Engine, unable } from "./engine.ts";

const args = process.argv.slice(2);
const at = args.indexOf("--engine");
const wanted = at < 0 ? "" : (args.splice(at, 2)[1] ?? "");
if (!["", "28"].includes(wanted)) throw new Error(`--engine takes 28, or is left out for Debian's: got ${wanted}`);
const dashes = args.indexOf("--");
const files = args.length > 0 && dashes < 0 ? args : globSync("test/docker/*.test.ts", { cwd: root }).toSorted();
const [program = "", ...rest] =
  dashes >= 0 ? args.slice(dashes + 1) : [process.execPath, "--test", "--test-concurrency=3", ...files];

/** Runs the command to its end; a signal to us is one to it. */
function run(before: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [first = "", ...others] = [...before, program, ...rest];
  const child = spawn(first, others, { cwd: root, env, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
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
  process.exit(await run([], theirs(e instanceof Error ? e.message : String(e))));
}
const code = await run(engine.inside, { ...engine.env, PREFLIGHT_LAB: engine.folder });
await engine.stop();
process.exit(code);
