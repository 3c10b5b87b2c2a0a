/** The platform for the binary, over native.c. Its twin for Node is node.ts; both answer alike. */
import type { Socket } from "node:net";
import type { Entry, Space } from "./entry.ts";

export type { Entry, Space };

export * from "./tls-native.ts";

declare function pfExec(first: number): number;
declare function pfInit(first: number, group: number): number;
declare function pfReap(): number;
declare function pfBug(exit: number): number;
declare function pfSignals(): number;
declare function pfSignal(): number;
declare function pfStat(path: string, follow: number, out: Uint8Array): number;
declare function pfAccess(path: string, mode: number): number;
declare function pfSpace(path: string, out: Uint8Array): number;
declare function pfEntries(path: string): number;
declare function pfNames(path: string, out: Uint8Array): number;
declare function pfId(which: number): number;
declare function pfRunAs(uid: number, gid: number, groups: Uint8Array): number;
declare function pfRead(path: string, offset: number, out: Uint8Array): number;
declare function pfInstall(path: string): number;
declare function pfWrite(fd: number, text: string): number;
declare function pfColumns(fd: number): number;
declare function pfVariables(prefix: string): number;
declare function pfDescriptors(): number;
declare function pfSelfConnected(port: number): number;
declare function pfUnix(path: string): number;
declare function pfListen(answer: (id: number, code: number, text: string) => void): number;
declare function pfUnlisten(answer: (id: number, code: number, text: string) => void): number;
declare function pfResolve(id: number, family: number, host: string): number;
declare function pfVisit(id: number, path: string): number;
declare function pfLine(id: number, path: string): number;
declare function pfDatagrams(id: number, address: string, port: number): number;
declare function pfSay(id: number, bytes: Uint8Array): number;
declare function pfTake(id: number, out: Uint8Array): number;
declare function pfHangUp(id: number): number;
declare function pfSocket(family: number): number;
declare function pfRun(id: number, args: string, term: number, kill: number, end: number): number;
declare function pfEnd(ms: number): number;

/** Becomes the command at this index of process.argv. Returns only where that failed, with the errno. */
export function exec(index: number): number {
  return 0 - pfExec(index - 1);
}

/** What is thrown out of a callback is a bug: it is said, and this is the exit code. */
export function onBug(exit: number): void {
  pfBug(exit);
}

/**
 * Starts the command at this index of process.argv as a child and stays as its init: signals are handed on, to the child
 * alone or to its process group, and orphans are collected. Calls back when the command has ended, with its exit code or
 * 128 + the signal that ended it; or, where it could not be started, with a negative errno.
 */
export function init(index: number, group: boolean, then: (status: number) => void): void {
  then(pfInit(index - 1, group ? 1 : 0));
}

/** Calls back for each SIGTERM, SIGINT, SIGHUP and SIGQUIT, with its number. SIGHUP and SIGQUIT stay ignored if they were. */
export function onSignal(then: (signal: number) => void): void {
  process.on("SIGTERM", () => {
    then(pfSignal());
  });
  process.on("SIGINT", () => {
    then(2);
  });
  pfSignals();
}

/** The signal that came last, 15 where none has. */
export function caught(): number {
  return pfSignal();
}

/** Collects ended children that nobody waits for. Only while no child is being waited for. */
export function reap(): void {
  pfReap();
}

/** stat(2), or lstat(2) where links are not followed; or an errno. */
export function stat(path: string, follow: boolean): Entry | number {
  const room = Buffer.alloc(48);
  const r = pfStat(path, follow ? 1 : 0, room);
  if (r < 0) return 0 - r;
  return {
    mode: long(room, 0),
    uid: long(room, 8),
    gid: long(room, 16),
    size: long(room, 24),
    modified: long(room, 32),
    inode: long(room, 40),
  };
}

/** access(2) as the user of the command: 0 or an errno. Mode: 4 read, 2 write, 1 execute. */
export function access(path: string, mode: number): number {
  return 0 - pfAccess(path, mode);
}

/** The file system that a path is on (statvfs(3)), or an errno. */
export function space(path: string): Space | number {
  const room = Buffer.alloc(32);
  const r = pfSpace(path, room);
  if (r < 0) return 0 - r;
  return { size: long(room, 0), free: long(room, 8), inodes: long(room, 16), freeInodes: long(room, 24) };
}

/** Is anything in the folder? 1, or 0 where it is empty, or a negative errno. */
export function entries(path: string): number {
  return pfEntries(path);
}

/** The user by whose rights files are opened (geteuid(2)), -1 where the platform has none. */
export function user(): number {
  return pfId(0);
}

/** Its group. */
export function group(): number {
  return pfId(1);
}

/** The user that the command runs as. */
export function runner(): number {
  return pfId(2);
}

/** Its group. */
export function runnerGroup(): number {
  return pfId(3);
}

/**
 * From now on the command is to run as this user, `access` answers for it, and so does the right to connect to a Unix
 * socket. 0, or the errno why this process may not step down to it: tried at once.
 */
export function become(uid: number, gid: number, groups: readonly number[]): number {
  const list = Buffer.alloc(4 * groups.length);
  for (const [i, g] of groups.entries()) list.writeUInt32LE(g, 4 * i);
  return 0 - pfRunAs(uid, gid, list);
}

/** At most `limit` bytes from `offset` on, or an errno. Never waits, whatever the path is. */
export function read(path: string, limit: number, offset = 0): Buffer | number {
  let size = Math.min(limit, 4096); // most files are small, and a large room costs a start more than reading anew
  for (;;) {
    const room = Buffer.alloc(size);
    const n = pfRead(path, offset, room);
    if (n < 0) return 0 - n;
    if (n < size || size === limit) return room.subarray(0, n);
    size = Math.min(limit, size * 8);
  }
}

/**
 * Copies this program to a path, or into a folder, whole or not at all: 0, an errno, or 1000 + the errno why the program
 * itself cannot be read; ENOSYS where there is no such program.
 */
export function install(path: string): number {
  return 0 - pfInstall(path);
}

/**
 * Writes to stdout (1) or stderr (2). What nobody reads is lost after a moment, for waiting must not hold up the gate.
 * 0, or the errno why not all of it was written.
 */
export function write(fd: number, text: string): number {
  return 0 - pfWrite(fd, text);
}

/** The names in a folder, as the file system has them, or an errno; of very many only the first. */
export function names(path: string): readonly string[] | number {
  const room = Buffer.alloc(65_536);
  const n = pfNames(path, room);
  return n < 0 ? 0 - n : room.toString("utf8", 0, n).split("\0").slice(0, -1);
}

/** Columns of the terminal behind a descriptor, 0 where it is none. */
export function columns(fd: number): number {
  const n = pfColumns(fd);
  return n < 0 ? 0 : n === 0 ? 80 : n;
}

/** How many variables have names that begin so: asked before all of them are copied. */
export function variablesWith(prefix: string): number {
  return pfVariables(prefix);
}

/** Descriptors that can still be opened. */
export function descriptors(): number {
  return pfDescriptors();
}

/** 0, or the errno why no TCP socket of this family can be made: the runtime would end the process. */
export function socketErrno(family: 4 | 6): number {
  return 0 - pfSocket(family);
}

/** Is the socket, just connected to this port, connected to itself? */
export function toItself(_socket: Socket, port: number): boolean {
  return pfSelfConnected(port) === 1;
}

/** 0, or the errno why nobody accepts on the Unix stream socket; "@name" is abstract. */
export function unix(path: string): Promise<number> {
  return Promise.resolve(0 - pfUnix(path));
}

// --- threads: one listener for what they answer ---

class Asked {
  readonly then: (code: number, text: string) => void;
  constructor(then: (code: number, text: string) => void) {
    this.then = then;
  }
}
const asked = new Map<number, Asked>();
let last = 0;

const answer = (id: number, code: number, text: string): void => {
  const a = asked.get(id);
  if (a !== undefined) a.then(code, text);
};

function ask(then: (code: number, text: string) => void): number {
  last += 1;
  if (asked.size === 0) pfListen(answer);
  asked.set(last, new Asked(then));
  return last;
}

function done(id: number): void {
  if (asked.delete(id) && asked.size === 0) pfUnlisten(answer); // a listener keeps the event loop alive
}

/** The addresses of a name in one family, found off the main thread; code is 0 or an EAI_ code of getaddrinfo(3). */
export function resolve(host: string, family: 4 | 6, then: (code: number, addresses: readonly string[]) => void): void {
  const id: number = ask((code, text) => {
    done(id);
    then(code, text === "" ? [] : text.trim().split(" "));
  });
  const r = pfResolve(id, family, host);
  if (r < 0) answer(id, r === -22 || r === -36 ? -2 : -3, "");
}

/** Calls back when the path was looked at and opened by a thread, whatever came of it: on a dead file system, never. */
export function visit(path: string, then: () => void): void {
  const id: number = ask((_code, _text) => {
    done(id);
    then();
  });
  if (pfVisit(id, path) < 0) answer(id, 0, ""); // no thread to be had: one must go and see
}

/** What comes on a line: bytes, or null and 0 for the end, or an errno. */
type Heard = (bytes: Buffer | null, errno: number) => void;

/** Connects to a Unix socket and calls back with what comes. */
export function line(path: string, then: Heard): number {
  const id = attend(then);
  begun(id, pfLine(id, path));
  return id;
}

/** The same for datagrams to an address in numbers: each is called back with whole, up to 8 KiB of it. */
export function datagrams(address: string, port: number, then: Heard): number {
  const id = attend(then);
  begun(id, pfDatagrams(id, address, port));
  return id;
}

function attend(then: Heard): number {
  const id: number = ask((code) => {
    if (code <= 0) {
      hangUp(id);
      then(null, 0 - code);
      return;
    }
    const room = Buffer.alloc(code);
    pfTake(id, room);
    then(room, 0);
  });
  return id;
}

function begun(id: number, r: number): void {
  if (r < 0) setTimeout(() => answer(id, r, ""), 0);
}

/** Says something on a line: at most what the socket takes at once, 64 KiB and more. */
export function say(id: number, bytes: Buffer): void {
  begun(id, pfSay(id, bytes));
}

/** Ends a line; nothing is called back any more. */
export function hangUp(id: number): void {
  pfHangUp(id);
  done(id);
}

/** Bits of the answer to `run`, above an exit code from 0 to 255. */
export const SIGNALLED = 0x100;
export const LATE = 0x1000;
export const KILLED = 0x2000;

/**
 * Runs a program in a session of its own, without input. After `term` milliseconds its group gets SIGTERM, after `kill`
 * SIGKILL, and at `end` it is answered for in any case; whatever is left of the group when it ends is killed. The
 * answer is an exit code, or SIGNALLED + the signal, with LATE and KILLED where it got those signals; or -errno where
 * it could not be started; and the first 64 KiB that it wrote, and of the others the last 2 KiB.
 */
export function run(
  argv: readonly string[],
  term: number,
  kill: number,
  end: number,
  then: (code: number, output: Buffer) => void,
): void {
  const id: number = ask((code, text) => {
    done(id);
    then(code, Buffer.from(text));
  });
  const r = pfRun(id, `${argv.join("\0")}\0`, Math.round(term), Math.round(kill), Math.round(end));
  if (r < 0) setTimeout(() => answer(id, r, ""), 0);
}

/** Kills what `run` started, and calls back when all of it is gone, or after 100 ms. */
export function endAll(then: () => void): void {
  pfEnd(100);
  then();
}

function long(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 4_294_967_296;
}
