/** When the text report speaks, and that nobody who does not listen can hold up the gate. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { test } from "tap";
import { parse } from "../../src/arguments.ts";
import { pass, wait, type Verdict } from "../../src/check.ts";
import { Gate } from "../../src/gate/gate.ts";
import { choose } from "../../src/report/choose.ts";
import { text } from "../../src/report/text.ts";
import { both, Preflight } from "../support/artifacts.ts";
import { configuration, free } from "../support/local.ts";
import { check, FakeClock } from "../support/plan.ts";

t.setTimeout(120_000);

/** What is said in so many milliseconds of a check that says these verdicts by the clock. */
async function saidIn(ms: number, says: (now: number) => Verdict, quiet = false, verbose = false): Promise<string[]> {
  const clock = new FakeClock();
  await clock.pass(1);
  const lines: string[] = [];
  const report = text((words) => lines.push(words), quiet, verbose);
  const gate = new Gate([check("db", () => says(clock.now()), { wait: 120_000 })], clock, report.changed, (outcome) =>
    report.end(outcome, 75),
  );
  const { every } = choose(parse(["", "", "--", "true"]), 2, 0, clock.now);
  const tick = (): void => {
    if (gate.over) return;
    report.tick(gate.standings, clock.now());
    clock.after(every, tick);
  };
  clock.after(every, tick);
  gate.start();
  await clock.pass(ms);
  return lines;
}

test("text says a line when a check has to wait, when its reason changes, and every 10 s", async (t) => {
  const lines = await saidIn(35_000, (now) =>
    now < 15_000 ? wait("refused", "absent") : wait("starting", "answering"),
  );
  t.same(lines, [
    "preflight: db: waiting: refused\n",
    "preflight: waiting for 1 check: db (10s: refused)\n",
    "preflight: db: waiting: starting\n",
    "preflight: waiting for 1 check: db (20s: starting)\n",
    "preflight: waiting for 1 check: db (30s: starting)\n",
  ]);
});

test("text says one line in all when everything passes, and nothing when it is quiet", async (t) => {
  t.same(await saidIn(1000, () => pass()), ["preflight: 1 check passed in 0ms\n"]);
  t.same(await saidIn(1000, () => pass(), true), []);
  t.same(await saidIn(1000, () => pass(), false, true), [
    "preflight: db: passed\n",
    "preflight: 1 check passed in 0ms\n",
  ]);
});

test("text says what is wrong even when it is quiet", async (t) => {
  const lines = await saidIn(130_000, () => wait("refused", "absent"), true);
  t.equal(lines.length, 1);
  t.match(lines[0], /^preflight: 1 check not ready, 0 passed in 2m00s: exit 75\npreflight: db: not ready after 2m00s/);
});

/** More than a pipe holds (64 KiB), a line each. */
function much(port: number): string {
  const item = (i: number): string =>
    `  - tcp: 127.0.0.1:${port}\n    name: number ${i}\n    hint: ${"x".repeat(400)}\n`;
  return `wait: 500ms\nchecks:\n${Array.from({ length: 250 }, (_, i) => item(i)).join("")}`;
}

/** The artifact, run by a script as its "$@". */
function through(file: string, script: string, preflight: Preflight): Preflight {
  writeFileSync(file, `${script}\n`);
  return new Preflight({ name: preflight.artifact.name, command: ["bash", file, ...preflight.artifact.command] });
}

both("nobody who does not read can hold up the gate, or change its code", async (t, preflight) => {
  const file = configuration(t, much(await free()));
  const code = join(t.testdirName, "code");
  const cases = [
    ["a closed stderr", '"$@" 2>&-; echo $? >"$CODE"'],
    ["a closed stdout and stderr", '"$@" >&- 2>&-; echo $? >"$CODE"'],
    ["a full disk", '"$@" 2>/dev/full; echo $? >"$CODE"'],
    ["an unread pipe", '{ "$@" 2>&1; echo $? >"$CODE"; } | { while [ ! -s "$CODE" ]; do sleep 0.05; done; }'],
    ["a pipe whose reader has gone", '{ sleep 0.1; "$@" 2>&1; echo $? >"$CODE"; } | true; wait'],
  ] as const;
  for (const [name, script] of cases) {
    for (const format of ["text", "json"]) {
      const shell = through(join(t.testdirName, "run.sh"), `rm -f "$CODE"; ${script}`, preflight);
      const r = await shell.run(["--config", file, "--format", format, "--", "true"], { env: { CODE: code } });
      t.equal(readFileSync(code, "utf8"), "75\n", `${name}, ${format}`);
      t.ok(r.took < 5000, `${name}, ${format}: ${r.took} ms`);
    }
  }
});

both("what is the product and nobody reads is given up, said, and no success", async (t, preflight) => {
  const file = configuration(t, much(await free()));
  const code = join(t.testdirName, "code");
  const script = '{ "$@"; echo $? >"$CODE"; } | { while [ ! -s "$CODE" ]; do sleep 0.05; done; }';
  const shell = through(join(t.testdirName, "run.sh"), script, preflight);
  const r = await shell.run(["explain", "--config", file], { env: { CODE: code } });
  t.same(
    [readFileSync(code, "utf8"), r.stderr],
    ["75\n", "preflight: the report could not be written: nobody reads it\n"],
  );
});
