/** A Redis or Valkey server is ready: it takes the login, has loaded its data, and serves it. */
import { pass, refuse, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { field, required, type Field, type Options } from "../src/fields.ts";
import { probing, type Manner } from "../src/net/client.ts";
import { ruled } from "../src/net/rules.ts";
import { loginFields, misplaced, protect, service, type Service } from "../src/net/service.ts";
import type { Talk } from "../src/net/talk.ts";
import { mistrusted, tlsFields, Trust } from "../src/net/trust.ts";
import { secrets } from "../src/redact.ts";
import { quoted } from "../src/text.ts";

const SECURE: readonly string[] = ["rediss", "valkeys"];
const SCHEMES: readonly string[] = ["redis", "valkey", ...SECURE];
/** What its errors come to, the first row that fits. "live" is the scenario in test/transcripts, seen on Redis 7.0.15. */
const RULES = `
wait | LOADING | | live loading
wait | MASTERDOWN | | live masterdown
wait | BUSY | | live busy-script
wait | MISCONF | it serves reads alone: its disk may be full | live misconf
wait | CLUSTERDOWN | | live cluster-down
wait | TRYAGAIN | | cluster specification: a slot is moving
wait | READONLY | | live replica-link-down
wait | ERR max number of clients | | live maxclients
refuse | NOAUTH | give "password" | live noauth
refuse | WRONGPASS | | live wrongpass, loading-auth-wrong
refuse | ERR invalid password | | redis 5 server.c authCommand
refuse | ERR AUTH | the server has no password: leave it out | live auth-without-password-set
refuse | ERR Client sent AUTH | the server has no password: leave it out | redis 5 server.c authCommand
refuse | ERR wrong number of arguments for 'auth' | before Redis 6 there is no "user" | redis 5 server.c
refuse | NOPERM | its ACL does not allow this user to | live noperm
refuse | DENIED | it takes only clients of its own machine: set a password, or protected-mode no | live protected-mode
refuse | ERR DB index | | live select-out-of-range
refuse | ERR invalid DB index | | redis 6 db.c selectCommand
refuse | ERR SELECT is not allowed in cluster mode | a cluster has database 0 alone | redis 7 db.c selectCommand
refuse | MOVED | another node of the cluster has the key: ask that | cluster specification
refuse | ERR unknown command | it may be a Sentinel or a proxy, and no data server | live sentinel
`;
/** Bytes of a line and of a text, and parts of an answer in all. */
const LINE = 4096;
const TEXT = 65_536;
const PARTS = 256;
const NONE = -2;

export const redis: Kind = {
  name: "redis",
  summary: "a Redis or Valkey server is ready to serve this login",
  schemes: [...SCHEMES, "redis+unix", "redis+socket"],
  timeout: 5000,
  fixed: false,
  fields: (): readonly Field[] => [
    required(
      field(
        "text",
        "redis",
        "redis://, rediss:// (TLS) or redis+unix:// URL, or host:port; of several, one must be ready",
      ),
    ),
    ...loginFields(),
    field("count", "database", "the number of the database, where the URL does not say it"),
    field("text", "key", "a key that must be there"),
    field("flag", "tls", "speak TLS from the first byte, as with rediss://", "false"),
    ...tlsFields().filter((f) => f.name !== "key"),
  ],
  verify: (o): readonly Complaint[] => {
    const s = where(o);
    const out = [...misplaced(o, "redis", s, "database"), ...mistrusted(o, "")];
    if (!/^[0-9]*$/.test(database(o, s)))
      out.push({ field: "redis", text: "must have a number of a database as its path" });
    return out;
  },
  bind: (o): Probe => {
    const s = where(o);
    const first = o.given("tls") ? o.flag("tls") : SECURE.includes(s.scheme);
    const manner: Manner = { protocol: "Redis", trust: new Trust(o, ""), tls: first ? "first" : "none", protocols: [] };
    protect(s);
    secrets.add(o.text("password"));
    return probing(s, manner, (t) => {
      new Login(t, o, s).begin();
    });
  },
};

/** Some clients take a user alone for the password, and so is it meant: a user without a password cannot log in. */
function where(o: Options): Service {
  const s = service(o.text("redis"), SCHEMES, 6379);
  return s.user !== "" && s.password === "" && !o.given("password") ? { ...s, user: "", password: s.user } : s;
}

function database(o: Options, s: Service): string {
  return o.given("database")
    ? o.text("database")
    : s.path === "" || s.socket !== ""
      ? (s.options.get("db") ?? "")
      : s.path;
}

/** All commands are sent at once; what is answered to each is looked at in turn. */
class Login {
  readonly #talk: Talk;
  readonly #o: Options;
  readonly #commands: (readonly string[])[] = [];
  #at = 0;

  constructor(t: Talk, o: Options, s: Service) {
    this.#talk = t;
    this.#o = o;
    const user = o.given("user") ? o.text("user") : s.user;
    const password = o.given("password") ? o.text("password") : s.password;
    const number = database(o, s);
    const ready = o.text("level") === "ready";
    if (ready && password !== "") this.#commands.push(user === "" ? ["AUTH", password] : ["AUTH", user, password]);
    if (ready && number !== "" && number !== "0") this.#commands.push(["SELECT", number]);
    this.#commands.push(["PING"]); // the last word on whether it is loading: AUTH and SELECT are answered before
    if (ready) this.#commands.push(["ROLE"], ["CLUSTER", "INFO"]);
    if (o.given("key")) this.#commands.push(["EXISTS", o.text("key")]);
  }

  begin(): void {
    this.#talk.say(this.#commands.map((c) => encoded(c)).join(""));
    this.#next();
  }

  #next(): void {
    const command = this.#commands.at(this.#at)?.at(0) ?? "";
    this.#at++;
    if (command === "") this.#talk.end(pass());
    else {
      answer(this.#talk, (sort, texts) => {
        const verdict = this.#judge(command, sort, texts);
        if (verdict.is === "pass") this.#next();
        else this.#talk.end(verdict);
      });
    }
  }

  #judge(command: string, sort: string, texts: readonly string[]): Verdict {
    const first = texts.at(0) ?? "";
    const error = sort === "-";
    switch (command) {
      case "PING":
        if (error && first.startsWith("NOPERM")) return pass(); // logged in, and served
        if (error && this.#o.text("level") === "speaks" && !/^(?:ERR max|DENIED)/.test(first)) return pass();
        return error ? said(first) : pass();
      case "ROLE": // an old server or an ACL may not let us ask: PING was answered
        return error ? pass() : this.#role(texts);
      case "CLUSTER":
        return !error && /^cluster_state:fail/m.test(first)
          ? wait("the cluster is down: cluster_state is fail", "answering")
          : pass();
      case "EXISTS":
        if (error) return said(first);
        return first === "0"
          ? wait(`key ${quoted(this.#o.value("key")?.raw ?? "")} does not exist`, "answering")
          : pass();
      default:
        return error ? said(first) : pass();
    }
  }

  /** "slave", its master's host and port, and the state of the link: only "connected" has all that the master has. */
  #role(texts: readonly string[]): Verdict {
    const role = texts.at(0) ?? "";
    if (role === "sentinel") return refuse("is a Sentinel, and no data server", "ask it by level: speaks");
    const state = texts.at(3) ?? "";
    if (role !== "slave" || state === "connected") return pass();
    return wait(
      `is a replica whose link to its master ${texts.at(1) ?? ""}:${texts.at(2) ?? ""} is in state ${quoted(state)}`,
      "answering",
    );
  }
}

function said(text: string): Verdict {
  return ruled(RULES, text, `the server says ${quoted(text, 200)}`);
}

/** A command as an array of texts (RESP). */
function encoded(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((w) => `$${Buffer.byteLength(w)}\r\n${w}\r\n`).join("")}`;
}

/** Reads an answer (RESP2): its sort, which is its first character, and its texts, those of arrays one after the other. */
function answer(t: Talk, then: (sort: string, texts: readonly string[]) => void): void {
  const texts: string[] = [];
  let first = "";
  let left = 1;
  let parts = 1;
  const next = (): void => {
    if (left === 0) {
      then(first, texts);
      return;
    }
    left--;
    t.line(LINE, (line) => {
      const sort = line.slice(0, 1);
      const count = /^[$*](?:-1|[0-9]{1,6})$/.test(line) ? Number(line.slice(1)) : NONE;
      if (first === "") first = sort;
      if (/^[-+:]/.test(line)) {
        texts.push(line.slice(1));
        next();
      } else if (count === NONE) t.alien(line);
      else if (sort === "*" || count < 0) {
        left += Math.max(0, count);
        parts += Math.max(1, count);
        if (parts > PARTS) t.broken(`an answer has more than ${PARTS} parts`);
        else next();
      } else if (count > TEXT) t.broken("a text is longer than 64 KiB");
      else {
        t.take(count + 2, (bytes) => {
          texts.push(bytes.toString("utf8", 0, count));
          next();
        });
      }
    });
  };
  next();
}
