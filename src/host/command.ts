/** Runs a program for one look: bounded in time and in what is kept of its output, and nothing of it stays behind. */
import { endAll as end, KILLED, LATE, run as start, SIGNALLED } from "#os";
import type { Deadline } from "../check.ts";
import { slots, threads, type Ticket } from "../net/slots.ts";

/** Bytes of output that are looked through; of what comes after them only the last lines are kept (native.c). */
const HEAD = 65_536;
/** The end of the time, kept for its death: at most so many milliseconds, and at most a fifth of it. */
const GRACE = 400;
/** Descriptors: the pipe, its death, and what the platform opens to start it. */
const DESCRIPTORS = 3;

/** How a program ended. */
export interface Ran {
  /** Why it could not be started, an errno; else 0. */
  readonly errno: number;
  /** No thread or descriptor was free for it in time. */
  readonly queued: boolean;
  /** The exit code; of no meaning where it did not exit by itself. */
  readonly code: number;
  /** The signal that ended it, "SIGSEGV", or "". */
  readonly signal: string;
  /** Its time was up; `stubborn`: SIGTERM did not end it. */
  readonly late: boolean;
  readonly stubborn: boolean;
  /** Milliseconds until its time was up, or it ended. */
  readonly took: number;
  /** The first 64 KiB of both its outputs. */
  readonly head: string;
  /** There was more. */
  readonly cut: boolean;
  /** The last whole lines of them, at most `LINES`. */
  readonly last: readonly string[];
}
const LINES = 5;

/**
 * Runs it and calls back once, by the deadline. Its group gets SIGTERM a moment before that, SIGKILL a little later, and
 * whatever is left of the group when it ends is killed: a look leaves nothing behind, not even after a pass.
 */
export function run(argv: readonly string[], deadline: Deadline, then: (ran: Ran) => void): void {
  let thread: Ticket | null = null;
  let slot: Ticket | null = null;
  const all = deadline.left();
  const timer = setTimeout(() => {
    thread?.end();
    slot?.end();
    then(ended(0, true, all, Buffer.alloc(0)));
  }, all);
  thread = threads.take(1, (t) => {
    thread = t;
    slot = slots.take(DESCRIPTORS, (s) => {
      clearTimeout(timer);
      const left = deadline.left();
      const grace = graceOf(left);
      const given = deadline.given();
      const from = performance.now();
      start(argv, left - grace, left - grace / 2, left, (code, output) => {
        s.end();
        t.end();
        const late = code > 0 && (code & LATE) !== 0;
        then(ended(code, false, late ? given - graceOf(given) : performance.now() - from, output));
      });
    });
  });
}

/** Ends every program that runs, and calls back when they are gone: before the process ends or becomes another. */
export function endAll(then: () => void = () => {}): void {
  end(then);
}

// --- internal ---

/** How long before its time is up a program is asked to end. */
function graceOf(left: number): number {
  return Math.min(GRACE, left / 5);
}

const SIGNALS: readonly string[] =
  "? HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS".split(
    " ",
  );

function ended(code: number, queued: boolean, took: number, output: Buffer): Ran {
  const died = code > 0 && (code & SIGNALLED) !== 0;
  const low = code > 0 ? code & 255 : 0;
  const name = SIGNALS.at(low);
  return {
    errno: code < 0 ? 0 - code : 0,
    queued,
    code: low,
    signal: died ? (name === undefined ? `signal ${low}` : `SIG${name}`) : "",
    late: code > 0 && (code & LATE) !== 0,
    stubborn: code > 0 && (code & KILLED) !== 0,
    took,
    head: output.subarray(0, HEAD).toString("utf8"),
    cut: output.length > HEAD,
    last: lines(output),
  };
}

/** The last lines. Where output was left out the first of the rest is no whole line, and half a secret is not struck. */
function lines(output: Buffer): readonly string[] {
  const cut = output.length > HEAD;
  const tail = (cut ? output.subarray(HEAD) : output).toString("utf8").split(/\r?\n/);
  return (cut ? tail.slice(1) : tail).filter((l) => l.trim() !== "").slice(-LINES);
}
