/** One HTTP/1.1 exchange: a request is written, its answer read, and the connection closed. */
import { refuse, wait, type Deadline, type Verdict } from "../check.ts";
import { looksSecret } from "../redact.ts";
import { plural, span } from "../text.ts";
import { VERSION } from "../version.ts";
import type { Answer } from "./answer.ts";
import type { Connection } from "./connection.ts";
import { open } from "./open.ts";
import type { Trust } from "./trust.ts";
import { authority, origin, portFor, type Url } from "./url.ts";

/** A look ends so many milliseconds early: its reason is to be known when the time of its check is up. */
const EARLY = 2;
const PROTOCOLS: readonly string[] = ["http/1.1"];
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
export interface Request {
  readonly method: string;
  readonly url: Url;
  /** Name, value, name, value …; they win over what is sent by default. */
  readonly headers: readonly string[];
  /** Null where there is none. */
  readonly body: string | null;
  /** The name that a certificate must have where it is not the host's, else "". */
  readonly servername: string;
}

/** Is it a token, as methods and names of headers are (RFC 9110, section 5.6.2)? */
export function token(text: string): boolean {
  return TOKEN.test(text);
}

/** What is wrong with a header that is to be sent, as a message continues after its name; "" where nothing is. */
export function misheaded(name: string, value: string): string {
  const why = ours(name.toLowerCase());
  if (!token(name)) return "is no name of a header (RFC 9110, 5.6.2)";
  if (why !== "") return `cannot be set: ${why}`;
  if (/[\r\n]/.test(value)) return "holds a line end, which would begin another header";
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value)) return "holds a control character";
  return name.toLowerCase() === "host" && !/^[\x21-\x7e]+$/.test(value) ? "must be a host, or host:port" : "";
}

/** The request as it is sent. Its parts were verified: nothing in them can end a line. */
export function written(r: Request): string {
  const { url } = r;
  const names = new Set<string>();
  const lines: string[] = [];
  for (let i = 0; i < r.headers.length; i += 2) {
    names.add((r.headers.at(i) ?? "").toLowerCase());
    lines.push(`${r.headers.at(i) ?? ""}: ${r.headers.at(i + 1) ?? ""}`);
  }
  const add = (name: string, value: string): void => {
    if (!names.has(name)) lines.unshift(`${name}: ${value}`);
  };
  add("connection", "close");
  if (r.body !== null || /^P(?:OST|UT|ATCH)$/.test(r.method))
    add("content-length", `${Buffer.from(r.body ?? "").length}`);
  add("accept", "*/*");
  add("user-agent", `preflight/${VERSION}`);
  const place = authority(url).replace(/%[^\]]*/, ""); // RFC 6874, section 3: the zone is nobody else's business
  const usual = url.port === portFor(url.scheme);
  add("host", usual ? place.replace(/:[0-9]+$/, "") : place);
  const target = `${url.path === "" ? "/" : url.path}${url.query === "" ? "" : `?${url.query}`}`;
  return `${r.method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${r.body ?? ""}`;
}

/** "Basic …" (RFC 7617). */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** The request that a redirect asks for. Credentials stay where they were meant for (RFC 9110, section 15.4). */
export function redirected(request: Request, status: number, u: Url): Request {
  const post = status === 303 ? request.method !== "HEAD" : status < 303 && request.method === "POST";
  const stays = origin(u) === origin(request.url);
  const headers: string[] = [];
  for (const [name, value] of pairs(request.headers)) {
    const low = name.toLowerCase();
    if (!stays && (low === "host" || looksSecret(low))) continue;
    if (!post || !low.startsWith("content-")) headers.push(name, value);
  }
  const servername = stays ? request.servername : "";
  return { method: post ? "GET" : request.method, url: u, headers, body: post ? null : request.body, servername };
}

/** The names and values of a list that holds them in turns. */
export function pairs(list: readonly string[]): readonly (readonly [string, string])[] {
  const out: [string, string][] = [];
  for (let i = 0; i < list.length; i += 2) out.push([list.at(i) ?? "", list.at(i + 1) ?? ""]);
  return out;
}

/**
 * Sends a request to the host of its URL, or over the Unix socket where `unix` is not "", by TLS where its scheme is https,
 * and feeds the answer. Calls back once, by the deadline: with null where the answer is done, else with what went wrong.
 * `allowed` is what messages say the look was given, in milliseconds.
 */
export function exchange(
  request: Request,
  unix: string,
  trust: Trust,
  answer: Answer,
  deadline: Deadline,
  allowed: number,
  then: (failure: Verdict | null) => void,
): void {
  const { scheme, host, port } = request.url;
  const name = request.servername === "" ? host : request.servername;
  const wanted = scheme === "https" ? { host: name, trust, protocols: PROTOCOLS } : null;
  open({ host, port: port === 0 ? portFor(scheme) : port, unix }, wanted, deadline, then, (connection) => {
    new Exchange(answer, deadline, allowed, unix !== "", then).over(connection, written(request));
  });
}

// --- internal ---

/** Why a header of a request is not anybody's to set; "" where it is. */
function ours(name: string): string {
  switch (name) {
    case "connection":
    case "keep-alive":
      return "one connection is made for each look, and closed";
    case "content-length":
      return "it is the length of the body";
    case "expect":
      return "the body is sent at once";
    case "proxy-connection":
      return "no proxy is asked";
    case "te":
      return "trailers are not read";
    case "trailer":
      return "no trailers are sent";
    case "transfer-encoding":
      return "the body is sent whole";
    case "upgrade":
      return "no other protocol is spoken";
    default:
      return "";
  }
}

class Exchange {
  readonly #answer: Answer;
  readonly #allowed: number;
  readonly #then: (failure: Verdict | null) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #unix: boolean;
  #connection: Connection | null = null;
  #over = false;

  constructor(
    answer: Answer,
    deadline: Deadline,
    allowed: number,
    unix: boolean,
    then: (failure: Verdict | null) => void,
  ) {
    this.#answer = answer;
    this.#allowed = allowed;
    this.#unix = unix;
    this.#then = then;
    this.#timer = setTimeout(
      () => {
        this.#end(this.#late());
      },
      Math.max(1, deadline.left() - EARLY),
    );
  }

  over(connection: Connection, text: string): void {
    this.#connection = connection;
    connection.send(Buffer.from(text));
    connection.listen(
      (bytes) => {
        if (this.#over) return;
        this.#answer.feed(bytes);
        if (this.#answer.state !== "reading") this.#end(this.#said());
      },
      (why, verdict) => {
        if (this.#over) return;
        this.#answer.end(why !== "");
        this.#end(this.#answer.state === "cut" ? (verdict ?? this.#cut(why)) : this.#said());
      },
    );
  }

  /** What the answer comes to that is complete, or will never be. */
  #said(): Verdict | null {
    const { state, why } = this.#answer;
    if (state === "alien") return refuse(why);
    return state === "bad" ? refuse(`the answer is not valid HTTP: ${why}`) : null;
  }

  #cut(why: string): Verdict {
    const how = why === "" ? "connection closed" : why;
    if (this.#answer.received === 0) return wait(this.#unix && why !== "" ? why : `${how} without an answer`, "absent");
    return wait(`the answer is cut short: ${this.#answer.why}${why === "" ? "" : ` (${why})`}`, "answering");
  }

  #late(): Verdict | null {
    const { received } = this.#answer;
    if (received === 0) return wait(`no answer within ${span(this.#allowed)}`, "silent");
    this.#answer.end(true);
    const alien = this.#answer.state === "alien" ? this.#said() : null;
    return alien ?? wait(`no whole answer within ${span(this.#allowed)}: ${plural(received, "byte")} came`, "silent");
  }

  #end(failure: Verdict | null): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#connection?.close();
    this.#then(failure);
  }
}
