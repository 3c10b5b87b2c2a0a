// What a configuration file is read into: scalars, lists and maps with their positions.
import type { Mark } from "./text.ts";

/** A key and its value; a position is the key's. */
export interface Entry {
  readonly key: string;
  readonly at: Mark;
  readonly value: Node;
}

/** One node; made by scalar, list and map. A class, not a union, whose literals the compiler misreads. */
export class Node {
  readonly kind: "scalar" | "list" | "map";
  readonly at: Mark;
  /** A scalar's text, untyped: quotes and escapes resolved, lines folded. */
  readonly text: string;
  /** Whether a scalar stands without quotes, "|" and ">". */
  readonly plain: boolean;
  readonly items: readonly Node[];
  readonly entries: readonly Entry[];

  constructor(
    kind: "scalar" | "list" | "map",
    at: Mark,
    text: string,
    plain: boolean,
    items: readonly Node[],
    entries: readonly Entry[],
  ) {
    this.kind = kind;
    this.at = at;
    this.text = text;
    this.plain = plain;
    this.items = items;
    this.entries = entries;
  }
}

const NO_ITEMS: readonly Node[] = [];
const NO_ENTRIES: readonly Entry[] = [];

export function scalar(text: string, plain: boolean, at: Mark): Node {
  return new Node("scalar", at, text, plain, NO_ITEMS, NO_ENTRIES);
}

export function list(items: readonly Node[], at: Mark): Node {
  return new Node("list", at, "", false, items, NO_ENTRIES);
}

export function map(entries: readonly Entry[], at: Mark): Node {
  return new Node("map", at, "", false, NO_ITEMS, entries);
}
