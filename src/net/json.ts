/** JSON from a network: strict (RFC 8259), its depth limited, compared by its canonical text. */

/** What is nested deeper is refused: a reader recurses on a small stack. */
const DEEPEST = 64;

/** What is wrong with a text that should be JSON. */
export class JsonError extends Error {}

/** One step of a path: into the member of this name, or where `index` is not negative into that element. */
export interface Step {
  readonly name: string;
  readonly index: number;
}

/** Reads "a.b[0]", "$.a", ".a" and `a["b c"]`; "$" is the whole. Undefined where it is no path. */
export function steps(path: string): readonly Step[] | undefined {
  let rest = path.startsWith("$") ? path.slice(1) : path;
  if (rest === "") return path === "$" ? [] : undefined;
  if (path !== rest && !/^[.[]/.test(rest)) return undefined; // "$name" is no member
  if (!/^[.[]/.test(rest)) rest = `.${rest}`;
  const out: Step[] = [];
  while (rest !== "") {
    const m = /^(?:\.([^.[\]"'\s]+)|\[([0-9]{1,9})\]|\["([^"\\]*)"\]|\['([^'\\]*)'\])/.exec(rest);
    if (m === null || out.length >= DEEPEST) return undefined;
    const whole = m[0];
    const index = /^\[[0-9]/.test(whole) ? Number(m[2] ?? "") : -1;
    const name = whole.startsWith(".") ? whole.slice(1) : index < 0 ? whole.slice(2, -2) : "";
    out.push({ name, index });
    rest = rest.slice(whole.length);
  }
  return out;
}

/**
 * The canonical text of the value at a path, or undefined where there is none: keys sorted by their bytes, no blanks, numbers as
 * JavaScript writes them. Of members with one name the last counts. Throws JsonError where the text is not JSON.
 */
export function lookup(text: string, path: readonly Step[]): string | undefined {
  const reader = new Reader(text);
  const found = reader.find(path, 0);
  reader.end();
  return found;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.startsWith("\ufeff") ? text.slice(1) : text; // RFC 8259, section 8.1
  }

  end(): void {
    this.#blanks();
    if (this.#at < this.#text.length) throw this.#unexpected();
  }

  /** Reads the value at hand, and gives back what the path from `depth` on finds in it. */
  find(path: readonly Step[], depth: number): string | undefined {
    const step = path.at(depth);
    if (step === undefined) return this.#value(depth);
    const object = this.#opens("{", depth);
    if (!object && !this.#opens("[", depth)) {
      this.#value(depth);
      return undefined;
    }
    const found: (string | undefined)[] = [];
    this.#each(object, (name, index) => {
      if (object ? step.index < 0 && name === step.name : index === step.index) found.push(this.find(path, depth + 1));
      else this.#value(depth + 1);
    });
    return found.at(-1);
  }

  /** The canonical text of the value at hand. */
  #value(depth: number): string {
    if (this.#opens("[", depth)) {
      const items: string[] = [];
      this.#each(false, () => {
        items.push(this.#value(depth + 1));
      });
      return `[${items.join(",")}]`;
    }
    if (this.#opens("{", depth)) {
      const members = new Map<string, string>();
      this.#each(true, (name) => {
        members.set(name, this.#value(depth + 1));
      });
      const names = [...members.keys()].sort((a, b) => Buffer.from(a).compare(Buffer.from(b)));
      return `{${names.map((name) => `${JSON.stringify(name)}:${members.get(name) ?? ""}`).join(",")}}`;
    }
    return this.#text.charAt(this.#at) === '"' ? JSON.stringify(this.#string()) : this.#literal();
  }

  #blanks(): void {
    for (;;) {
      const c = this.#text.charAt(this.#at);
      if (c !== " " && c !== "\n" && c !== "\r" && c !== "\t") return;
      this.#at++;
    }
  }

  #opens(bracket: string, depth: number): boolean {
    this.#blanks();
    if (this.#text.charAt(this.#at) !== bracket) return false;
    if (depth >= DEEPEST) throw new JsonError(`nested deeper than ${DEEPEST} levels`);
    this.#at++;
    return true;
  }

  /** The members or elements up to the closing bracket; `read` reads the value of each. */
  #each(object: boolean, read: (name: string, index: number) => void): void {
    const close = object ? "}" : "]";
    this.#blanks();
    if (this.#text.charAt(this.#at) === close) {
      this.#at++;
      return;
    }
    for (let index = 0; ; index++) {
      this.#blanks();
      let name = "";
      if (object) {
        if (this.#text.charAt(this.#at) !== '"') throw this.#unexpected();
        name = this.#string();
        this.#blanks();
        this.#skip(":");
      }
      read(name, index);
      this.#blanks();
      if (this.#text.charAt(this.#at) === close) break;
      this.#skip(",");
    }
    this.#at++;
  }

  #skip(c: string): void {
    if (this.#text.charAt(this.#at) !== c) throw this.#unexpected();
    this.#at++;
  }

  #literal(): string {
    const from = this.#at;
    while (/^[-+.0-9A-Za-z]$/.test(this.#text.charAt(this.#at))) this.#at++;
    const word = this.#text.slice(from, this.#at);
    if (word === "true" || word === "false" || word === "null") return word;
    if (/^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(word)) return `${Number(word)}`;
    this.#at = from;
    throw this.#unexpected();
  }

  #string(): string {
    let out = "";
    this.#at++;
    let from = this.#at;
    for (;;) {
      const c = this.#text.charCodeAt(this.#at);
      if (!(c >= 0x20)) throw this.#unexpected(); // NaN: the text ended
      if (c !== 0x22 && c !== 0x5c) {
        this.#at++;
        continue;
      }
      out += this.#text.slice(from, this.#at);
      this.#at++;
      if (c === 0x22) return out;
      out += this.#escape();
      from = this.#at;
    }
  }

  /** The character that stands behind a backslash. */
  #escape(): string {
    const c = this.#text.charAt(this.#at);
    if (c === "u") return this.#unicode();
    const i = c === "" ? -1 : '"\\/bfnrt'.indexOf(c);
    if (i < 0) throw this.#unexpected();
    this.#at++;
    return '"\\/\b\f\n\r\t'.charAt(i);
  }

  /** Of "u1f4a9" or of a pair of surrogates; half a pair becomes U+FFFD. */
  #unicode(): string {
    const high = this.#four();
    if (high < 0xd800 || high > 0xdfff) return String.fromCharCode(high);
    if (high > 0xdbff || this.#text.slice(this.#at, this.#at + 2) !== "\\u") return "\ufffd";
    const before = this.#at;
    this.#at++;
    const low = this.#four();
    if (low < 0xdc00 || low > 0xdfff) {
      this.#at = before;
      return "\ufffd";
    }
    const code = 0x10000 + (high - 0xd800) * 1024 + (low - 0xdc00);
    const bytes = [0xf0 + (code >> 18), 0x80 + ((code >> 12) & 63), 0x80 + ((code >> 6) & 63), 0x80 + (code & 63)];
    return Buffer.from(bytes).toString("utf8");
  }

  #four(): number {
    const digits = this.#text.slice(this.#at + 1, this.#at + 5);
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) throw this.#unexpected();
    this.#at += 5;
    return parseInt(digits, 16);
  }

  #unexpected(): JsonError {
    const left = this.#text.length - this.#at;
    return new JsonError(left <= 0 ? "it ends too early" : `unexpected character at ${this.#at + 1}`);
  }
}
