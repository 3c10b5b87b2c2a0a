import fc from "fast-check";
import { test } from "tap";
import { Deadline } from "../src/check.ts";
import { compile, PatternError } from "../src/pattern.ts";

const numRuns = Number(process.env["FUZZ_RUNS"] ?? 500);

function complaint(text: string): string {
  try {
    compile(text);
  } catch (e) {
    if (e instanceof PatternError) return `${e.position}: ${e.message}`;
    throw e;
  }
  return "";
}

/** [pattern, where, what], one for every way to be refused. */
const refused: readonly (readonly [string, number, string])[] = [
  ["*a", 0, '"*" stands alone: write "\\*" for the character'],
  ["a**", 2, '"*" stands alone: write "\\*" for the character'],
  ["^+", 1, '"+" stands alone: write "\\+" for the character'],
  ["(?:)|?", 5, '"?" stands alone: write "\\?" for the character'],
  ["a{,5}", 1, '"{" stands alone: write "\\{" for the character'],
  ["a}", 1, '"}" stands alone: write "\\}" for the character'],
  ["a]", 1, '"]" stands alone: write "\\]" for the character'],
  ["a)b", 1, '")" stands alone: write "\\)" for the character'],
  ["a(b", 1, 'group is not closed: add ")", or write "\\(" for the character'],
  ["é[a-", 1, 'class is not closed: add "]", or write "\\[" for the character'],
  ["[a\\]", 0, 'class is not closed: add "]", or write "\\[" for the character'],
  ["[z-a]", 1, '"z-a" is no range: write the lower character first, or "\\-" for the hyphen'],
  ["[\\d-x]", 1, '"\\d-x" is no range: write the lower character first, or "\\-" for the hyphen'],
  ["a{3,1}", 1, "count {3,1} is reversed: write {1,3}"],
  ["(a)\\1", 3, 'back reference "\\1" is not supported: write out what it repeats'],
  ["(?<n>a)\\k<n>", 7, 'back reference "\\k" is not supported: write out what it repeats'],
  ["a(?=b)", 1, 'lookahead "(?=" is not supported: use two patterns'],
  ["a(?!b)", 1, 'lookahead "(?!" is not supported: use two patterns'],
  ["(?<=a)b", 0, 'lookbehind "(?<=" is not supported: use two patterns'],
  ["(?<!a)b", 0, 'lookbehind "(?<!" is not supported: use two patterns'],
  ["a(?i)b", 1, 'unknown group "(?": write (?:…), (?<name>…), or the flags (?ims) at the very start'],
  ["(?i:b)", 0, 'unknown group "(?": write (?:…), (?<name>…), or the flags (?ims) at the very start'],
  ["\\p{L}", 0, 'property "\\p" is not supported: write a class such as "[a-z]"'],
  ["\\q", 0, 'unknown escape "\\q": write "q" for the character'],
  ["[\\B]", 1, 'unknown escape "\\B": write "B" for the character'],
  ["a\\", 1, '"\\" ends the pattern: write "\\\\" for the character'],
  ["\\x4", 0, 'escape "\\x" is incomplete: write "\\xHH", "\\uHHHH", "\\u{H}", "\\cX" or "\\0"'],
  ["\\01", 0, 'escape "\\0" is incomplete: write "\\xHH", "\\uHHHH", "\\u{H}", "\\cX" or "\\0"'],
  ["\\ud83d", 0, '"\\ud83d" is no character: write its whole code point, as in "\\u{1f600}"'],
  ["\\u{110000}", 0, '"\\u{110000}" is no character: write its whole code point, as in "\\u{1f600}"'],
  ["a".repeat(501), 500, "longer than 500 characters: shorten it"],
  ["(".repeat(33) + ")".repeat(33), 32, "groups nest deeper than 32: flatten them"],
  ["(a{1000}){1000}", 0, "grows beyond 20000 steps: lower its counts"],
  ["b(?:a{0,9000}|a{0,9000})", 4, "grows beyond 20000 steps: lower its counts"],
  ["xa{99999999999999999999}", 1, "grows beyond 20000 steps: lower its counts"],
];

test("a pattern that cannot be matched is refused with its place, the reason and the cure", (t) => {
  for (const [text, position, message] of refused) t.equal(complaint(text), `${position}: ${message}`, text);
  t.end();
});

test("a pattern at the limits is accepted", (t) => {
  t.equal(compile("a".repeat(500)).matches("a".repeat(500)), true);
  t.equal(compile("(".repeat(32) + ")".repeat(32)).matches(""), true);
  t.equal(compile("()".repeat(33)).matches(""), true);
  t.equal(compile("^(?:a{140}){140}$").matches("a".repeat(19_600)), true);
  t.equal(compile("(?:){99999999}b{0}").matches(""), true);
  t.end();
});

test("flags at the start are those of JavaScript", (t) => {
  for (const [flags, text, subject] of [
    ["i", "straße [^Ö] É", "STRAßE x é"],
    ["i", "[^a]|\\W", "A"],
    ["i", "×|÷", "×"],
    ["i", "^×$", "÷"],
    ["m", "^b$", "a\nb\u2028c"],
    ["m", "^b$", "a\u2029b"],
    ["", "^b$", "a\nb"],
    ["s", "a.b", "a\nb"],
    ["", "a.b", "a\nb"],
    ["ims", "^B.C$", "a\nb\nc\nd"],
  ] as const) {
    const opening = flags === "" ? "" : `(?${flags})`;
    t.equal(compile(opening + text).matches(subject), new RegExp(text, `u${flags}`).test(subject), opening + text);
  }
  t.end();
});

test("any punctuation may be escaped", (t) => {
  const marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~";
  const escaped = marks
    .split("")
    .map((c) => `\\${c}`)
    .join("");
  t.equal(compile(`^${escaped}$`).matches(marks), true);
  t.equal(compile(`^[${escaped}]+$`).matches(marks), true);
  t.end();
});

const characters = ["a", "b", "A", "1", "_", " ", "\n", "-", "é", "я", "\u2028", "\u2029", "\ufeff", "ࠀ", "😀"];
const subjects = fc.array(fc.constantFrom(...characters), { maxLength: 12 }).map((cs) => cs.join(""));
const atoms =
  "a b A 1 é ࠀ 😀 . \\d \\w \\s \\D \\W \\S [ab] [^a] [a-c😀] [^\\w] [\\s\\d-] [^é-я] [] [^] [\\b-] \\x61 \\u{1f600} \\n \\cJ \\cj".split(
    " ",
  );
const { pattern: patterns } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.constantFrom(...atoms),
    fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => a + b),
    fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(${a}|${b})`),
    fc.tuple(tie("pattern"), fc.constantFrom("^", "$", "\\b", "\\B", "")).map(([a, e]) => `(?:${e}|${a}${e})`),
    fc
      .tuple(fc.constantFrom("^", "$", "\\b", "\\B", "|"), tie("pattern"), fc.boolean())
      .map(([e, a, first]) => (first ? e + a : a + e)),
    fc
      .tuple(tie("pattern"), fc.constantFrom(..."* + ? {0} {2} {1,} {0,2} {2,3} {2,}? *? +? ??".split(" ")))
      .map(([a, q]) => `(?:${a})${q}`),
  ),
}));
const flagged = fc.constantFrom("", "i", "m", "s", "im", "ims");

function opened(flags: string, text: string): string {
  return flags === "" ? text : `(?${flags})${text}`;
}

/**
 * The oracle, led to every place by code points: V8 alone also tries the middle of a surrogate pair, where it finds
 * /\B/u in "a😀a" (ECMA-262 22.2.7.2 steps by characters).
 */
function oracle(text: string, flags: string): RegExp {
  return new RegExp(`^[^]*?(?:${text})`, `u${flags}`);
}

test("a pattern answers as JavaScript's does", (t) => {
  const fits = patterns.filter((p) => p.length < 400);
  fc.assert(
    fc.property(fits, flagged, fc.array(subjects, { minLength: 1, maxLength: 8 }), (text, flags, list) => {
      const ours = compile(opened(flags, text));
      const theirs = oracle(text, flags);
      return list.every((subject) => ours.matches(subject) === theirs.test(subject));
    }),
    { numRuns },
  );
  t.pass();
  t.end();
});

test("a pattern of rubble is refused where JavaScript refuses it", (t) => {
  const rubble =
    "( (?: ) [ ] { } * + ? | ^ $ . - \\ \\d \\b \\B a z 1 , {2} {1,} {2,1} [^ \\x 41 \\u {41} \\c \\0 é 😀 / \\/ (?<n> & = ! \\q".split(
      " ",
    );
  const texts = fc.array(fc.constantFrom(...rubble), { maxLength: 8 }).map((words) => words.join(""));
  // Ours alone: escaped punctuation. Theirs alone: what is refused by name, and names used twice are ours again.
  const own = /\\[-&=!,<>]|\(\?<n>.*\(\?<n>/u;
  fc.assert(
    fc.property(texts, subjects, (text, subject) => {
      const complained = complaint(text);
      if (own.test(text) || /not supported/.test(complained)) return true;
      try {
        new RegExp(text, "u");
        return oracle(text, "").test(subject) === (complained === "" && compile(text).matches(subject));
      } catch {
        return complained !== "";
      }
    }),
    { numRuns: numRuns * 4 },
  );
  t.pass();
  t.end();
});

const long = 100_000;
const evil: readonly (readonly [string, string, boolean])[] = [
  ["^(a+)+$", `${"a".repeat(long)}!`, false],
  ["^(a+)+$", "a".repeat(long), true],
  ["(a|a)*b", "a".repeat(long), false],
  ["(.*)*x", "a".repeat(long), false],
  ["(.*)*x", `${"a".repeat(long)}x`, true],
  ["(?:a?){50}a{50}b", "a".repeat(long), false],
  ["a{0,500}b", "a".repeat(long), false],
  ["^a{0,500}$", "a".repeat(long), false],
  ["^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(long), false],
  ["(?:(?:(?:😀*)*)*)*$.", "😀".repeat(long / 2), false],
];

test("a pattern made to run without end is answered", (t) => {
  for (const [text, subject, answer] of evil) t.equal(compile(text).matches(subject), answer, text);
  t.end();
});

test("more states than are remembered do not change the answer", (t) => {
  let seed = 7;
  const bits = Array.from({ length: 20_000 }, () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) < 2 ** 30);
  const noise = bits.map((bit) => (bit ? "a" : "b")).join("");
  const pattern = compile("a(?:a|b){12}c");
  for (const tail of ["", "c", "ab", `a${"b".repeat(12)}c`])
    t.equal(pattern.matches(noise + tail), /a[ab]{12}c/.test(noise + tail), tail);
  t.end();
});

test("a pattern whose time is up has no answer", (t) => {
  const over = new Deadline(0, () => 1);
  for (const text of ["a", "a+"]) t.equal(compile(text).matches("a", over), undefined);
  let now = 0;
  const soon = new Deadline(3, () => now++);
  t.equal(compile("(.*)*x").matches("a".repeat(long), soon), undefined);
  t.equal(now, 4);
  t.equal(compile("(.*)*x").matches("x", new Deadline(9, () => 0)), true);
  t.end();
});
