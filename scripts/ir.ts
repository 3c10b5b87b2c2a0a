/**
 * Reads the compiler's intermediate form for what compiles and then misbehaves: a record cut down to a smaller arm of
 * its union (read out of bounds later), a conversion that always throws, code that is only a throw, a byte index that
 * aborts. tsc cannot see any of these.
 */
import { readFileSync } from "node:fs";

export interface Finding {
  readonly kind: "memory" | "throw" | "fence" | "index" | "copy";
  readonly place: string;
  readonly what: string;
  readonly fatal: boolean;
}

/** The one file that may index bytes: it tests the length first. */
const READER = /src\/net\/bytes\.ts$/;

interface Loc {
  readonly file?: string;
  readonly start?: number;
}
/** A node of the intermediate form, as far as it is looked at. */
interface Tree {
  readonly kind?: string;
  readonly callee?: string;
  readonly message?: string;
  readonly fn?: string;
  readonly method?: string;
  readonly value?: unknown;
  readonly loc?: Loc;
}

export function findings(path: string): readonly Finding[] {
  const ir = JSON.parse(readFileSync(path, "utf8")) as { functions: { name: string; body: unknown; loc: Loc }[] };
  const found = new Map<string, Finding>();
  const add = (kind: Finding["kind"], loc: Loc, what: string): void => {
    const place = where(loc);
    const fatal = kind !== "copy" && !(kind === "index" && READER.test(loc.file ?? ""));
    found.set(`${kind} ${place} ${what}`, { kind, place, what, fatal });
  };
  const walk = (node: unknown, above: Loc, own: boolean): void => {
    if (Array.isArray(node)) {
      for (const n of node) walk(n, above, own);
      return;
    }
    if (node === null || typeof node !== "object") return;
    const n = node as Tree;
    const loc = n.loc ?? above;
    const kind = n.kind;
    const callee = n.callee ?? "";
    if (kind === "unionWrap" && widens(n.value))
      add("memory", loc, "a record literal is cut down to a smaller arm of its union");
    if (kind === "call" && callee.startsWith("%union.strand."))
      add("throw", loc, "always throws: the value fits no arm of its union");
    if (own) {
      const message = n.message ?? "";
      const fn = n.fn ?? "";
      if (kind === "runtimeFence" && !message.startsWith("unreachable:")) add("fence", loc, message);
      if (kind === "libCall" && (fn === "global.undefRead" || fn.endsWith("Chk"))) add("fence", loc, fn);
      if (widens(n)) add("copy", loc, callee);
      if (kind === "bytesSet" || (kind === "bytesIntrinsic" && n.method === "get"))
        add("index", loc, "byte index: aborts when out of range");
      if (kind === "strIntrinsic" && n.method === "repeat") add("index", loc, "repeat: aborts on a negative count");
    }
    for (const value of Object.values(n)) walk(value, loc, own);
  };
  for (const f of ir.functions) walk(f.body, f.loc, !/^%(?!m\d+\.|%m|init\.|fn\d)[a-z]+\./.test(f.name));
  return [...found.values()];
}

function widens(node: unknown): boolean {
  const n = node as Tree | null | undefined;
  return n?.kind === "call" && /^%(rec|arr|obj)\.width\./.test(n.callee ?? "");
}

function where(loc: Loc): string {
  if (loc.file === undefined) return "?";
  return `${loc.file}:${readFileSync(loc.file, "utf8").slice(0, loc.start).split("\n").length}`;
}
