/** The end of the command is the init's own: every exit code, 128 + n for every signal, and why it could not be started. */
import { spawnSync } from "node:child_process";
import { test } from "tap";
import { onlyBinary } from "../support/artifacts.ts";
import { at, dumb, first, node, ordinary, signals, tini, type Seat } from "../support/inits.ts";
import { line } from "../support/session.ts";

const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const CODES = numbers(0, 255);
/** What a process does not die of (signal(7)): SIGCHLD, SIGCONT, SIGURG, SIGWINCH, and the four that stop. */
const HARMLESS = [17, 18, 23, 28, 19, 20, 21, 22];
const DEADLY = numbers(1, 64).filter((s) => !HARMLESS.includes(s));
const SOME = [0, 1, 2, 77, 126, 127, 128, 143, 255];

/** How an init ends for each value, one after another in one shell: the command is a line, with the value as $n. */
function ends(seat: Seat, values: readonly number[], command: string): readonly number[] {
  const script = `ulimit -c 0; for n in ${values.join(" ")}; do "$@" ${command}; echo $?; done`;
  const r = spawnSync("sh", ["-c", script, "sh", ...seat.alone], { encoding: "utf8", timeout: 60_000 });
  return r.stdout.trim().split("\n").map(Number);
}

at([ordinary, first], "the init ends with every exit code from 0 to 255", (t, seat) => {
  t.same(ends(seat, CODES, 'sh -c "exit $n"'), CODES);
});

at([ordinary, first], "the init ends with 128 + n where signal n ended the command, for each that can", (t, seat) => {
  t.same(
    ends(seat, DEADLY, `${line([signals])} die $n`),
    DEADLY.map((s) => 128 + s),
  );
});

at([node, tini, dumb], "the init ends with the command's exit code", (t, seat) => {
  t.same(ends(seat, SOME, 'sh -c "exit $n"'), SOME);
});

at([node, tini, dumb], "the init ends with 128 + n where signal n ended the command", (t, seat) => {
  t.same(ends(seat, [1, 9, 11, 15], `${line([signals])} die $n`), [129, 137, 139, 143]);
});

const skip = process.getuid?.() === 0 ? onlyBinary : "another user needs root";

test("the init says where no process may be started, and ends with 126", { skip }, (t) => {
  const nobody = ["--reuid=54321", "--regid=54321", "--clear-groups", "prlimit", "--nproc=1"];
  const r = spawnSync("setpriv", [...nobody, ...ordinary.alone, "true"], { encoding: "utf8" });
  const why = "no further process is allowed (RLIMIT_NPROC, or pids.max of the cgroup)";
  t.same([r.status, r.stderr], [126, `preflight: cannot run "true": ${why}\n`]);
  t.end();
});
