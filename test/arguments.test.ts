import t, { test } from "tap";
import { asksHealth, FLAGS, ownVariable, parse, strangers, UsageError, verify, VERBS } from "../src/arguments.ts";
import { both } from "./support/artifacts.ts";

t.setTimeout(120_000);

const of = (...words: string[]): ReturnType<typeof parse> => parse(["node", "preflight", ...words]);

/** What a body says while these variables are set. */
function withVariables<T>(set: Readonly<Record<string, string>>, body: () => T): T {
  Object.assign(process.env, set);
  try {
    return body();
  } finally {
    for (const name of Object.keys(set)) Reflect.deleteProperty(process.env, name);
  }
}

test("flags are read by name, by letter, and with a blank or = before the value", (t) => {
  for (const words of [
    ["--config", "x.yaml"],
    ["--config=x.yaml"],
    ["-c", "x.yaml"],
    ["-c", "first", "--config", "x.yaml"],
  ])
    t.equal(of(...words, "check").value("config"), "x.yaml", words.join(" "));
  t.equal(of("--only=a=b", "check").value("only"), "a=b", "only the first = parts");
  t.equal(of("--only", "--quiet", "check").value("only"), "--quiet", "a value may begin with a dash");
  t.equal(of("--config=", "check").value("config"), "");
  for (const f of FLAGS.filter((x) => x.value === "" && x.name !== "help" && x.name !== "version")) {
    t.ok(of(`--${f.name}`, "check").given(f.name), f.name);
    t.notOk(of("check").given(f.name), f.name);
    if (f.letter !== "") t.ok(of(`-${f.letter}`, "check").given(f.name), f.letter);
  }
  t.end();
});

test("--init stands alone or carries its value, and takes none from the next word", (t) => {
  for (const [words, init] of [
    [[], ""],
    [["--init"], "child"],
    [["--init", "group"], "child"],
    [["--init", "--quiet"], "child"],
    [["--init=1"], "child"],
    [["--init=true"], "child"],
    [["--init=group"], "group"],
    [["--init", "--init=group"], "group"],
    [["--init=0"], ""],
    [["--init=false"], ""],
    [["--init="], ""],
  ] as const)
    t.equal(of(...words, "--", "x").init, init, words.join(" "));
  t.same(of("--init", "group", "--", "x").words, ["group"]);
  for (const [value, init] of [
    ["1", "child"],
    ["true", "child"],
    ["group", "group"],
    ["0", ""],
    ["false", ""],
    ["", ""],
  ] as const)
    withVariables({ PREFLIGHT_INIT: value }, () => {
      t.equal(of("--", "x").init, init, value);
      t.equal(of("--init=0", "--", "x").init, "", "the flag wins");
      t.equal(of("check").verb, "check", "where nothing is run it means nothing");
    });
  t.end();
});

test("flags may stand before, between and after the words", (t) => {
  const command = of("--wait", "1s", "tcp:a:1", "-q", "env:B", "--no-wait", "--", "cmd", "--wait", "9s");
  t.equal(command.verb, "run");
  t.same(command.words, ["tcp:a:1", "env:B"]);
  t.equal(command.duration("wait"), 1000);
  t.ok(command.given("quiet"));
  t.ok(command.given("no-wait"));
  t.end();
});

test("what follows the first -- is the command, and is not read", (t) => {
  const command = of("env:A", "--", "--", "check", "--help", "-x", "--");
  t.equal(command.at, 4);
  t.same(command.words, ["env:A"]);
  t.equal(of("-", "--", "a").words.join(), "-", "a single dash is a word");
  t.equal(of("check", "--").at, 0);
  t.end();
});

test("each verb is known by its name in front, and elsewhere it is a word", (t) => {
  for (const { name } of VERBS) {
    const command = of(name, "tcp:a:1");
    t.equal(command.verb, name);
    t.same(command.words, ["tcp:a:1"]);
  }
  t.same(of("tcp:a:1", "check", "--", "x").words, ["tcp:a:1", "check"]);
  t.end();
});

test("help and version go before all else", (t) => {
  for (const words of [["--help"], ["-h"], ["help"], ["check", "--help"], ["--help", "--", "x"], ["health", "-h"]]) {
    t.equal(of(...words).verb, "help", words.join(" "));
    t.same(of(...words).words, [], words.join(" "));
  }
  t.same(of("--help", "tcp").words, ["tcp"]);
  t.same(of("help", "tcp").words, ["tcp"]);
  t.same(of("tcp:a:1", "--help").words, ["tcp:a:1"]);
  t.equal(of("--version", "check").verb, "version");
  t.equal(of("--version", "--help").verb, "help");
  t.end();
});

test("a value comes from the flag, else from its variable", (t) => {
  withVariables({ PREFLIGHT_WAIT: "2m", PREFLIGHT_ON_FAILURE: "hold" }, () => {
    t.equal(of("check").value("wait"), "2m");
    t.equal(of("check").duration("wait"), 120_000);
    t.equal(of("check").source("wait"), "PREFLIGHT_WAIT");
    t.equal(of("check").value("on-failure"), "hold");
    t.equal(of("--wait", "1s", "check").value("wait"), "1s");
    t.equal(of("--wait", "1s", "check").source("wait"), "--wait");
    t.notOk(of("check").given("wait"), "a variable is no flag");
  });
  t.equal(of("check").duration("wait"), -1);
  t.equal(ownVariable("env-file"), "PREFLIGHT_ENV_FILE");
  t.end();
});

test("a wrong value is said with where it came from", (t) => {
  const said = (...words: string[]): string => {
    try {
      verify(of(...words));
    } catch (e) {
      if (e instanceof UsageError) return e.message;
      throw e;
    }
    return "";
  };
  t.equal(said("--wait", "30", "check"), '--wait must be a duration such as "30s": got "30"');
  t.equal(said("--timeout=-1s", "check"), '--timeout must be a duration such as "30s": got "-1s"');
  t.equal(said("--wait", "8d", "check"), '--wait must be a duration such as "30s": got "8d"');
  t.equal(said("--wait", "0", "check"), "");
  t.equal(said("--wait", "1m30s", "check"), "");
  t.equal(said("-f", "xml", "check"), '--format must be text, json, tap, junit or github: got "xml"');
  t.equal(
    said("-f", "jsno", "check"),
    '--format must be text, json, tap, junit or github: got "jsno": did you mean "json"?',
  );
  t.equal(said("--on-failure", "hodl", "check"), '--on-failure must be exit or hold: got "hodl": did you mean "hold"?');
  withVariables({ PREFLIGHT_WAIT: "soon", PREFLIGHT_TIMEOUT: "" }, () => {
    t.equal(said("check"), 'PREFLIGHT_WAIT must be a duration such as "30s": got "soon"');
    t.equal(said("--wait", "1s", "check"), "", "the flag wins, an empty variable says nothing");
  });
  t.end();
});

test("a variable that is nearly one of ours is pointed out", (t) => {
  withVariables({ PREFLIGHT_WIAT: "1s", PREFLIGHT_CHEKCS: "x", PREFLIGHT_PORT: "1", PREFLIGHT_CHECKS: "env:A" }, () => {
    t.same(strangers(), [
      'unknown variable PREFLIGHT_CHEKCS: did you mean "PREFLIGHT_CHECKS"?',
      'unknown variable PREFLIGHT_WIAT: did you mean "PREFLIGHT_WAIT"?',
    ]);
  });
  t.same(strangers(), []);
  t.end();
});

test("health is recognised before the command, whatever else is wrong", (t) => {
  t.ok(asksHealth(["node", "x", "--nonesuch", "health"]));
  t.notOk(asksHealth(["node", "x", "--", "health"]));
  t.notOk(asksHealth(["node", "x", "check"]));
  t.end();
});

const WRONG: readonly (readonly [readonly string[], string])[] = [
  [[], 'no command to run: want "preflight [checks] -- command", or "preflight check" to run none'],
  [["--"], "no command after --"],
  [["env:A", "--"], "no command after --"],
  [["tcp:a:1"], 'no command to run: want "preflight [checks] -- command", or "preflight check" to run none'],
  [["chek"], 'unknown command "chek": did you mean "check"?'],
  [["check", "--", "true"], '"preflight check" runs no command: leave out what follows --'],
  [["health", "--wait"], "--wait needs a value: DURATION"],
  [["--wait", "--", "true"], "--wait needs a value: DURATION"],
  [["-c"], "--config needs a value: FILE"],
  [["--quiet=1", "--", "true"], "--quiet takes no value"],
  [["--init=yes", "--", "true"], '--init must be 1, true, group, 0 or false: got "yes"'],
  [["--init=gruop", "--", "true"], '--init must be 1, true, group, 0 or false: got "gruop": did you mean "group"?'],
  [["check", "--init", "env:PATH"], '"preflight check" runs no command: leave out --init'],
  [["health", "--init"], '"preflight health" runs no command: leave out --init'],
  [["--wiat", "1s", "--", "true"], 'unknown flag "--wiat": did you mean "--wait"?'],
  [["--nonesuch", "--", "true"], 'unknown flag "--nonesuch"'],
  [["-x", "--", "true"], 'unknown flag "-x"'],
  [["-qv", "--", "true"], 'unknown flag "-qv"'],
  [["--\u001b[31m", "--", "true"], 'unknown flag "--\\x1b[31m"'],
  [["--wait", "30", "--", "true"], '--wait must be a duration such as "30s": got "30"'],
  [["--format", "yaml", "check"], '--format must be text, json, tap, junit or github: got "yaml"'],
  [["--allow-empty", "--only", "x", "--", "true"], '--only: no check is called "x"'],
  [["check", "env:PATH", "--skip", "env PTAH"], '--skip: no check is called "env PTAH": did you mean "env PATH"?'],
];

both("a wrong command line ends with 64, one line, and nothing run", async (t, preflight) => {
  for (const [args, message] of WRONG) {
    const r = await preflight.run(args);
    const health = args.includes("health");
    t.same([r.code, r.stderr, r.stdout], [health ? 1 : 64, `preflight: ${message}\n`, ""], args.join(" "));
  }
});

both("an empty command is a command that is not found", async (t, preflight) => {
  const r = await preflight.run(["--allow-empty", "-q", "--", ""]);
  t.same([r.code, r.stderr], [127, 'preflight: cannot run "": not found in PATH\n']);
});

both("PREFLIGHT_INIT means nothing where no command is run, and its wrong value is said", async (t, preflight) => {
  for (const verb of ["check", "health", "explain"]) {
    const r = await preflight.run([verb, "env:PATH"], { env: { PREFLIGHT_INIT: "group" } });
    t.same([r.code, r.stderr], [0, ""], verb);
  }
  const r = await preflight.run(["env:PATH", "--", "true"], { env: { PREFLIGHT_INIT: "yes" } });
  t.same([r.code, r.stderr], [64, 'preflight: PREFLIGHT_INIT must be 1, true, group, 0 or false: got "yes"\n']);
});

both("the flag wins over its variable, and a near miss of a variable is pointed out", async (t, preflight) => {
  const env = { PREFLIGHT_WAIT: "soon", PREFLIGHT_WIAT: "1s" };
  const r = await preflight.run(["--wait", "0", "env:PATH", "--", "echo", "on"], { env });
  t.same([r.code, r.stdout], [0, "on\n"]);
  t.match(r.stderr, /^preflight: unknown variable PREFLIGHT_WIAT: did you mean "PREFLIGHT_WAIT"\?\n/);
  const wrong = await preflight.run(["env:PATH", "--", "true"], { env });
  t.same([wrong.code, wrong.stderr], [64, 'preflight: PREFLIGHT_WAIT must be a duration such as "30s": got "soon"\n']);
});
