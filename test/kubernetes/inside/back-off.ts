/** Kubernetes' own back-off, which takes a minute and a half: npm run test:kubernetes -- --slow. */
import { scenario } from "./scenario.ts";
import { start } from "../support/cluster.ts";
import type { Ended, Pod } from "../support/api.ts";
import { pod, serveNames, statuses } from "../support/room.ts";

await start("default");
await serveNames();

scenario(
  "a gate that gives up at once is restarted at once, then after pauses that double from 10 s",
  async (t, room) => {
    await room.make(pod("gate", { command: ["preflight", "--no-wait", "tcp:localhost:1", "--", "true"] }));
    const runs = new Map<number, Ended>();
    await room.until(
      "the gate has ended five times",
      async () => {
        const [c] = statuses(await room.read<Pod>("Pod", "gate"));
        const ended = c?.state.running === undefined ? (c?.state.terminated ?? c?.lastState.terminated) : undefined;
        if (c !== undefined && ended !== undefined) runs.set(c.restartCount, ended);
        return runs.has(4);
      },
      170,
    );
    t.ok([...runs.values()].every((r) => r.exitCode === 75));
    const { metadata } = await room.read<Pod>("Pod", "gate");
    const first = between(metadata.creationTimestamp, runs.get(1)?.startedAt);
    t.ok(first < 8, `the first restart is ${first} s after the pod was made`);
    for (const [i, least] of [10, 20, 40].entries()) {
      const pause = between(runs.get(i + 1)?.finishedAt, runs.get(i + 2)?.startedAt);
      t.ok(
        pause >= least - 1 && pause <= least * 1.5 + 3,
        `a pause of ${pause} s, from ${least} s and half as long again`,
      );
    }
  },
);

/** Seconds. */
function between(from = "", to = ""): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
