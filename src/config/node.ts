// What a configuration file is read into: scalars, lists and maps with their positions.
import type { Mark } from "./text.ts";

/** A key and its value; a position is the key's. */
export interface Entry {
  readonly key: string;
  readonly at: Mark;
  readonly value: Node;
}

/** One node; made by scalar, list and map. One type, not a union, whose literals the compiler misreads. */
export interface Node {
  readonly kind: "scalar" | "list" | "map";
  readonly at: Mark;
  /** A scalar's text, untyped: quotes and escapes resolved, lines folded. */
  readonly text: string;
  /** Whether a scalar stands without quotes, "|" and ">". */
  readonly plain: boolean;
  readonly items: readonly Node[];
  readonly entries: readonly Entry[];
}

const NO_ITEMS: readonly Node[] = [];
const NO_ENTRIES: readonly Entry[] = [];

export function scalar(text: string, plain: boolean, at: Mark): Node {
  return { kind: "scalar", at, text, plain, items: NO_ITEMS, entries: NO_ENTRIES };
}

export function list(items: readonly Node[], at: Mark): Node {
  return { kind: "list", at, text: "", plain: false, items, entries: NO_ENTRIES };
}

export function map(entries: readonly Entry[], at: Mark): Node {
  return { kind: "map", at, text: "", plain: false, items: NO_ITEMS, entries };
}
