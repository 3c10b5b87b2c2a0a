/** The command line as data. Everything up to "--" is preflight's; what follows is the command and is never touched. */
import { milliseconds } from "./fields.ts";
import { variable, variables } from "./host/environment.ts";
import { either, meant, quoted } from "./text.ts";

export interface Flag {
  readonly name: string;
  /** One letter, "" where there is none. */
  readonly letter: string;
  /** What its value is called, "" for a switch; in brackets one that may be left out, and then is "true". */
  readonly value: string;
  readonly choices: readonly string[];
  readonly about: string;
}

/** One flag as data. */
export function flag(name: string, value: string, about: string, letter = "", choices: readonly string[] = []): Flag {
  return { name, letter, value, choices, about };
}

export const FORMATS: readonly string[] = ["text", "json", "tap", "junit", "github"];

export const FLAGS: readonly Flag[] = [
  flag("config", "FILE", "read this configuration", "c"),
  flag("wait", "DURATION", "how long checks may take to come true that do not say it themselves; 0 looks once"),
  flag("timeout", "DURATION", "how long one look may take where a check does not say it itself"),
  flag("no-wait", "", "look once, as --wait 0"),
  flag("format", "FORMAT", "text, json, tap, junit or github", "f", FORMATS),
  flag("quiet", "", "say nothing but what is wrong", "q"),
  flag("verbose", "", "name each check that passes", "v"),
  flag("on-failure", "exit|hold", "hold: stay up for diagnosis until stopped, instead of exiting", "", [
    "exit",
    "hold",
  ]),
  flag("init", "[=group]", "stay as the init of the command, a child; group: signals go to its whole group", "", [
    "1",
    "true",
    "group",
    "0",
    "false",
  ]),
  flag("allow-empty", "", "let a configuration without checks pass"),
  flag("only", "NAMES", "run only these checks, separated by commas"),
  flag("skip", "NAMES", "leave these checks out, separated by commas"),
  flag("env-file", "FILE", "read variables from this file first; those already set win"),
  flag("user", "UID[:GID]", "run the command as this user; access is judged as it, all else as preflight"),
  flag("help", "", "show this help, or that of a kind: --help tcp", "h"),
  flag("version", "", "show the version"),
];

export interface Verb {
  readonly name: string;
  readonly about: string;
}
export const VERBS: readonly Verb[] = [
  { name: "check", about: "check, report on stdout, and run nothing" },
  { name: "health", about: "look once and exit with 0 or 1, for HEALTHCHECK and exec probes" },
  { name: "explain", about: "show what would be checked, and where each value comes from" },
  { name: "install", about: "copy this binary to a file or into a folder, as into an emptyDir" },
  { name: "schema", about: "print the JSON Schema of the configuration" },
];

/** The commands of the npm package alone (src/author/commands.ts); the binary says where they are. */
export const AUTHORING: readonly string[] = ["completion", "compose", "man", "trace"];

/** What was asked for. */
export class Command {
  /** "run", a verb, "help" or "version". */
  readonly verb: string;
  /** Checks in shorthand; for help, the kind. */
  readonly words: readonly string[];
  /** The index in argv of the command to become, 0 where there is none. */
  readonly at: number;
  readonly #values: ReadonlyMap<string, string>;
  constructor(verb: string, words: readonly string[], at: number, values: ReadonlyMap<string, string>) {
    this.verb = verb;
    this.words = words;
    this.at = at;
    this.#values = values;
  }
  /** A flag's value, else that of its variable, else "". */
  value(name: string): string {
    return this.#values.get(name) ?? variable(ownVariable(name)) ?? "";
  }
  /** Who gets the signals where preflight stays as the command's init: "child" or "group"; "" where it does not stay. */
  get init(): string {
    const value = this.value("init");
    return value === "" || value === "0" || value === "false" ? "" : value === "group" ? value : "child";
  }
  given(name: string): boolean {
    return this.#values.has(name);
  }
  /** A flag's value in milliseconds, -1 where it was not said. */
  duration(name: string): number {
    return milliseconds(this.value(name)) ?? -1;
  }
  /** How the value of a flag was said, for messages. */
  source(name: string): string {
    return this.#values.has(name) ? `--${name}` : ownVariable(name);
  }
}

/** A wrong command line: exit 64. */
export class UsageError extends Error {}

/** Is it `preflight health`, however wrong the rest? Then nothing but 0 and 1 may come of it. */
export function asksHealth(argv: readonly string[]): boolean {
  const end = argv.indexOf("--", 2);
  return argv.slice(2, end < 0 ? argv.length : end).includes("health");
}

/** PREFLIGHT_WAIT for --wait. */
export function ownVariable(name: string): string {
  return `PREFLIGHT_${name.toUpperCase().split("-").join("_")}`;
}

/** Reads argv, whose first two entries are the interpreter and the program. */
export function parse(argv: readonly string[]): Command {
  const end = argv.indexOf("--", 2);
  const own = argv.slice(2, end < 0 ? argv.length : end);
  const values = new Map<string, string>();
  const words: string[] = [];
  for (let i = 0; i < own.length; i++) {
    const word = own[i] ?? "";
    if (!word.startsWith("-") || word === "-") {
      words.push(word);
      continue;
    }
    const equals = word.startsWith("--") ? word.indexOf("=") : -1;
    const name = equals < 0 ? word : word.slice(0, equals);
    const f = FLAGS.find((x) => `--${x.name}` === name || (x.letter !== "" && `-${x.letter}` === name));
    if (f === undefined) {
      throw new UsageError(
        `unknown flag ${quoted(name)}${meant(
          name,
          FLAGS.map((x) => `--${x.name}`),
        )}`,
      );
    }
    if (f.value === "" || (equals < 0 && f.value.startsWith("["))) {
      if (equals >= 0) throw new UsageError(`--${f.name} takes no value`);
      values.set(f.name, "true");
      continue;
    }
    if (equals < 0 && i + 1 >= own.length) throw new UsageError(`--${f.name} needs a value: ${f.value}`);
    values.set(f.name, equals < 0 ? (own[i + 1] ?? "") : word.slice(equals + 1));
    if (equals < 0) i++;
  }
  const first = words.at(0) ?? "";
  const verb = VERBS.find((v) => v.name === first);
  const at = end < 0 || end + 1 >= argv.length ? 0 : end + 1;
  if (values.has("help") || first === "help")
    return new Command(
      "help",
      words.filter((w) => w !== "help" && !VERBS.some((v) => v.name === w)),
      0,
      values,
    );
  if (values.has("version")) return new Command("version", [], 0, values);
  if (verb === undefined) {
    if (at === 0) throw new UsageError(missing(first, end));
    return new Command("run", words, at, values);
  }
  const vain = at !== 0 ? "what follows --" : values.has("init") ? "--init" : "";
  if (vain !== "") throw new UsageError(`"preflight ${verb.name}" runs no command: leave out ${vain}`);
  return new Command(verb.name, words.slice(1), 0, values);
}

function missing(first: string, end: number): string {
  if (end >= 0) return "no command after --";
  if (AUTHORING.includes(first)) return `"${first}" is a command of the npm package: npx preflight-gate ${first}`;
  const near = meant(first, [...VERBS.map((v) => v.name), ...AUTHORING]);
  if (near !== "" && !first.includes(":")) return `unknown command ${quoted(first)}${near}`;
  return 'no command to run: want "preflight [checks] -- command", or "preflight check" to run none';
}

/** Says what is wrong with the values of flags and their variables. */
export function verify(command: Command): void {
  for (const f of FLAGS) {
    if (f.choices.length === 0 && f.value !== "DURATION") continue;
    const value = command.value(f.name);
    if (f.value === "DURATION" && value !== "" && milliseconds(value) === undefined) {
      throw new UsageError(`${command.source(f.name)} must be a duration such as "30s": got ${quoted(value)}`);
    }
    if (f.choices.length > 0 && value !== "" && !f.choices.includes(value)) {
      throw new UsageError(
        `${command.source(f.name)} must be ${either(f.choices)}: got ${quoted(value)}${meant(value, f.choices)}`,
      );
    }
  }
}

/** Variables that are probably meant to be ours, and are not. */
export function strangers(): readonly string[] {
  const known = FLAGS.filter((f) => f.value !== "").map((f) => ownVariable(f.name));
  known.push("PREFLIGHT_CHECKS");
  const out: string[] = [];
  for (const [name] of variables("PREFLIGHT_")) {
    if (known.includes(name)) continue;
    const near = meant(name, known);
    if (near !== "") out.push(`unknown variable ${name}${near}`);
  }
  return out.toSorted();
}
