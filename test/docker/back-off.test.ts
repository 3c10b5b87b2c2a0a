/** examples/back-off: a gate that only looks is told late, one that waits at once; and how long a wait resets the engine's pauses. */
import { TOOLS } from "./engine.ts";
import { documented, live, must, seen, start, type Container, type Inspected } from "./support.ts";

live("the back-off example shows what its README says", async (t) => {
  const said = await seen(t, "back-off");
  const pauses = [...said.matchAll(/pause before restart \d +([\d.]+) s/g)].map((m) => Number(m[1]));
  t.equal(pauses.length, 7);
  for (const [n, pause] of pauses.entries()) {
    const least = 0.1 * 2 ** n;
    t.ok(pause >= least, `restart ${n + 1}: ${pause} s, which is ${least} s and a start`);
  }
  const [, exits, waits] = /port open to command started +([\d.]+) s +([\d.]+) s/.exec(said) ?? [];
  t.ok(Number(exits) > 2, `seconds late: ${exits ?? ""}`);
  t.ok(Number(waits) < 0.2, `within 200 ms: ${waits ?? ""}`);
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

live("the engine's pause starts over after a gate that waited more than 10 s, and after no shorter one", async (t) => {
  const waits = ["2s", "11s"];
  const pauses = waits.map(async (wait) =>
    eighth(await start(t, "--network", "none", "--restart", "always", TOOLS, "sh", "-c", story(wait))),
  );
  const [short = 0, long = 0] = await Promise.all(pauses);
  t.ok(short >= 12.8, `doubled on to 12.8 s: ${short} s`);
  t.ok(long < 12.8, `anew from 0.1 s: ${long} s`);
  const rows = waits.map((wait, i) => `${wait.padEnd(45)}${([short, long][i] ?? 0).toFixed(2)} s\n`);
  const engine = await must("version", "-f", "{{.Server.Version}}");
  const head = "seven ends at once, then a gate that waits   pause before the next start";
  documented(t, "ten-seconds", `engine ${engine}\n\n${head}\n${rows.join("")}`);
});

live("a count is used up by long runs too", async (t) => {
  const gate = ["preflight", "--wait", "11s", "tcp:127.0.0.1:1", "--", "true"];
  const { State, RestartCount } = await (await start(t, "--restart", "on-failure:1", TOOLS, ...gate)).ended();
  t.same([State.ExitCode, RestartCount], [75, 1]);
});
