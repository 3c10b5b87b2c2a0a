/** The completion scripts complete, in the shells themselves. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { test, type Test } from "tap";
import { kinds } from "../../checks/index.ts";
import { FLAGS, VERBS } from "../../src/arguments.ts";
import { COMMANDS } from "../../src/author/commands.ts";
import { pack, Preflight } from "../support/artifacts.ts";

t.setTimeout(120_000);

const WORDS = [
  ...VERBS.map((v) => v.name),
  ...COMMANDS.map((c) => c.name),
  ...kinds.map((k) => `${k.name}:`),
].toSorted();
const SWITCHES = FLAGS.flatMap((f) => [`--${f.name}`, ...(f.letter === "" ? [] : [`-${f.letter}`])]).toSorted();

/** A line with the cursor at its end, and what completes it. `a.yaml` is the only file there. */
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ["preflight ", WORDS],
  ["preflight --fo", ["--format"]],
  ["preflight --format ", ["text", "json", "tap", "junit", "github"]],
  ["preflight -f j", ["json", "junit"]],
  ["preflight --on-failure ", ["exit", "hold"]],
  ["preflight --wait ", []],
  ["preflight --config ", ["a.yaml"]],
  ["preflight exp", ["explain"]],
  ["preflight compl", ["completion"]],
  ["preflight check tc", ["tcp:"]],
  ["preflight check --onl", ["--only"]],
  ["preflight completion ", ["bash", "zsh", "fish"]],
  ["preflight completion z", ["zsh"]],
  ["preflight completion --he", ["--help"]],
];

async function script(t: Test, shell: string): Promise<{ readonly cwd: string; readonly file: string }> {
  const r = await new Preflight(pack).run(["completion", shell]);
  t.same([r.code, r.stderr], [0, ""]);
  const root = t.testdir({ _preflight: r.stdout, cwd: { "a.yaml": "" } });
  return { cwd: join(root, "cwd"), file: join(root, "_preflight") };
}

function shell(cwd: string, command: string, args: readonly string[]): readonly string[] {
  const r = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: cwd, TERM: "dumb" },
  });
  if (r.status !== 0 || r.stderr !== "") throw new Error(`${command}: ${r.status} ${r.stderr}`);
  return r.stdout.split("\n").filter((l) => l !== "");
}

test("bash completes commands, flags, values, checks and files", async (t) => {
  const { cwd, file } = await script(t, "bash");
  const complete = (line: string): readonly string[] => {
    const words = line.split(/ |(=)/).filter((w) => w !== undefined);
    const quoted = words.map((w) => `'${w}'`).join(" ");
    const run = `source '${file}'; COMP_WORDS=(${quoted}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _preflight; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return shell(cwd, "bash", ["--norc", "-uc", run]);
  };
  for (const [line, wanted] of CASES) t.same(complete(line).toSorted(), wanted.toSorted(), line);
  t.same(complete("preflight -").toSorted(), SWITCHES);
  t.same(complete("preflight --format=js"), ["json"]);
  t.same(complete("preflight --format="), ["text", "json", "tap", "junit", "github"]);
  t.ok(complete("preflight env:A -- tru").includes("true"), "the command after --");
  t.same(complete("preflight env:A -- cat "), ["a.yaml"], "and its files");
});

test("zsh completes commands, flags, values, checks and files", async (t) => {
  const { cwd, file } = await script(t, "zsh");
  // a shell of its own on a pseudo-terminal; compadd tells what it is given
  const complete = (line: string): readonly string[] => {
    const inner = `
autoload -Uz compinit; compinit -u -D # no dump: -d would make one, and put it in the place of /dev/null
source '${file}'
_preflight_tell() {
  compadd() { local -a all; builtin compadd -O all "$@" >/dev/null 2>&1; print -rl -- "$all[@]" >> told; builtin compadd "$@"; }
  _preflight
  unfunction compadd
}
compdef _preflight_tell preflight
PROMPT=ready:
LISTMAX=1000
bindkey '^T' list-choices`;
    writeFileSync(join(cwd, ".zshrc"), inner);
    writeFileSync(join(cwd, "told"), "");
    const outer = `zmodload zsh/zpty; zpty z zsh -i; zpty -r z out '*ready:*'; zpty -w -n z '${line}'$'\\t\\C-u'; zpty -w z 'print don''e:'; zpty -r z out '*done:*'; zpty -d z; sort -u told`;
    return shell(cwd, "zsh", ["-fc", outer]).filter((l) => !["told", ".zshrc"].includes(l));
  };
  for (const [line, wanted] of CASES) t.same(complete(line).toSorted(), wanted.toSorted(), line);
});

test("fish completes commands, flags, values, checks and files", async (t) => {
  const { cwd, file } = await script(t, "fish");
  const complete = (line: string): readonly string[] =>
    shell(cwd, "fish", ["--no-config", "-c", `source '${file}'; complete -C '${line}'`])
      .map((l) => l.split("\t")[0] ?? "")
      .filter((l) => !l.startsWith("."));
  for (const [line, wanted] of CASES) t.same([...new Set(complete(line))].toSorted(), wanted.toSorted(), line);
  t.ok(complete("preflight env:A -- tru").includes("true"), "the command after --");
});
