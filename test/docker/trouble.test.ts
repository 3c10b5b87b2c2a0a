/** What befalls a container from outside: the OOM killer, and a pause. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TOOLS } from "./engine.ts";
import { live, must, start } from "./support.ts";

const little = ["--network", "none", "--memory", "16m", "--memory-swap", "16m"];
const hog = ["tail", "/dev/zero"];

live("a command that the OOM killer ends is started again, through its gate", async (t) => {
  const bare = await start(t, ...little, TOOLS, ...hog);
  const gated = await start(t, ...little, "--restart", "on-failure", TOOLS, "preflight", "env:PATH", "--", ...hog);
  t.equal((await bare.ended()).State.ExitCode, 137);
  // The engine hears of the kill and of the end by different ways, and forgets the kill where it hears of it last.
  const { State } = await gated.until("killed again", (i) => i.State.OOMKilled && i.RestartCount > 1);
  t.equal(State.ExitCode, 137);
  t.match(await gated.logs(), /^(preflight: 1 check passed in \d+ms\n){2,}$/);
});

live("a gate lives on where the OOM killer ends the program of a command check, and says so", async (t) => {
  const config = "checks: [{ command: [tail, /dev/zero] }]";
  const folder = t.testdir({ "preflight.yaml": config });
  const c = await start(
    t,
    ...little,
    "-v",
    `${folder}:/etc/preflight:ro`,
    TOOLS,
    "preflight",
    "-c",
    "/etc/preflight/preflight.yaml",
    "--",
    "true",
  );
  await c.says("preflight: command tail /dev/zero: waiting: ended by SIGKILL\n");
  t.equal((await c.inspect()).State.Status, "running");
  const { code } = await c.stop();
  t.equal(code, 143);
  t.equal((await c.inspect()).State.OOMKilled, true, "the engine says it of the container all the same");
});

live("a gate waits in the smallest memory that the engine gives", async (t) => {
  const c = await start(
    t,
    "--memory",
    "6m",
    "--memory-swap",
    "6m",
    "--network",
    "none",
    TOOLS,
    "preflight",
    "--wait",
    "2s",
    "tcp:127.0.0.1:1",
    "--",
    "true",
  );
  const { State } = await c.ended();
  t.same([State.ExitCode, State.OOMKilled], [75, false]);
});

live("a gate whose wait ran out in a pause gives up as soon as it is unpaused", async (t) => {
  const c = await start(t, "--network", "none", TOOLS, "preflight", "--wait", "2s", "tcp:127.0.0.1:1", "--", "true");
  await c.says("waiting: connection refused");
  await must("pause", c.id);
  const { State: paused } = await c.inspect();
  t.equal(paused.Status, "paused");
  await pause(Date.parse(paused.StartedAt) + 3000 - Date.now());
  t.equal((await c.inspect()).State.Status, "paused");
  const resumed = Date.now();
  await must("unpause", c.id);
  const { State } = await c.ended();
  t.equal(State.ExitCode, 75);
  t.ok(Date.parse(State.FinishedAt) - resumed < 1000, "at once");
  t.match(await c.logs(), /^preflight: tcp 127\.0\.0\.1:1: not ready after ([3-9]|\d\d)[.\d]*s: /m);
});

live("what came true in a pause is noticed when the gate is unpaused", async (t) => {
  const folder = t.testdir({});
  const c = await start(
    t,
    "-v",
    `${folder}:/shared`,
    TOOLS,
    "preflight",
    "--wait",
    "60s",
    "file:/shared/up",
    "--",
    "true",
  );
  await c.says("waiting: does not exist");
  await must("pause", c.id);
  writeFileSync(join(folder, "up"), "");
  const resumed = Date.now();
  await must("unpause", c.id);
  const { State } = await c.ended();
  t.equal(State.ExitCode, 0);
  t.ok(Date.parse(State.FinishedAt) - resumed < 1000, "at once");
});
