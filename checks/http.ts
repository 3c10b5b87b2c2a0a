/** An HTTP server answers as wanted. */
import {
  fail,
  refuse,
  wait,
  type Complaint,
  type Deadline,
  type Kind,
  type Probe,
  type Verdict,
} from "../src/check.ts";
import { field, records, required, type Field, type Options } from "../src/fields.ts";
import { Answer } from "../src/net/answer.ts";
import { Expected, range } from "../src/net/expected.ts";
import { basic, exchange, misheaded, pairs, redirected, token, type Request } from "../src/net/http.ts";
import { steps } from "../src/net/json.ts";
import { mistrusted, tlsFields, Trust } from "../src/net/trust.ts";
import { anonymous, origin, resolved, url, type Url } from "../src/net/url.ts";
import { compile, PatternError } from "../src/pattern.ts";
import { looksSecret, secrets } from "../src/redact.ts";
import { plural, quoted } from "../src/text.ts";

/** The longest body that is sent: a Unix socket must take it at once. */
const LONGEST = 65_536;
const MOST = 10;
/** Fields about the body of the answer. */
const BODY: readonly string[] = ["contains", "pattern", "json"];

export const http: Kind = {
  name: "http",
  summary: "an HTTP server answers as wanted",
  schemes: ["http", "https"],
  timeout: 5000,
  fixed: false,
  fields: (): readonly Field[] => [
    required(
      field(
        "text",
        "http",
        "the URL that is asked, http:// or https://host:port/path; user:password@ in it is sent as Basic",
      ),
    ),
    field("text", "method", "the method of the request", "GET"),
    field("pairs", "headers", "headers of the request"),
    field("text", "body", "the body of the request, sent as it is"),
    field("list", "status", "what the status must be: numbers, ranges such as 200-299, classes such as 2xx", "2xx"),
    field("text", "contains", "a text that the body must contain"),
    field("pattern", "pattern", "a regular expression that the body must match"),
    field("pairs", "header", "headers that the answer must have, each with a regular expression for its value"),
    records("json", "what the body must hold, read as JSON", [
      field("text", "path", 'where to look: status, checks[0].state, a["b c"]; "$" is the whole body', "$"),
      field("json", "equals", "the value that must be there"),
      field("flag", "exists", "whether anything may or must be there", "true"),
    ]),
    field("count", "follow", `redirects that are followed, at most ${MOST}`, "0"),
    field("text", "unix", 'the Unix socket that is asked instead of the host; "@name" is abstract'),
    ...tlsFields(),
  ],
  verify: (o): readonly Complaint[] => complaints(o),
  bind: (o): Probe => {
    const u = url(o.text("http"));
    const headers = protect(o, u);
    const expected = new Expected(o);
    const trust = new Trust(o, o.text("key"));
    const method = o.text("method");
    const body = o.given("body") ? o.text("body") : null;
    const via = o.given("unix") ? ` over ${o.text("unix")}` : "";
    return {
      target: secrets.strike(`${shown(u)}${via}`),
      look: (deadline, tell) => {
        new Look(o, expected, trust, deadline, tell).ask({ method, url: u, headers, body, servername: trust.name });
      },
    };
  },
};

// --- the options ---

/** What is wrong with these options. */
class Complaints {
  readonly list: Complaint[] = [];
  readonly #o: Options;
  constructor(o: Options) {
    this.#o = o;
  }

  add(name: string, text: string): void {
    this.list.push({ field: name, text });
  }

  /** The same, with what was written behind it. */
  got(name: string, text: string): void {
    this.add(name, `${text}: got ${quoted(this.#o.value(name)?.raw ?? "")}`);
  }
}

function complaints(o: Options): readonly Complaint[] {
  const found = new Complaints(o);
  const u = url(o.text("http"));
  address(found, o, u);
  request(found, o, u);
  answer(found, o);
  return [...found.list, ...mistrusted(o, o.text("key"))];
}

function address(found: Complaints, o: Options, u: Url): void {
  const got = `: got ${anonymous(o.value("http")?.raw ?? "")}`;
  if (u.why !== "") found.add("http", u.why + got);
  else if (!/^https?$/.test(u.scheme)) found.add("http", `must be an http:// or https:// URL${got}`);
  else if (u.host === "") found.add("http", `must name a host${got}`);
  else if (u.user.includes(":")) found.add("http", 'must have no ":" in its user: Basic cannot send one (RFC 7617)');
}

function request(found: Complaints, o: Options, u: Url): void {
  const method = o.text("method");
  if (method === "CONNECT") found.add("method", "cannot be CONNECT, which only proxies answer");
  else if (!/^[A-Z]+(?:-[A-Z]+)*$/.test(method))
    found.got("method", "must be a method in capitals such as GET or POST");
  const names: string[] = [];
  for (const [name, value] of pairs(o.list("headers"))) {
    const low = name.toLowerCase();
    let why = misheaded(name, value);
    if (why === "" && names.includes(low)) why = "is there twice";
    if (why === "" && low === "authorization" && credentials(u)) why = "goes not with user and password in the URL";
    if (why !== "") found.add("headers", `${quoted(name)} ${why}`);
    names.push(low);
  }
  if (Buffer.byteLength(o.text("body")) > LONGEST) found.add("body", `is longer than ${LONGEST / 1024} KiB`);
  if (o.number("follow") > MOST) found.add("follow", `must be at most ${MOST}: got ${o.number("follow")}`);
  const unix = o.text("unix");
  if (o.given("unix") && (!/^[/@]./.test(unix) || unix.includes("\0")))
    found.got("unix", 'must be an absolute path, or "@name"');
  else if (Buffer.byteLength(unix) > 107)
    found.add("unix", "is longer than 107 bytes, what an address can hold (unix(7))");
}

function answer(found: Complaints, o: Options): void {
  if (o.list("status").some((text) => range(text) === undefined))
    found.got("status", "must hold numbers such as 204, ranges such as 200-299 or classes such as 2xx");
  for (const [name, pattern] of pairs(o.list("header"))) {
    if (!token(name)) found.add("header", `${quoted(name)} is no name of a header`);
    else if (!compiles(pattern)) found.add("header", `${quoted(name)} must have a regular expression for its value`);
  }
  for (const item of o.items("json")) {
    if (steps(item.text("path")) === undefined) {
      const got = quoted(item.value("path")?.raw ?? "");
      found.add("json", `path must be like status, checks[0].state or a["b c"]: got ${got}`);
    }
    if (item.given("equals") && !item.flag("exists")) found.add("json", '"equals" goes not with "exists: false"');
  }
  if (o.text("method") !== "HEAD") return;
  for (const name of BODY) if (o.given(name)) found.add(name, "needs a body, and an answer to HEAD has none");
}

function credentials(u: Url): boolean {
  return u.user !== "" || u.password !== "";
}

function compiles(pattern: string): boolean {
  try {
    compile(pattern);
    return true;
  } catch (e) {
    if (e instanceof PatternError) return false;
    throw e;
  }
}

/** Sees to it that no credential is ever shown, and gives back the headers that are sent. */
function protect(o: Options, u: Url): readonly string[] {
  const headers = [...o.list("headers")];
  if (credentials(u)) headers.push("authorization", basic(u.user, u.password));
  hide(u.password === "" ? u.user : u.password);
  for (const m of u.query.matchAll(/([^=&;]+)=([^&;]*)/g)) {
    if (!looksSecret(m[1] ?? "")) continue;
    hide(m[2] ?? "");
    hide(unescaped(m[2] ?? ""));
  }
  for (const [name, value] of pairs(headers)) {
    if (!looksSecret(name)) continue;
    for (const part of [value, ...value.split(";")]) {
      hide(part.trim());
      hide(part.trim().replace(/^[^\s=]*[\s=]+/, "")); // behind "Bearer ", or "session="
    }
    if (!/^basic /i.test(value)) continue;
    const plain = Buffer.from(value.slice(6).trim(), "base64").toString("utf8");
    hide(plain.slice(plain.indexOf(":") + 1));
  }
  return headers;
}

/** Percent escapes replaced, where they are such. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A value and its long parts, for somebody may escape what stands between them. */
function hide(value: string): void {
  secrets.add(value);
  for (const m of value.matchAll(/[^\s;=,"'\\]{8,}/g)) secrets.add(m[0]);
}

function shown(u: Url): string {
  return `${origin(u)}${u.path}${u.query === "" ? "" : `?${u.query}`}`;
}

// --- one look ---

/** Asks, and asks again where a redirect leads, until there is a verdict. All of it ends by one deadline. */
class Look {
  readonly #o: Options;
  readonly #expected: Expected;
  readonly #trust: Trust;
  readonly #deadline: Deadline;
  readonly #allowed: number;
  readonly #then: (verdict: Verdict) => void;
  readonly #visited: string[] = [];

  constructor(o: Options, expected: Expected, trust: Trust, deadline: Deadline, then: (verdict: Verdict) => void) {
    this.#o = o;
    this.#expected = expected;
    this.#trust = trust;
    this.#deadline = deadline;
    this.#allowed = deadline.given();
    this.#then = then;
  }

  ask(request: Request): void {
    this.#visited.push(`${request.method} ${shown(request.url)}`);
    const answer = new Answer(request.method === "HEAD", (status) => this.#expected.body(status));
    exchange(request, this.#o.text("unix"), this.#trust, answer, this.#deadline, this.#allowed, (failure) => {
      // what a 400 says is only read for its reason
      if (failure !== null && !(answer.status === 400 && !this.#expected.status(400))) this.#end(failure);
      else if (/^30[12378]$/.test(`${answer.status}`) && !this.#expected.status(answer.status))
        this.#redirect(request, answer);
      else this.#end(this.#expected.judge(answer, this.#deadline));
    });
  }

  /** Says where it was led, if it was. */
  #end(v: Verdict): void {
    const last = this.#visited.at(-1) ?? "";
    const to = this.#visited.length < 2 ? "" : ` (redirected to ${quoted(last.slice(last.indexOf(" ") + 1), 120)})`;
    if (to === "" || v.is === "pass") this.#then(v);
    else if (v.is === "wait") this.#then(wait(v.why + to, v.mood, v.advice));
    else if (v.from === "peer") this.#then(refuse(v.why + to, v.advice));
    else this.#then(fail(v.why + to, v.advice));
  }

  #redirect(request: Request, answer: Answer): void {
    const hops = this.#visited.length - 1;
    const more = hops === 0 ? "" : ` after ${plural(hops, "redirect")}`;
    const location = answer.values("location").at(0) ?? "";
    const u = resolved(request.url, location);
    const next = redirected(request, answer.status, u);
    const mistake = this.#unfollowed(location, hops, u, next);
    if (mistake === "") this.ask(next);
    else {
      const to = location === "" ? "without a location" : `to ${quoted(location, 120)}`;
      const why = `status ${answer.status} ${to}${more}${mistake}`;
      const hint = mistake.startsWith(", want") && location !== "" && hops < MOST;
      this.#then(wait(why, "answering", hint ? `follow: ${hops + 1}` : ""));
    }
  }

  /** Why a redirect is not followed, as a message continues; "" where it is. */
  #unfollowed(location: string, hops: number, u: Url, next: Request): string {
    if (location === "" || hops >= this.#o.number("follow")) return `, want ${this.#expected.statuses()}`;
    if (u.why !== "") return ", which is no valid URL";
    if (!/^https?$/.test(u.scheme) || u.host === "") return ", only http:// and https:// are followed";
    return this.#visited.includes(`${next.method} ${shown(u)}`) ? ", where it was before: a circle" : "";
  }
}
