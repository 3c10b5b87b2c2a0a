// A cursor over the text of a YAML document, which knows lines, indentation and positions.
import { type Mark, YamlError } from "./text.ts";

// Characters are compared as codes: a comparison of strings takes the compiled program some hundred instructions.
/** In place of a character: in front of the text and behind it. */
export const END = -1;
export const TAB = 9;
export const NEWLINE = 10;
export const SPACE = 32;
export const DOUBLE_QUOTE = 34;
export const HASH = 35;
export const AMPERSAND = 38;
export const QUOTE = 39;
export const ASTERISK = 42;
export const PLUS = 43;
export const COMMA = 44;
export const DASH = 45;
export const DOT = 46;
export const ZERO = 48;
export const NINE = 57;
export const COLON = 58;
export const GREATER = 62;
export const QUESTION = 63;
export const OPEN_LIST = 91;
export const BACKSLASH = 92;
export const CLOSE_LIST = 93;
export const LETTER_A = 97;
export const LETTER_Z = 122;
export const OPEN_MAP = 123;
export const BAR = 124;
export const CLOSE_MAP = 125;

/** s-white [33]. */
export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** White space, a line's end, or the end of the text. */
export function isSpace(code: number): boolean {
  return code === SPACE || code === NEWLINE || code === TAB || code === END;
}

/** c-flow-indicator [23]. */
export function isFlow(code: number): boolean {
  return code === COMMA || code === OPEN_LIST || code === CLOSE_LIST || code === OPEN_MAP || code === CLOSE_MAP;
}

/** A part of a text without the white space at its end. */
export function sliceTrimmed(text: string, from: number, to: number): string {
  let end = to;
  while (end > from && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(from, end);
}

/** A position as one number: the line, times so much, and the column. What reads a document is handed many, and makes few Marks. */
export type Place = number;
const LINE = 2 ** 24; // more than a line is long

export function toMark(place: Place): Mark {
  const line = Math.floor(place / LINE);
  return { line, column: place - line * LINE };
}

export function failAt(place: Place, message: string): YamlError {
  return new YamlError(message, toMark(place));
}

/** Counts columns: in code points, and in linear time where those of a line are asked for in their order. */
class Columns {
  readonly #text: string;
  readonly #isAscii: boolean;
  #counted = 0; // the characters up to here are counted in #column
  #column = 1;

  constructor(text: string) {
    this.#text = text;
    this.#isAscii = Buffer.byteLength(text) === text.length;
  }

  /** The column of a character in the line that begins at start. */
  of(start: number, at: number): number {
    if (this.#isAscii) return at - start + 1;
    const text = this.#text;
    const goesOn = this.#counted >= start && this.#counted <= at;
    let column = goesOn ? this.#column : 1;
    for (let i = goesOn ? this.#counted : start; i < at; i++) {
      if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) column++;
    }
    this.#counted = at;
    this.#column = column;
    return column;
  }
}

/** Walks over a text; its characters are compared with ASCII only, and its slices are cut at ASCII only. */
export class Cursor {
  /** For the loops that take long, which keep it and their place in constants of their own. */
  readonly text: string;
  at = 0;
  line = 1;
  /** Where the line starts. */
  start = 0;
  /** The spaces in front of the line; -1 at the end of the text, or of the document. */
  indent = 0;
  /** Where the first tab is in the white space just passed, or -1. */
  tab = -1;
  #first = 0; // behind the white space in front of the line
  readonly #columns: Columns;

  /** Line breaks are normalised: b-break [28]. */
  constructor(text: string) {
    this.text = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
    this.#columns = new Columns(this.text);
    this.#enterLine();
  }

  /** Whether the text ends here, within a line. */
  isCutOff(): boolean {
    return this.peek(0) === END && this.peek(-1) !== NEWLINE;
  }

  /** The code of the character that far ahead, or END. Half of one outside of the basic plane: compare it with ASCII only. */
  peek(ahead: number): number {
    const code = this.text.charCodeAt(this.at + ahead);
    return code >= 0 ? code : END;
  }

  /** The same character, whole, for a message. */
  char(ahead: number): string {
    const at = this.at + ahead;
    const isHigh = (this.text.charCodeAt(at) & 0xfc00) === 0xd800;
    return this.text.slice(at, at + (isHigh ? 2 : 1));
  }

  /** The text from there to here. */
  slice(from: number): string {
    return this.text.slice(from, this.at);
  }

  /** Back to a place in an earlier line, the one that begins at start. */
  goBack(line: number, start: number, at: number): void {
    this.line = line;
    this.start = start;
    this.#enterLine();
    this.at = at;
  }

  place(): Place {
    return this.placeOf(this.line, this.start, this.at);
  }

  /** The position of a character that was passed. */
  placeOf(line: number, start: number, at: number): Place {
    return line * LINE + this.#columns.of(start, at);
  }

  fail(message: string): YamlError {
    return failAt(this.place(), message);
  }

  /** For a tab where spaces are wanted; in front of it is nothing but ASCII. */
  failTab(tab: number): YamlError {
    return failAt(this.placeOf(this.line, this.start, tab), "a tab cannot indent: use spaces");
  }

  /** For a line in a bracket or a quote that is indented less than its parent asks for. */
  failDedent(min: number, what: string): YamlError {
    if (this.tab >= 0) return this.failTab(this.tab);
    const wanted = `want an indentation of at least ${min} while a ${what} is open, got ${this.indent}`;
    return this.fail(`${wanted}: close it on a line that is indented`);
  }

  /** Whether "---" or "..." stands here, at the start of a line: c-directives-end [203], c-document-end [204]. */
  isMarker(marker: string): boolean {
    return this.at === this.start && this.text.startsWith(marker, this.at) && isSpace(this.peek(3));
  }

  /** Whether that character stands here as an indicator: in front of white space, or in a flow collection of one of its own. */
  isIndicator(code: number, flow: boolean): boolean {
    return this.peek(0) === code && this.endsWord(1, flow);
  }

  /** Whether a word, or an indicator, ends in front of the character that far ahead. */
  endsWord(ahead: number, flow: boolean): boolean {
    const code = this.peek(ahead);
    return isSpace(code) || (flow && isFlow(code));
  }

  /** Passes white space in the line: s-separate-in-line [66]. What stands behind it. */
  skipBlanks(): number {
    const text = this.text;
    const from = this.at;
    let at = from;
    let tab = -1;
    let code = text.charCodeAt(at);
    while (isBlank(code)) {
      if (code === TAB && tab < 0) tab = at;
      at++;
      code = text.charCodeAt(at);
    }
    if (at > from) {
      this.tab = tab;
      this.at = at;
    }
    return code >= 0 ? code : END;
  }

  /** To the line's end. */
  passLine(): void {
    const end = this.text.indexOf("\n", this.at);
    this.at = end < 0 ? this.text.length : end;
  }

  /** From a line's end into the next line, past the white space in front of it. What stands there. */
  nextLine(): number {
    this.line++;
    this.start = this.at + 1;
    return this.#enterLine();
  }

  /** Whether the line ends here and the next one, empty lines aside, may be indented by so much. Stays here. */
  mayGoOn(min: number): boolean {
    const text = this.text;
    const end = this.at;
    if (text.charCodeAt(end) !== NEWLINE) return false;
    let at = end + 1;
    while (text.charCodeAt(at) === SPACE) at++;
    const code = text.charCodeAt(at);
    return at - end > min || code === NEWLINE || code === TAB;
  }

  /** Passes white space and a comment: s-b-comment [77]. What stands behind: NEWLINE or END, or what is none of that. */
  endLine(): number {
    const code = this.skipBlanks();
    if (code !== HASH || !isSpace(this.peek(-1))) return code;
    this.passLine();
    return this.peek(0);
  }

  /** Passes white space, comments and line ends: s-separate [80], s-l-comments [79]. Whether a new line, or the end, was reached. */
  gap(): boolean {
    let code = this.endLine();
    while (code === NEWLINE) {
      code = this.nextLine();
      if (code === HASH) code = this.endLine();
    }
    if (code !== END) return this.at === this.#first;
    this.indent = -1;
    return true;
  }

  #enterLine(): number {
    const text = this.text;
    const start = this.start;
    let at = start;
    while (text.charCodeAt(at) === SPACE) at++;
    this.at = at;
    this.tab = -1;
    const code = this.skipBlanks();
    this.#first = this.at;
    const isMarker = at === start && (code === DASH ? this.isMarker("---") : code === DOT && this.isMarker("..."));
    this.indent = code === END || isMarker ? -1 : at - start;
    return code;
  }
}
