/** The init stops when the command does, where a shell is there to continue it; and continues it, all its group. */
import { spawnSync } from "node:child_process";
import { constants } from "node:os";
import { onlyBinary } from "../support/artifacts.ts";
import { compiled } from "../support/compile.ts";
import {
  at,
  childrenOf,
  dumb,
  first,
  ordinary,
  ordinaryDumb,
  ordinaryTini,
  signals,
  Started,
  status,
  tini,
  until,
  type Seat,
} from "../support/inits.ts";
import { BASH, GROUPS, line, NONE, PROMPT, session, type Step } from "../support/session.ts";
import { test, type Test } from "tap";

const CTRL_C = "\x03";
const CTRL_Z = "\x1a";
const { SIGUSR1 } = constants.signals;

const sleeping = (seat: Seat): readonly string[] => [...seat.alone, "sh", "-c", "echo begun; exec sleep 60"];

/** Says the states of the job's init, of its command, and of the command's own child. */
const STATES =
  "for p in $(jobs -p) $(cat /proc/$(jobs -p)/task/*/children); do grep State /proc/$p/status; done; echo said\n";
const STOPPED: Step = [STATES, "State:\tT.*\nState:\tT.*\nsaid\n"];
const RUNNING: Step = [STATES, "State:\tS.*\nState:\tS.*\nsaid\n"];

at([ordinary], "ctrl-z stops both, and fg continues both with the terminal", async (t, seat) => {
  const out = await session(BASH, [
    [`${line([...seat.alone, "sh", "-c", "echo begun; exec cat"])}\n`, "begun\n"],
    [CTRL_Z, "Stopped"],
    STOPPED,
    ["fg\nfirst\n", "first\n"],
    [CTRL_Z, "Stopped"],
    STOPPED,
    ["fg\nsecond\n", "second\n"],
    [CTRL_C, PROMPT], // what is typed before is flushed
    ['echo "ended with $?"\n', "ended with 130\n"],
  ]);
  t.notMatch(out, NONE);
});

at([ordinary], "who waits for the init has the terminal when both have stopped", async (t, seat) => {
  const waits = `import os, sys
pid = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
stopped = os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1])
print("stopped", stopped, "foreground", os.tcgetpgrp(0) == os.getpgrp())`;
  const out = await session(BASH, [
    [`${line(["python3", "-c", waits, ...sleeping(seat)])}\n`, "begun\n"],
    [CTRL_Z, "stopped True foreground True\n"],
  ]);
  t.notMatch(out, NONE);
});

at([ordinary], "bg continues both, and the shell keeps the terminal", async (t, seat) => {
  const out = await session(BASH, [
    [`${line(sleeping(seat))}\n`, "begun\n"],
    [CTRL_Z, "Stopped"],
    ["bg\n", "sleep"],
    RUNNING,
    [`${line(GROUPS)}\n`, "group (\\d+) foreground \\1\n"],
    ['kill %1; wait %1; echo "ended with $?"\n', "ended with 143\n"],
  ]);
  t.notMatch(out, NONE);
});

at([ordinary], "a command that reads the terminal in the background stops both, until it has it", async (t, seat) => {
  const out = await session(BASH, [
    [`${line([...seat.alone, "sh", "-c", 'read word; echo "got $word"'])} & sleep 0.2\n`, ""],
    ["\n", "Stopped"],
    STOPPED,
    ["fg\nword\n", "got word\n"],
  ]);
  t.notMatch(out, NONE);
});

at([ordinary], "a SIGTSTP to the init, and a SIGSTOP to the command, stop both", async (t, seat) => {
  const command = "$(cat /proc/$(jobs -p)/task/*/children)";
  for (const [before, stop] of [
    [[], "kill -TSTP $(jobs -p)"],
    [[], `kill -STOP ${command}`],
    [[compiled("probe.c"), "as", "ignore=20", "--"], `kill -STOP ${command}`], // SIGTSTP, inherited as ignored
  ] as const) {
    const out = await session(BASH, [
      [`${line([...before, ...sleeping(seat)])} &\n`, "begun\n"],
      [`${stop}; until jobs -s | grep -q sleep; do sleep 0.01; done; echo seen\n`, "seen\n"],
      STOPPED,
      ["kill -CONT $(jobs -p); until jobs -r | grep -q sleep; do sleep 0.01; done; echo seen\n", "seen\n"],
      RUNNING,
      ['kill %1; wait %1; echo "ended with $?"\n', "ended with 143\n"],
    ]);
    t.notMatch(out, NONE, [...before, stop].join(" "));
  }
});

at([ordinary], "an init that was stopped by itself gives the terminal to the command with fg", async (t, seat) => {
  const telling = `while :; do ${GROUPS.at(-1) ?? ""}; sleep 0.05; done`;
  const out = await session(BASH, [
    [`${line([...seat.alone, "sh", "-c", telling])} &\n`, "group"],
    ["kill -STOP $(jobs -p); until jobs -s | grep -q group; do sleep 0.01; done; echo seen\n", "seen\n"],
    ["fg\n", "group (\\d+) foreground \\1\n"],
  ]);
  t.notMatch(out, NONE);
});

/** Is the signal pending for the process? */
function pending(pid: number, signal: number): boolean {
  return ((BigInt(`0x0${status(pid, "ShdPnd")}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** Where no shell looks after it: the command stops, and the init stays; what it hands on is there when the command continues. */
async function staysUp(t: Test, init: number): Promise<void> {
  const [command = 0] = childrenOf(init);
  t.ok(command > 1);
  process.kill(command, "SIGSTOP");
  await until(() => status(command, "State").startsWith("T"), "the command is stopped");
  process.kill(init, SIGUSR1);
  await until(() => pending(command, SIGUSR1), "the init hands on");
  t.match(status(init, "State"), /^S/);
  process.kill(init, "SIGCONT");
}

async function startedStaysUp(t: Test, seat: Seat, before: readonly string[]): Promise<void> {
  const run = new Started(t, [...before, ...sleeping(seat)], seat.first);
  await run.says("begun");
  await staysUp(t, run.pid);
  t.equal(await run.end, 128 + SIGUSR1);
}

at([ordinary], "the init stays where it leads a session", (t, seat) => startedStaysUp(t, seat, ["setsid"]));
at([first, tini, dumb], "the init stays as process 1, and continues the command", (t, s) => startedStaysUp(t, s, []));
at([ordinaryTini, ordinaryDumb], "the init stays in any case, with its peers", (t, s) => startedStaysUp(t, s, []));

at([ordinary], "the init stays where its shell is gone", async (t, seat) => {
  const shell = ["setsid", "bash", "-c", 'set -m; "$@" & echo "init $!"', "bash"];
  const run = new Started(t, [...shell, ...sleeping(seat)]);
  await run.says("begun");
  await run.end;
  const init = Number(/^init (\d+)$/m.exec(run.out)?.[1]);
  await staysUp(t, init);
  await until(() => /^(Z|$)/.test(status(init, "State")), "the end");
});

/** Stops the command's group of two, and continues it through the init; the states of both when the command runs. */
async function continued(t: Test, seat: Seat): Promise<readonly string[]> {
  const two = ["sh", "-c", `${line([signals])} hear more & wait`];
  const run = new Started(t, [...(seat.first ? [] : ["setsid"]), ...seat.alone, ...two], seat.first);
  await run.says("more ready");
  const { command } = run;
  const all = [command, ...childrenOf(command)];
  const states = (): readonly string[] => all.map((p) => status(p, "State").charAt(0));
  for (const pid of all) process.kill(pid, "SIGSTOP");
  await until(() => states().join() === "T,T", "both are stopped");
  run.kill("SIGCONT");
  await until(() => states()[0] === "S", "the command runs");
  return states();
}

at([ordinary, first], "a SIGCONT continues all of the command's group", async (t, seat) => {
  t.same(await continued(t, seat), ["S", "S"]);
});

at([tini, dumb], "a SIGCONT continues the command alone, with its peers", async (t, seat) => {
  t.same(await continued(t, seat), ["S", "T"]);
});

const strace = spawnSync("strace", ["-V"]).status === 0 ? onlyBinary : "strace is not installed";

test("a SIGCONT that comes while the init learns of the stop is not lost", { skip: strace }, async (t) => {
  const slow = ["setsid", "strace", "-qq", "-o", "/dev/null", "-e", "inject=wait4:delay_exit=200000"];
  const run = new Started(t, [...slow, ...sleeping(ordinary)]);
  await run.says("begun");
  const init = run.command;
  const [command = 0] = childrenOf(init);
  process.kill(command, "SIGSTOP");
  await until(() => status(command, "State").startsWith("T"), "the command is stopped");
  process.kill(init, "SIGCONT");
  await until(() => status(command, "State").startsWith("S"), "the command runs");
  t.match(status(command, "State"), /^S/);
});
