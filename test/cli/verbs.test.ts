/** The verbs and the flags that decide what runs, as a user sees them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import t, { test } from "tap";
import { FLAGS, VERBS } from "../../src/arguments.ts";
import { binary, both, Preflight } from "../support/artifacts.ts";
import { configuration, free, silent } from "../support/local.ts";

t.setTimeout(120_000);

const own = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as { version: string };

// --- check ---

both("check reports on stdout, and runs nothing", async (t, preflight) => {
  const file = configuration(t, `checks:\n  - env: A\n  - file: ${t.testdirName}\n`);
  const passed = await preflight.run(["check", "--config", file], { env: { A: "1" } });
  t.equal(passed.code, 0);
  t.match(passed.stdout, /^preflight: 2 checks passed in \d+ms\n$/);
  t.equal(passed.stderr, "");
  const failed = await preflight.run(["check", "--config", file]);
  t.equal(failed.code, 78);
  t.match(
    failed.stdout,
    /^preflight: 1 check failed for good, 1 passed in \d+ms: exit 78\npreflight: env A: not set\n$/,
  );
  t.equal(failed.stderr, "");
  const late = await preflight.run(["check", "--no-wait", `127.0.0.1:${await free()}`]);
  t.equal(late.code, 75);
  t.match(late.stdout, /: connection refused\n$/);
});

// --- health ---

both("health is 0 or 1 and nothing else, whatever the trouble", async (t, preflight) => {
  const broken = configuration(t, "checks:\n  - tcp: db\n");
  const troubles: readonly (readonly string[])[] = [
    ["health", "env:NONESUCH"],
    ["health", `tcp:127.0.0.1:${await free()}`],
    ["health"],
    ["health", "--config", broken],
    ["health", "--config", "/nonesuch.yaml"],
    ["health", "--nonesuch"],
    ["--nonesuch", "health"],
    ["health", "--wait", "soon"],
    ["health", "--format", "xml"],
    ["health", "--", "true"],
    ["health", "--only", "nonesuch", "env:PATH"],
    ["health", "nonesuch:1:2:3"],
    ["health", "command:/nonesuch"],
    ["health", "--on-failure", "hold", "env:NONESUCH"],
  ];
  for (const args of troubles) {
    const r = await preflight.run(args);
    t.equal(r.code, 1, args.join(" "));
    t.match(r.stdout + r.stderr, /\S/, "it says why");
  }
  t.equal((await preflight.run(["health", "env:PATH"])).code, 0);
  t.equal((await preflight.run(["health", "--allow-empty"])).code, 0);
});

both("health looks at its own section, and at the checks where there is none", async (t, preflight) => {
  const file = configuration(t, "checks:\n  - env: A\n    name: a\nhealth:\n  - env: B\n    name: b\n");
  const run = async (env: Record<string, string>, ...more: string[]): Promise<number | null> =>
    (await preflight.run(["health", "--config", file, ...more], { env })).code;
  t.equal(await run({ B: "1" }), 0);
  t.equal(await run({ A: "1" }), 1);
  t.equal(await run({ B: "1", PREFLIGHT_SKIP: "a" }), 0, "a name that only the gate knows is no mistake");
  t.equal(await run({ B: "1", PREFLIGHT_ONLY: "a" }), 0, "and leaves nothing out here");
  t.equal(await run({ B: "1", PREFLIGHT_ONLY: "b" }), 0);
  t.equal(await run({ B: "1", PREFLIGHT_SKIP: "c" }), 1);
  const shared = configuration(t, "checks:\n  - env: A\n");
  t.equal((await preflight.run(["health", "--config", shared])).code, 1);
  t.equal((await preflight.run(["health", "--config", shared], { env: { A: "1" } })).code, 0);
  const gate = await preflight.run(["--config", file, "--only", "b", "--", "true"], { env: { A: "1" } });
  t.equal(gate.code, 64, "the gate does not know the names of health");
});

both("health says at most 4,096 bytes, its result first", async (t, preflight) => {
  const hint = "ü".repeat(50);
  const items = Array.from({ length: 300 }, (_, i) => `  - env: MISSING_${i}\n    hint: ${hint}\n`).join("");
  const file = configuration(t, `checks:\n${items}`);
  for (const format of ["text", "json", "tap", "junit", "github"]) {
    const r = await preflight.run(["health", "--config", file, "--format", format]);
    t.equal(r.code, 1, format);
    t.ok(Buffer.byteLength(r.stdout) <= 4096, `${format}: ${Buffer.byteLength(r.stdout)}`);
    t.ok(Buffer.byteLength(r.stdout) > 3500, "and not much less");
    t.ok(r.stdout.endsWith("\n"));
    if (format === "json") {
      const last = JSON.parse(r.stdout.trimEnd().split("\n").at(-1) ?? "") as Record<string, unknown>;
      t.match(last, { event: "end", result: "failed", exit: 1 });
    }
    if (format !== "text") continue;
    t.match(r.stdout, /^preflight: 300 checks failed for good, 0 passed in \d+ms: exit 1\n {2}…\n/);
    t.match(r.stdout, /preflight: env MISSING_299: not set\n {2}hint: ü{50}\n$/);
  }
  const wrong = configuration(t, `checks:\n${"  - tcp: no-port-here\n".repeat(300)}`);
  const r = await preflight.run(["health", "--config", wrong]);
  t.equal(r.code, 1);
  t.ok(Buffer.byteLength(r.stderr) <= 4096);
  t.match(r.stderr, /preflight\.yaml:2:10: .*\n {2}…\n/);
});

both("health ends soon when a peer is silent, whatever the file says of time", async (t, preflight) => {
  const port = await silent(t);
  const file = configuration(
    t,
    `wait: 1m\ntimeout: 20s\nchecks:\n  - http: http://127.0.0.1:${port}/\n    wait: 1m\n    timeout: 10s\n  - command: [sleep, 10]\n`,
  );
  const r = await preflight.run(["health", "--config", file]);
  t.equal(r.code, 1);
  t.ok(r.took < 5000, `${r.took} ms`);
  const longer = await preflight.run(["health", "--config", file, "--only", "command sleep 10", "--timeout", "100ms"]);
  t.match(longer.stdout, /still running after/);
});

// --- schema, help, version ---

both("schema prints the schema that is published", async (t, preflight) => {
  const r = await preflight.run(["schema"]);
  t.equal(r.code, 0);
  t.equal(r.stderr, "");
  t.same(
    JSON.parse(r.stdout),
    JSON.parse(readFileSync(join(import.meta.dirname, "../../schema.json"), "utf8")),
    "npm run docs",
  );
});

both("version is the one of package.json", async (t, preflight) => {
  const r = await preflight.run(["--version"]);
  t.same([r.code, r.stdout, r.stderr], [0, `preflight ${own.version}\n`, ""]);
});

both("help names every verb and flag, on stdout", async (t, preflight) => {
  for (const args of [["--help"], ["-h"], ["help"], ["check", "--help"], ["health", "-h"]]) {
    const r = await preflight.run(args);
    t.same([r.code, r.stderr], [0, ""], args.join(" "));
    for (const { name } of VERBS) t.match(r.stdout, `\n  ${name} `);
    for (const { name } of FLAGS) t.match(r.stdout, `--${name}`);
    t.ok(r.stdout.endsWith(".\n"));
  }
});

both("help of a kind names its fields, and of none says which was meant", async (t, preflight) => {
  for (const word of ["tcp", "tcp:db:5432"]) {
    const r = await preflight.run(["--help", word]);
    t.same([r.code, r.stderr], [0, ""]);
    t.match(r.stdout, /^tcp: a TCP port accepts connections|^tcp: /);
    for (const name of ["closed", "hold", "expect", "wait", "successes"]) t.match(r.stdout, `\n  ${name} `);
  }
  const wrong = await preflight.run(["--help", "nonesuch"]);
  t.same([wrong.code, wrong.stdout, wrong.stderr], [64, "", 'preflight: no check is called "nonesuch"\n']);
  const near = await preflight.run(["--help", "htpt"]);
  t.same([near.code, near.stderr], [64, 'preflight: no check is called "htpt": did you mean "http"?\n']);
});

// --- which configuration ---

both("the configuration is the first of the usual files, and a flag goes before a variable", async (t, preflight) => {
  const name = (n: string): string => `checks:\n  - env: ${n}\n`;
  const dir = t.testdir({
    all: {
      "preflight.yaml": name("YAML"),
      "preflight.yml": name("YML"),
      "preflight.json": '{"checks": [{"env": "JSON"}]}',
      "other.yaml": name("OTHER"),
      "third.yaml": name("THIRD"),
    },
    yml: { "preflight.yml": name("YML"), "preflight.json": '{"checks": [{"env": "JSON"}]}' },
    json: { "preflight.json": '{\n\t"checks": [{"env": "JSON"}]\n}' },
    none: {},
  });
  const seen = async (cwd: string, args: readonly string[] = [], env: Record<string, string> = {}): Promise<string> => {
    const r = await preflight.run(["check", ...args], { cwd: join(dir, cwd), env });
    return /env ([A-Z]+): not set/.exec(r.stdout)?.[1] ?? r.stderr;
  };
  t.equal(await seen("all"), "YAML");
  t.equal(await seen("yml"), "YML");
  t.equal(await seen("json"), "JSON");
  t.equal(await seen("all", [], { PREFLIGHT_CONFIG: "other.yaml" }), "OTHER");
  t.equal(await seen("all", ["-c", "third.yaml"], { PREFLIGHT_CONFIG: "other.yaml" }), "THIRD");
  t.equal(
    await seen("none"),
    "preflight: no checks: there is no configuration file, and no check is given: --allow-empty if that is meant\n",
  );
  t.equal(
    await seen("all", [], { PREFLIGHT_CONFIG: "gone.yaml" }),
    "gone.yaml: cannot read the configuration: no such file\n",
    "a file that was asked for must be there",
  );
});

both("checks of the file, of the words and of PREFLIGHT_CHECKS run together", async (t, preflight) => {
  const file = configuration(t, "checks:\n  - env: FROM_FILE\n");
  const env = { PREFLIGHT_CHECKS: " env:FROM_VARIABLE \n\t!file:/nonesuch  " };
  const r = await preflight.run(["check", "--config", file, "env:FROM_WORD"], { env });
  t.equal(r.code, 78);
  t.match(r.stdout, /^preflight: 3 checks failed for good, 1 passed/);
  for (const name of ["FROM_FILE", "FROM_WORD", "FROM_VARIABLE"]) t.match(r.stdout, `env ${name}: not set\n`);
  const bad = await preflight.run(["check"], { env: { PREFLIGHT_CHECKS: "tpc:a:1" } });
  t.same([bad.code, bad.stderr], [78, 'PREFLIGHT_CHECKS: no check is called "tpc": did you mean "tcp"?\n']);
});

both("no checks at all is a mistake unless it is asked for", async (t, preflight) => {
  const file = configuration(t, "checks: []\n");
  const none = await preflight.run(["--config", file, "--", "echo", "ran"]);
  t.same([none.code, none.stdout], [78, ""]);
  t.equal(none.stderr, `preflight: no checks: ${file} has none that are to run: --allow-empty if that is meant\n`);
  const asked = await preflight.run(["--config", file, "--allow-empty", "--", "echo", "ran"]);
  t.same([asked.code, asked.stdout], [0, "ran\n"]);
  const skipped = await preflight.run(["check", "env:A", "--skip", "env:A"]);
  t.equal(skipped.code, 78);
});

both("only and skip take names, kind and target, and words", async (t, preflight) => {
  const file = configuration(
    t,
    "checks:\n  - env: A\n    name: first\n  - env: B\n  - file: /nonesuch\n    not: true\n  - env: C\n",
  );
  const run = async (env: Record<string, string>, ...args: string[]): Promise<string> => {
    const r = await preflight.run(["check", "--config", file, "--no-wait", ...args], { env });
    return [...r.stdout.matchAll(/^preflight: (\S+.*): not set$/gm)].map((m) => m[1]).join(", ");
  };
  t.equal(await run({}), "first, env B, env C");
  t.equal(await run({}, "--only", "first"), "first");
  t.equal(await run({}, "--only", "env A, env:B"), "first, env B");
  t.equal(await run({}, "--skip", "first,env C"), "env B");
  t.equal(await run({ PREFLIGHT_SKIP: "first" }), "env B, env C");
  t.equal(await run({ PREFLIGHT_SKIP: "first" }, "--skip", "env:B"), "first, env C");
  t.equal(await run({}, "--only", "first,env:B", "--skip", "first"), "env B");
  t.equal((await preflight.run(["check", "--config", file, "--only", "not file /nonesuch"])).code, 0);
});

both("a failing gate holds where that is asked for, and health says 1 meanwhile", async (t, preflight) => {
  const running = preflight.start(["env:NONESUCH", "--on-failure", "hold", "--", "echo", "ran"]);
  await running.says("preflight: holding for diagnosis: stop the container to end it\n");
  t.match(running.stderr(), /: exit 78\npreflight: env NONESUCH: not set\npreflight: holding/);
  t.equal(running.child.exitCode, null);
  running.child.kill("SIGTERM");
  const r = await running.ended;
  t.same([r.code, r.stdout], [143, ""]);
  const passing = await preflight.run(["env:PATH", "--on-failure", "hold", "--", "echo", "ran"]);
  t.same([passing.code, passing.stdout], [0, "ran\n"]);
  const check = await preflight.run(["check", "env:NONESUCH"], { env: { PREFLIGHT_ON_FAILURE: "hold" } });
  t.equal(check.code, 78, "check never holds");
});

// --- the environment file ---

// as the variable names it
const said = (file: string): Record<string, string> => ({ PREFLIGHT_ENV_FILE: file });

both("an environment file sets what is not set, for checks, configuration and command", async (t, preflight) => {
  const dir = t.testdir({
    "my.env": "# own\nA=one\nexport B='two words'\nC=\"x\\ny\"\nSET=file\nPORT_NAME=D\n",
    "preflight.yaml": "checks:\n  - env: [A, B]\n  - env: ${PORT_NAME}\n",
  });
  const script = 'printf "%s|" "$A" "$B" "$C" "$SET"';
  const env = { ...said("my.env"), SET: "before", D: "1" };
  const r = await preflight.run(["-q", "--", "sh", "-c", script], { cwd: dir, env });
  t.same([r.code, r.stdout, r.stderr], [0, "one|two words|x\ny|before|", ""]);
});

both("a mistake in an environment file has its place, and shows no value", async (t, preflight) => {
  const dir = t.testdir({
    "word.env": "A=1\n\nhunter2 canary\n",
    "quote.env": "A=1\nB='hunter2\ncanary\n",
    "bytes.env": Buffer.from([0x41, 0x3d, 0xff, 0x0a]),
  });
  const table = [
    ["word.env", 78, "word.env:3:1: want NAME=value\n"],
    ["quote.env", 78, "quote.env:2:1: the value of B has no closing '\n"],
    ["bytes.env", 78, "bytes.env:1:3: not UTF-8: save the file as UTF-8\n"],
    ["gone.env", 64, 'preflight: cannot read the environment file "gone.env": no such file\n'],
  ] as const;
  for (const [name, code, message] of table) {
    const r = await preflight.run(["check", "env:PATH"], { cwd: dir, env: said(name) });
    t.same([r.code, r.stderr, r.stdout], [code, message, ""], name);
  }
});

// Node takes --env-file for itself wherever it stands before "--": the package is told by the variable
test("an environment file is named by the flag too", async (t) => {
  const dir = t.testdir({ "my.env": "A=one\n" });
  const preflight = new Preflight(binary);
  const r = await preflight.run(["--env-file", "my.env", "-q", "env:A", "--", "sh", "-c", 'echo "$A"'], { cwd: dir });
  t.same([r.code, r.stdout], [0, "one\n"]);
  const gone = await preflight.run(["check", "--env-file", "gone.env"], { cwd: dir });
  t.same([gone.code, gone.stderr], [64, 'preflight: cannot read the environment file "gone.env": no such file\n']);
});

// --- groups, order and the fields of every check, from a file ---

both("any passes with one member, all with every one", async (t, preflight) => {
  const file = configuration(
    t,
    `checks:
  - any:
      - env: A
      - file: ${t.testdirName}
    name: license
  - all:
      - env: A
      - env: B
    hint: set both
`,
  );
  const good = await preflight.run(["check", "--config", file, "--no-wait"], { env: { A: "1", B: "1" } });
  t.equal(good.code, 0);
  const half = await preflight.run(["check", "--config", file, "--no-wait"], { env: { A: "1" } });
  t.equal(half.code, 78);
  t.match(half.stdout, /\npreflight: all of env A, env B: env B: not set\n {2}hint: set both\n$/);
});

both("after orders the looks, and what comes after a failure is not looked at", async (t, preflight) => {
  const dir = t.testdir({
    "preflight.yaml": `checks:
  - name: second
    command: [cat, made]
    after: first
  - name: first
    command: [sh, -c, "sleep 0.1; echo x > made"]
`,
    "broken.yaml": `checks:
  - name: second
    command: [touch, never]
    after: [first]
  - name: first
    env: NONESUCH
`,
  });
  const good = await preflight.run(["check", "--no-wait"], { cwd: dir });
  t.equal(good.code, 0, good.stdout);
  const bad = await preflight.run(["check", "-c", "broken.yaml"], { cwd: dir });
  t.equal(bad.code, 78);
  t.match(bad.stdout, "preflight: second: first did not pass\n");
  t.throws(() => readFileSync(join(dir, "never")));
});

both("optional warns and does not fail, not is the reverse, from a file", async (t, preflight) => {
  const file = configuration(
    t,
    `checks:
  - env: NONESUCH
    optional: true
    hint: nice to have
  - file: /nonesuch
    not: true
  - env: PATH
`,
  );
  const good = await preflight.run(["--config", file, "--", "echo", "ran"]);
  t.same([good.code, good.stdout], [0, "ran\n"]);
  t.match(
    good.stderr,
    /^preflight: env NONESUCH: optional, not set\n {2}hint: nice to have\npreflight: 2 checks passed in \d+ms\n$/,
  );
  const bad = configuration(t, "checks:\n  - env: PATH\n    not: true\n");
  const r = await preflight.run(["check", "--config", bad]);
  t.equal(r.code, 78);
  t.match(r.stdout, "preflight: not env PATH: it holds, and must not\n");
});
