/** How Compose lays one file over another, and a service over the one that it extends (compose-go, override/). */
import { dict, entries, isNull, refuse, scalar, sort, text, type Dict, type Entry, type Node } from "./node.ts";

/** What a later value does to an earlier one, by where it is; "*" is any name. All else: mappings merge, lists append. */
type Rule = (base: Node, over: Node, path: readonly string[]) => Node;

const replace: Rule = (_base, over) => over;
const byName: Rule = (base, over, path) => mergeDicts(named(base), named(over), path);

const RULES: Readonly<Record<string, Rule>> = {
  "services.*.command": replace,
  "services.*.entrypoint": replace,
  "services.*.healthcheck.test": replace,
  "services.*.build": (base, over, path) => mergeDicts(built(base), built(over), path),
  "services.*.build.args": byName,
  "services.*.depends_on": (base, over, path) => mergeDicts(dependencies(base), dependencies(over), path),
  "services.*.environment": byName,
  "services.*.extra_hosts": byName,
  "services.*.labels": byName,
  "services.*.networks": byName,
  "services.*.deploy.labels": byName,
  "services.*.dns": appended,
  "services.*.dns_search": appended,
  "services.*.env_file": appended,
  "services.*.tmpfs": appended,
};

/** One node over another; undefined where the later one takes it away. */
export function merge(base: Node, over: Node, path: readonly string[] = []): Node | undefined {
  if (over.tag === "!reset") return undefined;
  if (over.tag === "!override") return { ...over, tag: "" };
  const rule = RULES[path.map((p, i) => (i === 1 ? "*" : p)).join(".")];
  if (isNull(over)) return base;
  if (rule !== undefined) return rule(base, over, path);
  if (base.kind === "scalar") return over;
  if (base.kind !== over.kind)
    throw refuse(
      over.at,
      "compose-file",
      `cannot override ${path.join(".")}: it was ${sort(base)}, and here is ${sort(over)}`,
    );
  if (base.kind === "dict") return mergeDicts(base, over, path);
  return appended(base, over);
}

function mergeDicts(base: Node, over: Node, path: readonly string[]): Dict {
  const all = new Map<string, Entry>(entries(base));
  for (const [key, entry] of entries(over)) {
    const before = all.get(key);
    const value = before === undefined ? untagged(entry.value) : merge(before.value, entry.value, [...path, key]);
    if (value === undefined) all.delete(key);
    else all.set(key, { at: entry.at, value });
  }
  return { kind: "dict", at: over.at, tag: "", entries: all };
}

/** What is there for the first time: nothing to replace, and where it is to be reset, nothing at all. */
function untagged(node: Node): Node | undefined {
  return node.tag === "!reset" ? undefined : node.tag === "!override" ? { ...node, tag: "" } : node;
}

function appended(base: Node, over: Node): Node {
  const list = (n: Node): readonly Node[] => (n.kind === "list" ? n.items : isNull(n) ? [] : [n]);
  return { kind: "list", at: over.at, tag: "", items: [...list(base), ...list(over)] };
}

/** The long form of what can be written as a list: ["A=1", "B"] is {A: 1, B: null}; extra_hosts also take a colon. */
export function named(node: Node): Node {
  if (node.kind !== "list") return node;
  return dict(
    node.at,
    node.items.map((item): [string, Entry] => {
      const word = text(item) ?? "";
      const cut = word.indexOf("=");
      const value = { ...scalar(cut < 0 ? null : word.slice(cut + 1), item.at), written: writtenAfter(item) };
      return [cut < 0 ? word : word.slice(0, cut), { at: item.at, value }];
    }),
  );
}

function writtenAfter(item: Node): string {
  return item.kind === "scalar" ? item.written.slice(item.written.indexOf("=") + 1) : "";
}

function built(node: Node): Node {
  return node.kind === "scalar" ? dict(node.at, [["context", { at: node.at, value: node }]]) : node;
}

/** The long form of depends_on; a condition that nobody wrote has no text of its own. */
export function dependencies(node: Node): Node {
  if (node.kind !== "list") return node;
  return dict(
    node.at,
    node.items.map((item): [string, Entry] => {
      const condition: Entry = { at: item.at, value: scalar("service_started", item.at) };
      return [text(item) ?? "", { at: item.at, value: dict(item.at, [["condition", condition]]) }];
    }),
  );
}
