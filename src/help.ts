/** Help, made from the same definitions that are parsed. */
import { AUTHORING, FLAGS, ownVariable, UsageError, VERBS, type Flag } from "./arguments.ts";
import type { Kind } from "./check.ts";
import { COMMON } from "./config/load.ts";
import { want, type Field } from "./fields.ts";
import { meant, quoted } from "./text.ts";

/** Where the commands are that the binary does not have. */
export const LAPTOP = `On a laptop and in CI, "npx preflight-gate <command>": ${AUTHORING.join(", ")}`;

/** The general help; `laptop` tells of the commands that only the npm package has. */
export function help(kinds: readonly Kind[], laptop = LAPTOP): string {
  const sections = [
    "Checks what a container needs, waits for it a bounded time, and becomes the real command.",
    "Usage:\n  preflight [flags] [checks] -- command [arguments]\n  preflight check|health|explain [flags] [checks]\n  preflight install PATH\n  preflight schema",
    `Commands:\n${rows(VERBS.map((v) => [v.name, v.about]))}`,
    laptop,
    `Checks, as one word each or in the configuration; "!" in front means it must not hold:\n${rows(kinds.map((k) => [`${k.name}:TARGET`, k.summary]))}`,
    `Flags:\n${rows(FLAGS.map((f) => [usage(f), about(f)]))}`,
    "The configuration is --config, $PREFLIGHT_CONFIG, or the first of preflight.yaml, .yml and .json\nin the working directory and in /etc. $PREFLIGHT_CHECKS holds further checks, separated by blanks.",
    "Exit codes:\n  the command's own, once it runs; 0 all passed (check); 64 usage; 70 a bug in preflight;\n  75 not ready in time; 78 will not pass by trying again; 126, 127 the command cannot be run;\n  128+n ended by a signal while waiting; health: 0 or 1",
    `"preflight --help ${kinds.at(0)?.name ?? "KIND"}" shows the fields of a kind.`,
  ];
  return `${sections.join("\n\n")}\n`;
}

/** The help of one kind, named alone or in a check as one word. */
export function helpOf(word: string, kinds: readonly Kind[]): string {
  const name = word.split(":").at(0) ?? "";
  const kind = kinds.find((k) => k.name === name);
  if (kind === undefined) {
    const known = kinds.map((k) => k.name);
    throw new UsageError(`no check is called ${quoted(name)}${meant(name, known)}`);
  }
  const own = rows(kind.fields().map((f) => [f.name, told(f)]));
  const common = rows(COMMON.list.map((f) => [f.name, told(f)]));
  const shorthand = kind.schemes.includes(kind.name) ? `, ${kind.name}://TARGET` : "";
  return `${kind.name}: ${kind.summary}\n\nAs a word: ${kind.name}:TARGET${shorthand}\n\nFields:\n${own}\n\nFields of every check:\n${common}\n`;
}

/** A field in one phrase: what it is for, what it takes, and its default. */
export function told(f: Field): string {
  const or = f.or === "" ? "" : `; default ${f.or}`;
  return `${f.about} (${want(f)}${or})`;
}

function usage(f: Flag): string {
  const gap = f.value === "" || f.value.startsWith("[") ? "" : " ";
  return `${f.letter === "" ? "    " : `-${f.letter}, `}--${f.name}${gap}${f.value}`;
}

function about(f: Flag): string {
  return f.value === "" ? f.about : `${f.about} [$${ownVariable(f.name)}]`;
}

/** Two columns. */
export function rows(table: readonly (readonly string[])[]): string {
  let width = 0;
  for (const row of table) width = Math.max(width, (row[0] ?? "").length);
  return table.map((row) => `  ${(row[0] ?? "").padEnd(width)}  ${row[1] ?? ""}`).join("\n");
}
