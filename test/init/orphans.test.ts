/** Orphans are collected, however many; and nobody waits for those that live when the command has ended. */
import { at, childrenOf, first, dumb, ordinary, node, Started, status, tini, until } from "../support/inits.ts";

const MANY = 200;

/** A shell that leaves orphans, each of which ends at its own moment, says so, and stays. */
const leaves = ["sh", "-c", `for i in $(seq ${MANY}); do (sleep 0.$((i % 10)) &); done; echo left; exec sleep 60`];

at([ordinary, first, tini, dumb], "every orphan is collected, and no zombie is left", async (t, seat) => {
  const run = new Started(t, [...seat.alone, ...leaves], seat.first);
  await run.says("left");
  let most = 0;
  await until(() => {
    const { length } = childrenOf(run.pid);
    most = Math.max(most, length);
    return length === 1;
  }, "none but the command is left");
  t.ok(most > MANY / 4, `it was the parent of ${most} at once`);
  t.equal(status(run.command, "Name"), "sleep");
});

at([ordinary, first, tini, dumb], "an orphan that ends together with others is collected too", async (t, seat) => {
  const burst = `for i in $(seq ${MANY}); do (sleep 60 & echo $!); done; echo left; exec sleep 61`;
  const run = new Started(t, [...seat.alone, "sh", "-c", burst], seat.first);
  await run.says("left");
  await until(() => childrenOf(run.pid).length === MANY + 1, "all are its children");
  const [command = 0, ...orphans] = childrenOf(run.pid);
  for (const pid of orphans) process.kill(pid, "SIGKILL");
  await until(() => childrenOf(run.pid).length === 1, "none but the command is left");
  t.same(childrenOf(run.pid), [command]);
});

at([ordinary, node, first, tini, dumb], "the end of the command is the end, whatever orphans live", async (t, seat) => {
  const from = performance.now();
  const run = new Started(t, [...seat.alone, "sh", "-c", "sleep 3 >/dev/null 2>&1 & exit 5"], seat.first);
  t.equal(await run.end, 5);
  t.ok(performance.now() - from < 1500, "at once");
});
