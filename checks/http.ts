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
import { field, records, required, type Options } from "../src/fields.ts";
import { Answer } from "../src/net/answer.ts";
import { Expected, range } from "../src/net/expected.ts";
import { basic, exchange, misheaded, pairs, redirected, token, type Request } from "../src/net/http.ts";
import { steps } from "../src/net/json.ts";
import { anonymous, origin, resolved, url, type Url } from "../src/net/url.ts";
import { compile, PatternError } from "../src/pattern.ts";
import { looksSecret, secrets } from "../src/redact.ts";
import { plural, quoted } from "../src/text.ts";

/** The longest body that is sent: a Unix socket must take it at once. */
const LONGEST = 65_536;
const MOST = 10;

export const http: Kind = {
  name: "http",
  summary: "an HTTP server answers as wanted",
  schemes: ["http", "https"],
  timeout: 5000,
  fixed: false,
  fields: [
    required(
      field("text", "http", "the URL that is asked, http://host:port/path; user:password@ in it is sent as Basic"),
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
  ],
  verify: (o): readonly Complaint[] => [...asked(o), ...wanted(o)],
  bind: (o): Probe => {
    const u = url(o.text("http"));
    const headers = protect(o, u);
    const expected = new Expected(o);
    const method = o.text("method");
    const body = o.given("body") ? o.text("body") : null;
    const via = o.given("unix") ? ` over ${o.text("unix")}` : "";
    return {
      target: secrets.strike(`${shown(u)}${via}`),
      look: (deadline, tell) => {
        new Look(o, expected, deadline, tell).ask({ method, url: u, headers, body });
      },
    };
  },
};

// --- the options ---

function complaint(name: string, text: string): Complaint {
  return { field: name, text };
}

/** What is wrong with what is asked. */
function asked(o: Options): readonly Complaint[] {
  const out: Complaint[] = [];
  const u = url(o.text("http"));
  const raw = (name: string): string => o.value(name)?.raw ?? "";
  const got = `: got ${anonymous(raw("http"))}`;
  if (u.why !== "") out.push(complaint("http", u.why + got));
  else if (u.scheme === "https")
    out.push(complaint("http", "must be an http:// URL: https needs TLS, which comes with a later version"));
  else if (u.scheme !== "http") out.push(complaint("http", `must be an http:// URL${got}`));
  else if (u.host === "") out.push(complaint("http", `must name a host${got}`));
  else if (u.user.includes(":"))
    out.push(complaint("http", 'must have no ":" in its user: Basic cannot send one (RFC 7617)'));
  const method = o.text("method");
  if (method === "CONNECT") out.push(complaint("method", "cannot be CONNECT, which only proxies answer"));
  else if (!/^[A-Z]+(?:-[A-Z]+)*$/.test(method)) {
    out.push(complaint("method", `must be a method in capitals such as GET or POST: got ${quoted(raw("method"))}`));
  }
  const names: string[] = [];
  for (const [name, value] of pairs(o.list("headers"))) {
    const why = misheaded(name, value);
    if (why !== "") out.push(complaint("headers", `${quoted(name)} ${why}`));
    else if (names.includes(name.toLowerCase())) out.push(complaint("headers", `${quoted(name)} is there twice`));
    else if (name.toLowerCase() === "authorization" && u.user + u.password !== "") {
      out.push(complaint("headers", `${quoted(name)} goes not with user and password in the URL`));
    }
    names.push(name.toLowerCase());
  }
  if (Buffer.from(o.text("body")).length > LONGEST) out.push(complaint("body", `is longer than ${LONGEST / 1024} KiB`));
  if (o.number("follow") > MOST) out.push(complaint("follow", `must be at most ${MOST}: got ${o.number("follow")}`));
  const unix = o.text("unix");
  if (o.given("unix") && (!/^[/@]./.test(unix) || unix.includes("\0"))) {
    out.push(complaint("unix", `must be an absolute path, or "@name": got ${quoted(raw("unix"))}`));
  } else if (Buffer.from(unix).length > 107)
    out.push(complaint("unix", "is longer than 107 bytes, what an address can hold (unix(7))"));
  return out;
}

/** What is wrong with what the answer must be. */
function wanted(o: Options): readonly Complaint[] {
  const out: Complaint[] = [];
  for (const text of o.list("status")) {
    if (range(text) === undefined) {
      const got = o.value("status")?.raw ?? "";
      out.push(
        complaint(
          "status",
          `must hold numbers such as 204, ranges such as 200-299 or classes such as 2xx: got ${quoted(got)}`,
        ),
      );
      break;
    }
  }
  for (const [name, pattern] of pairs(o.list("header"))) {
    if (!token(name)) out.push(complaint("header", `${quoted(name)} is no name of a header`));
    else if (!compiles(pattern))
      out.push(complaint("header", `${quoted(name)} must have a regular expression for its value`));
  }
  for (const item of o.items("json")) {
    const path = item.text("path");
    if (steps(path) === undefined) {
      const got = quoted(item.value("path")?.raw ?? "");
      out.push(complaint("json", `path must be like status, checks[0].state or a["b c"]: got ${got}`));
    }
    if (item.given("equals") && !item.flag("exists"))
      out.push(complaint("json", '"equals" goes not with "exists: false"'));
  }
  for (const name of ["contains", "pattern", "json"]) {
    if (o.given(name) && o.text("method") === "HEAD")
      out.push(complaint(name, "needs a body, and an answer to HEAD has none"));
  }
  return out;
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
  if (u.user + u.password !== "") headers.push("authorization", basic(u.user, u.password));
  hide(u.password === "" ? u.user : u.password);
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
  readonly #deadline: Deadline;
  readonly #allowed: number;
  readonly #then: (verdict: Verdict) => void;
  readonly #visited: string[] = [];

  constructor(o: Options, expected: Expected, deadline: Deadline, then: (verdict: Verdict) => void) {
    this.#o = o;
    this.#expected = expected;
    this.#deadline = deadline;
    // as it was configured, for a look may begin some milliseconds into its time
    const unit = deadline.left() > 500 ? 100 : 10;
    this.#allowed = unit * Math.ceil(deadline.left() / unit);
    this.#then = then;
  }

  ask(request: Request): void {
    this.#visited.push(`${request.method} ${shown(request.url)}`);
    const answer = new Answer(request.method === "HEAD", (status) => this.#expected.body(status));
    exchange(request, this.#o.text("unix"), answer, this.#deadline, this.#allowed, (failure) => {
      // what a 400 says is only read for its reason
      if (failure !== null && !(answer.status === 400 && !this.#expected.status(400))) this.#end(failure);
      else if (/^30[12378]$/.test(`${answer.status}`) && !this.#expected.status(answer.status))
        this.#redirect(request, answer);
      else this.#end(this.#expected.judge(answer, this.#deadline));
    });
  }

  #end(verdict: Verdict): void {
    const last = this.#visited.at(-1) ?? "";
    const to = ` (redirected to ${quoted(last.slice(last.indexOf(" ") + 1), 120)})`;
    if (this.#visited.length < 2 || verdict.is === "pass") this.#then(verdict);
    else if (verdict.is === "wait") this.#then(wait(verdict.why + to, verdict.mood, verdict.advice));
    else
      this.#then(
        verdict.from === "peer" ? refuse(verdict.why + to, verdict.advice) : fail(verdict.why + to, verdict.advice),
      );
  }

  #redirect(request: Request, answer: Answer): void {
    const follow = this.#o.number("follow");
    const location = answer.values("location").at(0) ?? "";
    const hops = this.#visited.length - 1;
    const to = `status ${answer.status} to ${quoted(location, 120)}`;
    const more = hops === 0 ? "" : ` after ${plural(hops, "redirect")}`;
    if (location === "") {
      this.#then(
        wait(`status ${answer.status} without a location${more}, want ${this.#expected.statuses()}`, "answering"),
      );
      return;
    }
    if (hops >= follow) {
      const hint = hops < MOST && !/^https:/i.test(location) ? `follow: ${hops + 1}` : "";
      this.#then(wait(`${to}${more}, want ${this.#expected.statuses()}`, "answering", hint));
      return;
    }
    const u = resolved(request.url, location);
    const next = redirected(request, answer.status, u);
    const again = this.#visited.includes(`${next.method} ${shown(u)}`);
    if (u.scheme === "https") {
      const advice = "ask the server on a port without TLS, or want the redirect itself by its status";
      this.#then(refuse(`${to}${more}: https needs TLS, which comes with a later version`, advice));
    } else if (u.why !== "") this.#then(wait(`${to}${more}, which is no valid URL`, "answering"));
    else if (u.scheme !== "http" || u.host === "")
      this.#then(wait(`${to}${more}, only http:// is followed`, "answering"));
    else if (again) this.#then(wait(`${to}${more}, where it was before: a circle`, "answering"));
    else this.ask(next);
  }
}
