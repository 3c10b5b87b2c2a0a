/** Unix stream sockets: does somebody accept, and a conversation over one. */
import { line, stat, unix } from "#os";
import { fail, type Mood } from "../check.ts";
import { other } from "../host/files.ts";
import type { Connection } from "./connection.ts";
import { lined } from "./lines.ts";

/** Why nobody accepts on a Unix socket. */
export interface Deaf {
  readonly why: string;
  readonly mood: Mood;
  /** It will not change by itself: permissions, or something else stands there. */
  readonly lasting: boolean;
  readonly advice: string;
}

/** Calls back with null where somebody accepts. "@name" is abstract (unix(7)). */
export function knock(path: string, then: (deaf: Deaf | null) => void): void {
  unix(path).then(
    (errno) => {
      then(errno === 0 ? null : deaf(path, errno));
    },
    () => {
      then(deaf(path, 22));
    },
  );
}

/** Slots of a stream: a descriptor, and the thread that the binary has for it, of which there are fewer. */
const STREAM = 4;

/** Opens a stream to a Unix socket. Where it cannot be opened, the connection ends with the reason. */
export function dialUnix(path: string): Connection {
  return lined(
    STREAM,
    (then) => line(path, then),
    (errno, connection) => {
      const d = deaf(path, errno);
      connection.ended(d.why, d.lasting ? fail(d.why, d.advice) : null);
    },
  );
}

// --- internal ---

const FORMAT = 0xf000;
const SOCKET = 0xc000;
const FOLDER = 0x4000;

function deaf(path: string, errno: number): Deaf {
  switch (errno) {
    case 2:
      return waiting("no such socket", "absent");
    case 11: // EAGAIN: unix(7)
      return waiting("its backlog is full", "answering");
    case 13:
      return lasting(
        "permission denied",
        `${other()} needs write permission on the socket and search permission on its folders`,
      );
    case 20:
      return lasting("a part of the path is not a folder", "");
    case 23:
    case 24:
      return waiting("no descriptor is free", "silent");
    case 40:
      return lasting("a loop of symbolic links", "");
    case 91: // EPROTOTYPE
      return lasting("not a stream socket", "it is a datagram or a sequenced-packet socket");
    case 104:
      return waiting("connection reset", "absent");
    case 111:
      return stranger(path) ?? waiting("connection refused", "absent");
    default:
      return waiting(`errno ${errno}`, "absent");
  }
}

/** What is not a socket refuses too (the kernel's unix_find_bsd). */
function stranger(path: string): Deaf | null {
  const entry = path.startsWith("@") ? 2 : stat(path, true);
  if (typeof entry === "number" || (entry.mode & FORMAT) === SOCKET) return null;
  if ((entry.mode & FORMAT) !== FOLDER) return lasting("not a socket", "");
  return lasting(
    "a folder, not a socket",
    "a bind mount whose source is missing becomes a folder: start the server first",
  );
}

function waiting(why: string, mood: Mood): Deaf {
  return { why, mood, lasting: false, advice: "" };
}

function lasting(why: string, advice: string): Deaf {
  return { why, mood: "absent", lasting: true, advice };
}
