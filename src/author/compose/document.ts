/** YAML text to nodes, the way Compose reads YAML: aliases and merge keys resolved, documents one after the other. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from "yaml";
import type { Document } from "yaml";
import { quoted } from "../../text.ts";
import { refuse, type Entry, type Node, type Place, type Source } from "./node.ts";

/** Nodes of a file after its aliases are resolved: far more than people write, far less than an attack makes. */
const MOST = 100_000;
const DEEPEST = 64;

/** A file's documents; Compose merges them. Throws a Refusal at the first mistake. */
export function readDocuments(text: string, source: Source): readonly Node[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { source, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const documents = "empty" in parsed ? [] : parsed;
  for (const d of documents) {
    const error = d.errors.at(0);
    if (error !== undefined) throw refuse(place(error.pos[0]), "yaml", `not YAML: ${lower(error.message)}`);
  }
  return documents.map((d) => new Reader(d, place).read());
}

class Reader {
  readonly #document: Document.Parsed;
  readonly #place: (offset: number) => Place;
  #count = 0;

  constructor(document: Document.Parsed, place: (offset: number) => Place) {
    this.#document = document;
    this.#place = place;
  }

  read(): Node {
    return this.#node(this.#document.contents, this.#place(this.#document.range[0]), []);
  }

  #node(from: unknown, near: Place, above: readonly unknown[]): Node {
    const at = this.#at(from, near);
    if (++this.#count > MOST) throw refuse(at, "yaml", `more than ${MOST} values after aliases are resolved`);
    if (above.length > DEEPEST) throw refuse(at, "yaml", `nested deeper than ${DEEPEST} levels`);
    if (above.includes(from)) throw refuse(at, "yaml", "an alias that contains itself");
    if (isAlias(from)) {
      const target = from.resolve(this.#document);
      if (target === undefined) throw refuse(at, "yaml", `no anchor called ${quoted(from.source)}`);
      return this.#node(target, at, [...above, from]);
    }
    const tag = (from as { readonly tag?: string } | null)?.tag ?? "";
    if (isSeq(from))
      return { kind: "list", at, tag, items: from.items.map((i) => this.#node(i, at, [...above, from])) };
    if (isMap(from)) {
      const entries = new Map<string, Entry>();
      const merged = new Map<string, Entry>();
      for (const pair of from.items) {
        const keyAt = this.#at(pair.key, at);
        if (!isScalar(pair.key)) throw refuse(keyAt, "yaml", "a key must be a text");
        const key = String(pair.key.value);
        const value = this.#node(pair.value, keyAt, [...above, from]);
        if (key !== "<<") entries.set(key, { at: keyAt, value });
        else for (const [k, e] of mergeKey(value)) if (!merged.has(k)) merged.set(k, e);
      }
      for (const [k, e] of merged) if (!entries.has(k)) entries.set(k, e);
      return { kind: "dict", at, tag, entries };
    }
    const value = isScalar(from) ? from.value : null;
    const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
    return { kind: "scalar", at, tag, value: plain, written: String(plain ?? "") };
  }

  #at(node: unknown, near: Place): Place {
    const range = (node as { readonly range?: readonly number[] | null } | null)?.range;
    return range?.[0] === undefined ? near : this.#place(range[0]);
  }
}

/** What `<<` brings: of a mapping, or of several, the first of which wins. */
function mergeKey(value: Node): readonly (readonly [string, Entry])[] {
  if (value.kind === "list") return value.items.flatMap((i) => mergeKey(i));
  if (value.kind !== "dict") throw refuse(value.at, "yaml", "a merge key (<<) wants a mapping, or a list of mappings");
  return [...value.entries];
}

function lower(message: string): string {
  const line = message.split("\n")[0] ?? "";
  return line.charAt(0).toLowerCase() + line.slice(1);
}
