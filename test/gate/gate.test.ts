import { test } from "tap";
import { fail, pass, refuse, unable, wait, type Verdict } from "../../src/check.ts";
import { Gate, type Outcome } from "../../src/gate/gate.ts";
import { pause } from "../../src/gate/pace.ts";
import type { Standing } from "../../src/gate/standing.ts";
import type { Check } from "../../src/plan.ts";
import { check, FakeClock, group } from "../support/plan.ts";

/** A gate over these checks that has started, and what it tells. */
function run(checks: readonly Check[]): {
  clock: FakeClock;
  told: string[];
  outcome: () => Outcome | null;
  gate: Gate;
  states: () => string;
} {
  const clock = new FakeClock();
  const told: string[] = [];
  let outcome: Outcome | null = null;
  const gate = new Gate(
    checks,
    clock,
    (s) => told.push(`${s.check.name} ${s.state}${s.why === "" ? "" : `: ${s.why}`}`),
    (o) => (outcome = o),
  );
  gate.start();
  const states = (): string => gate.standings.map((s: Standing) => s.state).join(" ");
  return { clock, told, outcome: () => outcome, gate, states };
}

/** Says these verdicts one after the other, the last for ever. */
function says(...verdicts: Verdict[]): () => Verdict {
  let n = 0;
  return () => verdicts[Math.min(n++, verdicts.length - 1)] ?? pass();
}

const down = (): Verdict => wait("refused", "absent");

test("the gate passes when all checks have passed, and leaves no timer behind", async (t) => {
  const g = run([check("a", says(pass())), check("b", says(down(), down(), pass()))]);
  await g.clock.pass(100);
  t.equal(g.outcome()?.is, "passed");
  t.equal(g.clock.timers, 0);
  t.same(g.told, ["a passed", "b waiting: refused", "b passed"]);
});

test("the gate ends at once when one check fails for good, and says what the others waited for", async (t) => {
  const g = run([check("a", down), check("b", says(down(), fail("wrong")))]);
  await g.clock.pass(50);
  t.equal(g.outcome()?.is, "failed");
  t.equal(g.states(), "dropped failed");
  t.equal(g.outcome()?.standings[0]?.why, "refused");
  t.equal(g.clock.timers, 0);
});

test("the gate looks at instant checks before all others, and reports all that fail there", (t) => {
  let asked = 0;
  const peer = check("peer", () => (asked++, down()));
  const g = run([
    peer,
    check("x", says(fail("one")), { instant: true }),
    check("y", says(fail("two")), { instant: true }),
  ]);
  t.equal(asked, 0);
  t.equal(g.outcome()?.is, "failed");
  t.equal(g.states(), "dropped failed failed");
  t.end();
});

test("the gate believes a peer that refuses twice, a second apart, or when the time is up", async (t) => {
  const twice = run([check("a", says(refuse("wrong password")))]);
  await twice.clock.pass(900);
  t.equal(twice.outcome(), null);
  await twice.clock.pass(400);
  t.equal(twice.outcome()?.is, "failed");
  const late = run([check("a", says(refuse("wrong password")), { wait: 500 })]);
  await late.clock.pass(500);
  t.equal(late.outcome()?.is, "failed");
  const once = run([check("a", says(refuse("wrong password")), { wait: 0 })]);
  t.equal(once.outcome()?.is, "failed");
});

test("the gate forgets a refusal after another answer, for the peer was replaced", async (t) => {
  const verdicts = Array.from({ length: 20 }, () => refuse("no"));
  const g = run([check("a", says(...verdicts, down(), refuse("no"), refuse("no"), refuse("no"), pass()))]);
  await g.clock.pass(2000);
  t.equal(g.outcome()?.is, "passed");
});

test("the gate is late when the time of a check is up, and those due with it are late too", async (t) => {
  const g = run([check("a", down, { wait: 1000 }), check("b", down, { wait: 1020 }), check("c", down)]);
  await g.clock.pass(1000);
  t.equal(g.outcome()?.is, "late");
  t.equal(g.states(), "late late dropped");
  t.equal(g.outcome()?.took, 1000);
});

test("the gate ends by the deadline although a look never does", async (t) => {
  const g = run([check("a", () => null, { wait: 700 })]);
  await g.clock.pass(705); // a look may be a little late with its reason
  t.equal(g.outcome()?.is, "late");
  t.equal(g.outcome()?.standings[0]?.why, "no answer");
});

test("the gate looks once where there is no wait, and gives that look its time-out", (t) => {
  let left = 0;
  let looks = 0;
  const g = run([check("a", (d) => ((left = d.left()), looks++, down()), { wait: 0, timeout: 300 })]);
  t.equal(g.outcome()?.is, "late");
  t.equal(looks, 1);
  t.equal(left, 300);
  t.end();
});

test("without waiting every check has its one look, whatever the others say", async (t) => {
  const g = run([
    check("a", says(fail("no")), { wait: 0, instant: true }),
    check("b", down, { wait: 0 }),
    check("c", () => null, { wait: 0, timeout: 100 }),
    check("d", says(pass()), { wait: 0 }),
  ]);
  await g.clock.pass(105);
  t.equal(g.outcome()?.is, "failed");
  t.equal(g.states(), "failed late late passed");
});

test("the gate cuts the time of a look to what is left of the wait", async (t) => {
  const lefts: number[] = [];
  const g = run([check("a", (d) => (lefts.push(d.left()), wait("silent", "silent")), { wait: 500, timeout: 400 })]);
  await g.clock.pass(500);
  t.equal(lefts[0], 400);
  t.ok((lefts.at(-1) ?? 999) < 100);
});

test("an optional check that fails or is late does not end the run, and is waited for", async (t) => {
  const g = run([
    check("a", says(fail("no")), { optional: true }),
    check("b", down, { optional: true, wait: 300 }),
    check("c", says(pass())),
  ]);
  await g.clock.pass(200);
  t.equal(g.outcome(), null);
  await g.clock.pass(200);
  t.equal(g.outcome()?.is, "passed");
  t.equal(g.states(), "failed late passed");
});

test("a check comes after those it names, and its own wait begins then", async (t) => {
  const seen: string[] = [];
  const a = check("a", says(down(), down(), pass()));
  const b = check("b", () => (seen.push("b"), pass()), { after: ["a"] });
  const g = run([b, a]);
  await g.clock.pass(15);
  t.same(seen, []);
  await g.clock.pass(100);
  t.equal(g.outcome()?.is, "passed");
  t.equal(g.gate.standings[0]?.started, g.gate.standings[1]?.ended);
});

test("instant checks and groups keep their order too", async (t) => {
  const seen: string[] = [];
  const look = (name: string, ...verdicts: Verdict[]): (() => Verdict) => {
    const next = says(...verdicts);
    return () => (seen.push(name), next());
  };
  const a = check("a", look("a", down(), pass()));
  const local = check("local", look("local", pass()), { after: ["a"], instant: true });
  const inner = group("all", [check("b", look("b", pass()), { after: ["local"] })], { after: ["a"], name: "inner" });
  const g = run([inner, local, a, check("last", look("last", pass()), { after: ["inner"] })]);
  await g.clock.pass(100);
  t.equal(g.outcome()?.is, "passed");
  t.same(seen, ["a", "a", "local", "b", "last"]);
});

test("a check whose predecessor cannot pass is given up and says why", async (t) => {
  const g = run([check("a", says(fail("no")), { optional: true }), check("b", says(pass()), { after: ["a"] })]);
  await g.clock.pass(10);
  t.equal(g.outcome()?.is, "failed", "it will not pass by trying again");
  t.same(g.told.at(-1), "b failed: a did not pass");
  const late = run([check("a", down, { optional: true, wait: 10 }), check("b", says(pass()), { after: ["a"] })]);
  await late.clock.pass(20);
  t.equal(late.outcome()?.is, "late");
  t.same(late.told.at(-1), "b dropped: a did not pass");
});

test("under not, what holds is waited for to go away, and what does not hold passes", async (t) => {
  const g = run([check("a", says(pass(), pass(), down()), { not: true }), check("b", says(fail("no")), { not: true })]);
  await g.clock.pass(100);
  t.equal(g.outcome()?.is, "passed");
  t.same(g.told, ["a waiting: it holds, and must not", "b passed", "a passed"]);
  const fixed = run([check("a", says(pass()), { not: true, fixed: true })]);
  t.equal(fixed.outcome()?.is, "failed");
});

test("successes asks for looks that pass in a row", async (t) => {
  const g = run([check("a", says(pass(), down(), pass(), pass(), pass()), { successes: 3 })]);
  await g.clock.pass(1000);
  t.equal(g.outcome()?.is, "passed");
  t.equal(g.gate.standings[0]?.looks, 5);
});

test("any passes with its first member and gives the others up", async (t) => {
  const g = run([group("any", [check("a", says(fail("no"))), check("b", down), check("c", says(down(), pass()))])]);
  await g.clock.pass(100);
  t.equal(g.outcome()?.is, "passed");
  t.same(
    g.gate.standings[0]?.members.map((m) => m.state),
    ["failed", "dropped", "passed"],
  );
  t.equal(g.clock.timers, 0);
});

test("any fails for good when all members have, and is late when one might have come true", async (t) => {
  const failed = run([group("any", [check("a", says(fail("x"))), check("b", says(fail("y")))])]);
  await failed.clock.pass(10);
  t.equal(failed.outcome()?.is, "failed");
  t.equal(failed.gate.standings[0]?.why, "a: x; b: y");
  const late = run([group("any", [check("a", says(fail("x"))), check("b", down, { wait: 100 })])]);
  await late.clock.pass(100);
  t.equal(late.outcome()?.is, "late");
});

test("all passes with its last member and fails with its first", async (t) => {
  const passed = run([group("all", [check("a", says(pass())), check("b", says(down(), pass()))])]);
  await passed.clock.pass(100);
  t.equal(passed.outcome()?.is, "passed");
  const failed = run([group("all", [check("a", down), check("b", says(fail("x")))])]);
  await failed.clock.pass(10);
  t.equal(failed.outcome()?.is, "failed");
});

test("all is late as soon as a member is, and what comes after a member of a dropped group is dropped too", async (t) => {
  const late = run([group("all", [check("a", down, { wait: 100 }), check("b", down, { wait: 4000 })])]);
  await late.clock.pass(100);
  t.equal(late.outcome()?.is, "late");
  const inner = group("any", [check("m", says(pass()))], { name: "g", after: ["a"], optional: true });
  const held = run([check("a", down, { wait: 50, optional: true }), inner, check("z", says(pass()), { after: ["m"] })]);
  await held.clock.pass(60);
  t.equal(held.outcome()?.is, "late");
  t.equal(held.states(), "late dropped dropped");
});

test("under not, what could not be looked at is no pass", async (t) => {
  const g = run([check("a", says(wait("no descriptor is free", "unable")), { not: true, wait: 100 })]);
  await g.clock.pass(100);
  t.equal(g.outcome()?.is, "late");
  const never = run([check("a", says(unable("cannot start it")), { not: true })]);
  await never.clock.pass(1);
  t.equal(never.outcome()?.is, "failed");
});

test("a look that is under way is waited for, and is no look that was not made", async (t) => {
  const g = run([check("a", () => null), check("b", says(down(), fail("no")))]);
  await g.clock.pass(50);
  t.equal(g.outcome()?.standings[0]?.why, "no answer yet");
  t.equal(g.outcome()?.standings[0]?.looks, 1);
});

test("groups nest", async (t) => {
  const inner = group("all", [check("a", says(fail("x"))), check("b", down)]);
  const g = run([group("any", [inner, check("c", says(down(), pass()))])]);
  await g.clock.pass(100);
  t.equal(g.outcome()?.is, "passed");
});

test("the gate that was stopped says nothing more", async (t) => {
  const g = run([check("a", down)]);
  await g.clock.pass(50);
  g.gate.stop();
  await g.clock.pass(60_000);
  t.equal(g.outcome(), null);
  t.equal(g.clock.timers, 0);
});

test("no more than 64 looks at peers are under way, and those that queue come in turn", (t) => {
  let under = 0;
  let most = 0;
  const seen: string[] = [];
  const due: (() => void)[] = [];
  const checks = Array.from({ length: 200 }, (_, i) => check(`c${i}`, () => null, { wait: 1000 })).map((c) => ({
    ...c,
    probe: {
      target: c.target,
      look: (_d: unknown, tell: (v: Verdict) => void): void => {
        most = Math.max(most, ++under);
        seen.push(c.target);
        due.push(() => {
          under--;
          tell(pass());
        });
      },
    },
  }));
  const g = run(checks);
  for (let next = due.shift(); next !== undefined; next = due.shift()) next();
  t.equal(g.outcome()?.is, "passed");
  t.equal(most, 64);
  t.same(
    seen,
    checks.map((c) => c.target),
  );
  t.end();
});

test("a thousand looks that end at once do not nest", async (t) => {
  const g = run(Array.from({ length: 1000 }, (_, i) => check(`c${i}`, says(down(), pass()))));
  await g.clock.pass(100);
  t.equal(g.outcome()?.is, "passed");
});

test("the pause is a hundredth of the time waited, within bounds by what a look costs the other side", (t) => {
  const table = [
    [0, 10, 25, 10],
    [2000, 20, 25, 20],
    [5000, 50, 50, 50],
    [10_000, 100, 100, 100],
    [60_000, 100, 250, 500],
  ] as const;
  for (const [waited, absent, answering, silent] of table) {
    t.equal(pause(waited, "absent", 0.5), absent);
    t.equal(pause(waited, "answering", 0.5), answering);
    t.equal(pause(waited, "silent", 0.5), silent);
  }
  t.equal(pause(2000, "absent", 0), 18);
  t.equal(pause(2000, "absent", 1), 22);
  t.end();
});

test("the number of looks grows with the logarithm of the wait", async (t) => {
  const g = run([check("a", () => wait("silent", "silent"), { wait: 600_000 })]);
  await g.clock.pass(600_000);
  t.ok((g.gate.standings[0]?.looks ?? 0) < 1700);
});
