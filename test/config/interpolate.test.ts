import { test } from "tap";
import { interpolate } from "../../src/config/interpolate.ts";

const VARIABLES: Readonly<Record<string, string>> = { HOST: "db", EMPTY: "", NESTED: "${HOST}", BRACE: "}" };
const lookup = (name: string): string | undefined => VARIABLES[name];

test("interpolation replaces references and nothing else", (t) => {
  const table = [
    ["", ""],
    ["plain", "plain"],
    ["${HOST}", "db"],
    ["a${HOST}b${HOST}", "adbbdb"],
    ["$HOST $$ $", "$HOST $$ $"],
    ["$${HOST}", "${HOST}"],
    ["$$${HOST}", "$${HOST}"],
    ["${EMPTY}", ""],
    ["${EMPTY-x}", ""],
    ["${EMPTY:-x}", "x"],
    ["${NONE-x}", "x"],
    ["${NONE:-}", ""],
    ["${NONE:-a b:{}}", "a b:{}"],
    ["${NONE:-${HOST}}", "db"],
    ["${NONE:-${ALSO:-deep}}", "deep"],
    ["${NESTED}", "${HOST}"],
    ["${BRACE}x", "}x"],
    ["${HOST:?must be set}", "db"],
    ["${NONE:-$${HOST}}", "${HOST}"],
  ] as const;
  for (const [text, want] of table) t.same(interpolate(text, lookup), { text: want, mistake: "" }, text);
  t.end();
});

test("interpolation says what it cannot replace", (t) => {
  const table = [
    ["${NONE}", "the variable NONE is not set"],
    ["${EMPTY:?}", "the variable EMPTY is empty"],
    ["${NONE?}", "the variable NONE is not set"],
    ["${NONE:?see the runbook}", "the variable NONE is not set: see the runbook"],
    ["${EMPTY:?fill it}", "the variable EMPTY is empty: fill it"],
    ["${", '"${" is not closed: write "$${" for a literal one'],
    ["a ${HOST", '"${" is not closed: write "$${" for a literal one'],
    ["${}", '"${}" is not a reference such as ${NAME}, ${NAME:-default} or ${NAME:?message}'],
    ["${1A}", '"${1A}" is not a reference such as ${NAME}, ${NAME:-default} or ${NAME:?message}'],
    ["${HOST:+x}", '"${HOST:+x}" is not a reference such as ${NAME}, ${NAME:-default} or ${NAME:?message}'],
    ["${HOST }", '"${HOST }" is not a reference such as ${NAME}, ${NAME:-default} or ${NAME:?message}'],
    ["${NONE:-${ALSO}}", "the variable ALSO is not set"],
    [`${"${A:-".repeat(12)}x${"}".repeat(12)}`, "defaults are nested deeper than 8 levels"],
  ] as const;
  for (const [text, want] of table) t.equal(interpolate(text, lookup).mistake, want, text);
  t.end();
});
