/** The command leads a process group of its own; with --init=group all of it gets the signals, and a SIGTERM at the end. */
import { readFileSync } from "node:fs";
import type { Test } from "tap";
import {
  at,
  childrenOf,
  dumb,
  first,
  node,
  ordinary,
  ordinaryDumb,
  ordinaryTini,
  signals,
  Started,
  tini,
} from "../support/inits.ts";

/** Field 5 of /proc/PID/stat (proc_pid_stat(5)). */
function groupOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[2]);
}

/** The leader, and one more of its group; both hear. */
const two = ["sh", "-c", `"$0" hear more & exec "$0" hear leader`, signals];
at([ordinary, first, node, tini], "the command leads a process group of its own", async (t, seat) => {
  const run = new Started(t, [...seat.alone, signals, "hear", "it"], seat.first);
  await run.says("it ready");
  t.equal(groupOf(run.command), run.command);
  t.not(groupOf(run.pid), run.command);
});

at([ordinary, first, node, tini, dumb], "a signal goes to the command alone", async (t, seat) => {
  const run = new Started(t, [...seat.alone, ...two], seat.first);
  await run.says("leader ready\n");
  await run.says("more ready\n");
  const [more = 0] = childrenOf(run.command);
  for (const s of [1, 15]) {
    run.kill(s);
    await run.says(`leader ${s}\n`);
  }
  process.kill(more, 64);
  await run.says("more 64\n");
  t.same(run.out.match(/^more \d+$/gm), ["more 64"]);
});

at([ordinary, first, node, tini, dumb], "a signal goes to the whole group where that is asked for", async (t, seat) => {
  const run = new Started(t, [...seat.group, ...two], seat.first);
  await run.says("leader ready\n");
  await run.says("more ready\n");
  for (const s of [1, 15, 2]) {
    run.kill(s);
    await run.says(`leader ${s}\n`);
    await run.says(`more ${s}\n`);
  }
  t.equal(run.out.match(/ \d+$/gm)?.length, 6, "each once");
});

/** What the rest of the group hears when its leader has ended, up to a mark. */
async function heardAtTheEnd(t: Test, before: readonly string[]): Promise<string> {
  const run = new Started(t, [...before, ...two]);
  await run.says("leader ready\n");
  await run.says("more ready\n");
  const leader = run.command;
  const [more = 0] = childrenOf(leader);
  t.teardown(() => process.kill(more, "SIGKILL"));
  process.kill(leader, "SIGKILL");
  t.equal(await run.end, 137);
  process.kill(more, 64);
  await run.says("more 64\n");
  return run.out.match(/^more \d+$/gm)?.join() ?? "";
}

at(
  [ordinary, node, ordinaryDumb],
  "the rest of the group gets a SIGTERM when the command has ended",
  async (t, seat) => {
    t.equal(await heardAtTheEnd(t, seat.group), "more 15,more 64");
  },
);

at([ordinaryTini], "the rest of the group is left alone when the command has ended, by tini", async (t, seat) => {
  t.equal(await heardAtTheEnd(t, seat.group), "more 64");
});

at(
  [ordinary, node, ordinaryTini, ordinaryDumb],
  "orphans are left alone when the command has ended",
  async (t, seat) => {
    t.equal(await heardAtTheEnd(t, seat.alone), "more 64");
  },
);
