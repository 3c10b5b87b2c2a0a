/** The commands of the laptop as data: parsing, help, completion and the manual page are made from it. */
import type { Flag } from "../arguments.ts";
import { FORMATS } from "./finding.ts";

/** What was given to a command. */
export interface Given {
  readonly words: readonly string[];
  /** The value of a flag, the last one where it is given twice; "true" of a switch, "" where it is not given. */
  readonly value: (flag: string) => string;
  readonly values: (flag: string) => readonly string[];
}

/** What a command's file exports; it returns the exit code, and throws a UsageError for a wrong command line. */
export interface Run {
  readonly run: (given: Given) => number | Promise<number>;
}

export interface Author {
  readonly name: string;
  readonly about: string;
  /** What stands behind its name, in brackets what may be left out, with dots what may be repeated: "[FILES...]". */
  readonly takes: string;
  /** What that is; "" where it takes nothing. */
  readonly words: string;
  /** The only words it takes; empty: files. */
  readonly choices: readonly string[];
  readonly flags: readonly Flag[];
  /** A command line without "preflight", and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  readonly load: () => Promise<Run>;
}

function flag(name: string, value: string, about: string, letter = "", choices: readonly string[] = []): Flag {
  return { name, letter, value, choices, about };
}

const GRAPHS: readonly string[] = ["text", "mermaid", "svg", "html"];
const PICTURES: readonly string[] = ["text", "svg", "html"];
const SHELLS: readonly string[] = ["bash", "zsh", "fish"];

export const COMMANDS: readonly Author[] = [
  {
    name: "completion",
    about: "print the completion script of a shell",
    takes: "SHELL",
    words: "bash, zsh or fish",
    choices: SHELLS,
    flags: [],
    examples: [
      ["completion bash > ~/.local/share/bash-completion/completions/preflight", "for bash, from the next shell on"],
      ["completion fish > ~/.config/fish/completions/preflight.fish", "for fish"],
    ],
    load: () => import("./completion.ts"),
  },
  {
    name: "compose",
    about: "say what is wrong with the start-up order of Compose files, or draw it",
    takes: "[FILES...]",
    words: "Compose files, each laid over those before it; none: those that Compose finds",
    choices: [],
    flags: [
      flag("file", "FILE", "a Compose file, as Compose's own -f", "f"),
      flag("profile", "NAME", "enable this profile; * enables all"),
      flag("graph", "FORM", "draw the order instead: text, mermaid, svg or html", "g", GRAPHS),
      flag("format", "FORMAT", "text, json, github or sarif", "", FORMATS),
    ],
    examples: [
      ["compose", "what is wrong with compose.yaml and compose.override.yaml"],
      ["compose --file compose.yaml --file prod.yaml --format github", "in a pipeline"],
      ["compose --graph svg > order.svg", "the order and its critical path, as a picture"],
    ],
    load: () => import("./compose/command.ts"),
  },
  {
    name: "man",
    about: "print the manual page, for man -l -",
    takes: "",
    words: "",
    choices: [],
    flags: [],
    examples: [["man > ~/.local/share/man/man1/preflight.1", "keep it where man finds it"]],
    load: () => import("./man.ts"),
  },
  {
    name: "trace",
    about: "draw what gates waited for, from what they wrote with --format json",
    takes: "FILES...",
    words: "their stderr, each a lane or more; - is the standard input",
    choices: [],
    flags: [flag("format", "FORM", "text, svg or html", "f", PICTURES)],
    examples: [
      ["trace events.jsonl", "one start, in the terminal"],
      ["trace --format html web.log worker.log > start.html", "two containers in one picture"],
    ],
    load: () => import("./trace/command.ts"),
  },
];

/** How a command is called, without "preflight". */
export function usage(c: Author): string {
  return [c.name, ...(c.flags.length === 0 ? [] : ["[flags]"]), ...(c.takes === "" ? [] : [c.takes])].join(" ");
}
