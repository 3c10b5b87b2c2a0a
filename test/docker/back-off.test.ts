/** examples/back-off: a gate that only looks is told late, one that waits at once; and how long a wait resets the engine's pauses. */
import { TOOLS } from "./engine.ts";
import { documented, live, seen, start, words, type Container, type Inspected } from "./support.ts";

/** The engine writes down an end when it has cleaned up, and its pause is under way by then. */
const NEAR = 0.9;

live("the back-off example shows what its README says", async (t) => {
  const said = await seen(t, "back-off");
  const pauses = [...said.matchAll(/pause before restart \d +([\d.]+) s/g)].map((m) => Number(m[1]));
  t.equal(pauses.length, 7);
  for (const [n, pause] of pauses.entries()) {
    const own = 0.1 * 2 ** n;
    t.ok(pause >= own * NEAR, `restart ${n + 1}: ${pause} s, which is ${own} s and a start`);
  }
  const [, exits, waits] = /port open to command started +([\d.]+) s +([\d.]+) s/.exec(said) ?? [];
  t.ok(Number(exits) > 2, `seconds late: ${exits ?? ""}`);
  t.ok(Number(waits) < 1, `at once, on a busy machine too: ${waits ?? ""} s`);
  t.match(said, /^restarts +7 +0$/m);
});

/** Ends at once seven times; then a gate that waits this long and gives up. */
const story = (wait: string): string => `
  ends=x$(cat /ends)
  [ "\${#ends}" -le 7 ] || exec preflight --wait ${wait} tcp:127.0.0.1:1 -- true
  echo "$ends" >/ends
  exit 75`;

/** Seconds from the eighth end to the next start. */
async function eighth(c: Container): Promise<number> {
  const restarted = (i: Inspected): boolean => i.RestartCount === 8 && i.State.Status === "running";
  const { State } = await c.until("the eighth restart", restarted, 120_000);
  return (Date.parse(State.StartedAt) - Date.parse(State.FinishedAt)) / 1000;
}

live("a gate that waited more than 10 s starts the engine's pause over, and no shorter one", async (t) => {
  const waits = ["2s", "11s"];
  const pauses = waits.map(async (wait) =>
    eighth(await start(t, ...words(`--network none --restart always ${TOOLS} sh -c`), story(wait))),
  );
  const [doubled = 0, anew = 0] = await Promise.all(pauses);
  t.ok(doubled >= 12.8 * NEAR, `12.8 s and a start: ${doubled} s`);
  t.ok(anew < 12.8 * NEAR, `0.1 s and a start: ${anew} s`);
  await documented(t, "ten-seconds", [
    ["seven ends at once, then a gate that waits", "pause before the next start"],
    ...waits.map((wait, i) => [wait, `${([doubled, anew][i] ?? 0).toFixed(2)} s`]),
  ]);
});
