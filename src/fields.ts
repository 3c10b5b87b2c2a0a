/** What an option can be: its parsing, its default, its wording and its JSON Schema. */
import type { Mistakes } from "./config/mistakes.ts";
import type { Mark, Node } from "./config/yaml.ts";
import { compile, PatternError } from "./pattern.ts";
import { either, meant, quoted } from "./text.ts";

export type Sort =
  | "text"
  | "list"
  | "flag"
  | "count"
  | "number"
  | "duration"
  | "size"
  | "amount"
  | "mode"
  | "pattern"
  | "pairs"
  | "json"
  | "records";

/** A field is data: readers, help, README and schema are made from it. */
export interface Field {
  readonly name: string;
  readonly sort: Sort;
  /** One phrase for help, README and schema. */
  readonly about: string;
  /** The default as one would write it, "" where there is none. */
  readonly or: string;
  readonly required: boolean;
  /** The only texts allowed; empty: any. */
  readonly choices: readonly string[];
  /** What the entries of `records` hold. */
  readonly fields: readonly Field[];
}

export function field(sort: Sort, name: string, about: string, or = ""): Field {
  return { name, sort, about, or, required: false, choices: [], fields: [] };
}
/** One of these words. */
export function choice(name: string, about: string, choices: readonly string[], or = ""): Field {
  return { name, sort: "text", about, or, required: false, choices, fields: [] };
}
/** A mapping with these fields, or a list of such. */
export function records(name: string, about: string, fields: readonly Field[]): Field {
  return { name, sort: "records", about, or: "", required: false, choices: [], fields };
}
export function required(f: Field): Field {
  return { name: f.name, sort: f.sort, about: f.about, or: f.or, required: true, choices: f.choices, fields: f.fields };
}

/** Fields by name. */
export class Fields {
  readonly list: readonly Field[];
  readonly required: readonly Field[];
  readonly #byName = new Map<string, Field>();
  constructor(list: readonly Field[]) {
    this.list = list;
    this.required = list.filter((f) => f.required);
    for (const f of list) this.#byName.set(f.name, f);
  }
  get(name: string): Field | undefined {
    return this.#byName.get(name);
  }
}

/** What was configured for one field. */
export class Value {
  /** A scalar's text, variables replaced; of `json`, the canonical JSON text. */
  readonly text: string;
  /** As it was written, before variables were replaced: safe to print. */
  readonly raw: string;
  /** flag: 0 or 1; duration: milliseconds; size: bytes; amount: bytes, or a share below 0 (amountOf); mode: permission bits. */
  readonly number: number;
  /** `list`: its texts; `pairs`: name, value, name, value … */
  readonly list: readonly string[];
  readonly items: readonly Options[];
  readonly at: Mark;
  constructor(text: string, raw: string, number: number, list: readonly string[], items: readonly Options[], at: Mark) {
    this.text = text;
    this.raw = raw;
    this.number = number;
    this.list = list;
    this.items = items;
    this.at = at;
  }
}

const NO_TEXTS: readonly string[] = [];
const NO_OPTIONS: readonly Options[] = [];

/** The options of one check, by field. A field that was not given answers with its default, or empty. */
export class Options {
  readonly #values: ReadonlyMap<string, Value>;
  readonly fields: Fields;
  readonly at: Mark;
  constructor(values: ReadonlyMap<string, Value>, fields: Fields, at: Mark) {
    this.#values = values;
    this.fields = fields;
    this.at = at;
  }
  given(name: string): boolean {
    return this.#values.has(name);
  }
  value(name: string): Value | undefined {
    return this.#values.get(name);
  }
  text(name: string): string {
    return this.#values.get(name)?.text ?? this.#default(name);
  }
  list(name: string): readonly string[] {
    const value = this.#values.get(name);
    if (value !== undefined) return value.list;
    const or = this.#default(name);
    return or === "" ? NO_TEXTS : [or];
  }
  number(name: string): number {
    const value = this.#values.get(name);
    if (value !== undefined) return value.number;
    const f = this.fields.get(name);
    return f === undefined || f.or === "" ? 0 : (numeric(f.sort, f.or) ?? 0);
  }
  flag(name: string): boolean {
    return this.number(name) === 1;
  }
  items(name: string): readonly Options[] {
    return this.#values.get(name)?.items ?? NO_OPTIONS;
  }
  #default(name: string): string {
    return this.fields.get(name)?.or ?? "";
  }
}

/** What a field wants, as messages and help say it. */
export function want(f: Field): string {
  if (f.choices.length > 0) return either(f.choices);
  switch (f.sort) {
    case "text":
      return "a text";
    case "list":
      return "a text or a list of texts";
    case "flag":
      return "true or false";
    case "count":
      return "a whole number";
    case "number":
      return "a number";
    case "duration":
      return 'a duration such as "30s"';
    case "size":
      return 'a size such as "64KiB"';
    case "amount":
      return 'a size such as "1GiB" or a share such as "10%"';
    case "mode":
      return "an octal mode such as 0640";
    case "pattern":
      return "a regular expression";
    case "pairs":
      return "a mapping of names to texts";
    case "json":
      return "any value";
    case "records":
      return "a mapping or a list of mappings";
  }
}

const DURATION = /^(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+$/;
const LONGEST = 7 * 24 * 3_600_000;
const SIZES: readonly string[] = ["", "B", "KB", "KiB", "MB", "MiB", "GB", "GiB", "TB", "TiB"];
const BYTES: readonly number[] = [1, 1, 1e3, 1024, 1e6, 1_048_576, 1e9, 1_073_741_824, 1e12, 1_099_511_627_776];

/** Milliseconds of "1m30s", or undefined. A bare number has no unit and is no duration; 0 needs none. */
export function milliseconds(text: string): number | undefined {
  if (text === "0") return 0;
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const part of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    const unit = part[2] === "ms" ? 1 : part[2] === "s" ? 1000 : part[2] === "m" ? 60_000 : 3_600_000;
    total += Number(part[1] ?? "") * unit;
  }
  return total <= LONGEST ? Math.round(total) : undefined;
}

/** The number behind a scalar of this sort, or undefined where it is none. */
export function numeric(sort: Sort, text: string): number | undefined {
  switch (sort) {
    case "flag":
      return text === "true" ? 1 : text === "false" ? 0 : undefined;
    case "count":
      return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
    case "number":
      return /^-?[0-9]{1,15}(?:\.[0-9]{1,15})?$/.test(text) ? Number(text) : undefined;
    case "duration":
      return milliseconds(text);
    case "size": {
      const m = /^([0-9]{1,12})([A-Za-z]*)$/.exec(text);
      const unit = SIZES.indexOf(m === null ? "?" : (m[2] ?? ""));
      return unit < 0 ? undefined : Number(m?.[1] ?? "") * (BYTES[unit] ?? 1);
    }
    case "amount":
      return /^(?:100|[0-9]{1,2})%$/.test(text) ? 0 - Number(text.slice(0, -1)) / 100 : numeric("size", text);
    case "mode":
      return /^(?:0o?)?[0-7]{3,4}$/.test(text) ? parseInt(text.split("o").join(""), 8) : undefined;
    default:
      return 0;
  }
}

/** What an "amount" comes to, of a whole: its share of it, or the size itself. */
export function amountOf(amount: number, whole: number): number {
  return amount < 0 ? Math.ceil(0 - amount * whole) : amount;
}

const NONE = new Fields([]);

/** Reads nodes into values. `expand` replaces variables in a text and reports what it cannot. */
export class Reader {
  readonly #mistakes: Mistakes;
  readonly #expand: (text: string, at: Mark) => string;
  constructor(mistakes: Mistakes, expand: (text: string, at: Mark) => string) {
    this.#mistakes = mistakes;
    this.#expand = expand;
  }

  /** The fields of a mapping. Keys in `others` belong to somebody else; `what` names the mapping where a key is nobody's
   * ("a tcp check"), "" passes that over. */
  options(node: Node, fields: Fields, what: string, others: Fields): Options {
    const values = new Map<string, Value>();
    for (const entry of node.entries) {
      const f = fields.get(entry.key);
      if (f !== undefined) {
        const value = this.value(f, entry.value);
        if (value !== undefined) values.set(f.name, value);
      } else if (what !== "" && others.get(entry.key) === undefined) {
        const known = [...fields.list, ...others.list].map((x) => x.name);
        this.#mistakes.add(entry.at, `unknown key ${quoted(entry.key)} in ${what}${meant(entry.key, known)}`);
      }
    }
    for (const f of fields.required) {
      if (!values.has(f.name) && !node.entries.some((e) => e.key === f.name)) {
        this.#mistakes.add(node.at, `${what} needs "${f.name}", ${want(f)}`);
      }
    }
    return new Options(values, fields, node.at);
  }

  /** The value of one field, or undefined after saying what is wrong with it. */
  value(f: Field, node: Node): Value | undefined {
    switch (f.sort) {
      case "list": {
        if (node.kind === "scalar") break;
        const texts = node.kind === "list" ? this.#texts(node.items) : undefined;
        if (texts === undefined) return this.#wrong(f, node);
        return new Value(texts.join(" "), raw(node.items), 0, texts, NO_OPTIONS, node.at);
      }
      case "pairs": {
        const values = node.kind === "map" ? this.#texts(node.entries.map((e) => e.value)) : undefined;
        if (values === undefined) return this.#wrong(f, node);
        const list: string[] = [];
        for (const [i, e] of node.entries.entries()) list.push(e.key, values.at(i) ?? "");
        return new Value("", raw(node.entries.map((e) => e.value)), 0, list, NO_OPTIONS, node.at);
      }
      case "records": {
        const nodes = node.kind === "list" ? node.items : [node];
        const items: Options[] = [];
        for (const n of nodes) {
          if (n.kind !== "map") return this.#wrong(f, n);
          items.push(this.options(n, new Fields(f.fields), `"${f.name}"`, NONE));
        }
        return new Value("", "", 0, NO_TEXTS, items, node.at);
      }
      case "json":
        return new Value(this.#json(node), node.text, 0, NO_TEXTS, NO_OPTIONS, node.at);
      default:
        break;
    }
    if (node.kind !== "scalar") return this.#wrong(f, node);
    const text = this.#expand(node.text, node.at);
    if (f.choices.length > 0 && !f.choices.includes(text)) return this.#wrong(f, node);
    const number = numeric(f.sort, text);
    if (number === undefined) return this.#wrong(f, node);
    if (f.sort === "pattern" && !this.#compiles(f, text, node)) return undefined;
    return new Value(text, node.text, number, f.sort === "list" ? [text] : NO_TEXTS, NO_OPTIONS, node.at);
  }

  #texts(nodes: readonly Node[]): readonly string[] | undefined {
    const out: string[] = [];
    for (const n of nodes) {
      if (n.kind !== "scalar") return undefined;
      out.push(this.#expand(n.text, n.at));
    }
    return out;
  }

  /** Canonical JSON: keys sorted, a plain scalar that is a JSON literal is that, every other scalar a string. */
  #json(node: Node): string {
    switch (node.kind) {
      case "list":
        return `[${node.items.map((n) => this.#json(n)).join(",")}]`;
      case "map": {
        const members = node.entries.map((e) => `${JSON.stringify(e.key)}:${this.#json(e.value)}`);
        return `{${members.toSorted((a, b) => (a < b ? -1 : 1)).join(",")}}`;
      }
      case "scalar": {
        const text = this.#expand(node.text, node.at);
        if (node.plain && /^(?:true|false|null)$/.test(text)) return text;
        if (node.plain && /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(text)) return `${Number(text)}`;
        return JSON.stringify(text);
      }
    }
  }

  #compiles(f: Field, text: string, node: Node): boolean {
    try {
      compile(text);
      return true;
    } catch (e) {
      if (!(e instanceof PatternError)) throw e;
      this.#mistakes.add(
        node.at,
        `${f.name} must be a regular expression: ${e.message}, at ${e.position + 1} of ${quoted(node.text)}`,
      );
      return false;
    }
  }

  #wrong(f: Field, node: Node): Value | undefined {
    const unit =
      f.sort === "duration" && /^[0-9.]+$/.test(node.text) ? `: a number needs a unit, as in "${node.text}s"` : "";
    this.#mistakes.add(node.at, `${f.name} must be ${want(f)}: got ${got(node)}${unit}`);
    return undefined;
  }
}

/** A node as a message shows it: as written, never what a variable put there. */
export function got(node: Node): string {
  if (node.kind === "scalar")
    return node.plain && node.text === "" ? "nothing" : node.plain ? short(node) : quoted(node.text);
  return node.kind === "list" ? "a list" : "a mapping";
}

function short(node: Node): string {
  const shown = quoted(node.text);
  return shown.slice(1, -1);
}

function raw(nodes: readonly Node[]): string {
  return nodes.map((n) => n.text).join(" ");
}
