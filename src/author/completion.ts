/** `preflight completion`: scripts that complete without starting preflight, made from the definitions. */
import { kinds } from "../../checks/index.ts";
import { FLAGS, VERBS, type Flag } from "../arguments.ts";
import { COMMANDS, type Given } from "./commands.ts";

export function run(given: Given): number {
  const shell = given.words[0] ?? "";
  process.stdout.write(shell === "bash" ? bash() : shell === "zsh" ? zsh() : fish());
  return 0;
}

/** A flag, and after which word it is known: "" for those of the gate. */
interface Known {
  readonly command: string;
  readonly flag: Flag;
}
const KNOWN: readonly Known[] = [
  ...FLAGS.map((flag) => ({ command: "", flag })),
  ...COMMANDS.flatMap((c) => c.flags.map((flag) => ({ command: c.name, flag }))),
];
const NAMES = COMMANDS.map((c) => c.name);
const FIRST: readonly (readonly [string, string])[] = [
  ...VERBS.map((v) => [v.name, v.about] as const),
  ...COMMANDS.map((c) => [c.name, c.about] as const),
  ...kinds.map((k) => [`${k.name}:`, k.summary] as const),
];

/** The flags of a command, or of the gate. */
function flags(command: string): readonly Flag[] {
  return KNOWN.filter((k) => k.command === command).map((k) => k.flag);
}

function spellings(f: Flag): readonly string[] {
  return f.letter === "" ? [`--${f.name}`] : [`--${f.name}`, `-${f.letter}`];
}

/** Does its value stand in the next word? */
function takes(f: Flag): boolean {
  return /^\w/.test(f.value);
}

/** What completes the value of a flag, as the shell's own case branches: words, files, or nothing that is known. */
function branches(words: (list: readonly string[]) => string, files: string): readonly string[] {
  const bySpelling = new Map<string, string>();
  for (const { command, flag } of KNOWN.filter((k) => takes(k.flag))) {
    const does = flag.choices.length > 0 ? words(flag.choices) : flag.value === "FILE" ? files : ":";
    for (const s of spellings(flag)) bySpelling.set(command === "" ? `*@${s}` : `${command}@${s}`, does);
  }
  // the more special first: a flag of a command may be called as one of the gate
  const sorted = [...bySpelling].toSorted(([a], [b]) => Number(a.startsWith("*")) - Number(b.startsWith("*")));
  return sorted.map(([pattern, does]) => `${pattern}) ${does} ;;`);
}

/** What each command takes behind its name. */
function operands(words: (list: readonly string[]) => string, files: string): readonly string[] {
  return COMMANDS.map((c) => `${c.name}) ${c.choices.length > 0 ? words(c.choices) : c.takes === "" ? ":" : files} ;;`);
}

/** Scans the words before the cursor, in bash and zsh alike: what command it is, and whether "--" has passed. */
const SCAN = `for word in "\${before[@]}"; do
    case $word in
    --) rest=yes ;;
    ${[...VERBS.map((v) => v.name), ...NAMES].join("|")}) [ -n "$command" ] || command=$word ;;
    esac
  done`;

function bash(): string {
  const list = (words: readonly string[]): string => `_preflight_words '${words.join(" ")}'`;
  const files = "_preflight_files";
  const lines = (all: readonly string[]): string => all.map((l) => `    ${l}`).join("\n");
  return `# bash completion for preflight, made by "preflight completion bash"
_preflight_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_preflight_files() {
  mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  compopt -o filenames 2>/dev/null
}
_preflight() {
  local cur=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= rest= word
  local before=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
  COMPREPLY=()
  [ "$cur" != = ] || { previous=$cur; cur=; before+=(=); }
  [ "$previous" != = ] || previous=\${before[-2]}
  ${SCAN}
  if [ -n "$rest" ]; then
    if [ "$previous" = -- ]; then mapfile -t COMPREPLY < <(compgen -c -- "$cur"); else _preflight_files; fi
    return
  fi
  case $command@$previous in
${lines(branches(list, files))}
    *)
      case $cur in
      -*)
        case $command in
${lines(NAMES.map((n) => `    ${n}) ${list([...flags(n).flatMap(spellings), "--help"])} ;;`))}
        *) ${list(flags("").flatMap(spellings))} ;;
        esac ;;
      *)
        case $command in
${lines(operands(list, files).map((l) => `    ${l}`))}
        '') ${list(FIRST.map(([name]) => name))} ;;
        *) ${list(kinds.map((k) => `${k.name}:`))} ;;
        esac ;;
      esac ;;
  esac
  [[ \${#COMPREPLY[@]} != 1 || \${COMPREPLY[0]} != *: ]] || compopt -o nospace 2>/dev/null
}
complete -F _preflight preflight
`;
}

function zsh(): string {
  const list = (words: readonly string[]): string => `compadd -- ${words.join(" ")}`;
  const files = "_files";
  const lines = (all: readonly string[]): string => all.map((l) => `    ${l}`).join("\n");
  const described = (all: readonly (readonly [string, string])[]): string =>
    all.map(([name, about]) => quote(`${name.replaceAll(":", "\\:")}:${about}`)).join(" ");
  const rows = (of: readonly Flag[]): string =>
    described(of.flatMap((f) => spellings(f).map((s) => [s, f.about] as const)));
  return `#compdef preflight
# zsh completion for preflight, made by "preflight completion zsh"
_preflight() {
  local cur=$words[CURRENT] previous=$words[CURRENT-1] command= rest= word
  local -a before=("\${(@)words[2,CURRENT-1]}") found
  if [[ $cur == --*=* ]]; then
    previous=\${cur%%=*}
    compset -P '*='
  fi
  ${SCAN}
  if [ -n "$rest" ]; then
    if [ "$previous" = -- ]; then _command_names -e; else _files; fi
    return
  fi
  case $command@$previous in
${lines(branches(list, files))}
    *)
      case $cur in
      -*)
        case $command in
${lines(NAMES.map((n) => `    ${n}) found=(${rows(flags(n))} '--help:show this help') ;;`))}
        *) found=(${rows(flags(""))}) ;;
        esac
        _describe -o flag found ;;
      *)
        case $command in
${lines(operands(list, files).map((l) => `    ${l}`))}
        '') found=(${described(FIRST)}); _describe command found -S '' ;;
        *) found=(${described(kinds.map((k) => [`${k.name}:`, k.summary]))}); _describe check found -S '' ;;
        esac ;;
      esac ;;
  esac
}
if [ "$funcstack[1]" = _preflight ]; then _preflight "$@"; else compdef _preflight preflight; fi
`;
}

function fish(): string {
  const commands = [...VERBS.map((v) => v.name), ...NAMES].join(" ");
  const fresh = `not __fish_seen_subcommand_from ${commands}; and not contains -- -- (commandline -opc)`;
  const when = (command: string): string =>
    command === ""
      ? `not __fish_seen_subcommand_from ${NAMES.join(" ")}; and not contains -- -- (commandline -opc)`
      : `__fish_seen_subcommand_from ${command}`;
  const option = ({ command, flag: f }: Known): string => {
    const short = f.letter === "" ? "" : ` -s ${f.letter}`;
    const value = !takes(f)
      ? ""
      : f.choices.length > 0
        ? ` -xa ${quote(f.choices.join(" "))}`
        : f.value === "FILE"
          ? " -rF"
          : " -x";
    return `complete -c preflight -n ${quote(when(command))} -l ${f.name}${short}${value} -d ${quote(f.about)}`;
  };
  const operand = COMMANDS.flatMap((c) => {
    const help = `complete -c preflight -n ${quote(when(c.name))} -l help -d 'show this help'`;
    const what = c.choices.length > 0 ? `-xa ${quote(c.choices.join(" "))}` : c.takes === "" ? "-f" : "-F";
    return [help, `complete -c preflight -n ${quote(when(c.name))} ${what}`];
  });
  return `# fish completion for preflight, made by "preflight completion fish"
complete -c preflight -f
complete -c preflight -n 'contains -- -- (commandline -opc)' -a '(__fish_complete_subcommand --fcs-skip=(math 1 + (contains -i -- -- (commandline -opc))))'
${FIRST.map(([name, about]) => `complete -c preflight -n ${quote(name.endsWith(":") ? when("") : fresh)} -a ${quote(name)} -d ${quote(about)}`).join("\n")}
${[...KNOWN.map(option), ...operand].join("\n")}
`;
}

/** A word in single quotes, for zsh and fish. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
