/** Finds the configuration, reads it, and binds each item to its kind. */
import { read } from "#os";
import type { Kind } from "../check.ts";
import { field, Fields, Options, Reader, type Field, type Value } from "../fields.ts";
import { variable } from "../host/environment.ts";
import { ENOENT, ENOTDIR, reason } from "../host/errno.ts";
import { label, type Check } from "../plan.ts";
import { meant, quoted } from "../text.ts";
import { interpolate } from "./interpolate.ts";
import { Mistakes } from "./mistakes.ts";
import { shorthand } from "./shorthand.ts";
import { decode, map, parse, YamlError, type Entry, type Mark, type Node } from "./yaml.ts";

/** The fields that every check has. */
export const COMMON = new Fields([
  field("text", "name", "what reports call it, and what `after`, --only and --skip refer to"),
  field("duration", "wait", "how long it may take to come true", "30s"),
  field("duration", "timeout", "how long one look may take"),
  field("text", "hint", "what a person should do where it does not hold"),
  field("flag", "optional", "a warning, never a failure", "false"),
  field("flag", "not", "it must not hold", "false"),
  field("list", "after", "names of checks that must pass before this one is looked at"),
  field("count", "successes", "looks that must pass in a row", "1"),
]);
const NONE: readonly Check[] = [];
const UNSAID = new Options(new Map<string, Value>(), COMMON, { line: 0, column: 0 });
/** Those of a group. */
export const GROUP = new Fields(COMMON.list.filter((f) => ["name", "hint", "optional", "after"].includes(f.name)));
/** The keys of the file itself. */
export const TOP: readonly Field[] = [
  field("duration", "wait", "how long a check may take to come true that does not say it itself", "30s"),
  field("duration", "timeout", "how long one look may take where a check does not say it itself"),
];
export const GROUPS: readonly string[] = ["all", "any"];
export const PLACES: readonly string[] = [
  "./preflight.yaml",
  "./preflight.yml",
  "./preflight.json",
  "/etc/preflight.yaml",
  "/etc/preflight.yml",
  "/etc/preflight.json",
];
const LIMIT = 1_048_576;
/** The default of `wait`, in milliseconds. */
const WAIT = 30_000;
const START: Mark = { line: 0, column: 0 };

/** What the command line and the environment say. */
export interface Wishes {
  /** A file that must be there, "" to look in the usual places. */
  readonly file: string;
  readonly words: readonly string[];
  /** The text of PREFLIGHT_CHECKS. */
  readonly variable: string;
  readonly wait: Wish;
  readonly timeout: Wish;
  /** Milliseconds that no look may exceed, 0: no such limit. */
  readonly most: number;
}

/** A duration that a flag or its variable asks for. */
export interface Wish {
  /** Milliseconds, -1 where not said. */
  readonly ms: number;
  /** "--wait" or "PREFLIGHT_WAIT". */
  readonly from: string;
}

export interface Configuration {
  /** The file that was read, "" where there is none. */
  readonly file: string;
  readonly checks: readonly Check[];
  /** What `preflight health` looks at; null where the file does not say. */
  readonly health: readonly Check[] | null;
  readonly mistakes: Mistakes;
}

/** Reads it all. Nothing is looked at but the configuration itself. */
export function load(wishes: Wishes, kinds: readonly Kind[]): Configuration {
  const loader = new Loader(kinds, wishes);
  return loader.load();
}

class Loader {
  readonly #kinds: readonly Kind[];
  readonly #wishes: Wishes;
  readonly #mistakes = new Mistakes();
  readonly #reader: Reader;
  readonly #fields = new Map<string, Fields>();
  #wait: Wish;
  #timeout: Wish;

  constructor(kinds: readonly Kind[], wishes: Wishes) {
    this.#kinds = kinds;
    this.#wishes = wishes;
    this.#wait = wishes.wait.ms < 0 ? { ms: WAIT, from: "default" } : wishes.wait;
    this.#timeout = wishes.timeout;
    this.#reader = new Reader(this.#mistakes, (text, at) => this.#expand(text, at));
  }

  load(): Configuration {
    let file = "";
    let checks: Check[] = [];
    let health: Check[] | null = null;
    const found = this.#find();
    if (found !== null) {
      file = found.path;
      this.#mistakes.source = file;
      const root = this.#parse(found.bytes);
      if (root !== null) {
        this.#defaults(root);
        checks = this.#section(root, "checks");
        if (root.entries.some((e) => e.key === "health")) health = this.#section(root, "health");
      }
    }
    for (const word of this.#wishes.words) this.#word(word, "command line", checks);
    for (const word of this.#wishes.variable.split(/\s+/))
      if (word !== "") this.#word(word, "PREFLIGHT_CHECKS", checks);
    this.#order(checks);
    if (health !== null) this.#order(health);
    return { file, checks, health, mistakes: this.#mistakes };
  }

  /** The bytes of the file that was asked for, or of the first of the usual places that is there. */
  #find(): { readonly path: string; readonly bytes: Buffer } | null {
    const asked = this.#wishes.file;
    for (const path of asked === "" ? PLACES : [asked]) {
      const bytes = read(path, LIMIT + 1);
      const shown = path.startsWith("./") ? path.slice(2) : path;
      if (typeof bytes !== "number") return { path: shown, bytes };
      if (asked === "" && (bytes === ENOENT || bytes === ENOTDIR)) continue;
      this.#mistakes.source = shown;
      this.#mistakes.add(START, `cannot read the configuration: ${reason(bytes)}`);
      return null;
    }
    return null;
  }

  #parse(bytes: Buffer): Node | null {
    try {
      const root = parse(decode(bytes));
      if (root.kind === "map") return root;
      const empty = root.kind === "scalar" && root.plain && root.text === "";
      if (!empty) this.#mistakes.add(root.at, 'want a mapping with the key "checks"');
      return empty ? map([], root.at) : null;
    } catch (e) {
      if (!(e instanceof YamlError)) throw e;
      this.#mistakes.add(e.at, e.message);
      return null;
    }
  }

  /** The defaults for all checks; flags and variables win over them. */
  #defaults(root: Node): void {
    for (const entry of root.entries) {
      const f = TOP.find((x) => x.name === entry.key);
      if (f === undefined) {
        if (entry.key === "checks" || entry.key === "health") continue;
        const near = meant(entry.key, ["checks", "health", ...TOP.map((x) => x.name)]);
        this.#mistakes.add(entry.at, `unknown key ${quoted(entry.key)} at the top${near}`);
        continue;
      }
      const value = this.#reader.value(f, entry.value);
      if (value === undefined) continue;
      const wish: Wish = { ms: value.number, from: this.#place(value.at) };
      if (f.name === "wait" && this.#wishes.wait.ms < 0) this.#wait = wish;
      if (f.name === "timeout" && this.#wishes.timeout.ms < 0) this.#timeout = wish;
    }
  }

  #section(root: Node, key: string): Check[] {
    const checks: Check[] = [];
    for (const entry of root.entries) {
      if (entry.key !== key) continue;
      const { value } = entry;
      if (value.kind === "list") for (const item of value.items) this.#add(item, checks);
      else if (value.kind === "map" || value.text !== "" || !value.plain)
        this.#mistakes.add(value.at, `${key} must be a list of checks`);
    }
    return checks;
  }

  #word(word: string, source: string, checks: Check[]): void {
    this.#mistakes.source = source;
    const item = shorthand(word, this.#kinds, this.#mistakes);
    if (item !== undefined) this.#add(item, checks);
  }

  #add(item: Node, checks: Check[]): void {
    if (item.kind !== "map") {
      this.#mistakes.add(item.at, 'a check is a mapping, as in "- tcp: db:5432"');
      return;
    }
    const heads = this.#heads(item);
    const head = heads.at(0);
    if (head === undefined) this.#unknown(item);
    else if (heads.length > 1) {
      this.#mistakes.add(
        heads.at(1)?.at ?? item.at,
        `an item has one kind: "${head.key}" and "${heads.at(1)?.key ?? ""}" need an item each`,
      );
    } else if (GROUPS.includes(head.key)) this.#group(item, head.key, head.value, checks);
    else {
      const kind = this.#kinds.find((k) => k.name === head.key);
      if (kind !== undefined) this.#leaf(item, kind, checks);
    }
  }

  /** The keys that name what the item is. A kind's name that is a field of another kind here is that field. */
  #heads(item: Node): readonly Entry[] {
    const named = item.entries.filter((e) => GROUPS.includes(e.key) || this.#kinds.some((k) => k.name === e.key));
    if (named.length < 2) return named;
    return named.filter((e) => {
      const others = this.#kinds.filter((k) => k.name !== e.key && named.some((n) => n.key === k.name));
      return !others.some((k) => k.fields().some((f) => f.name === e.key));
    });
  }

  #unknown(item: Node): void {
    const first = item.entries.find((e) => COMMON.get(e.key) === undefined);
    const names = [...GROUPS, ...this.#kinds.map((k) => k.name)];
    if (first === undefined) this.#mistakes.add(item.at, `a check needs a kind: one of ${names.toSorted().join(", ")}`);
    else this.#mistakes.add(first.at, `no check is called ${quoted(first.key)}${meant(first.key, names)}`);
  }

  #leaf(item: Node, kind: Kind, checks: Check[]): void {
    const what = `${/^[aeio]/.test(kind.name) ? "an" : "a"} ${kind.name} check`;
    const before = this.#mistakes.list.length;
    const fields = this.#fieldsOf(kind);
    const options = this.#reader.options(item, fields, what, COMMON);
    const plain = item.entries.every((e) => fields.get(e.key) !== undefined); // most checks say nothing of the common
    const common = plain ? UNSAID : this.#reader.options(item, COMMON, "", fields);
    if (this.#mistakes.list.length > before) return;
    for (const complaint of kind.verify(options)) {
      this.#mistakes.add(options.value(complaint.field)?.at ?? item.at, `${complaint.field} ${complaint.text}`);
    }
    if (common.given("successes") && common.number("successes") < 1) {
      this.#mistakes.add(common.value("successes")?.at ?? item.at, "successes must be at least 1: got 0");
    }
    if (this.#mistakes.list.length > before) return;
    const probe = kind.bind(options);
    const once = this.#wishes.wait.ms === 0; // --no-wait is meant for all
    const wait = once ? this.#wait : (this.#own(common, "wait") ?? this.#wait);
    const usual: Wish = { ms: kind.timeout, from: "default" };
    const timeout = this.#own(common, "timeout") ?? (this.#timeout.ms >= 0 && kind.timeout > 0 ? this.#timeout : usual);
    checks.push({
      name: common.text("name"),
      kind: kind.name,
      target: probe.target,
      probe,
      members: NONE,
      options,
      common,
      source: this.#mistakes.source,
      place: this.#place(item.at),
      instant: kind.timeout === 0,
      fixed: kind.fixed,
      wait: wait.ms,
      waitFrom: wait.from,
      timeout: this.#wishes.most > 0 ? Math.min(timeout.ms, this.#wishes.most) : timeout.ms,
      timeoutFrom: timeout.from,
      hint: common.text("hint"),
      optional: common.flag("optional"),
      not: common.flag("not"),
      after: common.list("after"),
      successes: common.given("successes") ? common.number("successes") : 1,
    });
  }

  #group(item: Node, key: string, value: Node, checks: Check[]): void {
    const others = new Fields([field("records", key, "")]);
    const common = this.#reader.options(item, GROUP, `"${key}"`, others);
    const members: Check[] = [];
    if (value.kind !== "list" || value.items.length === 0)
      this.#mistakes.add(value.at, `${key} must be a list of checks`);
    else for (const member of value.items) this.#add(member, members);
    for (const m of members) {
      const optional = m.common.value("optional");
      if (optional !== undefined) this.#mistakes.add(optional.at, `optional has no meaning for a member of "${key}"`);
    }
    checks.push({
      name: common.text("name"),
      kind: key,
      target: `of ${members.map((m) => label(m)).join(", ")}`,
      probe: null,
      members,
      options: common,
      common,
      source: this.#mistakes.source,
      place: this.#place(item.at),
      instant: false,
      fixed: false,
      wait: 0,
      waitFrom: "",
      timeout: 0,
      timeoutFrom: "",
      hint: common.text("hint"),
      optional: common.flag("optional"),
      not: false,
      after: common.list("after"),
      successes: 1,
    });
  }

  /** `after` must name checks that exist, and nothing may wait for itself; a name is given once. */
  #order(checks: readonly Check[]): void {
    const all: Place[] = [];
    collect(checks, [], all);
    const named = new Map<string, Check>();
    const names = all.some((p) => p.check.after.length > 0) ? all.map((p) => label(p.check)) : [];
    for (const [i, { check, after }] of all.entries()) {
      this.#mistakes.source = check.place;
      const first = named.get(check.name);
      if (first !== undefined) this.#mistakes.add(START, `the name ${quoted(check.name)} is taken: see ${first.place}`);
      else if (check.name !== "") named.set(check.name, check);
      for (const name of check.after) {
        if (!names.includes(name))
          this.#mistakes.add(START, `after: no check is called ${quoted(name)}${meant(name, names)}`);
      }
      if (after.length > 0 && reaches(i, i, all, new Set<number>())) {
        this.#mistakes.add(START, `after: ${quoted(label(check))} waits for itself`);
      }
    }
  }

  #fieldsOf(kind: Kind): Fields {
    const known = this.#fields.get(kind.name);
    if (known !== undefined) return known;
    const fields = new Fields(kind.fields());
    this.#fields.set(kind.name, fields);
    return fields;
  }

  /** What a check says itself of a duration. */
  #own(common: Options, name: string): Wish | undefined {
    const value = common.value(name);
    return value === undefined ? undefined : { ms: value.number, from: this.#place(value.at) };
  }

  #place(at: Mark): string {
    return at.line === 0 ? this.#mistakes.source : `${this.#mistakes.source}:${at.line}:${at.column}`;
  }

  #expand(text: string, at: Mark): string {
    if (!text.includes("${")) return text;
    const expanded = interpolate(text, variable);
    if (expanded.mistake !== "") this.#mistakes.add(at, expanded.mistake);
    return expanded.text;
  }
}

/** A check, and all that it comes after: what it names, and what the groups around it do. */
interface Place {
  readonly check: Check;
  readonly after: readonly string[];
}

function collect(checks: readonly Check[], around: readonly string[], out: Place[]): void {
  for (const check of checks) {
    const after = [...check.after, ...around];
    out.push({ check, after });
    collect(check.members, after, out);
  }
}

/** Must `goal` have passed before `from` can: by way of `after`, or because a group passes by its members? */
function reaches(from: number, goal: number, all: readonly Place[], seen: Set<number>): boolean {
  const place = all.at(from);
  if (place === undefined) return false;
  const members = place.check.members.map((m) => label(m));
  return [...place.after, ...members].some((name) => {
    const next = all.findIndex((p) => label(p.check) === name);
    if (next === goal) return true;
    if (next < 0 || seen.has(next)) return false;
    seen.add(next);
    return reaches(next, goal, all, seen);
  });
}
