/** Services that are asked over HTTP: a kind's requests one after the other, at each of its hosts, judged by status and JSON. */
import { pass, refuse, wait, type Complaint, type Deadline, type Probe, type Tell, type Verdict } from "../check.ts";
import { field, required, type Field, type Options } from "../fields.ts";
import { secrets } from "../redact.ts";
import { quoted } from "../text.ts";
import { Answer } from "./answer.ts";
import { inTurn } from "./client.ts";
import { PLAIN } from "./expected.ts";
import { basic, exchange, misheaded } from "./http.ts";
import { JsonError, lookup, steps } from "./json.ts";
import { ruled } from "./rules.ts";
import { called, loginFields, misplaced, protect, service, type Service, type Spot } from "./service.ts";
import { mistrusted, tlsFields, Trust } from "./trust.ts";
import { pieces } from "./url.ts";

/** What is the same for every check of a kind. */
export interface Site {
  /** The kind's, which is the name of its first field. */
  readonly name: string;
  /** Of its URLs beside http:// and https://, with blanks between them. */
  readonly schemes: string;
  /** As messages call it: "Consul". */
  readonly protocol: string;
  /** Where a URL of its own scheme, or none, names no port; http:// and https:// have their own. */
  readonly port: number;
  /** The same over TLS. */
  readonly tlsPort: number;
  /** The field that a URL's path says over, "" where the path stands in front of every request. */
  readonly path: string;
  /** The header that takes a token, and what stands before it: "authorization: Bearer "; "" where none is taken. */
  readonly token: string;
  /** How `user` and `password` are sent; "url": there are no such fields, and as Basic where the URL has them. */
  readonly login: "basic" | "own" | "url";
}

/** One request, and what its answer comes to; a pass leads to the next one. Made by `get`, `head` and `post`. */
export interface Step {
  readonly method: string;
  /** With its query, and encoded. */
  readonly path: string;
  readonly body: string | null;
  readonly judge: (reply: Reply) => Verdict;
}
export function get(path: string, judge: (reply: Reply) => Verdict): Step {
  return { method: "GET", path, body: null, judge };
}
export function head(path: string, judge: (reply: Reply) => Verdict): Step {
  return { method: "HEAD", path, body: null, judge };
}
/** Sends JSON. */
export function post(path: string, body: string, judge: (reply: Reply) => Verdict): Step {
  return { method: "POST", path, body, judge };
}

/** A whole answer. */
export class Reply {
  readonly status: number;
  readonly text: string;
  readonly #answer: Answer;
  readonly #protocol: string;
  /** What is sent with every request of this look. */
  readonly #headers: string[];

  /** For `asking` only. */
  constructor(answer: Answer, protocol: string, headers: string[]) {
    this.status = answer.status;
    this.text = answer.body.utf8();
    this.#answer = answer;
    this.#protocol = protocol;
    this.#headers = headers;
  }

  /** The value of a header, "" where it is not there. */
  header(name: string): string {
    return this.#answer.values(name).at(0) ?? "";
  }

  /** What the JSON of the body has at a path, a text without its quotes; "" where nothing or null is there, or it is no JSON. */
  json(path: string): string {
    try {
      const found = lookup(this.text, steps(path) ?? []) ?? "";
      if (found === "null") return "";
      return found.startsWith('"') ? (JSON.parse(found) as string) : found;
    } catch (e) {
      if (e instanceof JsonError) return "";
      throw e;
    }
  }

  /** The reason that the body gives; "" where it gives none, or is a page for a browser. */
  words(): string {
    for (const path of REASONS.split(" ")) {
      const found = this.json(path);
      if (found !== "" && !/^[[{]/.test(found)) return found;
    }
    return /^\s*[<{[]/.test(this.text) ? "" : this.text.trim();
  }

  /** What it comes to where it is not as wanted: by the kind's table (see `ruled`), where a code is "status words", else by its status. */
  judge(table: string, code = ""): Verdict {
    const { status } = this;
    const words = this.words();
    const why = `status ${status}${words === "" ? "" : `: the server says ${quoted(words, 200)}`}`;
    if (status === 400 && PLAIN.test(this.text)) return refuse("speaks TLS, http was asked", "tls: true");
    if (/^20[04]$/.test(`${status}`)) return this.alien();
    const sent = this.#headers.length > 0;
    const hint = sent ? "the credentials are not accepted" : "no credentials were sent";
    const otherwise = /^40[137]$/.test(`${status}`) ? refuse(why, hint) : wait(why, "answering");
    return ruled(table, code === "" ? `${status} ${words}` : code, why, otherwise);
  }

  /** It is HTTP, and another server's. */
  alien(): Verdict {
    const body = this.text === "" ? "it says nothing" : `it says ${quoted(this.text.trim(), 60)}`;
    return refuse(`does not speak ${this.#protocol}: status ${this.status}, and ${body}`);
  }

  /** Sends a header with the requests that follow. */
  carry(name: string, value: string): void {
    secrets.add(value);
    this.#headers.push(name, value);
  }
}

/** The fields of such a kind: its target, who logs in, its own, and those of TLS. */
export function webFields(site: Site, about: string, own: readonly Field[]): readonly Field[] {
  const logins = loginFields().filter((f) => f.name === "level" || site.login !== "url");
  const token = site.token === "" ? own : [field("text", "token", "the token that is sent; it is never shown"), ...own];
  return [
    required(
      field(
        "text",
        site.name,
        `${site.name}://, http:// or https:// URL, or host:port, of ${about}; of several, one must be ready`,
      ),
    ),
    ...logins,
    ...token,
    field("flag", "tls", "speak TLS, as with https://", "false"),
    ...tlsFields().filter((f) => f.name !== "key"),
  ];
}

/** What is wrong with the options of such a check. */
export function mistaken(o: Options, site: Site): readonly Complaint[] {
  const s = where(o, site);
  const out = [...misplaced(o, site.name, s, site.path), ...mistrusted(o, "")];
  const token = site.token === "" ? "" : misheaded("token", o.text("token"));
  if (token !== "") out.push({ field: "token", text: token });
  if (o.given("token") && user(o, s) !== "") out.push({ field: "token", text: 'goes not with "user": say one' });
  if (site.login !== "own" && user(o, s).includes(":"))
    out.push({ field: "user", text: 'must have no ":": Basic cannot send one (RFC 7617)' });
  return out;
}

/** Where it is. */
export function where(o: Options, site: Site): Service {
  const text = o.text(site.name);
  const { scheme } = pieces(text);
  const web = scheme === "http" ? 80 : scheme === "https" ? 443 : secure(o, scheme) ? site.tlsPort : site.port;
  return service(text, `${site.schemes} http https`.split(" "), web);
}

/** Who logs in, "" for nobody. */
export function user(o: Options, s: Service): string {
  return o.given("user") ? o.text("user") : s.user === "" ? (s.options.get("user") ?? "") : s.user;
}
export function password(o: Options, s: Service): string {
  return o.given("password") ? o.text("password") : s.password === "" ? (s.options.get("password") ?? "") : s.password;
}

/** A part of a path, or of a query, encoded; a slash stays in a path. */
export function encoded(text: string): string {
  return encodeURIComponent(text).split("%2F").join("/");
}

/** A probe that makes these requests in turn. */
export function asking(o: Options, site: Site, list: readonly Step[]): Probe {
  const s = where(o, site);
  protect(s);
  for (const name of ["password", "token"]) secrets.add(o.text(name));
  const first = pieces(o.text(site.name)).scheme;
  const trust = new Trust(o, "");
  const scheme = secure(o, first) ? "https" : "http";
  const prefix = site.path === "" && s.socket === "" ? `/${encoded(s.path)}`.replace(/\/+$/, "") : "";
  const hosts = s.socket === "" ? s.hosts : [{ host: "localhost", port: 80 }];
  const credentials = headers(o, site, s);
  return {
    target: called(s),
    look: (deadline, tell) => {
      const ask = ({ host, port }: Spot, share: Deadline, told: Tell): void => {
        const allowed = share.given();
        const sent = [...credentials];
        const next = (i: number): void => {
          const step = list.at(i);
          if (step === undefined) {
            told(pass());
            return;
          }
          const mark = step.path.indexOf("?");
          const path = prefix + (mark < 0 ? step.path : step.path.slice(0, mark));
          const query = mark < 0 ? "" : step.path.slice(mark + 1);
          const url = { scheme, user: "", password: "", host, port, path, query, why: "" };
          const answer = new Answer(step.method === "HEAD", () => BODY);
          const request = { method: step.method, url, headers: sent, body: step.body, servername: trust.name };
          exchange(request, s.socket, trust, answer, share, allowed, (failure) => {
            const verdict =
              failure === null ? step.judge(new Reply(answer, site.protocol, sent)) : hinted(failure, scheme);
            if (verdict.is === "pass") next(i + 1);
            else told(verdict);
          });
        };
        next(0);
      };
      inTurn(hosts, deadline, ask, tell);
    },
  };
}

// --- internal ---

/** Bytes of a body that are read: what is asked for is small. */
const BODY = 65_536;
/** Where the services have a reason in their JSON. */
const REASONS = "error.root_cause[0].reason error.reason error.type message error errors[0]";

/** What went wrong before there was an answer, with the cure where it may be TLS. */
function hinted(v: Verdict, scheme: string): Verdict {
  if (scheme === "https") return v;
  if (v.is === "fail") return v.why.startsWith("speaks TLS") ? refuse(v.why, "tls: true") : v;
  if (v.is === "pass" || !v.why.endsWith("without an answer")) return v;
  return wait(v.why, v.mood, "so does a proxy with no server behind it, and a port that wants TLS");
}

function secure(o: Options, scheme: string): boolean {
  return o.given("tls") ? o.flag("tls") : /^https$|\+https$/.test(scheme);
}

function headers(o: Options, site: Site, s: Service): readonly string[] {
  const colon = site.token.indexOf(":");
  if (colon > 0 && o.text("token") !== "")
    return [site.token.slice(0, colon), site.token.slice(colon + 2) + o.text("token")];
  const name = user(o, s);
  return name === "" || site.login === "own" ? [] : ["authorization", basic(name, password(o, s))];
}
