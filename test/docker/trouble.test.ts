/** What befalls a container from outside: the OOM killer, and a pause. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TOOLS } from "./engine.ts";
import { live, must, start, words, type Container } from "./support.ts";

const little = words("--network none --memory 16m --memory-swap 16m");
const hog = words("tail /dev/zero");

live("a command that the OOM killer ends is started again, through its gate", async (t) => {
  const bare = await start(t, ...little, TOOLS, ...hog);
  const gate = words(`--restart on-failure:2 ${TOOLS} preflight env:PATH --`);
  const gated = await start(t, ...little, ...gate, ...hog);
  t.equal((await bare.ended()).State.ExitCode, 137);
  const { State, RestartCount } = await gated.ended();
  t.same([State.ExitCode, RestartCount], [137, 2]);
  t.match(await gated.logs(), /^(preflight: 1 check passed in \d+ms\n){3}$/);
});

live("a gate lives on where the OOM killer ends the program of a command check, and says so", async (t) => {
  const since = Date.now();
  const folder = t.testdir({ "preflight.yaml": "checks: [{ command: [tail, /dev/zero] }]" });
  const gate = ["-v", `${folder}:/here`, ...words(`-w /here ${TOOLS} preflight -- true`)];
  const c = await start(t, ...little, ...gate);
  await c.says("preflight: command tail /dev/zero: waiting: ended by SIGKILL\n");
  const heard = (await c.noted("oom", since)).length > 0;
  t.equal((await c.inspect()).State.Status, "running");
  t.equal((await c.stop()).code, 143);
  const skip = heard ? false : "a busy engine may not have heard of the kill";
  t.ok((await c.inspect()).State.OOMKilled, "the engine says it of the container all the same", { skip });
});

live("a gate waits in the smallest memory that the engine gives", async (t) => {
  const gate = words(`--memory 6m --memory-swap 6m ${TOOLS} preflight --wait 2s tcp:127.0.0.1:1 -- true`);
  const c = await start(t, ...gate);
  const { State } = await c.ended();
  t.same([State.ExitCode, State.OOMKilled], [75, false]);
  t.match(await c.logs(), /^preflight: tcp 127\.0\.0\.1:1: not ready after 2[.\d]*s: connection refused/m);
});

/** Unpauses it; its exit code, and the milliseconds that it took to end. */
async function resume(c: Container): Promise<{ readonly code: number; readonly took: number }> {
  const since = Date.now();
  await must("unpause", c.id);
  const { State } = await c.ended();
  const [resumed = NaN] = await c.noted("unpause", since);
  return { code: State.ExitCode, took: Date.parse(State.FinishedAt) - resumed };
}

live("a gate whose wait ran out in a pause gives up as soon as it is unpaused", async (t) => {
  const c = await start(t, ...words(`--network none ${TOOLS} preflight --wait 8s tcp:127.0.0.1:1 -- true`));
  await c.says("waiting: connection refused");
  await must("pause", c.id);
  await pause(Date.parse((await c.inspect()).State.StartedAt) + 9000 - Date.now());
  t.equal((await c.inspect()).State.Status, "paused", "it sleeps past its deadline");
  const { code, took } = await resume(c);
  t.equal(code, 75);
  t.ok(took < 5000, `${took} ms`);
  t.match(await c.logs(), /^preflight: tcp 127\.0\.0\.1:1: not ready after (8|9|\d\d)[.\d]*s: /m);
});

live("what came true in a pause is noticed when the gate is unpaused", async (t) => {
  const folder = t.testdir({});
  const c = await start(
    t,
    "-v",
    `${folder}:/shared`,
    ...words(`${TOOLS} preflight --wait 60s file:/shared/up -- true`),
  );
  await c.says("waiting: does not exist");
  await must("pause", c.id);
  writeFileSync(join(folder, "up"), "");
  const { code, took } = await resume(c);
  t.equal(code, 0);
  t.ok(took < 5000, `${took} ms`);
});
