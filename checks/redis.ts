/** A Redis or Valkey server is ready: it takes the login, has loaded its data, and serves it. */
import { pass, refuse, wait, type Complaint, type Kind, type Probe, type Verdict } from "../src/check.ts";
import { field, required, type Options } from "../src/fields.ts";
import { probing, type Manner } from "../src/net/client.ts";
import { ruled, type Rule } from "../src/net/rules.ts";
import { LEVEL, LOGIN, misplaced, protect, service, type Service } from "../src/net/service.ts";
import type { Talk } from "../src/net/talk.ts";
import { mistrusted, TLS_FIELDS, Trust } from "../src/net/trust.ts";
import { secrets } from "../src/redact.ts";
import { quoted } from "../src/text.ts";

const SECURE: readonly string[] = ["rediss", "valkeys"];
const SCHEMES: readonly string[] = ["redis", "valkey", ...SECURE];
/** The answers to PING, SELECT, AUTH and EXISTS, in the order in which they are looked at. Sources: "[V]" seen on Redis 7.0.15 (test/transcripts). */
const RULES: readonly Rule[] = [
  { code: "LOADING", is: "wait", hint: "" }, // [V] loading
  { code: "MASTERDOWN", is: "wait", hint: "" }, // [V] masterdown
  { code: "BUSY", is: "wait", hint: "" }, // [V] busy-script
  { code: "MISCONF", is: "wait", hint: "it serves reads alone: its disk may be full" }, // [V] misconf
  { code: "CLUSTERDOWN", is: "wait", hint: "" }, // [V] cluster-down
  { code: "TRYAGAIN", is: "wait", hint: "" }, // the cluster specification: a slot is moving
  { code: "READONLY", is: "wait", hint: "" }, // [V] replica-link-down
  { code: "ERR max number of clients", is: "wait", hint: "" }, // [V] maxclients
  { code: "NOAUTH", is: "refuse", hint: 'give "password"' }, // [V] noauth
  { code: "WRONGPASS", is: "refuse", hint: "" }, // [V] wrongpass, also while it is loading: loading-auth-wrong
  { code: "ERR invalid password", is: "refuse", hint: "" }, // before Redis 6 (server.c of 5.0, authCommand)
  { code: "ERR AUTH", is: "refuse", hint: "the server has no password: leave it out" }, // [V] auth-without-password-set
  { code: "ERR Client sent AUTH", is: "refuse", hint: "the server has no password: leave it out" }, // before Redis 6
  { code: "ERR wrong number of arguments for 'auth'", is: "refuse", hint: 'before Redis 6 there is no "user"' },
  { code: "NOPERM", is: "refuse", hint: "its ACL does not allow this user to" }, // [V] noperm
  {
    code: "DENIED",
    is: "refuse",
    hint: "it takes only clients of its own machine: set a password, or protected-mode no",
  }, // [V] protected-mode
  { code: "ERR DB index", is: "refuse", hint: "" }, // [V] select-out-of-range
  { code: "ERR invalid DB index", is: "refuse", hint: "" }, // the same, before Redis 7
  { code: "ERR SELECT is not allowed in cluster mode", is: "refuse", hint: "a cluster has database 0 alone" },
  { code: "MOVED", is: "refuse", hint: "another node of the cluster has the key: ask that" }, // the cluster specification
  { code: "ERR unknown command", is: "refuse", hint: "it may be a Sentinel or a proxy, and no data server" }, // [V] sentinel
];
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
  fields: [
    required(
      field(
        "text",
        "redis",
        "redis://, rediss:// (TLS) or redis+unix:// URL, or host:port; of several, one must be ready",
      ),
    ),
    LEVEL,
    ...LOGIN,
    field("count", "database", "the number of the database, where the URL does not say it"),
    field("text", "key", "a key that must be there"),
    field("flag", "tls", "speak TLS from the first byte, as with rediss://", "false"),
    ...TLS_FIELDS.filter((f) => f.name !== "key"),
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
