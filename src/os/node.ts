/** The platform on Node: the twin of native.ts, function by function. */
import * as dns from "node:dns";
import * as fs from "node:fs";
import * as net from "node:net";
import * as tty from "node:tty";
import { unfit } from "./node-command.ts";
import { errnoOf } from "./node-files.ts";

export { caught, exec, init, onSignal, reap } from "./node-command.ts";
export { access, entries, names, read, space, stat, type Entry, type Space } from "./node-files.ts";
export { datagrams, hangUp, line, say, unix } from "./node-lines.ts";
export { endAll, KILLED, LATE, run, SIGNALLED } from "./node-run.ts";
export { become, group, runner, runnerGroup, user } from "./node-user.ts";
export * from "./tls-node.ts";

export function onBug(exit: number): void {
  process.on("uncaughtException", (e, origin) => {
    const how = origin === "unhandledRejection" ? "Unhandled promise rejection:" : "Uncaught";
    write(2, `${how} ${String(e)}\npreflight: a bug, please report it\n`);
    process.exit(exit);
  });
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
