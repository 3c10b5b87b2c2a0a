/** Everything wrong with the configuration, each with its place; all of it is reported, not the first alone. */
import type { Mark } from "./yaml.ts";

export class Mistake {
  readonly source: string;
  readonly at: Mark;
  readonly text: string;
  constructor(source: string, at: Mark, text: string) {
    this.source = source;
    this.at = at;
    this.text = text;
  }
  /** "preflight.yaml:12:5: …"; a word of the command line or of a variable has no line. */
  line(): string {
    const place = this.at.line === 0 ? this.source : `${this.source}:${this.at.line}:${this.at.column}`;
    return `${place}: ${this.text}`;
  }
}

export class Mistakes {
  readonly list: Mistake[] = [];
  /** The file, or the words, that is read now. */
  source = "";
  add(at: Mark, text: string): void {
    this.list.push(new Mistake(this.source, at, text));
  }
  /** In the order of the text. */
  sorted(): readonly Mistake[] {
    return this.list.toSorted((a, b) =>
      a.source === b.source ? a.at.line - b.at.line || a.at.column - b.at.column : a.source < b.source ? -1 : 1,
    );
  }
}
