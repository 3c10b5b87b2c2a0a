/** Programs that checks run, on Node. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { signalTo } from "./node-command.ts";
import { errnoOf } from "./node-files.ts";

export const SIGNALLED = 0x100;
export const LATE = 0x1000;
export const KILLED = 0x2000;
const HEAD = 65_536;
const TAIL = 2048;
/** Milliseconds for output that is still in the pipe when the program has ended. */
const DRAIN = 50;
const running = new Set<Program>();
interface Program {
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Called when it has ended. */
  gone: () => void;
}

export function run(
  argv: readonly string[],
  term: number,
  kill: number,
  end: number,
  then: (code: number, output: Buffer) => void,
): void {
  const child = spawn(argv[0] ?? "", argv.slice(1), { stdio: ["ignore", "pipe", "pipe"], detached: true });
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let late = 0;
  const program: Program = {
    kill: (signal) => {
      signalTo(-(child.pid ?? 0), signal);
    },
    gone: () => {},
  };
  running.add(program);
  const read = (bytes: Buffer): void => {
    const room = HEAD - head.length;
    if (room > 0) head = Buffer.concat([head, bytes.subarray(0, room)]);
    if (bytes.length > room) tail = Buffer.concat([tail, bytes.subarray(room)]).subarray(-TAIL);
  };
  const at = (ms: number, what: () => void): NodeJS.Timeout => setTimeout(what, Math.max(0, ms));
  const timers = [
    at(term, () => {
      late |= LATE;
      program.kill("SIGTERM");
    }),
    at(kill, () => {
      late |= KILLED;
      program.kill("SIGKILL");
    }),
    at(end, () => {
      answer(0);
    }),
  ];
  let code = 0;
  const answer = (more: number): void => {
    if (!running.delete(program)) return;
    for (const t of timers) clearTimeout(t);
    child.stdout.destroy();
    child.stderr.destroy();
    program.gone();
    then(more < 0 ? more : code | late, Buffer.concat([head, tail]));
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  child.on("error", (e) => {
    answer(-errnoOf(e));
  });
  child.on("exit", (status, signal) => {
    program.kill("SIGKILL"); // what it left behind, a holder of the pipe among it
    code = signal === null ? (status ?? 0) : SIGNALLED + constants.signals[signal];
    timers.push(at(DRAIN, () => answer(0)));
  });
  child.on("close", () => {
    answer(0);
  });
}

export function endAll(then: () => void): void {
  let left = running.size;
  if (left === 0) {
    then();
    return;
  }
  const timer = setTimeout(() => {
    left = 0;
    then();
  }, 100);
  for (const program of running) {
    program.gone = (): void => {
      left--;
      if (left !== 0) return;
      clearTimeout(timer);
      then();
    };
    program.kill("SIGKILL");
  }
}
