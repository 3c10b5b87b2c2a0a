/**
 * Regular expressions from users, matched in time proportional to pattern × subject, whatever the pattern.
 *
 * The syntax is that of ECMA-262 section 22.2.1 with flag u, as far as it is regular: no back references, no look-around.
 * It is compiled to Thompson's automaton, which is followed along all its ways at once; the sets of places so reached are
 * remembered with where each character led (Cox, https://swtch.com/~rsc/regexp/regexp1.html, regexp2.html and regexp3.html).
 */
import type { Deadline } from "./deadline.ts";

/** The longest pattern that is taken, in characters. */
export const LONGEST = 500;
const DEEPEST = 32;
const LARGEST = 20_000;

/** What is wrong with a pattern, and the cure. */
export class PatternError extends Error {
  /** Index in the pattern, from 0. */
  readonly position: number;
  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

/**
 * Reads a pattern, or throws PatternError. Beyond ECMA-262, any ASCII punctuation may be escaped, and a pattern may open
 * with flags, `(?ims)` or some of them, as in RE2: i ignores the case of ASCII and Latin-1 letters, m lets ^ and $ match
 * at every line, s lets the dot match line ends.
 */
export function compile(text: string): Pattern {
  if (text.length > LONGEST) throw new PatternError(LONGEST, `longer than ${LONGEST} characters: shorten it`);
  if (!/[\\^$.*+?()[\]{}|\ud800-\udfff]/u.test(text)) return new Pattern([], [], text);
  const parser = new Parser(text);
  const program = parser.parse();
  return new Pattern(program, parser.sets);
}

// --- sets of characters ---

/** Code points in rising order, each of which changes membership: [48, 58] is 0 to 9, [0] everything, [0, 0] nothing. */
type Chars = readonly number[];

const DIGIT: Chars = [0x30, 0x3a];
const WORD: Chars = [0x30, 0x3a, 0x41, 0x5b, 0x5f, 0x60, 0x61, 0x7b];
const LINE: Chars = [0x0a, 0x0b, 0x0d, 0x0e, 0x2028, 0x202a];
const BLANK: Chars = [0x09, 0x0e, 0x20, 0x21, 0xa0, 0xa1, 0x1680, 0x1681, 0x2000, 0x200b, 0x2028, 0x202a];
const SPACE: Chars = [...BLANK, 0x202f, 0x2030, 0x205f, 0x2060, 0x3000, 0x3001, 0xfeff, 0xff00];
const ALL: Chars = [0];

/** How many of `chars` are at most `c`. */
function rank(chars: Chars, c: number): number {
  let low = 0;
  let high = chars.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((chars.at(middle) ?? 0) <= c) low = middle + 1;
    else high = middle;
  }
  return low;
}

function has(chars: Chars, c: number): boolean {
  return rank(chars, c) % 2 === 1;
}

function lone(chars: Chars): boolean {
  return chars.length === 2 && chars[1] === (chars[0] ?? 0) + 1;
}

function invert(chars: Chars): Chars {
  return [0, ...chars];
}

/** Where any of the sets begins or ends. */
function edges(sets: readonly Chars[]): Chars {
  const all = new Set<number>();
  for (const chars of sets) for (const c of chars) all.add(c);
  return [...all].sort((a, b) => a - b);
}

function unite(sets: readonly Chars[]): Chars {
  return edges(sets).filter((c) => sets.some((s) => has(s, c)) !== sets.some((s) => has(s, c - 1)));
}

/** Adds the other case of the ASCII and Latin-1 letters, which lies 32 away. */
function fold(chars: Chars): Chars {
  const sets: Chars[] = [chars];
  for (let c = 0x41; c <= 0xde; c++) {
    const upper = c <= 0x5a || (c >= 0xc0 && c !== 0xd7);
    if (upper && has(chars, c) !== has(chars, c + 32)) sets.push([c, c + 1], [c + 32, c + 33]);
  }
  return unite(sets);
}

// --- programs ---

/** What lies on one side of a place: the subject's edge, a line end, a word character, another. */
type Side = "edge" | "line" | "word" | "other";

/** Leads on to the next step, over a character or where the place allows it; or to two others, by relative jumps. */
type Step =
  | { readonly op: "take"; readonly set: number }
  | { readonly op: "look"; readonly holds: (before: Side, after: Side) => boolean }
  | { readonly op: "fork"; readonly x: number; readonly y: number };

/** Entered at the first step, left past the last. */
type Program = readonly Step[];

function side(c: number): Side {
  return c < 0 ? "edge" : has(LINE, c) ? "line" : has(WORD, c) ? "word" : "other";
}

function take(set: number): Step {
  return { op: "take", set };
}

function look(holds: (before: Side, after: Side) => boolean): Step {
  return { op: "look", holds };
}

function fork(x: number, y: number): Step {
  return { op: "fork", x, y };
}

function either(a: Program, b: Program): Program {
  return [fork(1, a.length + 2), ...a, fork(b.length + 1, b.length + 1), ...b];
}

const BEGIN = look((before) => before === "edge");
const END = look((_before, after) => after === "edge");
const BEGIN_LINE = look((before) => before === "edge" || before === "line");
const END_LINE = look((_before, after) => after === "edge" || after === "line");
const BOUNDARY = look((before, after) => (before === "word") !== (after === "word"));
const INSIDE = look((before, after) => (before === "word") === (after === "word"));

// --- the parser ---

const CLASSES: Readonly<Record<string, Chars>> = { d: DIGIT, w: WORD, s: SPACE };
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

class Parser {
  /** The sets that the program asks for. */
  readonly sets: Chars[] = [ALL, LINE, WORD];
  readonly #text: string;
  readonly #flags: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#flags = /^\(\?[ims]+\)/.exec(text)?.[0] ?? "";
    this.#at = this.#flags.length;
  }

  /** The program that finds the pattern wherever it begins. */
  parse(): Program {
    const program = this.#alternatives();
    if (this.#at < this.#text.length) throw this.#lone();
    return program[0] === BEGIN ? program : [fork(1, 3), take(0), fork(-1, 1), ...program];
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #eat(word: string): boolean {
    const found = this.#text.startsWith(word, this.#at);
    if (found) this.#at += word.length;
    return found;
  }

  /** What `pattern`, which is anchored, matches here, with its first group; it is not eaten. */
  #ahead(pattern: RegExp): readonly string[] {
    return pattern.exec(this.#text.slice(this.#at)) ?? [];
  }

  #lone(): PatternError {
    const c = this.#peek();
    return new PatternError(this.#at, `"${c}" stands alone: write "\\${c}" for the character`);
  }

  #within(size: number, from: number): void {
    if (size > LARGEST) throw new PatternError(from, `grows beyond ${LARGEST} steps: lower its counts`);
  }

  #alternatives(): Program {
    const from = this.#at;
    let program = this.#sequence();
    this.#within(program.length, from);
    while (this.#eat("|")) {
      program = either(program, this.#sequence());
      this.#within(program.length, from);
    }
    return program;
  }

  #sequence(): Program {
    const program: Step[] = [];
    while (!["", "|", ")"].includes(this.#peek())) for (const step of this.#term()) program.push(step);
    return program;
  }

  #term(): Program {
    const lines = this.#flags.includes("m");
    if (this.#eat("^")) return [lines ? BEGIN_LINE : BEGIN];
    if (this.#eat("$")) return [lines ? END_LINE : END];
    if (this.#eat("\\b")) return [BOUNDARY];
    if (this.#eat("\\B")) return [INSIDE];
    const from = this.#at;
    return this.#times(this.#eat("(") ? this.#group(from) : [this.#one()], from);
  }

  /** `body` as often as the quantifier here says; greedy or lazy is the same to a yes or no. */
  #times(body: Program, from: number): Program {
    const [all = "", sign = "", least = "", comma = "", most = ""] = this.#ahead(/^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/);
    if (all === "") return body;
    const min = sign === "" ? Number(least) : sign === "+" ? 1 : 0;
    const max =
      sign === "?" ? 1 : sign !== "" || (comma !== "" && most === "") ? Infinity : comma === "" ? min : Number(most);
    if (max < min) throw new PatternError(this.#at, `count ${all} is reversed: write {${most},${least}}`);
    this.#at += all.length;
    if (body.length === 0 || max === 0) return [];
    const extra = max < Infinity ? max - min : min === 0 ? 1 : 0;
    this.#within(min * body.length + extra * (body.length + 1), from);
    const again = max < Infinity ? [] : [fork(-body.length, 1)];
    const program: Step[] = [];
    for (let i = 0; i < min; i++) program.push(...body);
    for (let i = extra; i > 0; i--) {
      program.push(fork(1, i * (body.length + 1)));
      program.push(...body);
    }
    return [...program, ...again];
  }

  #group(from: number): Program {
    const around = this.#ahead(/^\?<?[=!]/)[0];
    if (around !== undefined) {
      const what = around.length === 2 ? "lookahead" : "lookbehind";
      throw new PatternError(from, `${what} "(${around}" is not supported: use two patterns`);
    }
    const name = this.#ahead(/^\?(?::|<[A-Za-z_$][\w$]*>)/)[0] ?? "";
    this.#at += name.length;
    if (this.#peek() === "?") {
      throw new PatternError(
        from,
        'unknown group "(?": write (?:…), (?<name>…), or the flags (?ims) at the very start',
      );
    }
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new PatternError(from, `groups nest deeper than ${DEEPEST}: flatten them`);
    const program = this.#alternatives();
    this.#depth -= 1;
    if (!this.#eat(")")) throw new PatternError(from, 'group is not closed: add ")", or write "\\(" for the character');
    return program;
  }

  /** A step over one character: the dot, a class, an escape, or itself. */
  #one(): Step {
    if (["*", "+", "?", "{", "}", "]"].includes(this.#peek())) throw this.#lone();
    const dot = this.#flags.includes("s") ? ALL : invert(LINE);
    const chars = this.#eat(".") ? dot : this.#peek() === "[" ? this.#class() : this.#fold(this.#character());
    return take(this.sets.push(chars) - 1);
  }

  #fold(chars: Chars): Chars {
    return this.#flags.includes("i") ? fold(chars) : chars;
  }

  #class(): Chars {
    const open = this.#at++;
    const negated = this.#eat("^");
    const sets: Chars[] = [];
    while (!this.#eat("]")) {
      const from = this.#at;
      const low = this.#member(open);
      const ranged = this.#ahead(/^-[^\]]/)[0] !== undefined && this.#eat("-");
      const high = ranged ? this.#member(open) : low;
      const range = this.#text.slice(from, this.#at);
      if (ranged && (!lone(low) || !lone(high) || (low[0] ?? 0) > (high[0] ?? 0)))
        throw new PatternError(
          from,
          `"${range}" is no range: write the lower character first, or "\\-" for the hyphen`,
        );
      sets.push(ranged ? [low[0] ?? 0, high[1] ?? 0] : low);
    }
    const chars = this.#fold(unite(sets));
    return negated ? invert(chars) : chars;
  }

  #member(open: number): Chars {
    if (this.#peek() === "")
      throw new PatternError(open, 'class is not closed: add "]", or write "\\[" for the character');
    return this.#eat("\\b") ? [0x08, 0x09] : this.#character();
  }

  #character(): Chars {
    if (this.#peek() === "\\") return this.#escape();
    const c = this.#text.codePointAt(this.#at) ?? 0;
    this.#at += c > 0xffff ? 2 : 1;
    return [c, c + 1];
  }

  #escape(): Chars {
    const from = this.#at++;
    const [c = ""] = this.#ahead(/^./su);
    const [hex = "", a = "", b = "", d = ""] = this.#ahead(/^(?:x([\da-f]{2})|u([\da-f]{4})|u\{([\da-f]+)\})/i);
    this.#at += Math.max(c.length, hex.length);
    const chars = CLASSES[c.toLowerCase()] ?? [];
    if (chars.length > 0) return c === c.toLowerCase() ? chars : invert(chars);
    let code = CONTROLS[c];
    if (hex !== "") code = parseInt(a + b + d, 16);
    else if (c === "c" && /[A-Za-z]/.test(this.#peek())) code = this.#text.charCodeAt(this.#at++) % 32;
    else if (c === "0" && !/\d/.test(this.#peek())) code = 0;
    else if (/^[!-/:-@[-^`{-~]$/.test(c)) code = c.charCodeAt(0);
    if (code === undefined) throw new PatternError(from, unreadable(c));
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      throw new PatternError(from, `"\\${hex}" is no character: write its whole code point, as in "\\u{1f600}"`);
    return [code, code + 1];
  }
}

/** Why the escape that begins with `c` has no meaning. */
function unreadable(c: string): string {
  if (c === "") return '"\\" ends the pattern: write "\\\\" for the character';
  if (/[1-9k]/.test(c)) return `back reference "\\${c}" is not supported: write out what it repeats`;
  if (/[pP]/.test(c)) return `property "\\${c}" is not supported: write a class such as "[a-z]"`;
  if (/[xuc0]/.test(c)) return `escape "\\${c}" is incomplete: write "\\xHH", "\\uHHHH", "\\u{H}", "\\cX" or "\\0"`;
  return `unknown escape "\\${c}": write "${c}" for the character`;
}

// --- the matcher ---

/** Places in the program, and what lies before the next character. */
interface State {
  readonly places: readonly number[];
  readonly before: Side;
}

function state(places: readonly number[], before: Side): State {
  return { places, before };
}

/** States by number. The loose one is the last that found no room to be remembered. */
const UNKNOWN = 0;
const DEAD = 1;
const FOUND = 2;
const LOOSE = 3;
const START = 4;

/** States to remember for one pattern, places in all of them, and steps between two looks at the clock. */
const STATES = 2000;
const PLACES = 400_000;
const STRIDE = 4096;

/** Characters whose sort is looked up rather than searched: those of one and two bytes in UTF-8. */
const TABLED = 0x800;

/** Tables that are read for every character are Buffers: in the native binary a read of an array allocates. */
export class Pattern {
  readonly #program: Program;
  readonly #literal: string | undefined;
  /** Characters between two bounds are of one sort: no set of the program tells them apart. */
  readonly #bounds: Chars;
  /** The first character of each sort; the last sort is the end of the subject. */
  readonly #firsts: readonly number[];
  readonly #sorts = Buffer.alloc(2 * TABLED);
  /** Whether a set has a sort: a row of sorts for each set. */
  readonly #accepts: Buffer;
  #states: State[] = [];
  #numbers = new Map<string, number>();
  /** Where each state leads: a row of numbers, one for each sort. */
  #leads = Buffer.alloc(0);
  #room = 0;
  /** The round in which each step was last visited. */
  readonly #visits: Buffer;
  #round = 0;

  constructor(program: Program, sets: readonly Chars[], literal?: string) {
    this.#program = program;
    this.#literal = literal;
    this.#bounds = edges(sets);
    this.#firsts = [0, ...this.#bounds, -1];
    this.#visits = Buffer.alloc(program.length * 4);
    for (let c = 0; c < TABLED; c++) this.#sorts.writeUInt16LE(rank(this.#bounds, c), 2 * c);
    const accepts: number[] = [];
    for (const chars of sets) for (const c of this.#firsts) accepts.push(has(chars, c) ? 1 : 0);
    this.#accepts = Buffer.from(accepts);
  }

  /** Does it occur in the subject? undefined where the time was up first. */
  matches(subject: string, deadline?: Deadline): boolean | undefined {
    if (deadline?.over() === true) return undefined;
    if (this.#literal !== undefined) return subject.includes(this.#literal);
    if (this.#full()) this.#forget();
    const leads = this.#leads;
    const width = this.#firsts.length;
    const length = subject.length;
    let at = START;
    let steps = 0;
    for (let i = 0; at !== DEAD && at !== FOUND; i++) {
      let c = i < length ? subject.charCodeAt(i) : -1;
      if (c >= 0xd800) c = subject.codePointAt(i) ?? c;
      if (c > 0xffff) i += 1;
      const sort = c < 0 ? width - 1 : c < TABLED ? this.#sorts.readUInt16LE(2 * c) : rank(this.#bounds, c);
      const next = leads.readUInt16LE(2 * (at * width + sort));
      steps += next === UNKNOWN ? this.#program.length : 1;
      if (steps > STRIDE) {
        if (deadline?.over() === true) return undefined;
        steps = 0;
      }
      at = next === UNKNOWN ? this.#advance(at, sort) : next;
    }
    return at === FOUND;
  }

  #full(): boolean {
    return this.#room <= 0 || this.#states.length >= STATES;
  }

  #forget(): void {
    const none = state([], "edge");
    this.#states = [none, none, none, none];
    this.#numbers = new Map<string, number>();
    this.#leads = Buffer.alloc(2 * STATES * this.#firsts.length);
    this.#room = PLACES;
    this.#number([0], "edge");
  }

  #advance(from: number, sort: number): number {
    const to = this.#follow(this.#states[from] ?? state([], "edge"), sort);
    if (to !== LOOSE) this.#leads.writeUInt16LE(to, 2 * (from * this.#firsts.length + sort));
    return to;
  }

  /** Follows every way that leads from `state` over a character of this sort, visiting no step twice. */
  #follow(from: State, sort: number): number {
    const width = this.#firsts.length;
    const after = side(this.#firsts[sort] ?? -1);
    const ways = [...from.places];
    const places: number[] = [];
    this.#round += 1;
    while (ways.length > 0) {
      const at = ways.pop() ?? 0;
      if (at === this.#program.length) return FOUND;
      if (this.#visits.readUInt32LE(at * 4) === this.#round) continue;
      this.#visits.writeUInt32LE(this.#round, at * 4);
      const step = this.#program[at];
      if (step === undefined) continue;
      if (step.op === "fork") ways.push(at + step.x, at + step.y);
      else if (step.op === "take") {
        if (this.#accepts.readUInt8(step.set * width + sort) === 1) places.push(at + 1);
      } else if (step.holds(from.before, after)) ways.push(at + 1);
    }
    return this.#number(places, after);
  }

  /** The number of a state, new or known. */
  #number(places: number[], before: Side): number {
    if (places.length === 0) return DEAD;
    const fresh = state(places, before);
    if (this.#full()) {
      this.#states[LOOSE] = fresh;
      return LOOSE;
    }
    const key = `${before} ${places.sort((a, b) => a - b).join()}`;
    const known = this.#numbers.get(key) ?? this.#states.length;
    if (known < this.#states.length) return known;
    this.#states.push(fresh);
    this.#numbers.set(key, known);
    this.#room -= places.length;
    return known;
  }
}
