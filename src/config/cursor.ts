// A cursor over the text of a YAML document, which knows lines, indentation and positions.
import { type Mark, YamlError } from "./text.ts";

/** s-white [33]. */
export function isBlank(c: string): boolean {
  return c === " " || c === "\t";
}

/** White space, a line's end, or the end of the text (""). */
export function isSpace(c: string): boolean {
  return c === "" || c === " " || c === "\t" || c === "\n";
}

/** c-flow-indicator [23]. */
export function isFlow(c: string): boolean {
  return c === "," || c === "[" || c === "]" || c === "{" || c === "}";
}

/** Where a cursor stood, to return to. */
export interface Place {
  readonly at: number;
  readonly line: number;
  readonly start: number;
}

/** Walks over a text; its characters are compared with ASCII only, and its slices are cut at ASCII only. */
export class Cursor {
  readonly #text: string;
  at = 0;
  line = 1;
  /** Where the line starts. */
  start = 0;
  /** The spaces in front of the line; -1 at the end of the text, or of the document. */
  indent = 0;
  /** Where the first tab is in the white space just passed, or -1. */
  tab = -1;
  #first = 0; // behind the white space in front of the line
  #counted = 0; // the characters up to here are counted in #column
  #column = 1;

  /** Line breaks are normalised: b-break [28]. */
  constructor(text: string) {
    this.#text = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
    this.#enterLine();
  }

  /** The distance from the start of the line, which is the indentation of what begins after spaces (and "-") alone. */
  get offset(): number {
    return this.at - this.start;
  }
  get place(): Place {
    return { at: this.at, line: this.line, start: this.start };
  }
  /** Whether the text ends here, within a line. */
  get cutOff(): boolean {
    return this.at >= this.#text.length && !this.#text.endsWith("\n");
  }

  /** The character that far ahead; "" behind the text. Half of one outside of the basic plane: compare it with ASCII only. */
  peek(ahead: number): string {
    return this.#text.charAt(this.at + ahead);
  }

  /** The same, whole, for a message. */
  char(ahead: number): string {
    const at = this.at + ahead;
    const isHigh = (this.#text.charCodeAt(at) & 0xfc00) === 0xd800;
    return this.#text.slice(at, at + (isHigh ? 2 : 1));
  }

  slice(from: number, to: number): string {
    return this.#text.slice(from, to);
  }

  goBack(place: Place): void {
    this.line = place.line;
    this.start = place.start;
    this.#enterLine();
    this.at = place.at;
  }

  mark(): Mark {
    if (this.#counted < this.start || this.#counted > this.at) {
      this.#counted = this.start;
      this.#column = 1;
    }
    for (; this.#counted < this.at; this.#counted++) {
      const low = (this.#text.charCodeAt(this.#counted) & 0xfc00) === 0xdc00;
      if (!low) this.#column++;
    }
    return { line: this.line, column: this.#column };
  }

  fail(message: string): YamlError {
    return new YamlError(message, this.mark());
  }

  /** For a tab where spaces are wanted; in front of it is nothing but ASCII. */
  failTab(tab: number): YamlError {
    return new YamlError("a tab cannot indent: use spaces", { line: this.line, column: tab - this.start + 1 });
  }

  /** Whether "---" or "..." stands here, at the start of a line: c-directives-end [203], c-document-end [204]. */
  isMarker(marker: string): boolean {
    return this.at === this.start && this.#text.startsWith(marker, this.at) && isSpace(this.peek(3));
  }

  /** Passes white space in the line: s-separate-in-line [66]. */
  skipBlanks(): void {
    const from = this.at;
    while (isBlank(this.peek(0))) this.at++;
    const tab = this.#text.slice(from, this.at).indexOf("\t");
    if (this.at > from) this.tab = tab < 0 ? -1 : from + tab;
  }

  /** The rest of the line, from the given indentation: what a block scalar holds of it. */
  takeLine(indent: number): string {
    const end = this.#text.indexOf("\n", this.at);
    this.at = end < 0 ? this.#text.length : end;
    return this.#text.slice(this.start + indent, this.at);
  }

  /** From a line's end into the next line, past the white space in front of it. */
  nextLine(): void {
    this.at++;
    this.line++;
    this.start = this.at;
    this.#enterLine();
  }

  /** Passes white space and a comment: s-b-comment [77]. Whether the line's end was reached. */
  endLine(): boolean {
    this.skipBlanks();
    if (this.peek(0) === "#" && isSpace(this.peek(-1))) this.takeLine(0);
    return this.peek(0) === "\n" || this.peek(0) === "";
  }

  /** Passes white space, comments and line ends: s-separate [80], s-l-comments [79]. Whether a new line, or the end, was reached. */
  gap(): boolean {
    while (this.endLine() && this.peek(0) === "\n") this.nextLine();
    if (this.at < this.#text.length) return this.at === this.#first;
    this.indent = -1;
    return true;
  }

  #enterLine(): void {
    this.at = this.start;
    while (this.peek(0) === " ") this.at++;
    this.indent = this.at - this.start;
    this.tab = this.peek(0) === "\t" ? this.at : -1;
    while (isBlank(this.peek(0))) this.at++;
    this.#first = this.at;
    if (this.at >= this.#text.length || this.isMarker("---") || this.isMarker("...")) this.indent = -1;
  }
}
