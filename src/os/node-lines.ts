/** Unix sockets and datagrams on Node. */
import { createSocket } from "node:dgram";
import * as fs from "node:fs";
import * as net from "node:net";
import { access, errnoOf } from "./node-files.ts";
import { isAsked } from "./node-user.ts";

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
  return isAsked() && !path.startsWith("@") && access(path, fs.constants.W_OK) === 13;
}

function address(path: string): string {
  return path.startsWith("@") ? `\0${path.slice(1)}` : path;
}

/** Called with bytes, or with null and 0 for the end, or an errno. */
type Heard = (bytes: Buffer | null, errno: number) => void;

class Line {
  readonly say: (bytes: Buffer) => void;
  readonly close: () => void;
  constructor(say: (bytes: Buffer) => void, close: () => void) {
    this.say = say;
    this.close = close;
  }
}
const lines = new Map<number, Line>();
let last = 0;

/** A line that is open, and how it is told what comes. */
function attend(line: Line, then: Heard): { id: number; heard: (bytes: Buffer) => void; end: (errno: number) => void } {
  last += 1;
  const id = last;
  lines.set(id, line);
  const heard = (bytes: Buffer): void => {
    if (lines.has(id)) then(bytes, 0);
  };
  const end = (errno: number): void => {
    if (!lines.has(id)) return;
    hangUp(id);
    then(null, errno);
  };
  return { id, heard, end };
}

export function line(path: string, then: Heard): number {
  const socket = new net.Socket();
  const say = (bytes: Buffer): void => {
    if (socket.pending)
      socket.once("connect", () => socket.write(bytes)); // else its error would hide connect's
    else socket.write(bytes);
  };
  const { id, heard, end } = attend(new Line(say, () => socket.destroy()), then);
  socket.on("data", heard);
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

/** What the binary keeps of a datagram. */
const KEPT = 8192;

export function datagrams(host: string, port: number, then: Heard): number {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  const unsaid: Buffer[] = [];
  let connected = false;
  const say = (bytes: Buffer): void => {
    if (!connected) unsaid.push(bytes);
    else {
      socket.send(bytes, (e) => {
        if (e !== null) end(errnoOf(e));
      });
    }
  };
  const { id, heard, end } = attend(new Line(say, () => socket.close()), then);
  socket.on("message", (bytes) => {
    if (bytes.length === 0) end(0);
    else heard(bytes.subarray(0, KEPT));
  });
  socket.on("error", (e) => {
    end(errnoOf(e));
  });
  socket.on("connect", () => {
    connected = true;
    for (const bytes of unsaid) if (lines.has(id)) say(bytes);
  });
  socket.connect(port, host);
  return id;
}

export function say(id: number, bytes: Buffer): void {
  lines.get(id)?.say(bytes);
}

export function hangUp(id: number): void {
  const line = lines.get(id);
  lines.delete(id);
  line?.close();
}
