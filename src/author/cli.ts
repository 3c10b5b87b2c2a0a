/** The laptop's commands on yargs: reads what was given to one, in the binary's words, and runs it. */
import yargs, { type Argv } from "yargs";
import { FLAGS, UsageError, type Flag } from "../arguments.ts";
import * as code from "../exit.ts";
import { secrets } from "../redact.ts";
import { lost } from "../report/lost.ts";
import { either, meant, quoted } from "../text.ts";
import { VERSION } from "../version.ts";
import { COMMANDS, usage, type Author, type Given } from "./commands.ts";

const HELP: readonly Flag[] = FLAGS.filter((f) => f.name === "help" || f.name === "version");
const EXITS = "Exit codes: 0 nothing is wrong; 78 something is; 64 usage; 70 a bug in preflight";

/** Runs the command of that name and returns its exit code. */
export async function run(name: string, args: readonly string[]): Promise<number> {
  process.stdout.on("error", (e: NodeJS.ErrnoException) => {
    const why = lost(-(e.errno ?? 0));
    if (why !== "") process.stderr.write(`preflight: ${why}\n`);
    process.exit(why === "" ? 0 : code.NOT_READY);
  });
  try {
    const command = COMMANDS.find((c) => c.name === name);
    if (command === undefined) throw new Error(`no command is called ${name}`);
    const given = await read(command, args);
    if (given === null) return 0;
    const { run } = await command.load();
    return await run(given);
  } catch (e) {
    const usage = e instanceof UsageError;
    const text = e instanceof Error ? e.message : String(e);
    process.stderr.write(secrets.strike(`preflight: ${usage ? text : `a bug, please report it: ${text}`}\n`));
    return usage ? code.USAGE : code.BUG;
  }
}

/** What was given to a command; null after showing its help. */
async function read(command: Author, args: readonly string[]): Promise<Given | null> {
  const flags = [...command.flags, ...HELP];
  let shown = "";
  const argv = await describe(command).parseAsync(args, {}, (_error: unknown, _argv: unknown, output: string) => {
    shown = output;
  });
  if (shown !== "") {
    process.stdout.write(`${shown}\n`);
    return null;
  }
  const all = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(argv)) {
    if (key === "_" || key === "$0") continue;
    const f = flags.find((x) => x.name === key || x.letter === key);
    if (f === undefined) {
      const known = flags.map((x) => `--${x.name}`);
      const word = `${key.length === 1 ? "-" : "--"}${key}`;
      throw new UsageError(`unknown flag ${quoted(word)}${meant(word, known)}`);
    }
    const texts = [value].flat().map((v) => (v === true ? "true" : typeof v === "string" ? v : ""));
    for (const text of texts) verify(f, text);
    all.set(f.name, texts);
  }
  const values = (flag: string): readonly string[] => all.get(flag) ?? [];
  const given = { words: argv._.map(String), values, value: (flag: string): string => values(flag).at(-1) ?? "" };
  verifyWords(command, given.words);
  return given;
}

function describe(command: Author): Argv {
  let y = yargs()
    .scriptName("preflight")
    .usage(`$0 ${usage(command)}\n\n${command.about}`)
    .detectLocale(false)
    .updateStrings({ "Options:": "Flags:", "Not enough arguments following: %s": "--%s needs a value" })
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
    })
    .exitProcess(false)
    .fail((message: string, error: Error | undefined) => {
      throw error ?? new UsageError(message);
    })
    .wrap(process.stdout.isTTY ? Math.min(100, process.stdout.columns) : 100)
    .version("version", "show the version", `preflight ${VERSION}`)
    .help("help", "show this help")
    .alias("help", "h")
    .epilogue(`${command.words === "" ? "" : `${command.takes}: ${command.words}\n`}${EXITS}`);
  for (const f of command.flags) {
    const option = { describe: f.about, requiresArg: f.value !== "", skipValidation: true };
    y = y.option(f.name, f.value === "" ? { ...option, type: "boolean" } : { ...option, type: "string", nargs: 1 });
    if (f.letter !== "") y = y.alias(f.name, f.letter);
  }
  for (const [line, what] of command.examples) y = y.example(`$0 ${line}`, what);
  return y;
}

function verify(f: Flag, text: string): void {
  if (f.choices.length === 0 || f.choices.includes(text)) return;
  throw new UsageError(`--${f.name} must be ${either(f.choices)}: got ${quoted(text)}${meant(text, f.choices)}`);
}

function verifyWords(command: Author, words: readonly string[]): void {
  const one = `preflight ${command.name}`;
  if (command.takes !== "" && !command.takes.startsWith("[") && words.length === 0)
    throw new UsageError(`"${one}" needs ${command.takes}: ${command.words}`);
  const most = command.takes === "" ? 0 : command.takes.includes("...") ? Infinity : 1;
  const vain = words.at(most);
  if (vain !== undefined)
    throw new UsageError(`"${one}" takes ${most === 0 ? "no" : "one"} word: leave out ${quoted(vain)}`);
  for (const word of words)
    if (command.choices.length > 0 && !command.choices.includes(word))
      throw new UsageError(
        `${command.takes} must be ${either(command.choices)}: got ${quoted(word)}${meant(word, command.choices)}`,
      );
}
