/** The platform on Node: the twin of native.ts, function by function. */
import { spawn, spawnSync } from "node:child_process";
import * as dns from "node:dns";
import * as fs from "node:fs";
import * as net from "node:net";
import { constants } from "node:os";
import * as tty from "node:tty";

export function exec(index: number): number {
  const place = placeOf(process.argv[index] ?? "");
  if (typeof place === "number") return place;
  if (process.execve === undefined) return 38; // ENOSYS
  return process.execve(place, process.argv.slice(index), process.env);
}

/**
 * Steps down to the user of the command, and finds it as execvp(3) does: its place, or an errno. process.execve ends the
 * process where it fails, so look first.
 */
function placeOf(command: string): string | number {
  const denied = steppedDown();
  if (denied !== 0) return denied;
  const path = process.env["PATH"] ?? "/usr/local/bin:/bin:/usr/bin";
  const places = command.includes("/") ? [command] : path.split(":").map((d) => `${d === "" ? "." : d}/${command}`);
  let errno = 2;
  for (const place of command === "" ? [] : places) {
    const why = unfit(place);
    if (why === 0) return place;
    if (why !== 2 && why !== 20) errno = why;
  }
  return errno;
}

/** Signals that are not handed on: two cannot be caught, one tells of our own children, and the others are faults of our own. */
const OWN = ["KILL", "STOP", "CHLD", "FPE", "ILL", "SEGV", "BUS", "ABRT", "IOT", "TRAP", "SYS"].map((s) => `SIG${s}`);

/**
 * What Node can do of it: signals that have a name are handed on, and the end is mirrored. It cannot have a process group
 * for the child without a session, so the child has no controlling terminal, and does not stop and continue with us; it
 * cannot collect orphans, nor keep for the child what was inherited as ignored, or as a descriptor above 2; and where a
 * real-time signal ends the child it is told 0.
 */
export function init(index: number, group: boolean, then: (status: number) => void): void {
  const [command = "", ...words] = process.argv.slice(index);
  const denied = steppedDown();
  const place = denied === 0 ? placeOf(command) : denied;
  if (typeof place === "number") {
    then(-place);
    return;
  }
  let whom = 0;
  for (const name of Object.keys(constants.signals) as NodeJS.Signals[]) {
    if (OWN.includes(name)) continue;
    process.removeAllListeners(name).on(name, () => {
      signalTo(whom, name);
    });
  }
  const detached = process.platform !== "win32"; // there it is a window of its own
  const child = spawn(place, words, { argv0: command, stdio: "inherit", detached });
  child.on("error", (e) => {
    then(-errnoOf(e));
  });
  child.on("exit", (code, signal) => {
    if (group) signalTo(whom, "SIGTERM");
    then(signal === null ? (code ?? 0) : 128 + constants.signals[signal]);
  });
  const { pid } = child; // a listener runs after this
  if (pid !== undefined) whom = group ? -pid : pid;
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid !== 0) process.kill(pid, signal);
  } catch {
    // nobody is left
  }
}

/** The errno with which the file cannot be run, 0 where it can. */
function unfit(place: string, depth = 0): number {
  try {
    if (!fs.statSync(place).isFile()) return 13;
    fs.accessSync(place, fs.constants.X_OK);
    return depth > 4 ? 40 : unloadable(place, depth);
  } catch (e) {
    return errnoOf(e);
  }
}

/** What execve(2) would say of the contents: a program of any format passes, a script does by its interpreter. */
function unloadable(place: string, depth: number): number {
  const head = read(place, 256);
  if (typeof head === "number") return 0; // it may be run though not read
  if (head.toString("latin1", 0, 2) === "#!") {
    const line = head.toString("utf8", 2).split("\n", 1)[0] ?? "";
    return unfit(line.trim().split(/\s/, 1)[0] ?? "", depth + 1);
  }
  const text = head.length === 0 || /^[\t\n\r -~]+$/.test(head.toString("latin1"));
  return text ? 8 : 0; // ENOEXEC
}

export function onBug(exit: number): void {
  process.on("uncaughtException", (e, origin) => {
    const how = origin === "unhandledRejection" ? "Unhandled promise rejection:" : "Uncaught";
    write(2, `${how} ${String(e)}\npreflight: a bug, please report it\n`);
    process.exit(exit);
  });
}

export function onSignal(then: (signal: number) => void): void {
  for (const name of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) {
    if ((name === "SIGHUP" || name === "SIGQUIT") && ignored(constants.signals[name])) continue;
    process.on(name, () => {
      then(constants.signals[name]);
    });
  }
}

/** Was the signal inherited as ignored (nohup)? Linux says so; elsewhere it is taken as not. */
function ignored(signal: number): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(fs.readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
    return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  } catch {
    return false;
  }
}

export function caught(): number {
  return 15; // never asked: here an exec is not interrupted
}

export function reap(): void {
  // libuv waits for its own children, and Node is not made to be process 1
}

export interface Entry {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly modified: number;
  readonly inode: number;
}

export function stat(path: string, follow: boolean): Entry | number {
  try {
    const s = follow ? fs.statSync(path) : fs.lstatSync(path);
    return { mode: s.mode, uid: s.uid, gid: s.gid, size: s.size, modified: Math.floor(s.mtimeMs), inode: s.ino };
  } catch (e) {
    return errnoOf(e);
  }
}

export function access(path: string, mode: number): number {
  if (runs !== null) return asUser(runs, path, mode);
  try {
    fs.accessSync(path, mode);
    return 0;
  } catch (e) {
    return errnoOf(e);
  }
}

export function entries(path: string): number {
  try {
    const folder = fs.opendirSync(path);
    const first = folder.readSync();
    folder.closeSync();
    return first === null ? 0 : 1;
  } catch (e) {
    return 0 - errnoOf(e);
  }
}

export function user(): number {
  return process.geteuid?.() ?? -1;
}

export function group(): number {
  return process.getegid?.() ?? -1;
}

export function runner(): number {
  return runs?.uid ?? user();
}

interface Ids {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}
let runs: Ids | null = null;

export function become(uid: number, gid: number, groups: readonly number[]): number {
  if (process.setuid === undefined) return 38; // ENOSYS
  runs = { uid, gid, groups };
  return asUser(runs, "", 0);
}

/** Becomes the user of the command; 0, or the errno why not. */
function steppedDown(): number {
  try {
    if (runs !== null) stepDown(runs);
    return 0;
  } catch (e) {
    return errnoOf(e);
  }
}

/** Becomes the user for good. Groups that the process has already need no right. */
function stepDown(to: Ids): void {
  try {
    process.setgroups?.([...to.groups]);
  } catch (e) {
    const now = [...(process.getgroups?.() ?? []), to.gid];
    const then = [...to.groups, to.gid];
    if (now.some((g) => !then.includes(g)) || then.some((g) => !now.includes(g))) throw e;
  }
  process.setgid?.(to.gid);
  process.setuid?.(to.uid);
}

/** What a child that has stepped down meets: Node's ids belong to all its threads, and what is given up is gone. */
function asUser(to: Ids, path: string, mode: number): number {
  const script = `${stepDown.toString()}
  try {
    stepDown(${JSON.stringify(to)});
    if (process.argv[1] !== undefined) require("node:fs").accessSync(process.argv[1], ${mode});
  } catch (e) {
    process.exit(Math.abs(e.errno ?? 22));
  }`;
  const args = path === "" ? [] : ["--", path];
  return spawnSync(process.execPath, ["-e", script, ...args], { stdio: "ignore" }).status ?? 4;
}

export function read(path: string, limit: number, offset = 0): Buffer | number {
  try {
    const flags = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY;
    const fd = fs.openSync(path, flags);
    try {
      const room = Buffer.alloc(limit);
      let got = 0;
      while (got < limit) {
        const n = fs.readSync(fd, room, got, limit - got, offset > 0 ? offset + got : null);
        if (n === 0) break;
        got += n;
      }
      return room.subarray(0, got);
    } finally {
      fs.closeSync(fd);
    }
  } catch (e) {
    return errnoOf(e);
  }
}

export function install(_path: string): number {
  return 38; // ENOSYS
}

const patience = [0, 2000, 200];
const reopened = new Map<number, number>();

export function write(fd: number, text: string): number {
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(fs.writeSync(writable(fd), bytes));
      if (fd === 1) patience[fd] = 2000;
    } catch (e) {
      const left = patience[fd] ?? 0;
      const errno = errnoOf(e);
      if (errno !== 11 || left <= 0) return errno;
      patience[fd] = left - 10;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
  return 0;
}

/** A descriptor that does not wait: a pipe or a terminal is opened anew, so that the inherited one keeps its mode. */
function writable(fd: number): number {
  let own = reopened.get(fd);
  if (own === undefined) {
    own = fd;
    try {
      if (fs.fstatSync(fd).isFIFO() || tty.isatty(fd)) {
        own = fs.openSync(`/proc/self/fd/${fd}`, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
      }
    } catch {
      // no /proc: as it is
    }
    reopened.set(fd, own);
  }
  return own;
}

export function columns(fd: number): number {
  if (!tty.isatty(fd)) return 0;
  const width = (fd === 2 ? process.stderr : process.stdout).columns;
  return width > 0 ? width : 80;
}

export function variablesWith(prefix: string): number {
  return Object.keys(process.env).filter((name) => name.startsWith(prefix)).length;
}

export function descriptors(): number {
  return 1024;
}

export function socketErrno(_family: 4 | 6): number {
  return 0; // Node reports it as an error of the socket
}

export function toItself(socket: net.Socket, port: number): boolean {
  return socket.localPort === port && socket.localAddress === socket.remoteAddress;
}

export function unix(path: string): Promise<number> {
  return new Promise((resolve) => {
    if (barred(path)) {
      resolve(13);
      return;
    }
    const socket = net.connect({ path: address(path) }, () => {
      socket.destroy();
      resolve(0);
    });
    socket.on("error", (e) => {
      resolve(errnoOf(e));
    });
  });
}

/** May the user of the command not connect to the socket? */
function barred(path: string): boolean {
  return runs !== null && !path.startsWith("@") && access(path, fs.constants.W_OK) === 13;
}

/** UV_EAI_NODATA: the code of both is ENOTFOUND. */
const NO_DATA = -3007;

export function resolve(host: string, family: 4 | 6, then: (code: number, addresses: readonly string[]) => void): void {
  dns.lookup(host, { family, all: true }, (e, list) => {
    const addresses = e === null ? list.map((a) => a.address) : [];
    if (e === null) then(0, addresses);
    else then(e.errno === NO_DATA ? -5 : e.code === "ENOTFOUND" ? -2 : -3, []);
  });
}

let away = 0;

export function visit(path: string, then: () => void): void {
  const back = (): void => {
    away -= 1;
    then();
  };
  if (away === 0 && process.listenerCount("exit", leave) === 0) process.once("exit", leave);
  away += 1;
  fs.stat(path, (none, s) => {
    if (none !== null || !(s.isFile() || s.isDirectory())) back();
    else {
      fs.open(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK, (e, fd) => {
        if (e !== null) back();
        else fs.read(fd, Buffer.alloc(1), 0, 1, 0, () => fs.close(fd, back));
      });
    }
  });
}

/** Node waits for its threads before it ends; one that does not come back would hold it for ever. A new image has none. */
function leave(code: number): void {
  if (away > 0 && process.execve !== undefined && unfit("/bin/sh") === 0) {
    process.execve("/bin/sh", ["sh", "-c", `exit ${code}`], {});
  }
}

const lines = new Map<number, net.Socket>();
let last = 0;

export function line(path: string, request: string, then: (bytes: Buffer | null, errno: number) => void): number {
  last += 1;
  const id = last;
  const socket = new net.Socket();
  lines.set(id, socket);
  const end = (errno: number): void => {
    if (!lines.has(id)) return;
    hangUp(id);
    then(null, errno);
  };
  socket.on("connect", () => socket.write(request));
  socket.on("data", (bytes) => {
    if (lines.has(id)) then(bytes, 0);
  });
  socket.on("end", () => {
    end(0);
  });
  socket.on("error", (e) => {
    end(errnoOf(e));
  });
  if (barred(path)) setImmediate(end, 13);
  else socket.connect({ path: address(path) });
  return id;
}

export function hangUp(id: number): void {
  lines.get(id)?.destroy();
  lines.delete(id);
}

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

function address(path: string): string {
  return path.startsWith("@") ? `\0${path.slice(1)}` : path;
}

function errnoOf(e: unknown): number {
  const n = (e as NodeJS.ErrnoException).errno;
  return n === undefined ? 22 : Math.abs(n);
}
