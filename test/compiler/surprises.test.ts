/** The smallest reproductions of what the compiler does that one would not expect: docs/compiler.md is about them. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { findings } from "../../scripts/ir.ts";
import { environment } from "../../scripts/tools.ts";

/** The compiler's intermediate form of a program, or what it says where it refuses. */
function compiled(folder: string, source: string): { readonly ir: string; readonly said: string } {
  const file = join(folder, "main.ts");
  const ir = join(folder, "main.ir.json");
  writeFileSync(file, source);
  const r = spawnSync("scriptc", ["build", file, "--emit=ir", "-o", ir], {
    env: environment({ SCRIPTC_TARGET: "x86_64-linux-musl" }),
    encoding: "utf8",
  });
  return { ir: r.status === 0 ? ir : "", said: `${r.stdout}${r.stderr}` };
}

const VERDICT = `
type V = { readonly is: "pass" } | { readonly is: "fail"; readonly why: string; readonly details: readonly string[] };
function show(v: V): string { return v.is === "fail" ? v.why + String(v.details.length) : "pass"; }
`;

const CAUGHT: readonly (readonly [string, string, string])[] = [
  [
    "an empty list in a literal of a union is cut down",
    "memory",
    `${VERDICT}console.log(show({ is: "fail", why: "x", details: [] }));`,
  ],
  [
    "a literal that fits no arm always throws",
    "throw",
    `type V = { readonly is: "pass"; readonly note: string } | { readonly is: "fail"; readonly details: readonly string[] };
     const v: V = { is: "fail", details: [] }; console.log(v.is);`,
  ],
  ["a constant that nobody defines is a throw", "fence", "declare const NOBODY: string; console.log(NOBODY);"],
  [
    "an index into bytes aborts when it is out of range",
    "index",
    'const b = Buffer.from("a"); const i = process.argv.length; console.log(b[i] ?? 0);',
  ],
  ["repeat aborts on a negative count", "index", 'console.log("x".repeat(process.argv.length - 9));'],
];

for (const [name, kind, source] of CAUGHT) {
  test(`the gate on the compiler's output stops where ${name}`, (t) => {
    const { ir, said } = compiled(t.testdir(), source);
    t.not(ir, "", said);
    t.ok(findings(ir).some((f) => f.kind === kind && f.fatal));
    t.end();
  });
}

test("the gate on the compiler's output passes what is made by functions", (t) => {
  const make = `${VERDICT}const fail = (why: string, details: readonly string[]): V => ({ is: "fail", why, details });\n`;
  const { ir, said } = compiled(t.testdir(), `${make}console.log(show(fail("x", [])));`);
  t.not(ir, "", said);
  t.same(
    findings(ir).filter((f) => f.fatal),
    [],
  );
  t.end();
});

test("only a plain read of one variable does not copy the environment", (t) => {
  const copies = (source: string): boolean =>
    readFileSync(compiled(t.testdir(), source).ir, "utf8").includes("process.envPairs");
  const name = "const name = process.argv.at(2) ?? ''; ";
  t.ok(copies(`${name}console.log(process.env[name] ?? "none");`));
  t.ok(copies(`${name}console.log(process.env[name] === undefined);`));
  t.notOk(copies(`${name}const v = process.env[name]; console.log(v === undefined ? "none" : v);`));
  t.end();
});

test("a NaN literal stops the build", (t) => {
  t.match(compiled(t.testdir(), "const n = Number(process.argv.at(2)) || NaN; console.log(n);").said, "NaN");
  t.end();
});
