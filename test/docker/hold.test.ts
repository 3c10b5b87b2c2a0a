/** examples/hold: a broken container that holds can be entered, and ends at once when it is told to. */
import { live, seen } from "./support.ts";

live("the hold example shows what its README says", async (t) => {
  const said = await seen(t, "hold");
  t.match(said, /Container [0-9a-f]{64} is restarting, wait until the container is running/);
  t.match(said, /state running, restarts 0/);
  const stopped = /ended after ([\d.]+) s, exit code (\d+)/.exec(said);
  t.ok(Number(stopped?.[1]) < 5, "at once, where a kill would come after ten seconds");
  t.equal(stopped?.[2], "143", "128 + SIGTERM");
});
