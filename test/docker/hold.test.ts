/** examples/hold: a broken container that holds can be entered, and ends at once when it is told to. */
import { live, seen, start } from "./support.ts";
import { TOOLS } from "./engine.ts";

live("the hold example shows what its README says", async (t) => {
  const said = await seen(t, "hold");
  t.match(said, /Container [0-9a-f]{64} is restarting, wait until the container is running/);
  t.match(said, /state running, restarts 0/);
  const stopped = /ended after ([\d.]+) s, exit code (\d+)/.exec(said);
  t.ok(Number(stopped?.[1]) < 1, "under a second");
  t.equal(stopped?.[2], "143", "128 + SIGTERM");
});

live("docker stop ends a gate that holds in under a second, behind an init too", async (t) => {
  for (const init of [[], ["--init"]]) {
    const held = await start(t, ...init, TOOLS, "preflight", "--on-failure", "hold", "env:MISSING", "--", "true");
    await held.says("holding for diagnosis");
    const { code, took } = await held.stop();
    t.equal(code, 143, init.join());
    t.ok(took < 1000, `${took} ms ${init.join()}`);
  }
});
