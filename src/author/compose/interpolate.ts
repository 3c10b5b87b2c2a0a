/** Compose's variables in values: $NAME, ${NAME}, ${NAME:-default} and its relatives, `$$` for a dollar. */
import { quoted } from "../../text.ts";
import { finding, refuse, type Entry, type Node, type Place } from "./node.ts";
import type { Finding } from "../finding.ts";

/** A variable's value, undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

/** Why a text cannot be filled in. */
export class Unfillable extends Error {}

/** A text with its variables replaced; `unset` is told of those that are neither set nor have a default. Throws Unfillable. */
export function fill(template: string, lookup: Lookup, unset: (name: string) => void): string {
  let out = "";
  for (let at = 0; at < template.length;) {
    const dollar = template.indexOf("$", at);
    if (dollar < 0) return out + template.slice(at);
    out += template.slice(at, dollar);
    const rest = template.slice(dollar + 1);
    const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest)?.[0] ?? "";
    if (rest.startsWith("$")) {
      out += "$";
      at = dollar + 2;
    } else if (rest.startsWith("{")) {
      const end = closing(rest);
      if (end < 0) throw new Unfillable("a ${ without its }");
      out += braced(rest.slice(1, end), lookup, unset);
      at = dollar + 1 + end + 1;
    } else if (name !== "") {
      out += known(name, lookup, unset);
      at = dollar + 1 + name.length;
    } else throw new Unfillable("a $ that starts no variable: $$ writes a dollar");
  }
  return out;
}

/** A node with every text filled in, as Compose does before it extends and merges. */
export function fillNode(node: Node, lookup: Lookup, told: (f: Finding) => void): Node {
  if (node.kind === "list") return { ...node, items: node.items.map((i) => fillNode(i, lookup, told)) };
  if (node.kind === "dict") {
    const filled = [...node.entries].map(([key, e]): [string, Entry] => [
      key,
      { at: e.at, value: fillNode(e.value, lookup, told) },
    ]);
    return { ...node, entries: new Map(filled) };
  }
  if (typeof node.value !== "string" || !node.value.includes("$")) return node;
  return { ...node, value: filled(node.value, node.at, lookup, told) };
}

function filled(template: string, at: Place, lookup: Lookup, told: (f: Finding) => void): string {
  try {
    return fill(template, lookup, (name) => {
      const said = `variable ${name} is not set: Compose puts an empty text in its place`;
      told(finding(at, "warning", "unset-variable", said, `set it in .env, or give a default: \${${name}:-…}`));
    });
  } catch (e) {
    if (e instanceof Unfillable) throw refuse(at, "variable", e.message);
    throw e;
  }
}

/** What stands between `${` and `}`. */
function braced(inside: string, lookup: Lookup, unset: (name: string) => void): string {
  const parts = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+?])(.*))?$/s.exec(inside);
  if (parts === null) throw new Unfillable("no variable between ${ and }: want a name of letters, digits and _");
  const name = parts.at(1) ?? "";
  const operator = parts.at(2) ?? "";
  const word = parts.at(3) ?? "";
  const value = lookup(name);
  const there = value !== undefined && (value !== "" || !operator.startsWith(":"));
  switch (operator.slice(-1)) {
    case "-":
      return there ? value : fill(word, lookup, unset);
    case "+":
      return there ? fill(word, lookup, unset) : "";
    case "?":
      if (there) return value;
      throw new Unfillable(`required variable ${name} is missing a value${word === "" ? "" : `: ${quoted(word)}`}`);
    default:
      return known(name, lookup, unset);
  }
}

function known(name: string, lookup: Lookup, unset: (name: string) => void): string {
  const value = lookup(name);
  if (value === undefined) unset(name);
  return value ?? "";
}

/** Where the brace that opens a text is closed again, or -1. */
function closing(text: string): number {
  let open = 0;
  for (let i = 0; i < text.length; i++) {
    if (text.charAt(i) === "{") open++;
    else if (text.charAt(i) === "}" && --open === 0) return i;
  }
  return -1;
}
