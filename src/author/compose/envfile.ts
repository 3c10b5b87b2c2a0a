/** A file of variables the way Compose reads it (compose-go, dotenv/parser.go): `.env`, and what `env_file` names. */
import { fill, Unfillable, type Lookup } from "./interpolate.ts";

export interface Variable {
  readonly name: string;
  /** Undefined where only the name stands: the variable is taken over where it is set. */
  readonly value: string | undefined;
  /** What was written after the sign, with its quotes. */
  readonly written: string;
  /** From 1. */
  readonly line: number;
}

/** A file's variables, and what Compose refuses in it; after the first such line it reads no further. */
export interface EnvFile {
  readonly variables: readonly Variable[];
  readonly refused: { readonly line: number; readonly text: string } | null;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  $: "$$",
};

/** Values see what the environment has, then the variables above them. */
export function readEnvFile(text: string, environment: Lookup): EnvFile {
  const variables: Variable[] = [];
  const values = new Map<string, string>();
  const lookup: Lookup = (name) => environment(name) ?? values.get(name);
  let at = 0;
  let line = 1;
  const pass = (length: number): void => {
    line += text.slice(at, at + length).split("\n").length - 1;
    at += length;
  };
  try {
    for (;;) {
      pass(/^(?:\s+|#[^\n]*)*/.exec(text.slice(at))?.[0].length ?? 0);
      if (at >= text.length) return { variables, refused: null };
      const taken = statement(text.slice(at), lookup);
      variables.push({ ...taken, line });
      if (taken.value !== undefined) values.set(taken.name, taken.value);
      pass(taken.length);
    }
  } catch (e) {
    if (e instanceof Unfillable) return { variables, refused: { line, text: e.message } };
    throw e;
  }
}

interface Statement extends Omit<Variable, "line"> {
  /** Characters it takes. */
  readonly length: number;
}

/** One variable at the start of a text. Throws Unfillable: no name, a space in it, a quote that does not end. */
function statement(text: string, lookup: Lookup): Statement {
  const head = /^(?:export\s+)?([\p{L}\p{N}_.[\]-]*)[^\S\n]*(=|:|\n|$)[^\S\n]*/u.exec(text);
  const name = head?.at(1) ?? "";
  if (head === null) throw new Unfillable("not a variable: want NAME=value");
  if (name === "") throw new Unfillable("a value without a name");
  if (!/[=:]/.test(head.at(2) ?? "")) return { name, value: undefined, written: "", length: head[0].length };
  const rest = text.slice(head[0].length);
  const quote = rest.charAt(0);
  if (quote !== '"' && quote !== "'") {
    const written = rest.split("\n", 1).join("");
    const value = (written.split(" #", 1)[0] ?? "").trimEnd();
    return { name, value: fill(value, lookup, () => {}), written, length: head[0].length + written.length };
  }
  const end = quoteEnd(rest, quote);
  if (end < 0) throw new Unfillable(`${name}: a quote that does not end`);
  const inside = rest.slice(1, end).replaceAll(`\\${quote}`, quote);
  const value = quote === "'" ? inside : fill(unescaped(inside), lookup, () => {});
  return { name, value, written: rest.slice(0, end + 1), length: head[0].length + end + 1 };
}

function quoteEnd(text: string, quote: string): number {
  for (let i = 1; i < text.length; i++) {
    if (text.charAt(i) === "\\") i++;
    else if (text.charAt(i) === quote) return i;
  }
  return -1;
}

function unescaped(text: string): string {
  return text.replace(/\\([abfnrtv\\"$])/g, (all, c: string) => ESCAPES[c] ?? all);
}
