/** What preflight compose says of input that it cannot use: one clear line, the right code, and no stack trace. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { pack, Preflight } from "../../support/artifacts.ts";

const laptop = new Preflight(pack);
const CIRCLE = "services:\n  a:\n    image: x\n    depends_on: [b]\n  b:\n    image: x\n    depends_on: [a]\n";
const service = "services:\n  a:\n    image: x\n";

interface Wrong {
  readonly what: string;
  /** Files by their path; a Buffer for bytes. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly prepare?: (cwd: string) => void;
  readonly args?: readonly string[];
  readonly code?: number;
  /** The first line of what is said, on stdout or stderr. */
  readonly says: string;
}

const one = (text: string | Buffer): Readonly<Record<string, string | Buffer>> => ({ "compose.yaml": text });

const TABLE: readonly Wrong[] = [
  { what: "no file", says: "Compose file: there is none here, and none above: compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml" },
  { what: "a file that is missing", args: ["no.yaml"], says: "no.yaml: cannot be read: there is no such file" },
  { what: "a second file that is missing", files: one(service), args: ["compose.yaml", "no.yaml"], says: "no.yaml: cannot be read: there is no such file" },
  { what: "a directory", prepare: (cwd) => mkdirSync(join(cwd, "dir")), args: ["dir"], says: "dir: it is a directory, not a file" },
  { what: "a path through a file", files: one(service), args: ["compose.yaml/x"], says: "compose.yaml/x: cannot be read: a part of its path is not a directory" },
  { what: "a circle of links", prepare: (cwd) => symlinkSync("l.yaml", join(cwd, "l.yaml")), args: ["l.yaml"], says: "l.yaml: cannot be read: its links run in a circle" },
  { what: "a binary file", files: one(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2])), says: "compose.yaml: not a text file: it holds NUL bytes" },
  { what: "a file that is not UTF-8", files: one(Buffer.from("services:\n  caf\xe9:\n    image: x\n", "latin1")), says: "compose.yaml: not UTF-8 text" },
  { what: "a huge file", files: one(Buffer.alloc(1024 * 1024 + 1, "#")), says: "compose.yaml: too large: at most 1 MiB are read" },
  { what: "an empty file", files: one(""), says: "compose.yaml: the file is empty" },
  { what: "nothing but a comment", files: one("# soon\n"), says: "compose.yaml:1:1: the file is empty" },
  { what: "no YAML", files: one("services: [\n"), says: "compose.yaml:2:1: not YAML: flow sequence in block collection must be sufficiently indented and end with a ]" },
  { what: "a key twice", files: one(`${service}  a:\n    image: y\n`), says: "compose.yaml:4:3: not YAML: map keys must be unique" },
  { what: "a list", files: one("- web\n- db\n"), says: "compose.yaml:1:1: a Compose file must be a mapping: got a list" },
  { what: "a text", files: one("hello\n"), says: "compose.yaml:1:1: a Compose file must be a mapping: got a text" },
  { what: "version 1", files: one("web:\n  image: x\n"), says: "compose.yaml:1:1: this is a Compose file of version 1, which Compose has not read since 2023" },
  { what: "version 1, said", files: one(`version: "1"\n${service}`), says: "compose.yaml:1:1: this is a Compose file of version 1, which Compose has not read since 2023" },
  { what: "no services", files: one("volumes: {}\n"), says: "compose.yaml:1:1: no services in it" },
  { what: "services that are a list", files: one("services: [a]\n"), says: "compose.yaml:1:1: no services in it" },
  { what: "a service that is a text", files: one("services:\n  a: nginx\n"), says: 'compose.yaml:2:6: service "a" must be a mapping: got a text' },
  { what: "extends in a circle", files: one("services:\n  a: {extends: b}\n  b: {extends: a}\n"), says: "compose.yaml:2:7: extends runs in a circle: compose.yaml: a > compose.yaml: b > compose.yaml: a" },
  { what: "extends of itself through a file", files: { ...one("services:\n  a: {extends: {file: o.yaml, service: a}}\n"), "o.yaml": "services:\n  a: {extends: {file: compose.yaml, service: a}}\n" }, says: "compose.yaml:2:7: extends runs in a circle: compose.yaml: a > o.yaml: a > compose.yaml: a" },
  { what: "extends of nothing", files: one("services:\n  a: {extends: b}\n"), says: 'compose.yaml:2:16: extends a service that is not there: "b"' },
  { what: "extends of a file that is missing", files: one("services:\n  a: {extends: {file: no.yaml, service: b}}\n"), says: 'compose.yaml:2:16: extends names a file that is not there: "no.yaml"' },
  { what: "include in a circle", files: { ...one("include: [b.yaml]\n"), "b.yaml": `include: [compose.yaml]\n${service}` }, says: "b.yaml:1:11: include runs in a circle: compose.yaml > b.yaml > compose.yaml" },
  { what: "include of a file that is missing", files: one(`include: [no.yaml]\n${service}`), says: 'compose.yaml:1:11: include names a file that is not there: "no.yaml"' },
  { what: "include of a directory", files: one(`include: [d]\n${service}`), prepare: (cwd) => mkdirSync(join(cwd, "d")), says: 'compose.yaml:1:11: include names a directory: "d"' },
  { what: "a service twice, by include", files: { ...one(`include: [b.yaml]\n${service}`), "b.yaml": "services:\n  a:\n    image: y\n" }, says: 'compose.yaml:3:3: services: "a" is also in b.yaml, which is included' },
  { what: "a variable that is required", files: one('services:\n  a:\n    image: "${TAG:?say which}"\n'), says: 'compose.yaml:3:12: required variable TAG is missing a value: "say which"' },
  { what: "a variable that does not end", files: one('services:\n  a:\n    image: "${TAG"\n'), says: "compose.yaml:3:12: a ${ without its }" },
  { what: "an alias to nothing", files: one("services:\n  a: *none\n"), says: 'compose.yaml:2:6: no anchor called "none"' },
  { what: "a thousand million laughs", files: one(laughs()), says: "compose.yaml:1:35: more than 100000 values after aliases are resolved" },
  { what: "a list over a mapping", files: { "1.yaml": `${service}    labels: {a: b}\n    deploy: {a: b}\n`, "2.yaml": "services:\n  a:\n    deploy: [a]\n" }, args: ["1.yaml", "2.yaml"], says: "2.yaml:3:13: cannot override services.a.deploy: it was a mapping, and here is a list" },
  { what: "an .env that Compose refuses", files: { ...one(service), ".env": "A=1\nB C=2\n" }, says: ".env:2:1: not a variable: want NAME=value" },
  { what: "an env_file that is binary", files: { ...one(`${service}    restart: always\n    env_file: a.env\n`), "a.env": Buffer.from([65, 61, 0]) }, says: 'compose.yaml:5:15: "a.env": not a text file: it holds NUL bytes' },
  { what: "an unknown flag", args: ["--grahp", "svg"], code: 64, says: 'preflight: unknown flag "--grahp": did you mean "--graph"?' },
  { what: "an unknown picture", args: ["--graph", "png"], code: 64, says: 'preflight: --graph must be text, mermaid, svg or html: got "png"' },
  { what: "files in both ways", args: ["-f", "a.yaml", "b.yaml"], code: 64, says: "preflight: name the files either with --file or without, for their order counts" },
]; // prettier-ignore

/** Ten lines that are 10^10 values. */
function laughs(): string {
  const lines = ["x-0: &a0 [z, z, z, z, z, z, z, z, z, z]"];
  for (let i = 1; i < 10; i++)
    lines.push(`x-${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(", ")}]`);
  return `${lines.join("\n")}\n${service}`;
}

test("preflight compose answers wrong input with one clear line and no stack trace", async (t) => {
  for (const wrong of TABLE) {
    const cwd = t.testdir({ ...wrong.files });
    wrong.prepare?.(cwd);
    const r = await laptop.run(["compose", ...(wrong.args ?? [])], { cwd });
    t.equal(r.code, wrong.code ?? 78, wrong.what);
    t.equal(`${r.stdout}${r.stderr}`.split("\n")[0], wrong.says, wrong.what);
    t.notMatch(r.stdout + r.stderr, /\n\s+at |node:internal|TypeError|a bug/, wrong.what);
  }
  t.ok(TABLE.length >= 15);
});

test("preflight compose draws nothing of what it cannot read", async (t) => {
  const cwd = t.testdir({ "old.yaml": "web:\n  image: x\n", "circle.yaml": CIRCLE });
  for (const [file, says] of [
    ["old.yaml", "old.yaml:1:1: this is a Compose file of version 1"],
    ["circle.yaml", "circle.yaml:7:18: depends_on runs in a circle: a > b > a"],
  ] as const) {
    const r = await laptop.run(["compose", "--graph", "svg", file], { cwd });
    t.same([r.code, r.stdout], [78, ""], file);
    t.match(r.stderr, says);
  }
});

test("preflight compose says why a file cannot be read by this user", (t) => {
  const cwd = t.testdir({ "compose.yaml": service });
  chmodSync(join(cwd, "compose.yaml"), 0);
  const [node, ...words] = pack.command;
  const as = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const r = spawnSync(node, [...words, "compose"], { cwd, encoding: "utf8", ...as });
  t.equal(r.status, 78);
  t.match(r.stdout, /^compose\.yaml: cannot be read: permission denied\n/);
  t.end();
});

test("preflight compose never shows a secret, in any format and picture", async (t) => {
  const secret = "hunter2-fixture";
  const cwd = t.testdir({
    "compose.yaml": `services:
  a:
    image: x
    environment: { DB_PASSWORD: ${secret}, URL: "postgres://u:${secret}@nowhere/x" }
    depends_on: [b]
  b:
    image: postgres
    environment:
      - "API_TOKEN=${secret}"
      - 'PRIVATE=${secret}'
    env_file: s.env
`,
    "s.env": `SECRET_KEY="${secret}"\nTOKEN=${secret} # x\nTOKEN=${secret}\n`,
  });
  for (const args of [
    ["--format", "text"],
    ["--format", "json"],
    ["--format", "github"],
    ["--format", "sarif"],
    ["--graph", "html"],
    ["--graph", "mermaid"],
  ]) {
    const r = await laptop.run(["compose", ...args], { cwd });
    t.equal(r.code, 0, r.stderr);
    t.notMatch(r.stdout + r.stderr, secret, args.join(" "));
    if (args[0] === "--format") t.match(r.stdout, "API_TOKEN has its secret in the file");
  }
});
