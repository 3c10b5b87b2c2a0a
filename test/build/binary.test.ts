// What the artifacts are: facts about the files that a build leaves in dist/.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "tap";
import { findings } from "../../scripts/ir.ts";
import { cache, environment, root } from "../../scripts/tools.ts";
import { pack } from "../support/artifacts.ts";

/** What the binary may have in bytes when all is in it, TLS and every kind, plain and compressed: amd64, the one that is measured. */
const MOST = 2_500_000;
const ZIPPED = 1_100_000;
const BINARIES = [
  { name: "amd64", machine: 62 }, // e_machine: EM_X86_64 and EM_AARCH64 (elf(5))
  { name: "arm64", machine: 183 },
];
const PT_INTERP = 3;
const PT_DYNAMIC = 2;

/**
 * The copies that the compiler makes where a value goes to a record type that is not its own (docs/compiler.md). Each is
 * reviewed: the value is a literal that nobody else holds, so that nothing can be written to one of the two alone.
 */
const COPIES: readonly string[] = [
  "checks/command.ts: if (!isCode(code)) out.push({ field: name, text: `must be codes from 0 to 255: got ${quoted(code)}` });",
  "checks/command.ts: return {",
  "checks/cpu.ts: if (o.number(name) < 0) out.push({ field: name, text: `must not be negative: got ${o.number(name)}` });",
  "checks/http.ts: return {",
  'checks/limit.ts: out.push({ field: f, text: `must be a number, a size such as "64KiB" or unlimited: got ${quoted(o.text(f))}` });',
  'checks/user.ts: out.push({ field: name, text: "must be one name or number" });',
  "src/explain.ts: rows.push({ name: f.name, value: shown(f, value), from: `${place}${variables}` });",
  "src/report/report.ts: return {",
];

function path(name: string): string {
  return join(root, `dist/preflight-linux-${name}`);
}

for (const { name, machine } of BINARIES) {
  test(`the binary for ${name} is static, and for that processor`, (t) => {
    const elf = readFileSync(path(name));
    t.equal(elf.readUInt32BE(0), 0x7f454c46);
    t.equal(elf.readUInt16LE(18), machine);
    const [at, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
    const types = Array.from({ length: count }, (_, i) => elf.readUInt32LE(at + i * size));
    t.notOk(types.includes(PT_INTERP), "no interpreter");
    t.notOk(types.includes(PT_DYNAMIC), "nothing is linked when it starts");
    t.equal(statSync(path(name)).mode & 0o111, 0o111, "everybody may run it");
    t.end();
  });

  test(`the binary for ${name} tells nothing of the machine that built it`, (t) => {
    const bytes = readFileSync(path(name));
    for (const secret of [root, cache, homedir() === "/" ? root : `${homedir()}/`, "/node_modules/", "native.c", "tls.c", "src/main.ts"]) {
      t.equal(bytes.indexOf(secret), -1, secret);
    }
    t.end();
  });
}

test("the binary is small", (t) => {
  const { size } = statSync(path("amd64"));
  t.ok(size <= MOST, `${size} bytes, at most ${MOST}`);
  const zipped = gzipSync(readFileSync(path("amd64")), { level: 9 }).length;
  t.ok(zipped <= ZIPPED, `${zipped} bytes compressed, at most ${ZIPPED}`);
  t.end();
});

test("the compiler gets nothing wrong, and copies only what may be copied", (t) => {
  const found = findings(join(root, "build/main.ir.json"));
  const fatal = found.filter((f) => f.fatal).map((f) => `${f.kind} ${f.place} ${f.what}`);
  t.same(fatal, []);
  const copies = found.filter((f) => f.kind === "copy").map((f) => source(f.place));
  t.same(copies.sort(), COPIES.toSorted());
  t.end();
});

/** "checks/tcp.ts: the line itself", for "/…/checks/tcp.ts:12": lines move, what they say does not. */
function source(place: string): string {
  const [file = "", line = ""] = place.split(/:(?=\d+$)/);
  const text = readFileSync(file, "utf8").split("\n").at(Number(line) - 1) ?? "";
  return `${file.slice(root.length + 1)}: ${text.trim()}`;
}

const npm = join(root, "dist/npm");

test("the package holds JavaScript and its papers, and nothing else", (t) => {
  const files = globSync("**/*", { cwd: npm }).filter((f) => statSync(join(npm, f)).isFile());
  const papers = ["CHANGELOG.md", "LICENSE", "README.md", "package.json", "schema.json"];
  t.same(files.filter((f) => !f.includes("/")).sort(), papers);
  const others = files.filter((f) => f.includes("/"));
  t.same(others.filter((f) => extname(f) !== ".js"), []);
  t.same([...new Set(others.map((f) => f.split("/")[0]))].sort(), ["bin", "checks", "src"]);
  t.notOk(existsSync(join(npm, "src/os/native.js")), "the binary's platform is not in it");
  const own = JSON.parse(readFileSync(join(npm, "package.json"), "utf8")) as Record<string, unknown>;
  for (const key of ["scripts", "optionalDependencies", "peerDependencies", "devDependencies", "private"]) {
    t.notOk(key in own, key);
  }
  const libraries = Object.keys(own["dependencies"] as object);
  t.same(libraries, ["ajv", "ajv-formats", "dotenv", "yaml", "yargs"], "the laptop's commands stand on these");
  t.same(own["bin"], { preflight: "bin/preflight.js" });
  t.match(readFileSync(join(npm, "bin/preflight.js"), "utf8"), /^#!\/usr\/bin\/env node\n/);
  t.equal(statSync(join(npm, "bin/preflight.js")).mode & 0o111, 0o111);
  t.end();
});

test("the package can be packed", (t) => {
  const r = spawnSync("npm", ["pack", "--dry-run", "--json", "--offline"], { cwd: npm, env: environment(), encoding: "utf8" });
  t.equal(r.status, 0, r.stderr);
  const [packed] = Object.values(JSON.parse(r.stdout) as Record<string, { name: string; files: { path: string }[] }>);
  t.equal(packed?.name, "preflight-gate");
  const files = globSync("**/*", { cwd: npm }).filter((f) => statSync(join(npm, f)).isFile());
  t.same(packed?.files.map((f) => f.path).sort(), files.sort());
  t.end();
});

/** The machine's own Node, where it is one that the package does not run on. */
const OLD = "/usr/bin/node";
const said = spawnSync(OLD, ["--version"], { encoding: "utf8" }).stdout ?? "";
const [major = 99, minor = 0] = said === "" ? [] : said.slice(1).split(".").map(Number);
const old = major < 22 || (major === 22 && minor < 18);

test("the package says in one line that Node is too old", { skip: old ? false : `${OLD} is none older than 22.18` }, (t) => {
  const r = spawnSync(OLD, [pack.command[1] ?? "", "--version"], { encoding: "utf8" });
  t.equal(r.stderr, `preflight: needs Node 22.18 or newer: this is ${said.trim().slice(1)}\n`);
  t.equal(r.stdout, "");
  t.equal(r.status, 64);
  t.end();
});
