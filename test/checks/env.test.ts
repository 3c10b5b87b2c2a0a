import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawn } from "node:child_process";
import fc from "fast-check";
import { test, type Test } from "tap";
import { FORMATS } from "../../src/host/formats.ts";
import { binary, both, pack, Preflight, type Ended } from "../support/artifacts.ts";

/** Runs preflight with this configuration in front of a command that says it was started. */
function gate(
  t: Test,
  preflight: Preflight,
  yaml: string,
  env: Readonly<Record<string, string>>,
  command: readonly string[] = ["echo", "started"],
): Promise<Ended> {
  const dir = t.testdir({ "preflight.yaml": yaml });
  return preflight.run(["--config", join(dir, "preflight.yaml"), "--", ...command], { env });
}

/** What was said after the summary, or of mistakes: without the name of the folder. */
function reasons(r: Ended): string {
  return r.stderr.replace(/^preflight: \d+ checks? (?:failed|passed).*\n/, "").replace(/^.*?preflight\.yaml:/gm, "");
}

/** A row: the fields, the value, and what is said of it ("" where it passes). */
type Row = readonly [fields: string, value: string, said: string];

/** Judges each row as a variable of its own, all in one run; V1 is the first. */
async function judged(t: Test, preflight: Preflight, rows: readonly Row[]): Promise<void> {
  const env: Record<string, string> = {};
  let yaml = "checks:\n";
  let want = "";
  for (const [i, [fields, value, said]] of rows.entries()) {
    env[`V${i}`] = value;
    yaml += `  - {env: V${i}${fields === "" ? "" : `, ${fields}`}}\n`;
    if (said !== "") want += `preflight: env V${i}: ${said}\n`;
  }
  const r = await gate(t, preflight, yaml, env);
  t.equal(reasons(r), want);
  t.equal(r.code, want === "" ? 0 : 78);
}

both("env passes where the variable is set, and fails for good where it is not", async (t, preflight) => {
  const yes = await gate(t, preflight, "checks:\n  - env: NAME_OF_IT\n", { NAME_OF_IT: "x" });
  t.equal(yes.code, 0);
  t.equal(yes.stdout, "started\n");
  const no = await gate(t, preflight, "checks:\n  - env: NAME_OF_IT\n", {});
  t.equal(no.code, 78);
  t.equal(no.stdout, "");
  t.match(
    no.stderr,
    /^preflight: 1 check failed for good, 0 passed in \d+ms: exit 78\npreflight: env NAME_OF_IT: not set\n$/,
  );
});

both("env tells unset from empty", async (t, preflight) => {
  const checks = `checks:
  - env: UNSET_ONE
  - env: EMPTY_ONE
  - {env: EMPTY_TWO, allow_empty: true, format: port, min: 1024}
  - {env: UNSET_TWO, required: false, format: port}
  - {env: EMPTY_THREE, required: false}
  - {env: UNSET_THREE, forbidden: true}
  - {env: EMPTY_FOUR, forbidden: true}
`;
  const r = await gate(t, preflight, checks, { EMPTY_ONE: "", EMPTY_TWO: "", EMPTY_THREE: "", EMPTY_FOUR: "" });
  t.equal(
    reasons(r),
    `preflight: env UNSET_ONE: not set
preflight: env EMPTY_ONE: set, but empty
  hint: Compose passes on an empty text where the variable behind "\${…}" is not set
preflight: env EMPTY_THREE: set, but empty
  hint: Compose passes on an empty text where the variable behind "\${…}" is not set
preflight: env EMPTY_FOUR: set, and must not be
`,
  );
});

both("env names each failing variable of a list", async (t, preflight) => {
  const one = await gate(t, preflight, "checks:\n  - env: [FIRST, SECOND]\n", { FIRST: "1" });
  t.equal(reasons(one), "preflight: env FIRST, SECOND: SECOND: not set\n");
  const more = await gate(t, preflight, "checks:\n  - env: [FIRST, SECOND, THIRD]\n    format: port\n", {
    FIRST: "1",
    SECOND: "x",
  });
  t.equal(
    reasons(more),
    `preflight: env FIRST, SECOND, THIRD: 2 of 3 are wrong: SECOND, THIRD
  SECOND: not a port from 1 to 65535
  THIRD: not set
`,
  );
});

both("env says what may have been meant", async (t, preflight) => {
  const checks = "checks:\n  - env: DATABSE_URL\n  - env: log_level\n  - env: API_TOKEN\n  - env: [PORT_A, PORT_B]\n";
  const r = await gate(t, preflight, checks, { DATABASE_URL: "x", LOG_LEVEL: "x", API_TOKEN_FILE: "/x", PORT_B: "1" });
  t.equal(
    reasons(r),
    `preflight: env DATABSE_URL: not set
  hint: did you mean DATABASE_URL, which is set?
preflight: env log_level: not set
  hint: did you mean LOG_LEVEL, which is set?
preflight: env API_TOKEN: not set
  hint: API_TOKEN_FILE is set: from_file: true reads the value from the file that it names
preflight: env PORT_A, PORT_B: PORT_A: not set
`,
  );
});

both("env judges numbers and words by their format", async (t, preflight) => {
  const port = "not a port from 1 to 65535";
  await judged(t, preflight, [
    ["", "anything at all", ""],
    ["format: string", "x", ""],
    ["format: integer", "-12", ""],
    ["format: integer", "1.5", "not an integer"],
    ["format: integer", "0x10", "not an integer"],
    ["format: number", "-1.5e3", ""],
    ["format: number", ".5", ""],
    ["format: number", "1,5", "not a number"],
    ["format: number", "NaN", "not a number"],
    ["format: boolean", "TRUE", ""],
    ["format: boolean", "off", ""],
    ["format: boolean", "2", "not a boolean: want true or false, yes or no, on or off, 1 or 0"],
    ["format: port", "1", ""],
    ["format: port", "65535", ""],
    ["format: port", "0", port],
    ["format: port", "65536", port],
    ["format: port", "-1", port],
    ["format: port", "http", port],
    ["format: port", "0.0.0.0:80", `${port}\n  hint: it ends with a port: give the port alone`],
    ["format: uuid", "123e4567-e89b-12d3-a456-426614174000", ""],
    ["format: uuid", "123e4567e89b12d3a456426614174000", "not a UUID"],
    ["format: duration", "1h30m", ""],
    ["format: duration", "0", ""],
    ["format: duration", "30", "not a duration such as 30s\n  hint: a number needs a unit, as in 30s"],
    ["format: duration", "half an hour", "not a duration such as 30s"],
    ["format: json", '{"a": [1, "}", null]}', ""],
    ["format: json", '"text"', ""],
    ["format: json", "{'a': 1}", "not JSON\n  hint: JSON strings stand in double quotes"],
    ["format: json", "{", "not JSON"],
    ["format: json", "[".repeat(300) + "]".repeat(300), "JSON nested deeper than 200 levels"],
    ["format: path", "/var/lib/app", ""],
    ["format: path", "~/data", "not a path: it begins with ~\n  hint: only a shell expands ~: write the whole path"],
    ["format: path", "s3://bucket", "not a path but a URL"],
    ["format: base64", "aGVsbG8=", ""],
    ["format: base64", "-_-_", ""],
    ["format: base64", "aGVsbG8", ""],
    ["format: base64", "aGVsbG8+/", "not base64"],
    ["format: base64", "aGVs\nbG8=", "not base64\n  hint: it has line breaks: base64 -w0 writes none"],
  ]);
});

both("env judges hosts, addresses and URLs by hand", async (t, preflight) => {
  const escape = "in a user name or password, write # as %23, / as %2F, ? as %3F, @ as %40, : as %3A and % as %25";
  await judged(t, preflight, [
    ["format: host", "db_1.internal", ""],
    ["format: host", "::1", ""],
    ["format: host", "256.1.1.1", "not a host name or an address"],
    [
      "format: host",
      "db:5432",
      "not a host name or an address\n  hint: it has a port or brackets: give the host alone",
    ],
    ["format: host", "http://db", "not a host name or an address\n  hint: it is a URL: give its host alone"],
    ["format: email", "root@localhost", ""],
    ["format: email", "a@b@c", "not an email address"],
    ["format: email", "nobody", "not an email address"],
    ["format: url", "https://example.org/a?b#c", ""],
    ["format: url", "postgres://app:p%40ss@db:5432/app", ""],
    ["format: url", "mongodb://a:1,b:2/db?replicaSet=r", ""],
    ["format: url", "jdbc:postgresql://db/app", ""],
    ["format: url", "http://[::1]:80/", ""],
    ["format: url", "unix:///run/app.sock", ""],
    ["format: url", "db:5432", 'not a URL: it does not begin with a scheme and "://"'],
    ["format: url", "https://", "not a URL: it names no host"],
    ["format: url", "http:///x", "not a URL: it names no host"],
    ["format: url", "http://256.1.1.1/", "not a URL: its host is not a name or an address"],
    ["format: url", "http://a:99999/", "not a URL: its port is not one from 1 to 65535"],
    [
      "format: url",
      "http://a b/",
      "not a URL: a blank or control character at character 9\n  hint: write a blank as %20",
    ],
    ["format: url", "http://a/%zz", "not a URL: a % without two hexadecimal digits behind it\n  hint: write % as %25"],
    ["format: url", "postgres://app:p#ss@db/app", `not a URL: its port is not one from 1 to 65535\n  hint: ${escape}`],
    ["format: url", "postgres://app:p@ss@db/app", `not a URL: more than one @ in front of the host\n  hint: ${escape}`],
    ["format: url, schemes: [postgres, postgresql]", "postgresql://db/x", ""],
    ["format: url, schemes: [POSTGRES]", "Postgres://db/x", ""],
    ["format: url, schemes: jdbc", "jdbc:mysql://db/x", ""],
    ["format: url, schemes: [postgres, postgresql]", "mysql://db/x", 'scheme is "mysql", want postgres or postgresql'],
  ]);
});

both("env holds values to bounds, lists and patterns", async (t, preflight) => {
  await judged(t, preflight, [
    ["format: integer, min: 1, max: 10", "10", ""],
    ["format: integer, min: -5", "-6", "less than -5"],
    ["format: number, max: 0.5", "0.75", "more than 0.5"],
    ["format: port, min: 1024", "80", "less than 1024"],
    ["format: duration, min: 1s, max: 1m", "59s", ""],
    ["format: duration, min: 1s, max: 1m", "900ms", "less than 1s"],
    ["format: duration, max: 1m", "1h", "more than 1m"],
    ["min: 8", "short", "5 characters long, want at least 8"],
    ["max: 4", "äöüß€", "5 characters long, want at most 4"],
    ["max: 5", "äöüß😀", ""],
    ["one_of: [dev, prod]", "dev", ""],
    ["one_of: [dev, prod]", "test", 'not one of "dev", "prod"'],
    ["one_of: [dev, prod]", "Prod", 'not one of "dev", "prod"\n  hint: it differs in case alone'],
    ["pattern: prod", "prod", ""],
    ["pattern: prod", "pr0d", 'does not match the pattern "prod"'],
  ]);
});

both("env finds what happened to a value on its way, unless it is raw", async (t, preflight) => {
  const kept =
    'docker run --env-file, and a list item such as - NAME="…" in Compose, keep quotes as part of the value: remove them';
  const ends = "the file that it comes from has Windows line ends: save it with LF alone (dos2unix)";
  const open =
    "nothing replaced it on the way: docker run --env-file does not, Compose and shells do not within single quotes";
  const blank = "remove it where the value is set, or say raw: true";
  await judged(t, preflight, [
    ["", '"5432"', `wrapped in double quotes\n  hint: ${kept}`],
    ["", "'5432'", `wrapped in single quotes\n  hint: ${kept}`],
    ["format: port", "5432\r", `ends with a carriage return\n  hint: ${ends}`],
    ["", "a\r\nb", `has a carriage return at character 2\n  hint: ${ends}`],
    [
      "",
      "\ufeffx",
      "begins with a byte order mark (U+FEFF)\n  hint: save the file that it comes from as UTF-8 without BOM",
    ],
    ["", " x", `begins with a blank\n  hint: ${blank}`],
    ["", "x\t", `ends with a blank\n  hint: ${blank}`],
    ["", " x ", `begins and ends with a blank\n  hint: ${blank}`],
    [
      "",
      "x\n",
      "ends with a line end\n  hint: remove it where the value is set, as with printf instead of echo, or say raw: true",
    ],
    ["", "  ", "nothing but blanks"],
    ["", "http://${HOST}/", `an unresolved "\${…}" at character 8\n  hint: ${open}`],
    ["", '"', ""],
    ["", "it's 'fine'", ""],
    ["", "${", ""],
    ["raw: true", '" ${x} "\r\n', ""],
  ]);
});

both("env sets its default for the command, and leaves alone what is set", async (t, preflight) => {
  const checks = "checks:\n  - {env: [ONE, TWO], default: 80 80}\n  - {env: THREE, allow_empty: true, default: x}\n";
  const r = await gate(t, preflight, checks, { TWO: "2", THREE: "" }, ["sh", "-c", 'echo "[$ONE] [$TWO] [$THREE]"']);
  t.equal(r.stdout, "[80 80] [2] []\n");
  t.equal(r.code, 0);
});

both("env reads a variable from the file that NAME_FILE names", async (t, preflight) => {
  const dir = t.testdir({ lf: "one two\n", crlf: "three\r\n", none: "four", pem: "a\nb\n" });
  const path = (name: string): string => join(dir, name);
  writeFileSync(
    path("preflight.yaml"),
    "checks:\n  - {env: [AA, BB, CC, DD, EE, FF], from_file: true, default: six}\n",
  );
  const env = {
    AA_FILE: path("lf"),
    BB: "",
    BB_FILE: path("crlf"),
    CC_FILE: path("none"),
    DD_FILE: path("pem"),
    EE: "5",
    EE_FILE: "",
  };
  const show = ["sh", "-c", 'printf "[%s]" "$AA" "$BB" "$CC" "$DD" "$EE" "$FF" "$AA_FILE"'];
  const r = await preflight.run(["--config", path("preflight.yaml"), "--", ...show], { env });
  t.equal(r.stdout, `[one two][three][four][a\nb][5][six][${path("lf")}]`);
  t.equal(r.code, 0);
});

both("env fails for good where NAME_FILE does not lead to a value", async (t, preflight) => {
  const dir = t.testdir({
    empty: "",
    end: "\n",
    big: "x".repeat(65_537),
    nul: "a\0b",
    twice: "x\n\n",
    folder: {},
    fits: "y".repeat(65_536),
  });
  writeFileSync(join(dir, "latin"), Buffer.from([0x61, 0xff]));
  const names = [
    "MISSING",
    "EMPTY",
    "END",
    "BIG",
    "NUL",
    "TWICE",
    "FOLDER",
    "LATIN",
    "BOTH",
    "NEITHER",
    "DIRECT",
    "FITS",
  ];
  writeFileSync(
    join(dir, "preflight.yaml"),
    `checks:\n${names.map((n) => `  - {env: X_${n}, from_file: true}\n`).join("")}`,
  );
  const env: Record<string, string> = { X_BOTH: "x", X_BOTH_FILE: join(dir, "twice"), X_DIRECT_FILE: "hunter2hunter2" };
  for (const n of ["missing", "empty", "end", "big", "nul", "twice", "folder", "latin", "fits"])
    env[`X_${n.toUpperCase()}_FILE`] = join(dir, n);
  const r = await preflight.run(["--config", join(dir, "preflight.yaml"), "--", "true"], { env });
  t.equal(
    reasons(r).split(dir).join("DIR"),
    `preflight: env X_MISSING: the file "DIR/missing" that X_MISSING_FILE names does not exist
  hint: the folder "DIR" exists
preflight: env X_EMPTY: empty: the file holds nothing
preflight: env X_END: empty: the file holds nothing
preflight: env X_BIG: the file "DIR/big" that X_BIG_FILE names is larger than 64 KiB
preflight: env X_NUL: the file "DIR/nul" that X_NUL_FILE names holds a NUL byte, which no variable can
preflight: env X_TWICE: ends with a line end
  hint: remove it where the value is set, as with printf instead of echo, or say raw: true
preflight: env X_FOLDER: the file "DIR/folder" that X_FOLDER_FILE names is a directory
  hint: Docker makes a folder where the source of a bind mount is missing
preflight: env X_LATIN: the file "DIR/latin" that X_LATIN_FILE names is not UTF-8 text
preflight: env X_BOTH: both X_BOTH and X_BOTH_FILE are set
  hint: set one of them
preflight: env X_NEITHER: not set, nor is X_NEITHER_FILE
preflight: env X_DIRECT: the file that X_DIRECT_FILE names cannot be read
  hint: X_DIRECT_FILE must hold the path of a file, not the value
`,
  );
  t.equal(r.code, 78);
});

both("env never shows a value, in any format", async (t, preflight) => {
  const canary = "c4n4ry-v4lue";
  const dir = t.testdir({ secret: `${canary}-file \n` });
  const checks = `checks:
  - {env: PLAIN, format: port}
  - {env: API_KEY, one_of: [a, b]}
  - {env: LINK, format: url, schemes: [https]}
  - {env: QUOTED}
  - {env: SPOILED, pattern: nothing}
  - {env: FILED, from_file: true}
  - {env: HIDDEN, secret: true}
  - file: /nowhere/${canary}-hidden
  - file: /nowhere/${canary}-pass
  - file: /nowhere/${canary}-key
`;
  writeFileSync(join(dir, "preflight.yaml"), checks);
  const env = {
    PLAIN: canary,
    API_KEY: `${canary}-key`,
    LINK: `postgres://app:${canary}-pass@db/app`,
    QUOTED: `"${canary}"`,
    SPOILED: canary,
    FILED_FILE: join(dir, "secret"),
    HIDDEN: `${canary}-hidden`,
  };
  for (const format of ["text", "json", "tap", "junit", "github"]) {
    const r = await preflight.run(
      ["--config", join(dir, "preflight.yaml"), "--wait", "0", "--format", format, "--", "true"],
      { env },
    );
    t.equal(r.code, 78, format);
    const all = r.stdout + r.stderr;
    t.notMatch(all, canary, format);
    t.notMatch(all, Buffer.from(canary).toString("base64").slice(0, 10), format);
    t.match(all, "/nowhere/***", format);
  }
});

both("env takes a value that is not UTF-8, and hands it on as it was", async (t, preflight) => {
  const dir = t.testdir({ "preflight.yaml": "checks:\n  - {env: BYTES, min: 3, max: 3}\n" });
  const [command, ...before] = preflight.artifact.command;
  const inner = [command, ...before, "--config", join(dir, "preflight.yaml"), "--", "sh", "-c", 'printf %s "$BYTES"'];
  const script = `exec env -i PATH="$PATH" BYTES="$(printf 'a\\377b')" "$@"`;
  const child = spawn("sh", ["-c", script, "sh", ...inner], { stdio: ["ignore", "pipe", "pipe"] });
  const out: Buffer[] = [];
  child.stdout.on("data", (b: Buffer) => out.push(b));
  const code = await new Promise((resolve) => child.on("close", resolve));
  t.equal(code, 0);
  const want = preflight.artifact.name === "binary" ? "61ff62" : "61efbfbd62"; // Node has lost the byte before we run
  t.equal(Buffer.concat(out).toString("hex"), want);
});

both("env complains of options that contradict each other", async (t, preflight) => {
  const mistakes: readonly (readonly [string, string])[] = [
    ["env: []", "11: env must name at least one variable"],
    ["env: A=B", '11: env must be the name of a variable, or a list of names: got "A=B"'],
    ["env: $PORT", '11: env must be the name of a variable, or a list of names: got "$PORT"'],
    ["env: [A, B, A]", "11: env names A twice"],
    ["env: A_FILE, from_file: true", "11: env names A_FILE: with from_file write the name without _FILE"],
    ["env: A, forbidden: true, default: x", "25: forbidden goes with no other rule: drop default"],
    [
      "env: A, forbidden: true, required: true, pattern: x",
      "25: forbidden goes with no other rule: drop required, pattern",
    ],
    ["env: A, schemes: [http]", "23: schemes goes with format: url alone"],
    [
      "env: A, format: url, schemes: ['http://']",
      '36: schemes must be names such as "https", without "://": got "http://"',
    ],
    ["env: A, format: uuid, min: 3", "33: min does not go with format: uuid"],
    ["env: A, format: duration, min: 3", '37: min must be a duration such as "30s": got "3"'],
    ["env: A, format: port, max: x", '33: max must be an integer: got "x"'],
    ["env: A, format: number, max: 1s", '35: max must be a number: got "1s"'],
    ["env: A, max: -1", '19: max must be a length in characters: got "-1"'],
    ["env: A, min: 5, max: 4", "19: min is more than max: no value would do"],
    [
      "env: A, format: port, one_of: [80, http]",
      "36: one_of has an entry that would not pass, number 2: not a port from 1 to 65535",
    ],
    ["env: A, format: port, default: http", "37: default would not pass itself: not a port from 1 to 65535"],
    ["env: A, default: ''", "23: default would not pass itself: empty"],
    [
      "env: A, format: text",
      "22: format must be string, integer, number, boolean, port, url, host, email, uuid, duration, json, path or base64: got text",
    ],
  ];
  const r = await gate(t, preflight, `checks:\n${mistakes.map(([item]) => `  - {${item}}\n`).join("")}`, {});
  t.equal(reasons(r), mistakes.map(([, want], i) => `${i + 2}:${want}\n`).join(""));
  t.equal(r.code, 78);
});

both("env does as one word, and under not", async (t, preflight) => {
  const r = await preflight.run(["env:HERE", "!env:GONE", "!env:HERE", "--", "true"], { env: { HERE: "1" } });
  t.equal(reasons(r), "preflight: not env HERE: it holds, and must not\n");
  t.equal(r.code, 78);
});

/** Values that come near to every format, and fall short of it in all ways. */
const VALUES: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom(..."0123456789abcdefxhmsd+-_=/.,:;%@[]{}\"'\\ \t~$?#eE".split("")),
    maxLength: 24,
  }),
  fc.json({ maxDepth: 4 }),
  fc.json({ maxDepth: 2 }).chain((j) => fc.nat(j.length).map((n) => j.slice(0, n))),
  fc.webUrl({ withFragments: true, withQueryParameters: true, validSchemes: ["http", "postgres", "jdbc:x"] }),
  fc.webUrl({ authoritySettings: { withUserInfo: true, withPort: true, withIPv6: true, withIPv4Extended: true } }),
  fc.domain(),
  fc.ipV4Extended(),
  fc.ipV6(),
  fc.emailAddress(),
  fc.uuid(),
  fc.integer({ min: -70000, max: 70000 }).map((n) => `${n}`),
  fc.double().map((n) => `${n}`),
  fc.base64String(),
  fc.array(fc.tuple(fc.nat(99), fc.constantFrom("ms", "s", "m", "h", "x"))).map((p) => p.flat().join("")),
);

void test("env judges any value alike in both artifacts", async (t) => {
  for (const seed of [1, 2, 3]) {
    const env: Record<string, string> = {};
    let yaml = "checks:\n";
    for (const [i, value] of fc.sample(VALUES, { seed, numRuns: 1000 }).entries()) {
      env[`V${i}`] = value.split("\0").join("");
      const format = FORMATS[i % FORMATS.length] ?? "";
      yaml += `  - {env: V${i}, format: ${format}, raw: ${seed > 1}${/boolean|uuid/.test(format) ? "" : format === "duration" ? ", max: 12s" : ", max: 12"}}\n`;
    }
    const [a, b] = [await gate(t, new Preflight(binary), yaml, env), await gate(t, new Preflight(pack), yaml, env)];
    t.equal(reasons(a), reasons(b), `seed ${seed}`);
    t.match(reasons(a), "want at most 12");
  }
});

both("env has an example that holds", async (t, preflight) => {
  const example = join(import.meta.dirname, "../../examples/env.yaml");
  const dir = t.testdir({ password: "correct horse\n" });
  const env = {
    APP_NAME: "shop",
    APP_REGION: "eu",
    DATABASE_URL: "postgres://db/shop",
    DB_PASSWORD_FILE: join(dir, "password"),
  };
  const r = await preflight.run(["--config", example, "--", "sh", "-c", 'echo "$PORT $LOG_LEVEL $DB_PASSWORD"'], {
    env,
  });
  t.equal(r.stdout, "8080 info correct horse\n");
  t.match(r.stderr, /^preflight: 7 checks passed in \d+ms\n$/);
});
