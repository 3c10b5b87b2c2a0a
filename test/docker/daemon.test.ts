/** The engine goes away and comes back: what the end of a gate means to each restart policy, and what --live-restore changes. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TOOLS } from "./engine.ts";
import { alone, documented, eventually, must, start, words } from "./support.ts";

const waits = words("preflight --wait 10m tcp:127.0.0.1:1 -- true");
const holds = words("preflight --on-failure hold env:MISSING -- true");
const serve = "trap 'exit 0' TERM; echo started; while :; do sleep 0.05; done";
const ends = [...words("preflight env:PATH -- sh -c"), serve];

const policies = ["no", "on-failure", "always", "unless-stopped"];
/** What runs when the engine ends, how one sees that it does, and under which policies it is back afterwards. */
const stories = [
  { name: "gate waits (143)", run: waits, says: "waiting", back: ["on-failure", "always", "unless-stopped"] },
  { name: "gate holds (143)", run: holds, says: "holding", back: ["on-failure", "always", "unless-stopped"] },
  { name: "command ends with 0", run: ends, says: "started", back: ["always", "unless-stopped"] },
  { name: "stopped by hand before (143)", run: waits, says: "waiting", stop: true, back: ["on-failure", "always"] },
];

alone("a restart of the engine brings back a gate that waited or held, under each policy but no", async (t, engine) => {
  const usedUp = await start(
    t,
    ...words(`--restart on-failure:1 ${TOOLS} preflight --no-wait tcp:127.0.0.1:1 -- true`),
  );
  const begun = stories.map(async (story) => {
    const made = policies.map(async (policy) => {
      const c = await start(t, "--network", "none", "--restart", policy, TOOLS, ...story.run);
      await c.says(story.says);
      if (story.stop) await must("stop", c.id);
      return { policy, c };
    });
    return { ...story, made: await Promise.all(made) };
  });
  const all = await Promise.all(begun);
  await usedUp.ended();

  await engine.halt();
  await engine.launch();
  for (const { says, back, made } of all)
    for (const { policy, c } of made.filter((m) => back.includes(m.policy))) {
      await c.until(`running again: ${policy}`, (i) => i.State.Status === "running");
      await c.says(new RegExp(`${says}[^]*${says === "started" ? "" : "SIGTERM while[^]*"}${says}`));
    }

  const rows = [["when the engine ends", ...policies]];
  for (const { name, back, made } of all) {
    const running = made.map(async ({ c }) => (await c.inspect()).State.Status === "running");
    const found = (await Promise.all(running)).map((up) => (up ? "back" : "down"));
    const wanted = policies.map((p) => (back.includes(p) ? "back" : "down"));
    t.same(found, wanted, name);
    rows.push([name, ...found]);
  }
  const { State, RestartCount } = await usedUp.inspect();
  t.same([State.Status, State.ExitCode, RestartCount], ["exited", 75, 1], "a count that is used up stays so");
  await documented(t, "engine-restart", rows);
});

alone("with --live-restore a gate becomes its command while the engine is away", async (t, engine) => {
  await engine.halt();
  await engine.launch("--live-restore");
  const shared = t.testdir({});
  const gate = ["-v", `${shared}:/shared`, ...words(`--restart on-failure ${TOOLS} preflight file:/shared/up --`)];
  const command = ["sh", "-c", "echo here >/shared/started; exec sleep 1000"];
  const [stays, dies] = [
    await start(t, ...gate, ...command),
    await start(t, "--restart", "on-failure", TOOLS, ...waits),
  ];
  await stays.says("waiting: does not exist");
  await dies.says("waiting: connection refused");
  const [before, victim] = [await stays.inspect(), await dies.inspect()];
  await engine.halt();
  try {
    writeFileSync(join(shared, "up"), "");
    await eventually("the command runs", () => existsSync(join(shared, "started")) || undefined);
    process.kill(victim.State.Pid, "SIGTERM");
    await eventually("the other gate has ended", () => !existsSync(`/proc/${victim.State.Pid}`) || undefined);
  } finally {
    await engine.launch("--live-restore");
  }
  const after = await stays.inspect();
  t.same([after.State.Pid, after.RestartCount], [before.State.Pid, 0], "the same process");
  const again = await dies.until("it runs again", (i) => i.State.StartedAt > victim.State.StartedAt && i.State.Running);
  t.not(again.State.Pid, victim.State.Pid, "what ended meanwhile with 143 is started again");
});
