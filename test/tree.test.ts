/** The rule of the tree: a kind is one line in checks/index.ts and three files of one name. Each failure says its cure. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { kinds } from "../checks/index.ts";
import { broken } from "../scripts/imports.ts";

const root = join(import.meta.dirname, "..");
const text = (file: string): string => readFileSync(join(root, file), "utf8");
const names = globSync("checks/*.ts", { cwd: root })
  .map((f) => f.slice("checks/".length, -".ts".length))
  .filter((n) => n !== "index")
  .toSorted();

test("each kind is in the index, in alphabetical order, by the name of its file", (t) => {
  t.same(
    kinds.map((k) => k.name),
    names,
    'add a line to checks/index.ts, in alphabetical order, and name the kind as its file: name: "x" in checks/x.ts',
  );
  const index = text("checks/index.ts");
  for (const n of names)
    t.match(index, `import { ${n} } from "./${n}.ts";`, `export const ${n}: Kind in checks/${n}.ts`);
  const list =
    /^\/\*\* The catalogue\. \*\/\nimport type .*\n(?:import \{ \w+ \} from "\S+";\n)+\nexport const kinds: .* = \[[\s\w,]*\];\n$/;
  t.match(index, list, "checks/index.ts is the list, and nothing else: move the rest");
  t.end();
});

test("each kind has its example and its test", (t) => {
  for (const name of names) {
    t.ok(existsSync(join(root, `examples/${name}.yaml`)), `write examples/${name}.yaml: what people copy`);
    t.ok(existsSync(join(root, `test/checks/${name}.test.ts`)), `write test/checks/${name}.test.ts, on both artifacts`);
  }
  for (const file of globSync("examples/*.yaml", { cwd: root })) {
    const name = file.slice("examples/".length, -".yaml".length);
    t.ok(names.includes(name), `${file} belongs to no kind: rename it to its kind, or remove it`);
    t.match(text(file), new RegExp(`^ +- (?:.*\\n +)*?${name}:`, "m"), `${file} must show a check of kind ${name}`);
  }
  for (const file of globSync("test/checks/*.test.ts", { cwd: root })) {
    t.ok(names.includes(file.slice("test/checks/".length, -".test.ts".length)), `${file} belongs to no kind`);
    t.match(
      text(file),
      /\b(?:both|inside)\(/,
      `${file} must test the real program: both(…) of test/support/artifacts.ts`,
    );
  }
  t.end();
});

test("each folder of examples has what a reader needs, and a test that runs it", (t) => {
  for (const entry of globSync("examples/*/", { cwd: root })) {
    const name = entry.slice("examples/".length).replace(/\/$/, "");
    for (const file of ["README.md", "run", ...(name === "kubernetes" ? [] : ["Dockerfile"])])
      t.ok(existsSync(join(root, "examples", name, file)), `write examples/${name}/${file}`);
    const file = name === "kubernetes" ? `test/kubernetes/${name}.test.ts` : `test/docker/${name}.test.ts`;
    t.ok(existsSync(join(root, file)), `write ${file}: it runs ./run, and asserts what the README says is seen`);
    t.match(text(`examples/${name}/README.md`), "<!-- seen -->", "what is seen comes from a run");
  }
  t.end();
});

test("each kind is fit for help, README and schema", (t) => {
  for (const k of kinds) {
    const target = k.fields().at(0);
    t.equal(target?.name, k.name, `the first field of ${k.name} is its target, and bears its name`);
    t.ok(target?.required, `wrap the first field of ${k.name} in required(…)`);
    t.match(k.summary, /^[^A-Z].{5,70}[^.]$/, `the summary of ${k.name}: one phrase, lower case, no full stop`);
    const fields = k.fields().map((f) => f.name);
    t.equal(new Set(fields).size, fields.length, `${k.name} names a field twice`);
    for (const f of k.fields()) {
      t.match(f.name, /^[a-z][a-z0-9_]*$/, `rename ${k.name}.${f.name}: lower case, with _ between words`);
      t.match(f.about, /^[^A-Z].*[^.]$|^SHA|^its SHA/, `${k.name}.${f.name}: one phrase, lower case, no full stop`);
    }
  }
  t.end();
});

test("the engine knows no kind: nothing under src/ imports one, and the import rules hold", (t) => {
  t.same(broken(), [], "move what is shared from checks/ to src/, or pass it in: see the rules in scripts/imports.ts");
  t.end();
});

test("the engine names no kind: no text of src/ is the name of one, but for the shorthand of host:port", (t) => {
  const rooms = ["src/*.ts", "src/config/*.ts", "src/gate/*.ts", "src/report/*.ts"]; // src/net and src/host serve kinds
  const kindly = names.filter((n) => n !== "user"); // which is the flag --user
  const found: string[] = [];
  for (const file of globSync(rooms, { cwd: root })) {
    const code = text(file).replaceAll(/\/\*.*?\*\/|\/\/ .*$/gms, "");
    for (const m of code.matchAll(/"([a-z]+)"/g)) if (kindly.includes(m[1] ?? "")) found.push(`${file}: ${m[0]}`);
  }
  t.same(
    found.toSorted(),
    ['src/config/shorthand.ts: "tcp"'],
    "let the kind say it: a field of Kind in src/check.ts, read by the engine",
  );
  t.end();
});

test("each file says in its first line what it is for", (t) => {
  for (const file of globSync(["src/**/*.ts", "checks/*.ts", "scripts/*.ts"], { cwd: root }))
    t.match(text(file), /^(?:\/\*\*|\/\/) ?/, `${file}: open with a sentence that says what it is for`);
  t.end();
});
