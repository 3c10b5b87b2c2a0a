/** The init stops when the command does, where a shell is there to continue it; and continues it, all its group. */
import { constants } from "node:os";
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
import { BASH, GROUPS, line, NONE, session, type Step } from "../support/session.ts";
import type { Test } from "tap";

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
    [CTRL_C, ""],
    ['echo "ended with $?"\n', "ended with 130\n"],
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
  const init = "$(jobs -p)";
  for (const stop of [`kill -TSTP ${init}`, `kill -STOP $(cat /proc/${init}/task/*/children)`]) {
    const out = await session(BASH, [
      [`${line(sleeping(seat))} &\n`, "begun\n"],
      [`${stop}; until jobs -s | grep -q sleep; do sleep 0.01; done; echo seen\n`, "seen\n"],
      STOPPED,
      [`kill -CONT ${init}; until jobs -r | grep -q sleep; do sleep 0.01; done; echo seen\n`, "seen\n"],
      RUNNING,
      ['kill %1; wait %1; echo "ended with $?"\n', "ended with 143\n"],
    ]);
    t.notMatch(out, NONE, stop);
  }
});

/** Is the signal pending for the process? */
function pending(pid: number, signal: number): boolean {
  return ((BigInt(`0x0${status(pid, "ShdPnd")}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** Where no shell looks after it: the command stops, and the init stays; what it hands on is there when the command continues. */
async function staysUp(t: Test, seat: Seat, before: readonly string[]): Promise<void> {
  const run = new Started(t, [...before, ...sleeping(seat)], seat.first);
  await run.says("begun");
  const { command } = run;
  process.kill(command, "SIGSTOP");
  await until(() => status(command, "State").startsWith("T"), "the command is stopped");
  run.kill(SIGUSR1);
  await until(() => pending(command, SIGUSR1), "the init hands on");
  t.match(status(run.pid, "State"), /^S/);
  run.kill("SIGCONT");
  t.equal(await run.end, 128 + SIGUSR1);
}

at([ordinary], "the init stays where its process group has no shell", (t, seat) => staysUp(t, seat, ["setsid"]));
at([first, tini, dumb], "the init stays as process 1, and continues the command", (t, seat) => staysUp(t, seat, []));
at([ordinaryTini, ordinaryDumb], "the init stays in any case, with its peers", (t, seat) => staysUp(t, seat, []));

at([ordinary, first], "a SIGCONT continues all of the command's group where it had stopped", async (t, seat) => {
  const two = [signals, "hear", "more"].join(" ");
  const run = new Started(
    t,
    [...(seat.first ? [] : ["setsid"]), ...seat.alone, "sh", "-c", `${two} & wait`],
    seat.first,
  );
  await run.says("more ready");
  const { command } = run;
  const all = [command, ...childrenOf(command)];
  t.equal(all.length, 2);
  process.kill(-command, "SIGSTOP");
  await until(() => all.every((p) => status(p, "State").startsWith("T")), "all are stopped");
  run.kill("SIGCONT");
  await until(() => all.every((p) => status(p, "State").startsWith("S")), "all run");
});
