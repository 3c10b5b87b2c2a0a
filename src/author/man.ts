/** `preflight man`: the manual page, made from the definitions, in man(7)'s macros. */
import { kinds } from "../../checks/index.ts";
import { FLAGS, ownVariable, VERBS, type Flag } from "../arguments.ts";
import { PLACES } from "../config/load.ts";
import * as exit from "../exit.ts";
import { told } from "../help.ts";
import { VERSION } from "../version.ts";
import { COMMANDS, usage } from "./commands.ts";

const EXITS: readonly (readonly [string, string])[] = [
  ["0", "all is well; in front of a command, the code is the command's own"],
  [`${exit.USAGE}`, "wrong usage"],
  [`${exit.BUG}`, "a bug in preflight"],
  [`${exit.NOT_READY}`, "not ready in time: trying again can help"],
  [`${exit.WRONG}`, "a check failed for good, or the configuration is wrong"],
  [`${exit.CANNOT_RUN}, ${exit.NOT_FOUND}`, "the command cannot be run, is not found"],
  [`${exit.SIGNAL}+n`, "ended by signal n while waiting"],
  ["0 or 1", "preflight health"],
];

export function run(): number {
  process.stdout.write(page());
  return 0;
}

function page(): string {
  return `${[
    `.TH PREFLIGHT 1 "" "preflight ${VERSION}"`,
    ".SH NAME",
    plain("preflight - checks what a container needs, waits for it a bounded time, and becomes the real command"),
    ".SH SYNOPSIS",
    [
      "[flags] [checks] -- command [arguments]",
      ...VERBS.map((v) =>
        v.name === "install" ? "install PATH" : v.name === "schema" ? v.name : `${v.name} [flags] [checks]`,
      ),
      ...COMMANDS.map(usage),
    ]
      .map(synopsis)
      .join("\n.br\n"),
    ".SH COMMANDS",
    ...VERBS.map((v) => item(bold(v.name), v.about)),
    ".SH FLAGS",
    ...FLAGS.map(option),
    ".SH CHECKS",
    plain(
      'As one word each, kind:target, or in the configuration with the fields below. "!" in front of a word means that it must not hold.',
    ),
    ...kinds.flatMap((k) => [
      item(bold(k.name), k.summary),
      ".RS",
      ...k.fields().map((f) => item(bold(f.name), told(f))),
      ".RE",
    ]),
    ".SH COMMANDS OF THE NPM PACKAGE",
    plain("These need Node and the package preflight-gate; the static binary does not have them."),
    ...COMMANDS.flatMap((c) => [
      item(bold(`${c.name} ${c.takes}`.trim()), c.words === "" ? c.about : `${c.about}. ${c.takes}: ${c.words}`),
      ".RS",
      ...c.flags.map(option),
      ...c.examples.map(([line, what]) => item(`\\fI${raw(`preflight ${line}`)}\\fP`, what)),
      ".RE",
    ]),
    ".SH FILES",
    plain("The first of these that is there, where neither --config nor PREFLIGHT_CONFIG says it:"),
    ...PLACES.flatMap((p) => [".br", plain(p)]),
    ".SH ENVIRONMENT",
    ...FLAGS.filter((f) => f.value !== "").map((f) => item(bold(ownVariable(f.name)), `as --${f.name}, which wins`)),
    item(bold("PREFLIGHT_CHECKS"), "further checks, as one word each, separated by blanks"),
    item(bold("NO_COLOR"), "no colours"),
    ".SH EXIT STATUS",
    ...EXITS.map(([code, what]) => item(bold(code), what)),
  ].join("\n")}\n`;
}

function option(f: Flag): string {
  const letter = f.letter === "" ? "" : `${bold(`-${f.letter}`)}, `;
  const gap = f.value === "" || f.value.startsWith("[") ? "" : " ";
  return item(`${letter}${bold(`--${f.name}`)}${gap}\\fI${raw(f.value)}\\fP`, f.about);
}

function synopsis(rest: string): string {
  return `${bold("preflight")} ${raw(rest)}`;
}

/** A tagged paragraph. */
function item(tag: string, words: string): string {
  return `.TP\n${tag}\n${plain(words)}`;
}

function bold(words: string): string {
  return `\\fB${raw(words)}\\fP`;
}

/** A line of running text, which must not begin as a request. */
function plain(words: string): string {
  return raw(words).replace(/^([.'])/, "\\&$1");
}

/** Characters that are not themselves in roff (groff_char(7)). */
const NAMED: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "^": "\\(ha",
  "~": "\\(ti",
  "`": "\\(ga",
};

function raw(words: string): string {
  return words.replace(
    /[\\'^~`-]|[^\x20-\x7e]/gu,
    (c) => NAMED[c] ?? `\\[u${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
  );
}
