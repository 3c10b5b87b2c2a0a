/** What an HTTP answer must be, and the verdict on one. */
import { pass, refuse, wait, type Deadline, type Verdict } from "../check.ts";
import type { Options } from "../fields.ts";
import { compile, type Pattern } from "../pattern.ts";
import { looksSecret, secrets } from "../redact.ts";
import { either, quoted, short, visible } from "../text.ts";
import type { Answer } from "./answer.ts";
import { pairs } from "./http.ts";
import { JsonError, lookup, steps, type Step } from "./json.ts";

/** A body is read so far, in bytes. */
const BODY = 1_048_576;
/** What a 400 says is read so far, for it may say that TLS was expected. */
const REASON = 4096;
/** So much of a body is taken for the excerpt in a message. */
const EXCERPT = 65_536;
/** What nginx, Go and Apache answer to plain text on a port of TLS. */
export const PLAIN =
  /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server|plain HTTP to an SSL-enabled server port/;

/** The expectations of a check, by its options `status`, `header`, `contains`, `pattern` and `json`. */
export class Expected {
  readonly #o: Options;
  readonly #pattern: Pattern | null;
  readonly #headers: readonly Matched[];
  readonly #json: readonly Wanted[];

  constructor(o: Options) {
    this.#o = o;
    this.#pattern = o.given("pattern") ? compile(o.text("pattern")) : null;
    const list = o.list("header");
    const plain = o.value("header")?.raw === list.filter((_, i) => i % 2 === 1).join(" "); // no variable was put in
    this.#headers = pairs(list).map(
      ([name, text]) => new Matched(name.toLowerCase(), compile(text), plain ? `, want ${quoted(text)}` : ""),
    );
    this.#json = o.items("json").map((item) => new Wanted(item));
  }

  /** How many bytes of the body are needed to judge an answer of this status. */
  body(status: number): number {
    if (!this.status(status)) return status === 400 ? REASON : 0;
    return this.#o.given("contains") || this.#pattern !== null || this.#json.length > 0 ? BODY : 0;
  }

  status(code: number): boolean {
    return this.#o.list("status").some((text) => {
      const [low, high] = range(text) ?? [0, 0];
      return low <= code && code <= high;
    });
  }

  statuses(): string {
    return either(this.#o.list("status"));
  }

  judge(answer: Answer, deadline: Deadline): Verdict {
    const { status } = answer;
    const why = `status ${status}, want ${this.statuses()}`;
    if (!this.status(status)) {
      if (status === 400 && PLAIN.test(answer.body.utf8())) return refuse("speaks TLS, http was asked");
      return wait(why, "answering", status === 401 || status === 403 ? this.#credentials() : "");
    }
    for (const h of this.#headers) {
      const values = answer.values(h.name);
      if (values.length === 0) return wait(`there is no header ${quoted(h.name)}`, "answering");
      if (!values.some((v) => h.pattern.matches(v, deadline) === true)) {
        return wait(`header ${quoted(h.name)} is ${quoted(values.join(", "))}${h.want}`, "answering");
      }
    }
    return this.body(status) === 0 ? pass() : this.#content(answer, deadline);
  }

  #credentials(): string {
    const sent =
      this.#o.list("headers").some((x, i) => i % 2 === 0 && looksSecret(x)) || this.#o.text("http").includes("@");
    return sent
      ? "the credentials are not accepted"
      : 'no credentials were sent: give them in "headers", or as user:password@ in the URL';
  }

  #content(answer: Answer, deadline: Deadline): Verdict {
    const o = this.#o;
    const coding = answer.values("content-encoding").join(", ");
    if (coding !== "" && coding !== "identity")
      return wait(`the body is encoded, which was not asked for: ${quoted(coding)}`, "answering");
    const text = answer.body.utf8();
    // where a body was sent the answer may repeat it, and what variables put into it is never shown
    const got = text === "" ? ", it is empty" : o.given("body") ? "" : `: got "${echoed(text.slice(0, EXCERPT))}"`;
    const cut = answer.truncated ? " in its first 1 MiB, no more of it is read" : got;
    if (o.given("contains") && !text.includes(o.text("contains"))) {
      return wait(`the body does not contain ${quoted(o.value("contains")?.raw ?? "")}${cut}`, "answering");
    }
    if (this.#pattern !== null) {
      const matches = this.#pattern.matches(text, deadline);
      const raw = quoted(o.value("pattern")?.raw ?? "");
      if (matches === undefined) return wait(`no time was left to match the body with ${raw}`, "answering");
      if (!matches) return wait(`the body does not match ${raw}${cut}`, "answering");
    }
    if (this.#json.length > 0 && answer.truncated)
      return wait("the body is longer than 1 MiB, too long to be read as JSON", "answering");
    for (const w of this.#json) {
      try {
        const why = w.judge(lookup(text, w.path));
        if (why !== "") return wait(why, "answering");
      } catch (e) {
        if (!(e instanceof JsonError)) throw e;
        return wait(`the body is not JSON: ${e.message}${got}`, "answering");
      }
    }
    return pass();
  }
}

/** The lowest and the highest status that "204", "200-299" or "2xx" means. */
export function range(text: string): readonly [number, number] | undefined {
  const m = /^([1-9][0-9][0-9])(?:-([1-9][0-9][0-9]))?$/.exec(text);
  if (m === null)
    return /^[1-9]xx$/.test(text) ? [100 * Number(text.slice(0, 1)), 100 * Number(text.slice(0, 1)) + 99] : undefined;
  const low = Number(text.slice(0, 3));
  const high = Number(text.slice(-3));
  return low <= high ? [low, high] : undefined;
}

// --- internal ---

class Matched {
  readonly name: string;
  readonly pattern: Pattern;
  readonly want: string;
  constructor(name: string, pattern: Pattern, want: string) {
    this.name = name;
    this.pattern = pattern;
    this.want = want;
  }
}

/** One expectation of a JSON body. */
class Wanted {
  readonly path: readonly Step[];
  readonly #o: Options;
  /** Canonical in the way of lookup, "" where any value will do. */
  readonly #equals: string;
  constructor(o: Options) {
    this.path = steps(o.text("path")) ?? [];
    this.#o = o;
    this.#equals = o.given("equals") ? (lookup(o.text("equals"), []) ?? "") : "";
  }

  /** What is wrong with the value that was found, "" where nothing is. */
  judge(found: string | undefined): string {
    const o = this.#o;
    const name = `json ${visible(secrets.strike(o.value("path")?.raw ?? "$"))}`;
    if (!o.flag("exists")) return found === undefined ? "" : `${name} is ${echoed(found)}, want nothing there`;
    if (this.#equals === "" || this.#equals === found) return found === undefined ? `${name} is not there` : "";
    const raw = o.value("equals")?.raw ?? "";
    const first = this.#equals.charAt(0);
    const want =
      first === "{"
        ? "the mapping that is configured"
        : first === "["
          ? "the list that is configured"
          : first === '"'
            ? quoted(raw)
            : raw;
    return `${name} is ${found === undefined ? "not there" : echoed(found)}, want ${want}`;
  }
}

/** A part of a body as a message shows it: JSON in JSON has its quotes escaped twice, and a secret may hold some. */
function echoed(text: string): string {
  const flat = text.split("\\").join("");
  const struck = secrets.strike(flat);
  return visible(short(struck === flat ? secrets.strike(text) : struck));
}
