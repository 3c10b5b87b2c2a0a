/** examples/restart-policies: what each policy makes of a gate's end. */
import { TOOLS } from "./engine.ts";
import { live, seen, start, words } from "./support.ts";

const policies = ["always", "no", "on-failure", "on-failure:3", "unless-stopped"];

/** State, exit code and restarts, as the table says them. */
function expected(policy: string, dependency: string): readonly string[] {
  const code = dependency === "mistake" ? "78" : "75";
  if (policy === "no") return ["exited", code, "0"];
  if (dependency === "recovers") return ["running", "none", "1 or more"];
  return policy === "on-failure:3" ? ["exited", code, "3"] : ["restarting", code, "more than 3"];
}

live("the restart-policies example shows what its README says", async (t) => {
  const said = await seen(t, "restart-policies");
  const rows = said
    .trimEnd()
    .split("\n")
    .slice(3)
    .map((line) => line.split(/ {2,}/));
  const wanted = policies.flatMap((policy) =>
    ["down", "mistake", "recovers"].map((d) => [policy, d, ...expected(policy, d)]),
  );
  t.same(rows, wanted);
});

live(
  "a command that ends with 0 behind a gate is started again by always and unless-stopped, and by no other",
  async (t) => {
    const ends = policies.map(async (policy) => {
      const c = await start(t, ...words(`--restart ${policy} ${TOOLS} preflight env:PATH -- true`));
      if (policy === "always" || policy === "unless-stopped")
        await c.until("it starts again", (i) => i.RestartCount > 1);
      else t.same([(await c.ended()).State.ExitCode, (await c.inspect()).RestartCount], [0, 0], policy);
    });
    await Promise.all(ends);
  },
);

live("long runs use up a count too", async (t) => {
  const gate = words(`--network none --restart on-failure:1 ${TOOLS} preflight --wait 11s tcp:127.0.0.1:1 -- true`);
  const { State, RestartCount } = await (await start(t, ...gate)).ended();
  t.same([State.ExitCode, RestartCount], [75, 1]);
  t.ok(Date.parse(State.FinishedAt) - Date.parse(State.StartedAt) > 10_000, "the pause would have started over");
});
