/** What the package starts with: the gate and its verbs load no library, the laptop's commands do, and help tells of both. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import t, { test, type Test } from "tap";
import { kinds } from "../../checks/index.ts";
import { AUTHORING } from "../../src/arguments.ts";
import { COMMANDS } from "../../src/author/commands.ts";
import { help, LAPTOP } from "../../src/help.ts";
import { binary, both, pack, Preflight } from "../support/artifacts.ts";

t.setTimeout(120_000);

const laptop = new Preflight(pack);

/** The modules that a run of the package loads, platform's aside. */
async function loads(t: Test, args: readonly string[]): Promise<readonly string[]> {
  const list = join(t.testdir({ list: "" }), "list");
  const hook = `import { registerHooks } from "node:module"; import { appendFileSync } from "node:fs";
registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(list)}, url + "\\n"); return next(url, context); } });`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
  await laptop.run(args, { env: { NODE_OPTIONS, A: "1" } });
  const urls = readFileSync(list, "utf8").split("\n");
  return urls.filter((u) => u.startsWith("file:"));
}

test("the gate in the package loads no library", async (t) => {
  for (const args of [
    ["env:A", "--", "true"],
    ["check", "env:A"],
    ["health", "env:A"],
    ["explain", "env:A"],
    ["check", "tls:127.0.0.1:1", "--no-wait"],
    ["schema"],
    ["--help"],
    ["--help", "tcp"],
    ["--version"],
    ["--nonesuch"],
  ]) {
    const urls = await loads(t, args);
    t.ok(urls.length > 2, args.join(" "));
    t.same(
      urls.filter((u) => u.includes("/node_modules/")),
      [],
      args.join(" "),
    );
  }
});

test("the laptop's commands load yargs, and only the command that is asked for", async (t) => {
  const urls = await loads(t, ["completion", "bash"]);
  t.ok(urls.some((u) => u.includes("/node_modules/yargs/")));
  const own = urls.filter((u) => /\/author\/(?!entry|cli|commands|completion|finding)/.test(u));
  t.same(own, []);
});

test("the help of the binary and of the package agree, but for how they tell of the laptop's commands", async (t) => {
  for (const args of [["--help"], ["help"], ["-h"], ["check", "--help"]]) {
    const [b, p] = [await new Preflight(binary).run(args), await laptop.run(args)];
    t.same([b.code, p.code, b.stderr, p.stderr], [0, 0, "", ""]);
    t.equal(b.stdout, help(kinds));
    const [before = "", behind = ""] = b.stdout.split(LAPTOP);
    t.ok(p.stdout.startsWith(before) && p.stdout.endsWith(behind));
    const table = p.stdout.slice(before.length, p.stdout.length - behind.length);
    const rows = [...table.matchAll(/^ {2}(\S+) +(.*)$/gm)].map((m) => [m[1], m[2]]);
    t.same(
      rows,
      COMMANDS.map((c) => [c.name, c.about]),
    );
    t.match(LAPTOP, /npx preflight-gate <command>/);
  }
  const topics = [
    ["--help", "tcp"],
    ["help", "env"],
    ["--help", "nonesuch"],
  ];
  for (const args of topics) {
    const [b, p] = [await new Preflight(binary).run(args), await laptop.run(args)];
    t.same([b.code, b.stdout, b.stderr], [p.code, p.stdout, p.stderr], args.join(" "));
  }
});

test("the list of the laptop's commands is the same for both artifacts, and in alphabetical order", (t) => {
  const names = COMMANDS.map((c) => c.name);
  t.same(AUTHORING, names, "add the name to AUTHORING in src/arguments.ts");
  t.same(names, names.toSorted());
  t.end();
});

test("the binary says where the laptop's commands are", async (t) => {
  for (const { name } of COMMANDS) {
    const r = await new Preflight(binary).run([name]);
    t.same(
      [r.code, r.stdout, r.stderr],
      [64, "", `preflight: "${name}" is a command of the npm package: npx preflight-gate ${name}\n`],
    );
  }
});

both("a command that is misspelled gets the one that was meant", async (t, preflight) => {
  const r = await preflight.run(["complation"]);
  t.same([r.code, r.stdout], [64, ""]);
  t.equal(r.stderr, 'preflight: unknown command "complation": did you mean "completion"?\n');
});

for (const command of COMMANDS) {
  test(`preflight ${command.name} --help shows usage, every flag and an example`, async (t) => {
    for (const args of [
      [command.name, "--help"],
      [command.name, "-h"],
      ["--help", command.name],
      ["help", command.name],
    ]) {
      const r = await laptop.run(args);
      t.same([r.code, r.stderr], [0, ""], args.join(" "));
      t.match(r.stdout, `preflight ${command.name}`);
      t.match(r.stdout, command.about);
      for (const f of command.flags) t.match(r.stdout, `--${f.name}`);
      t.match(r.stdout, "Examples:");
      for (const line of r.stdout.split("\n")) t.ok(line.length <= 100, line);
    }
  });
}

/** Wrong command lines and what is said of them. */
const WRONG: readonly (readonly [string, string])[] = [
  ["completion", '"preflight completion" needs SHELL: bash, zsh or fish'],
  ["completion bsh", 'SHELL must be bash, zsh or fish: got "bsh": did you mean "bash"?'],
  ["completion bash zsh", '"preflight completion" takes one word: leave out "zsh"'],
  ["completion --hepl", 'unknown flag "--hepl": did you mean "--help"?'],
  ["completion -x bash", 'unknown flag "-x"'],
  ["completion --no-colour bash", 'unknown flag "--no-colour"'],
  ["completion --a.b=1 bash", 'unknown flag "--a.b"'],
  ["man preflight", '"preflight man" takes no word: leave out "preflight"'],
];

test("a wrong command line ends with 64 and says the cure", async (t) => {
  for (const [line, said] of WRONG) {
    const r = await laptop.run(line.split(" "), { env: { LC_ALL: "de_DE.UTF-8" } });
    t.same([r.code, r.stdout, r.stderr], [64, "", `preflight: ${said}\n`], line);
  }
});
