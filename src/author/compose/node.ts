/** A Compose file as data that knows where each piece was written. */
import type { Finding } from "../finding.ts";
import { Refusal } from "../refusal.ts";

/** A file: how messages call it, and the directory that relative paths in it start from. */
export interface Source {
  readonly name: string;
  readonly base: string;
}

/** Lines and columns count from 1. */
export interface Place {
  readonly source: Source;
  readonly line: number;
  readonly column: number;
}

interface Common {
  readonly at: Place;
  /** Compose's own: "!reset" takes away what is overridden, "!override" replaces it. */
  readonly tag: string;
}
export interface Scalar extends Common {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** As written, before variables were replaced; "" where nobody wrote it. */
  readonly written: string;
}
export interface List extends Common {
  readonly kind: "list";
  readonly items: readonly Node[];
}
export interface Dict extends Common {
  readonly kind: "dict";
  readonly entries: ReadonlyMap<string, Entry>;
}
export interface Entry {
  /** Of the key. */
  readonly at: Place;
  readonly value: Node;
}
export type Node = Scalar | List | Dict;

/** What is at a path of keys, if anything. */
export function get(node: Node | undefined, ...path: readonly string[]): Node | undefined {
  let here = node;
  for (const key of path) here = here?.kind === "dict" ? here.entries.get(key)?.value : undefined;
  return here;
}

/** Keys and their values; nothing where there is no mapping. */
export function entries(node: Node | undefined): readonly (readonly [string, Entry])[] {
  return node?.kind === "dict" ? [...node.entries] : [];
}

/** A list, or the one value that stands for a list of one. */
export function items(node: Node | undefined): readonly Node[] {
  if (node === undefined || isNull(node)) return [];
  return node.kind === "list" ? node.items : [node];
}

/** A scalar's text, "" for null; undefined where there is none. */
export function text(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" ? String(node.value ?? "") : undefined;
}

/** A boolean, which a replaced variable writes as text. */
export function truth(node: Node | undefined, missing: boolean): boolean {
  const word = text(node)?.toLowerCase();
  return word === undefined || word === "" ? missing : /^(?:true|t|1|yes|y|on)$/.test(word);
}

export function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}

export function scalar(value: Scalar["value"], at: Place): Scalar {
  return { kind: "scalar", at, tag: "", value, written: "" };
}

export function dict(at: Place, all: Iterable<readonly [string, Entry]>): Dict {
  return { kind: "dict", at, tag: "", entries: new Map(all) };
}

/** A mapping with one key more, or with another value for it. */
export function having(into: Dict, key: string, value: Node): Dict {
  const at = into.entries.get(key)?.at ?? value.at;
  return { ...into, entries: new Map([...into.entries, [key, { at, value }]]) };
}

/** Whether two nodes say the same, wherever they were written. */
export function same(a: Node, b: Node): boolean {
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

/** A node as plain data. */
function plain(node: Node): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map((i) => plain(i));
  return Object.fromEntries([...node.entries].map(([k, e]) => [k, plain(e.value)]));
}

/** "a mapping", as messages say what a node is. */
export function sort(node: Node): string {
  if (node.kind !== "scalar") return node.kind === "dict" ? "a mapping" : "a list";
  return node.value === null ? "nothing" : `a ${typeof node.value === "string" ? "text" : typeof node.value}`;
}

export function finding(at: Place, severity: Finding["severity"], rule: string, said: string, hint = ""): Finding {
  return { file: at.source.name, line: at.line, column: at.column, severity, rule, text: said, hint };
}

/** What Compose itself would not take. */
export function refuse(at: Place, rule: string, said: string, hint = ""): Refusal {
  return new Refusal(finding(at, "error", rule, said, hint));
}
