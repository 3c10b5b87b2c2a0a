/** docker stop and docker kill: a gate that waits, one that holds and what it became end at once, with the right code. */
import type { Test } from "tap";
import { TOOLS } from "./engine.ts";
import { live, start, words, type Container } from "./support.ts";

/** What stands in front of preflight. */
const fronts = {
  "as process 1": TOOLS,
  "behind --init": `--init ${TOOLS}`,
  "behind tini": `-v /usr/bin/docker-init:/bin/tini:ro ${TOOLS} tini --`,
};
const serve = "trap 'exit 7' TERM; echo started; while :; do sleep 0.05; done";
const phases = {
  waiting: { gate: words("tcp:127.0.0.1:1 -- true"), says: "waiting: connection refused", code: 143 },
  holding: { gate: words("--on-failure hold env:MISSING -- true"), says: "holding for diagnosis", code: 143 },
  running: { gate: [...words("env:PATH -- sh -c"), serve], says: "started", code: 7 },
};

live(
  "docker stop ends a gate and its command at once, where a kill would come after ten seconds, behind an init too",
  async (t) => {
    const stops = Object.entries(fronts).flatMap(([front, before]) =>
      Object.entries(phases).map(async ([phase, { gate, says, code }]) => {
        const c = await start(t, ...words(`--network none ${before} preflight`), ...gate);
        await c.says(says);
        const stopped = await c.stop();
        t.equal(stopped.code, code, `${phase} ${front}: exit code`);
        t.ok(stopped.took < 5000, `${phase} ${front}: ${Math.round(stopped.took)} ms`);
      }),
    );
    await Promise.all(stops);
  },
);

/** A gate that waits; it goes with the test. */
async function waiting(t: Test, options: string): Promise<Container> {
  const c = await start(t, ...words(`${options} --network none ${TOOLS} preflight`), ...phases.waiting.gate);
  await c.says(phases.waiting.says);
  return c;
}

live("docker kill ends a gate that waits with 128+n, and it says what it was waiting for", async (t) => {
  const signals = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 };
  const kills = Object.entries(signals).map(async ([signal, code]) => {
    const c = await waiting(t, "--restart always");
    await c.kill(signal);
    const { RestartCount, State } = await c.ended();
    t.same([State.ExitCode, RestartCount], [code, 0], `${signal}: a docker kill is a stop, which no policy undoes`);
    const said = String.raw`${signal} while waiting for 1 check: tcp 127\.0\.0\.1:1 \([\d.]+m?s: connection refused\)`;
    t.match(await c.logs(), new RegExp(`^preflight: ${said}$`, "m"));
  });
  await Promise.all(kills);
});

live("a signal that preflight does not answer leaves process 1 alone, and ends it behind an init", async (t) => {
  const [alone, child] = await Promise.all([waiting(t, "--restart no"), waiting(t, "--init")]);
  for (const signal of ["SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCONT"]) await alone.kill(signal);
  await child.kill("SIGUSR1");
  t.equal((await child.ended()).State.ExitCode, 138, "128 + SIGUSR1, from the init");
  t.equal((await alone.inspect()).State.Status, "running");
  t.equal((await alone.stop()).code, 143);
});

live("a gate that a signal ended is started again by the policies that say so", async (t) => {
  const policies = { no: 0, "on-failure": 1, always: 1 };
  const ends = Object.entries(policies).map(async ([policy, restarts]) => {
    const c = await waiting(t, `--restart ${policy}`);
    process.kill((await c.inspect()).State.Pid, "SIGTERM"); // by the host's process id, for docker kill is a stop
    if (restarts === 0) t.equal((await c.ended()).State.ExitCode, 143, policy);
    else await c.until("it waits again", (i) => i.RestartCount === restarts && i.State.Status === "running");
    t.equal((await c.inspect()).RestartCount, restarts, policy);
    t.match(await c.logs(), "SIGTERM while waiting for 1 check", policy);
  });
  await Promise.all(ends);
});
