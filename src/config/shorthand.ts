/** One word a check: "tcp:cache:6379", "http://auth/healthz", "cache:6379", "!file:/run/lock". */
import type { Kind } from "../check.ts";
import { meant, quoted } from "../text.ts";
import type { Mistakes } from "./mistakes.ts";
import { map, scalar, type Entry, type Mark, type Node } from "./yaml.ts";

/** A word has no line; its place is the source it came from. */
const WORD: Mark = { line: 0, column: 0 };

/** The item that the word stands for, as the file would hold it, or undefined after saying what is wrong. */
export function shorthand(word: string, kinds: readonly Kind[], mistakes: Mistakes): Node | undefined {
  const not = word.startsWith("!");
  const body = not ? word.slice(1) : word;
  const colon = body.indexOf(":");
  const scheme = colon < 0 ? body : body.slice(0, colon);
  const kind = kinds.find((k) => k.name === scheme || k.schemes.includes(scheme));
  const rest = colon < 0 ? "" : body.slice(colon + 1);
  if (kind !== undefined && rest !== "") {
    const whole = rest.startsWith("//") && kind.schemes.includes(scheme);
    return item(kind.name, whole ? body : rest, not);
  }
  if (kind === undefined && /^(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_.-]+):[0-9]+$/.test(body))
    return item("tcp", body, not);
  const known = kinds.map((k) => k.name);
  const cure =
    kind !== undefined
      ? `: it names no target, as in ${kind.name}:TARGET`
      : colon < 0
        ? ": want kind:target"
        : meant(scheme, known);
  mistakes.add(
    WORD,
    kind === undefined ? `no check is called ${quoted(scheme)}${cure}` : `${quoted(word)} is no check${cure}`,
  );
  return undefined;
}

function item(kind: string, target: string, not: boolean): Node {
  const entries: Entry[] = [{ key: kind, at: WORD, value: scalar(target, true, WORD) }];
  if (not) entries.push({ key: "not", at: WORD, value: scalar("true", true, WORD) });
  return map(entries, WORD);
}
