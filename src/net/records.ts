/** Records of DNS, asked for by datagram of the servers of resolv.conf(5) or of one that is given, and over TCP where need be. */
import { randomInt } from "node:crypto";
import type { Deadline, Mood } from "../check.ts";
import { told } from "../host/kernel.ts";
import { family, type Endpoint } from "./address.ts";
import { Bytes } from "./bytes.ts";
import { inquire } from "./datagrams.ts";
import { dial } from "./dial.ts";
import { answer, question, type Answer, type Question } from "./message.ts";

/** What there is under a name: with code 0 its records, else why there are none, and the EAI_ code that getaddrinfo(3) has for it. */
export interface Found {
  readonly code: number;
  readonly records: readonly string[];
  readonly why: string;
  readonly mood: Mood;
}
export const NO_NAME = -2;
export const NO_RECORD = -5;
const FAILS = -3;

const NOTHING: readonly string[] = [];

/** Milliseconds after which a question is taken for lost. */
const AGAIN = 1000;
const RESOLV = "/etc/resolv.conf";

/**
 * Looks for the records of a type. Without a server those of resolv.conf are asked, all at once as musl does it, and its search
 * list is gone through for a name with few dots; a server is asked for the name as it stands. Calls back once, by the deadline.
 */
export function lookUp(
  name: string,
  type: string,
  server: Endpoint | null,
  deadline: Deadline,
  then: (found: Found) => void,
): void {
  const conf = server === null ? configured() : { servers: [server], search: NOTHING, ndots: 0 };
  const few = !name.endsWith(".") && name.split(".").length - 1 < conf.ndots;
  const names = [...(few ? conf.search.map((s) => `${name}.${s}`) : []), name];
  let best = NO_NAME;
  const next = (i: number): void => {
    const q = { id: randomInt(65_536), name: names.at(i) ?? "", type };
    ask(q, conf.servers, deadline, (found) => {
      if (found.code === NO_RECORD) best = NO_RECORD;
      if (found.code === 0 || found.code === FAILS) then(found);
      else if (i + 1 < names.length) next(i + 1);
      else
        then(none(best, best === NO_NAME ? "the name does not resolve" : `the name has no ${type} record`, "absent"));
    });
  };
  next(0);
}

// --- internal ---

function none(code: number, why: string, mood: Mood): Found {
  return { code, records: NOTHING, why, mood };
}

interface Configured {
  readonly servers: readonly Endpoint[];
  readonly search: readonly string[];
  readonly ndots: number;
}

/** As resolv.conf(5) has it: at most three servers, this machine where there is none. */
function configured(): Configured {
  const servers: Endpoint[] = [];
  let search: readonly string[] = NOTHING;
  let ndots = 1;
  for (const line of told(RESOLV).split("\n")) {
    const words = line.trim().split(/[ \t]+/);
    const first = words.at(1) ?? "";
    switch (words.at(0)) {
      case "nameserver":
        if (servers.length < 3 && family(first) !== 0) servers.push({ host: first, port: 53, why: "" });
        break;
      case "search":
      case "domain":
        search = words.slice(1);
        break;
      case "options":
        for (const w of words) if (/^ndots:[0-9]{1,2}$/.test(w)) ndots = Number(w.slice(6));
        break;
      default:
    }
  }
  if (servers.length === 0) servers.push({ host: "127.0.0.1", port: 53, why: "" });
  return { servers, search, ndots };
}

function ask(q: Question, servers: readonly Endpoint[], deadline: Deadline, then: (found: Found) => void): void {
  inquire(
    servers,
    question(q),
    AGAIN,
    deadline,
    (bytes, host, port) => {
      const a = answer(bytes, q);
      if (a === null) return null;
      if (a.cut) stream(q, host, port, deadline, then);
      else if (refusal(a) !== "") return refusal(a);
      else then(judged(a));
      return "";
    },
    (why, mood) => {
      then(none(FAILS, why, mood));
    },
  );
}

/** Why this server is of no use, "" where it has answered. */
function refusal(a: Answer): string {
  if (a.code === "") return "an answer that breaks the rules of DNS";
  return a.code === "NOERROR" || a.code === "NXDOMAIN" ? "" : a.code;
}

function judged(a: Answer): Found {
  if (a.code === "NXDOMAIN") return none(NO_NAME, "", "absent");
  return { code: a.records.length === 0 ? NO_RECORD : 0, records: a.records, why: "", mood: "absent" };
}

/** Asks over TCP, where a length of two bytes stands before each message (RFC 1035 4.2.2). */
function stream(q: Question, host: string, port: number, deadline: Deadline, then: (found: Found) => void): void {
  const broken = (why: string, mood: Mood): void => {
    then(none(FAILS, `the answer is too long for UDP, and over TCP: ${why} at ${host}`, mood));
  };
  dial(host, port, deadline, (d) => {
    const connection = d.connection;
    if (connection === null) {
      broken(d.why, d.mood);
      return;
    }
    const bytes = new Bytes();
    const end = (): void => {
      clearTimeout(timer);
      connection.close();
    };
    const timer = setTimeout(() => {
      end();
      broken("no answer", "silent");
    }, deadline.left());
    connection.listen(
      (more) => {
        bytes.add(more);
        const length = bytes.at(0) * 256 + bytes.at(1);
        if (bytes.length < 2 || bytes.length < length + 2) return;
        end();
        const a = answer(Buffer.from(bytes.take(length + 2).subarray(2)), q);
        const why = a === null || a.cut ? "an answer to something else" : refusal(a);
        if (a === null || why !== "") broken(why, "answering");
        else then(judged(a));
      },
      (why) => {
        end();
        broken(why === "" ? "connection closed" : why, "absent");
      },
    );
    const request = question(q);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(request.length, 0);
    connection.send(Buffer.concat([length, request]));
  });
}
