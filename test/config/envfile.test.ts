import dotenv from "dotenv";
import fc from "fast-check";
import { test } from "tap";
import { EnvFileError, parseEnvFile } from "../../src/config/envfile.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 3000);

test("an environment file is read as dotenv reads it", (t) => {
  const files = [
    "A=1\nB = 2 \n  C=3",
    "export A=1\r\nB='x y'\r\n",
    "# comment\n\nA=a # comment\nB=#\nC='#'",
    "A=\"x\\ny\\rz\"\nB='x\\ny'\nC=`\"'`",
    'A="line one\nline two"\nB=2',
    "A=\nB=''\nC=\"\"",
    'A="with \\" inside"',
    "A=b=c\nA=last",
    "A.B-C_D=1",
  ];
  for (const file of files) t.same(Object.fromEntries(parseEnvFile(file)), dotenv.parse(file), JSON.stringify(file));
  t.end();
});

test("a generated environment file is read as dotenv reads it, or refused with its line", (t) => {
  const piece = fc.constantFrom(
    "A",
    "B_1",
    "export ",
    "=",
    " ",
    "\n",
    "\r\n",
    "#",
    '"',
    "'",
    "`",
    "\\",
    "\\n",
    "x",
    "ü",
    "$",
    ":",
    ",",
    "\t",
  );
  const check = fc.check(
    fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
      const file = pieces.join("");
      let own: Record<string, string>;
      try {
        own = Object.fromEntries(parseEnvFile(file));
      } catch (e) {
        return e instanceof EnvFileError && e.line >= 1;
      }
      return JSON.stringify(own) === JSON.stringify({ ...dotenv.parse(file) });
    }),
    { numRuns: runs },
  );
  t.notOk(check.failed, JSON.stringify(check.counterexample));
  t.end();
});

test("what dotenv passes over in silence is refused, and never quoted", (t) => {
  const table = [
    ["A=1\nhunter2\n", 2, "want NAME=value"],
    ["1A=hunter2", 1, "want NAME=value"],
    ['A="hunter2\nB=2', 1, 'the value of A has no closing "'],
    ["B=1\nA='x' hunter2", 2, "text follows the closing ' of A"],
  ] as const;
  for (const [file, line, message] of table) t.throws(() => parseEnvFile(file), { line, message });
  t.end();
});
