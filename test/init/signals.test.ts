/** Every signal that can be caught reaches the command: each one, with its value, and in whatever moment it comes. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout } from "node:timers/promises";
import { test, type Test } from "tap";
import { onlyBinary } from "../support/artifacts.ts";
import { compiled } from "../support/compile.ts";
import {
  at,
  childrenOf,
  dumb,
  first,
  node,
  ordinary,
  signals,
  Started,
  status,
  tini,
  until,
  type Seat,
} from "../support/inits.ts";
import { line } from "../support/session.ts";

const numbers = (...names: readonly NodeJS.Signals[]): readonly number[] => names.map((n) => constants.signals[n]);
const UNCATCHABLE = numbers("SIGKILL", "SIGSTOP");
const FAULTS = numbers("SIGFPE", "SIGILL", "SIGSEGV", "SIGBUS", "SIGABRT", "SIGTRAP", "SIGSYS");
const OF_LIBC: readonly number[] = [32, 33]; // glibc keeps them to itself
const MARK = constants.signals.SIGUSR1;

/** All from 1 to `last` but these. */
function signalsTo(last: number, ...but: readonly number[]): readonly number[] {
  return Array.from({ length: last }, (_, i) => i + 1).filter((s) => ![...UNCATCHABLE, ...but].includes(s));
}

/** What of these the command hears. Two marks follow each: what was sent before the second has come before it, or never. */
async function heard(t: Test, seat: Seat, sent: readonly number[]): Promise<readonly number[]> {
  const run = new Started(t, [...seat.alone, signals, "hear", "it"], seat.first);
  await run.says("it ready\n");
  const got: number[] = [];
  for (const s of sent) {
    const from = run.out.length;
    for (const one of [s, MARK, MARK]) {
      const marks = run.out.split(`it ${MARK}\n`).length;
      run.kill(one);
      if (one === MARK) await until(() => run.out.split(`it ${MARK}\n`).length > marks, `the mark after ${s}`);
    }
    if (run.out.slice(from).includes(`it ${s}\n`)) got.push(s);
  }
  return got;
}

at([ordinary, first], "the command hears every signal that can be caught, real-time signals too", async (t, seat) => {
  t.same(await heard(t, seat, signalsTo(64)), signalsTo(64));
});

at([node], "the command hears every signal with a name, but faults and SIGCHLD", async (t, seat) => {
  const all = signalsTo(31, ...FAULTS, constants.signals.SIGCHLD);
  t.same(await heard(t, seat, all), all);
});

at([tini], "tini keeps faults, SIGCHLD, SIGTTIN and SIGTTOU to itself, and hands on all others", async (t, seat) => {
  const kept = [...FAULTS, ...numbers("SIGCHLD", "SIGTTIN", "SIGTTOU")];
  t.same(await heard(t, seat, signalsTo(64)), signalsTo(64, ...kept, ...OF_LIBC));
});

at([dumb], "dumb-init keeps SIGCHLD to itself, and hands on all others", async (t, seat) => {
  t.same(await heard(t, seat, signalsTo(64)), signalsTo(64, constants.signals.SIGCHLD, ...OF_LIBC));
});

at([ordinary, first], "a real-time signal comes as often as it was sent, in order, with its value", async (t, seat) => {
  const run = new Started(t, [...seat.alone, signals, "hear", "it"], seat.first);
  await run.says("it ready\n");
  for (const value of [7, 8, 9, -1]) spawnSync(signals, ["queue", `${run.pid}`, "40", `${value}`]);
  for (let i = 0; i < 3; i++) run.kill(41);
  await until(() => run.out.split("\n").length > 8, "all of them");
  t.equal(run.out, "it ready\nit 40 7\nit 40 8\nit 40 9\nit 40 -1\nit 41\nit 41\nit 41\n");
});

at([ordinary, first, tini, dumb], "the command does not hear of the end of orphans", async (t, seat) => {
  const run = new Started(
    t,
    [...seat.alone, "sh", "-c", `(sleep 0.05 &); exec ${line([signals])} hear it`],
    seat.first,
  );
  await run.says("it ready\n");
  await until(() => childrenOf(run.pid).length === 1, "the orphan is collected");
  for (const s of [MARK, 64]) {
    run.kill(s);
    await run.says(`it ${s}\n`);
  }
  t.equal(run.out, `it ready\nit ${MARK}\nit 64\n`);
});

const strace = spawnSync("strace", ["-V"]).status === 0 ? onlyBinary : "strace is not installed";

test("signals that come between the pass and the start reach the command", { skip: strace }, async (t) => {
  const blocked = [10, 15, 40].map((s) => `block=${s}`); // else the command dies of them before it can tell
  const late = ["strace", "-qq", "-o", "/dev/null", "-e", "inject=?fork,clone:delay_enter=300000"];
  const command = [...late, compiled("probe.c"), "as", ...blocked, "--", ...ordinary.alone, signals, "hear", "it"];
  const run = new Started(t, command);
  const held = (): boolean => status(run.command, "SigBlk").startsWith("ffffffff");
  await until(held, "every signal is held back");
  const { command: preflight } = run;
  for (const s of [10, 15, 40]) process.kill(preflight, s);
  t.equal(readFileSync(`/proc/${preflight}/task/${preflight}/children`, "utf8"), "", "they came before the start");
  await run.says("it 40\n");
  t.same(run.out.split("\n").toSorted(), ["", "it 10", "it 15", "it 40", "it ready"]);
});

at([ordinary, node], "a signal is lost at no moment of the start", async (t, seat) => {
  const rounds = seat === node ? 8 : 80;
  for (let i = 0; i < rounds; i++) {
    const run = new Started(t, [...seat.alone, "sleep", "9"]);
    await setTimeout((i / rounds) * (seat === node ? 150 : 4));
    run.child.kill("SIGTERM");
    const end = await run.end;
    t.ok(end === 143 || end === "SIGTERM", `${i}: ${end}`); // by name: before it was listening
  }
});

at([ordinary, first], "a signal that was inherited as ignored is ignored by the command", async (t, seat) => {
  const run = new Started(t, [compiled("probe.c"), "as", "ignore=1", "--", ...seat.alone, "sleep", "9"], seat.first);
  await until(() => run.command > 0 && status(run.command, "Name") === "sleep", "the command runs");
  run.kill("SIGHUP");
  run.kill("SIGTERM");
  t.equal(await run.end, 143, "and not 129");
});
