/** Signals end a wait at once, process 1 or not. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type Test } from "tap";
import { binary, both } from "../support/artifacts.ts";
import { compiled } from "../support/compile.ts";
import { free } from "../support/local.ts";

const probe = compiled("probe.c");
const SIGNALS = [
  ["SIGTERM", 15],
  ["SIGINT", 2],
  ["SIGHUP", 1],
  ["SIGQUIT", 3],
] as const;

both(
  "a signal ends a wait at once, with 128 and its number, and the report says what was waited for",
  async (t, preflight) => {
    const port = await free();
    for (const [signal, number] of SIGNALS) {
      const running = preflight.start([`tcp:127.0.0.1:${port}`, "--", "true"]);
      await running.says("waiting: connection refused");
      const from = performance.now();
      running.child.kill(signal);
      const r = await running.ended;
      t.equal(r.code, 128 + number, signal);
      t.ok(performance.now() - from < 1000, "without waiting for anything");
      t.match(
        r.stderr,
        new RegExp(
          `preflight: ${signal} while waiting for 1 check: tcp 127.0.0.1:${port} \\(.*: connection refused\\)\n$`,
        ),
      );
    }
  },
);

both("a signal ends the gate that holds after a failure", async (t, preflight) => {
  const running = preflight.start(["env:NONESUCH", "--on-failure", "hold", "--", "true"]);
  await running.says("holding");
  running.child.kill("SIGTERM");
  t.equal((await running.ended).code, 143);
});

/** Runs preflight as process 1 of a pid namespace and signals it from outside. */
async function asInit(t: Test, signal: NodeJS.Signals, number: number): Promise<void> {
  const port = await free();
  const args = ["-fp", "--mount-proc", "--kill-child", ...binary.command, `tcp:127.0.0.1:${port}`, "--", "true"];
  const child = spawn("unshare", args, { stdio: ["ignore", "ignore", "pipe"] });
  const exit = once(child, "exit") as Promise<[number]>;
  let said = "";
  while (!said.includes("waiting: connection refused")) said += String(await once(child.stderr, "data"));
  child.stderr.on("data", (bytes) => (said += String(bytes)));
  process.kill(childOf(child.pid ?? 0), signal);
  const [code] = await exit;
  t.equal(code, 128 + number, signal);
  t.match(said, `preflight: ${signal} while waiting for 1 check`);
}

function childOf(pid: number): number {
  const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
  if (!(child > 1)) throw new Error("no child: a signal to process 0 would be one to the tests");
  return child;
}

const root = process.getuid?.() === 0;

test("a signal ends a wait at once as process 1", { skip: root ? false : "needs root" }, async (t) => {
  for (const [signal, number] of SIGNALS) await asInit(t, signal, number);
});

test("orphans of a command check leave no zombie as process 1", { skip: root ? false : "needs root" }, async (t) => {
  const file = join(t.testdir({ "leave-orphan": "#!/bin/sh\n(sleep 0.02 &) &\nexit 0\n" }), "leave-orphan");
  chmodSync(file, 0o755);
  const list = "grep -h '^State' /proc/[0-9]*/status";
  const args = ["-fp", "--mount-proc", "--kill-child", ...binary.command, `command:${file}`, "--", "sh", "-c", list];
  const child = spawn("unshare", args, { stdio: ["ignore", "pipe", "ignore"] });
  let out = "";
  child.stdout.on("data", (bytes) => (out += String(bytes)));
  const [code] = (await once(child, "close")) as [number];
  t.equal(code, 0);
  t.match(out, "State");
  t.notMatch(out, "zombie");
});

test("a SIGHUP that was inherited as ignored stays ignored", async (t) => {
  const port = await free();
  const child = spawn(probe, [
    "as",
    "ignore=1",
    "--",
    ...binary.command,
    `tcp:127.0.0.1:${port}`,
    "--wait",
    "20s",
    "--",
    "true",
  ]);
  let said = "";
  child.stderr.on("data", (bytes) => (said += String(bytes)));
  while (!said.includes("waiting")) await once(child.stderr, "data");
  child.kill("SIGHUP");
  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number];
  t.equal(code, 143);
  t.notMatch(said, "SIGHUP");
});
