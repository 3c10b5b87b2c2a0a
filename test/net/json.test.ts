import fc from "fast-check";
import { test } from "tap";
import { JsonError, lookup, steps } from "../../src/net/json.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? "500");

/** What the path finds, or what is wrong. */
function at(text: string, path = "$"): string | undefined {
  try {
    return lookup(text, steps(path) ?? []);
  } catch (e) {
    if (e instanceof JsonError) return `wrong: ${e.message}`;
    throw e;
  }
}

/** The canonical text by JSON.parse, or undefined where it is no JSON. */
function oracle(text: string): string | undefined {
  const canonical = (v: unknown): string => {
    if (typeof v === "string") return JSON.stringify(Buffer.from(v).toString());
    if (typeof v === "number") return String(v);
    if (Array.isArray(v)) return `[${v.map(canonical).join(",")}]`;
    if (v === null || typeof v !== "object") return String(v);
    const members = new Map(Object.entries(v).map(([k, x]) => [Buffer.from(k).toString(), canonical(x)]));
    const names = [...members.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return `{${names.map((k) => `${JSON.stringify(k)}:${members.get(k) ?? ""}`).join(",")}}`;
  };
  try {
    return canonical(JSON.parse(text));
  } catch {
    return undefined;
  }
}

void test("json finds a value by its path", (t) => {
  const body = ' {"status":"ok","n":1.50,"checks":[{"state":"up"},{"state":"down","b c":[[1,[2]]]}],"":0,"a.b":null} ';
  t.equal(at(body, "status"), '"ok"');
  t.equal(at(body, ".status"), '"ok"');
  t.equal(at(body, "$.status"), '"ok"');
  t.equal(at(body, '["status"]'), '"ok"');
  t.equal(at(body, "n"), "1.5");
  t.equal(at(body, "$.checks[1].state"), '"down"');
  t.equal(at(body, 'checks[1]["b c"][0][1][0]'), "2");
  t.equal(at(body, "$['a.b']"), "null");
  t.equal(at(body, '[""]'), "0");
  for (const path of ["stat", "status.x", "status[0]", "checks.state", "checks[2]", "checks[0].x.y", "[0]"]) {
    t.equal(at(body, path), undefined, path);
  }
  t.equal(at("[1,2]", "$"), "[1,2]");
  t.equal(at('{"a":1,"a":{"b":2}}', "a.b"), "2", "the last of two counts");
  t.equal(at('{"a":{"b":2},"a":1}', "a.b"), undefined);
  t.end();
});

void test("a path that is none is refused", (t) => {
  const none = [
    "",
    "a..b",
    "a.",
    ".",
    "a[",
    "a[-1]",
    "a[x]",
    'a["b]',
    "a]",
    "$a",
    "a b",
    "a[0]b",
    "[1234567890]",
    ".a".repeat(65),
  ];
  for (const path of none) t.equal(steps(path), undefined, path);
  t.strictSame(steps("$"), []);
  t.end();
});

void test("json compares by canonical text", (t) => {
  t.equal(at('{"b":[ ],"a":{ }}'), '{"a":{},"b":[]}');
  t.equal(at("1e2"), "100");
  t.equal(at("-0"), "0");
  t.equal(at('"\\u0041\\n\\/\\ud83d\\udca9\\ud83d"'), '"A\\n/💩\ufffd"');
  t.equal(at('"\\ud83d\\u0041\\udca9"'), '"\ufffdA\ufffd"', "halves of pairs");
  t.equal(at('\ufeff"a"'), '"a"', "RFC 8259, 8.1");
  t.end();
});

void test("json that is none says where", (t) => {
  t.equal(at(""), "wrong: it ends too early");
  t.equal(at("{"), "wrong: it ends too early");
  t.equal(at('"a'), "wrong: it ends too early");
  t.equal(at("<html>"), "wrong: unexpected character at 1");
  t.equal(at('{"a":1,}'), "wrong: unexpected character at 8");
  t.equal(at("[1 2]"), "wrong: unexpected character at 4");
  t.equal(at("{} x"), "wrong: unexpected character at 4");
  t.equal(at('{"a":1}x', "a"), "wrong: unexpected character at 8", "also behind what was found");
  t.equal(at("[".repeat(65)), "wrong: nested deeper than 64 levels");
  t.equal(at(`${"[".repeat(64)}${"]".repeat(64)}`), `${"[".repeat(64)}${"]".repeat(64)}`);
  t.equal(at('{"a":'.repeat(100_000), ".a".repeat(64)), "wrong: nested deeper than 64 levels");
  for (const text of [
    "01",
    "1.",
    ".5",
    "+1",
    "NaN",
    "nul",
    "'a'",
    '"\t"',
    '"\\x41"',
    '"\\u12"',
    "[1,]",
    "[,1]",
    "{a:1}",
    "1e",
    "--1",
  ]) {
    t.match(at(text), /^wrong: /, text);
  }
  t.end();
});

const NOISE: readonly string[] = [
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  " ",
  "1",
  "e",
  "-",
  ".",
  "true",
  "null",
  "\\ud83d",
  "\\udca9",
  "\\u0000",
  "é",
  "\t",
];

void test("json is read as JSON.parse reads it", (t) => {
  const valid = fc.json({ stringUnit: "grapheme", maxDepth: 5 });
  const broken = fc
    .tuple(valid, fc.nat(), fc.nat(3), fc.constantFrom("", ...NOISE))
    .map(
      ([text, i, n, noise]) => text.slice(0, i % (text.length + 1)) + noise + text.slice((i % (text.length + 1)) + n),
    );
  const noise = fc.array(fc.constantFrom(...NOISE), { maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(valid, broken, noise), (text) => {
      const got = at(Buffer.from(text).toString());
      const want = oracle(Buffer.from(text).toString());
      if (got !== want && !(want === undefined && got?.startsWith("wrong: ") === true))
        throw new Error(`got ${got ?? ""}, want ${want ?? ""}`);
    }),
    { numRuns: RUNS },
  );
  t.pass();
  t.end();
});
