/** The commands of the laptop as data: parsing, help, completion and the manual page are made from it. */
import type { Flag } from "../arguments.ts";

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
    name: "man",
    about: "print the manual page, for man -l -",
    takes: "",
    words: "",
    choices: [],
    flags: [],
    examples: [["man > ~/.local/share/man/man1/preflight.1", "keep it where man finds it"]],
    load: () => import("./man.ts"),
  },
];

/** How a command is called, without "preflight". */
export function usage(c: Author): string {
  return [c.name, ...(c.flags.length === 0 ? [] : ["[flags]"]), ...(c.takes === "" ? [] : [c.takes])].join(" ");
}
