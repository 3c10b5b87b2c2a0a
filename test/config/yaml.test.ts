// YAML is read as the specification, its test suite and the npm package "yaml" read it, or refused with a position.
// FUZZ_RUNS=200000 runs the random tests longer, from a new seed.
import fc from "fast-check";
import { test } from "tap";
import { parseAllDocuments } from "yaml";
import { type Node, YamlError, decode, parse } from "../../src/config/yaml.ts";

type Value = string | Value[] | Map<string, Value>;
type Reading = { readonly value: string } | { readonly error: string };

const runs = Number(process.env["FUZZ_RUNS"] ?? 3000);
const seed = process.env["FUZZ_RUNS"] === undefined ? { seed: 12 } : {};
const random = { numRuns: runs, includeErrorInReport: true, ...seed };

/** A value as text, to compare: keys keep their order, and "constructor" is a key like any other. */
function show(value: Value): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(show).join()}]`;
  return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}:${show(item)}`).join()}}`;
}

function valueOf(node: Node): Value {
  if (node.kind === "scalar") return node.text;
  if (node.kind === "list") return node.items.map(valueOf);
  return new Map(node.entries.map((entry) => [entry.key, valueOf(entry.value)]));
}

function readOurs(text: string): Reading {
  try {
    return { value: show(valueOf(parse(text))) };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return { error: `${error.at.line}:${error.at.column}: ${error.message}` };
  }
}

/** What the npm package reads, untyped: schema "failsafe" leaves every scalar its text. */
function readTheirs(text: string): Reading {
  const documents = [...parseAllDocuments(text, { version: "1.2", schema: "failsafe", logLevel: "silent" })];
  const error = documents.flatMap((document) => document.errors)[0];
  if (error !== undefined) return { error: error.code };
  if (documents.length > 1) return { error: "MULTIPLE_DOCS" };
  try {
    return { value: show(untyped(documents[0]?.toJS({ mapAsMap: true }))) };
  } catch (thrown) {
    return { error: String(thrown) };
  }
}

function untyped(value: unknown): Value {
  if (Array.isArray(value)) return value.map(untyped);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [String(key ?? ""), untyped(item)]));
  return typeof value === "string" ? value : "";
}

/** The value that a test case's event tree stands for (https://github.com/yaml/yaml-test-suite, "tree"). */
function readTree(tree: string): string {
  const lines = tree.split("\n").map((line) => line.trimStart());
  const anchors = new Map<string, Value>();
  let at = lines.findIndex((line) => line.startsWith("+DOC")) + 1;
  if (at === 0) return show("");
  const next = (): Value => {
    const [, event = "", anchor = "", rest = ""] =
      /^(=VAL|=ALI|\+SEQ|\+MAP)(?: (?:\[\]|\{\}))?(?: &(\S+))?(?: <\S+>)?(?: (.*))?$/s.exec(lines[at++] ?? "") ?? [];
    const keep = <V extends Value>(value: V): V => {
      if (anchor !== "") anchors.set(anchor, value);
      return value;
    };
    if (event === "=ALI") return anchors.get(rest.slice(1)) ?? "";
    if (event === "=VAL") {
      const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", "\\": "\\" };
      return keep(rest.slice(1).replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? ""));
    }
    if (event === "+SEQ") {
      const items = keep<Value[]>([]);
      while (lines[at] !== "-SEQ") items.push(next());
      at++;
      return items;
    }
    const entries = keep(new Map<string, Value>());
    while (lines[at] !== "-MAP") {
      const key = next();
      entries.set(typeof key === "string" ? key : show(key), next());
    }
    at++;
    return entries;
  };
  return show(next());
}

// --- the YAML test suite ---

interface Case {
  readonly id: string;
  readonly name: string;
  readonly yaml: string;
  readonly tree: string;
  readonly fail: boolean;
}

interface SuiteFile {
  readonly id: string;
  readonly name: string;
  readonly cases: readonly { readonly yaml: string; readonly tree?: string; readonly fail?: boolean }[];
}

// Imported without its types: they are every case's text, and more than a type checker's memory holds.
const suiteName: string = "yaml-test-suite";
const suite = ((await import(suiteName)) as { readonly default: readonly SuiteFile[] }).default;

/** A case without a tree has that of the case before it. */
function listCases(): Case[] {
  return suite.flatMap(({ id, name, cases }) => {
    let tree = "";
    return cases.map((one, index) => {
      tree = one.tree ?? tree;
      return { id: `${id}/${index}`, name, yaml: one.yaml, tree, fail: one.fail === true };
    });
  });
}

/** Why valid YAML is refused, by name; nothing else may be. */
const UNSUPPORTED: readonly (readonly [reason: string, message: RegExp])[] = [
  ["tag", /tags such as "!.*" are not supported$/],
  ["%TAG or another directive", /the directive "%.*" is not supported/],
  ["another version", /YAML "1\.[013]" is not supported/],
  ["several documents", /a second document is not supported/],
  ["key with ?", /keys written with "\?" are not supported/],
  ["key that is a collection", /a list or a mapping cannot be a key$/],
  ["tab as indentation", /a tab cannot indent: use spaces$/],
  ["no line end at the end", /has no line end: add one$/],
  ["indicator at the top", /an indentation indicator at the top of a document is not supported/],
  ["duplicate key", /duplicate key/],
];

test("yaml reads the YAML test suite, the examples of the 1.2.2 specification in it, or names what it refuses", (t) => {
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  for (const { id, name, yaml, tree, fail } of listCases()) {
    const ours = readOurs(yaml);
    const isExample = /^Spec Example [^[]*$/.test(name); // "[1.3]" are variants
    let outcome = "not YAML: refused";
    if ("value" in ours) {
      outcome = isExample ? "example: read" : "case: read";
      const theirs = readTheirs(yaml);
      if (fail) wrong.push(`${id} is not YAML, and was read as ${ours.value}`);
      if (ours.value !== readTree(tree)) wrong.push(`${id} was read as ${ours.value}, the suite has ${readTree(tree)}`);
      if (!("value" in theirs) || ours.value !== theirs.value)
        wrong.push(`${id} was read as ${ours.value}, not ${show(untyped(theirs))}`);
    } else if (!fail) {
      const reason = UNSUPPORTED.find(([, message]) => message.test(ours.error))?.[0];
      if (reason === undefined) wrong.push(`${id} is YAML, and was refused: ${ours.error}`);
      outcome = `${isExample ? "example" : "case"}: refused, ${reason ?? "without a reason"}`;
    }
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  t.same(wrong, []);
  t.same(Object.fromEntries(counts), {
    "example: read": 62,
    "example: refused, %TAG or another directive": 8,
    "example: refused, another version": 1,
    "example: refused, key that is a collection": 1,
    "example: refused, key with ?": 8,
    "example: refused, several documents": 7,
    "example: refused, tag": 13,
    "case: read": 151,
    "case: refused, %TAG or another directive": 3,
    "case: refused, another version": 3,
    "case: refused, duplicate key": 1,
    "case: refused, indicator at the top": 2,
    "case: refused, key that is a collection": 6,
    "case: refused, key with ?": 15,
    "case: refused, no line end at the end": 2,
    "case: refused, several documents": 7,
    "case: refused, tab as indentation": 2,
    "case: refused, tag": 16,
    "not YAML: refused": 94,
  });
  t.end();
});

// --- random documents ---

/** Where "yaml" 2.9.1 is wrong, found by millions of runs: what it says, and what the text has in it then. */
const THEIR_ERRORS: readonly (readonly [reading: RegExp, text: RegExp, why: string])[] = [
  [/^TAB_AS_INDENT/, /^ *\t[ \t]*$|\t *&/m, "a tab in an empty line, or in front of an anchor, indents nothing [66]"],
  [/^MULTIPLE_DOCS/, /^\.\.\.[^]*^\.\.\./m, "a second ... ends no second document [205]"],
  [/^MISSING_CHAR/, /^#/m, "a comment may begin a line in [a: b, c] [79]"],
  [/^MISSING_CHAR/, /^\s+(---|\.\.\.)/m, "--- and ... in brackets are markers at the start of a line alone [206]"],
  [/^UNEXPECTED_TOKEN/, /&\S+\s*\n\s*[,\]}]/, "an anchored empty entry in brackets may end on the next line [161]"],
  [/^BAD_INDENT/, /^ *- #.*\n#/m, "a comment at the start of a line may follow that of an empty entry [79]"],
  [/^[["{]/, /\\\n[ \t]*\n/, "an empty line behind an escaped line end is a line feed [112]"],
  [/^[["{]/, /[|>][-+]?[1-9].*\n\s*\n/, "spaces beyond a given indentation are text [171]"],
];

/** What is wrong with how a text was read, or "": it is to be read as the other one does, or to be refused with a position. */
function findFault(text: string): string {
  const ours = readOurs(text);
  const theirs = readTheirs(text);
  if ("error" in ours) return /^\d+:\d+: [^\n]+[^.\n]$/.test(ours.error) ? "" : `message: ${ours.error}`;
  const other = "value" in theirs ? theirs.value : theirs.error;
  if (ours.value === other || THEIR_ERRORS.some(([reading, found]) => reading.test(other) && found.test(text)))
    return "";
  return `${JSON.stringify(text)} was read as ${ours.value}, not as ${other}`;
}

const PIECES =
  "a|b| | |\n|\n|\n |\n  |- |-|: |:|a: |[|]|{|}|,|#| #|\"|'|>|>-|\t|&a |*a|\\|---|\n---\n|...|?|1|''|%|!|<<: |é|😀"
    .split("|")
    .concat("|", "|+\n", "|1\n");

/** Looks for a text that is read wrongly; the message holds the smallest one. */
function search(texts: fc.Arbitrary<string>): void {
  const check = (text: string): void => {
    const fault = findFault(text);
    if (fault !== "") throw new Error(fault);
  };
  fc.assert(fc.property(texts, check), random);
}

test("yaml reads text of random pieces as the package yaml does, or refuses it", (t) => {
  const texts = fc.array(fc.constantFrom(...PIECES), { maxLength: 16 });
  t.doesNotThrow(() => search(texts.map((pieces) => pieces.join(""))));
  t.end();
});

test("yaml reads the suite's cases, edited at random, as the package yaml does, or refuses them", (t) => {
  const edit = fc.record({ at: fc.nat(999), cut: fc.nat(3), piece: fc.constantFrom("", ...PIECES) });
  const apply = (text: string, { at, cut, piece }: { at: number; cut: number; piece: string }): string => {
    const from = at % (text.length + 1);
    return Buffer.from(text.slice(0, from) + piece + text.slice(from + cut)).toString(); // no half characters
  };
  const texts = fc.tuple(
    fc.constantFrom(...listCases().map(({ yaml }) => yaml)),
    fc.array(edit, { minLength: 1, maxLength: 4 }),
  );
  t.doesNotThrow(() => search(texts.map(([text, edits]) => edits.reduce(apply, text))));
  t.end();
});

type Place = "document" | "list" | "map";

/** Draws a document from a list of numbers (0 behind its end), so that fast-check can make a failing one smaller. */
class Writer {
  readonly #tape: readonly number[];
  readonly #anchors: [name: string, value: Value][] = [];
  #at = 0;

  constructor(tape: readonly number[]) {
    this.#tape = tape;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    const drawn = this.#tape[this.#at++] ?? 0;
    return choices[drawn % choices.length] ?? choices[0];
  }

  /** A node in a block collection of that indentation (-1: the document), from behind the indicator; ends with a line end. */
  block(parent: number, depth: number, place: Place): { text: string; value: Value } {
    const shape = depth === 0 ? "scalar" : this.pick(["scalar", "list", "map", "flow", "empty", "alias"]);
    if (shape === "alias" && this.#anchors.length > 0) {
      const [name, value] = this.pick(this.#anchors as [[string, Value]]);
      return { text: ` *${name}${this.end()}`, value };
    }
    const anchor = this.pick(["", "", "", ` &n${this.#anchors.length}`]);
    const node = this.node(shape, parent, depth, place === "list" && anchor !== "" ? "document" : place);
    if (anchor !== "") this.#anchors.push([anchor.slice(2), node.value]);
    return { text: anchor + node.text, value: node.value };
  }

  node(shape: string, parent: number, depth: number, place: Place): { text: string; value: Value } {
    if (shape === "empty") return { text: this.end(), value: "" };
    if (shape === "flow") {
      const flow = this.flow(parent + 1, depth);
      return { text: ` ${flow.text}${this.end()}`, value: flow.value };
    }
    if (shape !== "list" && shape !== "map") {
      const value = this.string();
      return {
        text: ` ${this.blockScalar(value, parent) ?? this.scalar(value, parent + 1, false) + this.end()}`,
        value,
      };
    }
    const inline = place === "list" && this.pick([false, true]);
    const own = place === "map" && shape === "list"; // it may stand at its key's own indentation
    const indent = parent + (inline ? this.pick([2, 4]) : own ? this.pick([2, 0, 1]) : this.pick([2, 1, 4]));
    const pad = " ".repeat(indent);
    const count = this.pick([1, 2, 3]);
    const values: Value[] = [];
    const map = new Map<string, Value>();
    let text = inline ? " ".repeat(indent - parent - 1) : this.end();
    for (let i = 0; i < count; i++) {
      text += i === 0 && inline ? "" : pad;
      const key = `${this.string()}${i}`;
      text += shape === "list" ? "-" : `${this.scalar(key.split("\n").join(" "), -1, false)}${this.pick(["", " "])}:`;
      const item = this.block(indent, depth - 1, shape);
      text += item.text;
      values.push(item.value);
      map.set(key.split("\n").join(" "), item.value);
    }
    return { text, value: shape === "list" ? values : map };
  }

  flow(indent: number, depth: number): { text: string; value: Value } {
    const shape = depth === 0 ? "scalar" : this.pick(["scalar", "list", "map"]);
    const gap = (): string => this.pick([" ", `\n${" ".repeat(indent)}`, ` # ,]\n\n${" ".repeat(indent + 2)}`]);
    if (shape === "scalar") {
      const value = this.string();
      return { text: this.scalar(value, indent, true), value };
    }
    const values: Value[] = [];
    const map = new Map<string, Value>();
    const count = this.pick([0, 1, 2, 3]);
    const parts: string[] = [];
    for (let i = 0; i < count; i++) {
      const key = `${this.string()}${i}`;
      const item = this.flow(indent, depth - 1);
      parts.push(
        shape === "list"
          ? item.text
          : `${this.scalar(key, indent, true)}${this.pick(["", gap()])}:${gap()}${item.text}`,
      );
      values.push(item.value);
      map.set(key, item.value);
    }
    const inner = parts.join(`${this.pick(["", gap()])},${gap()}`) + (count > 0 ? this.pick(["", ","]) : "");
    if (shape === "list") return { text: `[${gap()}${inner}${gap()}]`, value: values };
    return { text: `{${inner}${gap()}}`, value: map };
  }

  string(): string {
    const pieces: string[] = [];
    for (let count = this.pick([1, 0, 2, 3, 5]); count > 0; count--) {
      pieces.push(
        this.pick([
          "a",
          "b c",
          "\n",
          " ",
          "é",
          "😀",
          ": ",
          " #",
          "'",
          '"',
          "\\",
          "\t",
          "-",
          "[",
          ", ",
          "x\n\ny",
          "0",
          "\u2028",
        ]),
      );
    }
    return pieces.join("");
  }

  /** In a style that can hold it; with an indentation below 0, on one line. */
  scalar(value: string, indent: number, flow: boolean): string {
    const pad = " ".repeat(Math.max(indent, 0));
    const folds = indent >= 0 && !/[ \t]\n|\n[ \t]/.test(value);
    const broken = value.replace(/\n+/g, (breaks) => `\n${breaks}${pad}`);
    const style = this.pick(["plain", "double", "single", "broken"]);
    const isPlain =
      /^[a-z0é😀\u2028][^:#]*$/u.test(value) && !/\s$|[\t"'\\]/.test(value) && !(flow && /[,[]/.test(value));
    if (style === "plain" && isPlain && (folds || !value.includes("\n"))) return broken;
    if (style === "single" && (folds || !value.includes("\n"))) return `'${broken.split("'").join("''")}'`;
    const text = JSON.stringify(value);
    if (style !== "broken" || indent < 0) return text;
    return text
      .replace(/a(?=\S)/, (letter) => `${letter}\\\n${pad}\t`)
      .replace(/é/g, "\\xe9")
      .replace(/😀/g, "\\U0001F600");
  }

  blockScalar(value: string, parent: number): string | undefined {
    const style = this.pick(["|", ">", ""]);
    const body = value.replace(/\n+$/, "");
    if (style === "" || parent < 0 || /^\s*$/.test(value)) return undefined;
    if (style === ">" && /\n[ \t]|^[ \t]/.test(value)) return undefined;
    const size = this.pick([1, 2, 4]);
    const pad = " ".repeat(parent + size);
    const digit = /^[ \n\t]/.test(value) ? String(size) : "";
    const breaks = value.length - body.length;
    const chomp = breaks === 0 ? "-" : breaks === 1 ? "" : "+";
    const text = style === ">" ? body.replace(/\n+/g, (run, at) => (at === 0 ? run : `\n${run}`)) : body;
    const lines = text.split("\n").map((line) => (line === "" ? this.pick(["", " ".repeat(parent + 1)]) : pad + line));
    return `${style}${chomp}${digit}${this.pick(["", " # |"])}\n${lines.join("\n")}${"\n".repeat(Math.max(breaks, 1))}`;
  }

  end(): string {
    return this.pick(["\n", "\n", " # - a: b\n", "\n\n  \n", "\n# 'x\n", " \t\n"]);
  }
}

test("yaml reads what a document was written from, whatever its style", (t) => {
  const check = (tape: readonly number[]): void => {
    const { text, value } = new Writer(tape).block(-1, 4, "document");
    const document = `---${text}`;
    const ours = readOurs(document);
    if (!("value" in ours) || ours.value !== show(value)) {
      throw new Error(`${JSON.stringify(document)} was read as ${JSON.stringify(ours)}, not ${show(value)}`);
    }
    const fault = findFault(document);
    if (fault !== "") throw new Error(fault);
  };
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(fc.nat(9999), { maxLength: 300 }), check), random));
  t.end();
});

// --- messages and positions ---

function listMistakes(): readonly (readonly [text: string, error: string])[] {
  return [
    ["a: !!str x", '1:4: tags such as "!!str" are not supported'],
    ["a: !<tag:x> x", '1:4: tags such as "!<tag:x>" are not supported'],
    ["é: 1\n<<: x\n", '2:1: merge keys ("<<") are not supported: write the keys out'],
    ["--- a\n--- b\n", "2:1: a second document is not supported: write one file for each"],
    ["a\n...\nb\n", "3:1: a second document is not supported: write one file for each"],
    ["%YAML 1.1\n---\na", '1:7: YAML "1.1" is not supported: want 1.2'],
    ["%TAG ! x\n---\na", '1:1: the directive "%TAG" is not supported: remove it'],
    ["%YAML 1.2\na: b", '2:1: want "---" after the directive'],
    ["? a\n: b\n", '1:1: keys written with "?" are not supported: write "key: value"'],
    ["[a]: b", "1:1: a list or a mapping cannot be a key"],
    ["a: {[b]: c}", "1:5: a list or a mapping cannot be a key"],
    ["a:\n\tb: c\n", "2:1: a tab cannot indent: use spaces"],
    ["\ta: b", "1:1: a tab cannot indent: use spaces"],
    ["a: 1\n\tb: 2\n", "2:1: a tab cannot indent: use spaces"],
    ["-\t- a\n", "1:2: a tab cannot indent: use spaces"],
    ["a: |\n\tb\n", "2:1: a tab cannot indent: use spaces"],
    ["a: [\n\tb]", "2:1: a tab cannot indent: use spaces"],
    ["a: 'b\n\n\tc'", "3:1: a tab cannot indent: use spaces"],
    ["a: 'b\n\t\n c'", "3:2: an empty line above begins with a tab: use spaces"],
    ["x:\n  env: 1\n  'env': 2\n", '3:3: duplicate key "env": first at 2:3'],
    ["{env: 1, env: 2}", '1:10: duplicate key "env": first at 1:2'],
    ["a: &x 1\nb: *y\n", '2:4: nothing above has the anchor of "*y"'],
    ["a: &x [*x]\n", '1:8: "*x" stands inside of what it names'],
    ["a: &x 1\nb: &x [*x]\n", '2:8: "*x" stands inside of what it names'],
    ["&a &b x", '1:4: "&" cannot begin a key or a value: put that in quotes'],
    ["&a\n&b x", "2:1: a node cannot have two anchors, nor an alias one"],
    ["&a x: 1\ny: &b *a\n", "2:7: a node cannot have two anchors, nor an alias one"],
    ["a: &[b]", '1:5: want a name and a space after "&"'],
    ["a: b: c", '1:5: a mapping cannot begin on this line: put it on its own, or the ":" in quotes'],
    ["a: - b", "1:4: a list cannot begin on this line: put it on its own"],
    ["a\nb: c", "1:1: a key must be on one line"],
    [`${"k".repeat(1025)}: 1`, "1:1: a key is too long: want at most 1024 characters"],
    ["a: 1\nb\n", '2:1: want a key and ":"'],
    ["a: 1\n- b\n", '2:1: "-" cannot begin a key or a value: put that in quotes'],
    ["a:\n    b: 1\n  c: 2\n", "3:3: want 0 spaces in front of this line, got 2"],
    ["- a\nb: c\n", "2:1: this line continues nothing above it: check its indentation"],
    ["a: 'b' c", '1:8: want the end of the line, got "c"'],
    ['😀: "b" 😀', '1:8: want the end of the line, got "😀"'],
    ["a: @b", '1:4: "@" cannot begin a key or a value: put that in quotes'],
    ["[a, b", "1:1: this bracket is never closed"],
    ["[a\n---\n]", "1:1: this bracket is never closed"],
    ["[a b c: d e\n f: g]", '2:3: want "," or "]", got ":"'],
    ['{a: "b" "c"}', '1:9: want "," or "}", got """'],
    [
      "a: {\n  b: c\n}\n",
      "3:1: want an indentation of at least 1 while a bracket is open, got 0: close it on a line that is indented",
    ],
    [
      "a: 'b\nc'\n",
      "2:1: want an indentation of at least 1 while a quote is open, got 0: close it on a line that is indented",
    ],
    ["a: 'b\n", "1:4: this quote is never closed"],
    ['a: "b\n---\n"', "1:4: this quote is never closed"],
    ['"\\q"', '1:2: the escape "\\q" is unknown: for a backslash write "\\\\"'],
    ['"C:\\😀"', '1:4: the escape "\\😀" is unknown: for a backslash write "\\\\"'],
    ['"\\u12"', '1:2: want 4 hexadecimal digits after "\\u"'],
    ['"\\u12', '1:2: want 4 hexadecimal digits after "\\u"'],
    ['"\\ud83d\\ue000"', "1:14: the escape in front of this is no Unicode character"],
    ['"\\ud83d x"', "1:8: the escape in front of this is no Unicode character"],
    ['"\\U00110000"', "1:12: the escape in front of this is no Unicode character"],
    ["a: |\n  b", '2:4: the last line of a "|" or ">" text has no line end: add one'],
    ["a: |x\n", '1:5: want the end of the line after "|" or ">", got "x"'],
    ["|1\n a\n", "1:3: an indentation indicator at the top of a document is not supported: remove it"],
    ["a: |\n   \n b\n", "3:2: an empty line above is indented by 3, more than the 1 here: remove its spaces"],
  ];
}

test("yaml says what is wrong, where, and what to do", (t) => {
  for (const [text, error] of listMistakes()) t.same(readOurs(text), { error }, JSON.stringify(text).slice(0, 40));
  t.end();
});

/** Every position in a document: "line:column" and what begins there. */
function listPositions(node: Node): string[] {
  const here = `${node.at.line}:${node.at.column} ${node.kind === "scalar" ? JSON.stringify(node.text) : node.kind}`;
  const entries = node.entries.flatMap(({ key, at, value }) => [
    `${at.line}:${at.column} ${key}:`,
    ...listPositions(value),
  ]);
  return [here, ...node.items.flatMap(listPositions), ...entries];
}

test("yaml gives every key and value its line and its column in code points", (t) => {
  const text = `# é
---
checks:
- 'é😀': "😀" # é
  b:   &x |
    text
  😀: {é: [a, "😀" , *x, c: ] , d}
-
  - >-
   folded

- - x
  -
`;
  t.same(listPositions(parse(text)), [
    "3:1 map",
    "3:1 checks:",
    "4:1 list",
    "4:3 map",
    "4:3 é😀:",
    '4:9 "😀"',
    "5:3 b:",
    '5:11 "text\\n"',
    "7:3 😀:",
    "7:6 map",
    "7:7 é:",
    "7:10 list",
    '7:11 "a"',
    '7:14 "😀"',
    '5:11 "text\\n"',
    "7:24 map",
    "7:24 c:",
    '7:26 ""',
    "7:31 d:",
    '7:32 ""',
    "9:3 list",
    '9:5 "folded"',
    "12:3 list",
    '12:5 "x"',
    '13:4 ""',
  ]);
  t.end();
});

test("yaml counts lines alike, whether they end in LF, CRLF or CR", (t) => {
  const text = "a: 'x\n\n  y'\nb: |\n  c\n\n  d\ne: f\n";
  for (const end of ["\r\n", "\r"]) {
    t.same(listPositions(parse(text.split("\n").join(end))), listPositions(parse(text)), JSON.stringify(end));
  }
  t.same(readOurs("a: 1\r\n\r\na: 2\r\n"), { error: '3:1: duplicate key "a": first at 1:1' });
  t.end();
});

test("yaml keeps the text of a scalar as it was written", (t) => {
  const words = ["0400", "1.10", "no", "true", "null", "~", "2026-11-24", "0x1F", "1e3", ".inf", "-0", "1:30"];
  t.same(valueOf(parse(`[${words.join(", ")}]`)), words);
  t.same(
    parse(`[a, 'a', "a"]`).items.map(({ plain }) => plain),
    [true, false, false],
  );
  t.equal(parse("- |\n  a\n").items[0]?.plain, false);
  t.end();
});

test("yaml gives an alias the node it names, the last anchor of that name", (t) => {
  const [first, second, third, fourth] = parse("- &a {x: 1}\n- *a\n- &a y\n- *a\n").items;
  t.equal(second, first);
  t.equal(fourth, third);
  t.end();
});

test("yaml reads JSON", (t) => {
  const value = { "a b": [1, -2.5e3, true, null, "", { "": [] }], 'é"\\/\u0007😀\u2028': {} };
  const texts = [JSON.stringify(value), JSON.stringify(value, null, 2), JSON.stringify(value, null, "\t")];
  for (const text of texts) {
    t.equal(show(valueOf(parse(text))), '{"a b":["1","-2500","true","null","",{"":[]}],"é\\"\\\\/\\u0007😀\u2028":{}}');
  }
  t.same(readOurs('["\\ud83d\\ude00", "\\U0001F600"]'), { value: '["😀","😀"]' });
  t.end();
});

// --- hostile input ---

test("yaml refuses what is nested deeper than 64 levels, however deep", (t) => {
  const openings: readonly (readonly [text: string, at: string])[] = [
    ["[", "1:65"],
    ["{", "1:65"],
    ['{"a":', "1:321"],
    ["[a: ", "1:129"],
    ["- ", "1:129"],
  ];
  for (const [text, at] of openings) {
    const { error = "" } = readOurs(text.repeat(100_000)) as { error?: string };
    t.equal(error, `${at}: nested too deep: want at most 64 levels`, text);
  }
  t.same(readOurs("[".repeat(64) + "]".repeat(64)), { value: "[".repeat(64) + "]".repeat(64) });
  t.end();
});

test("yaml refuses more than 10,000 nodes, an alias counted as what it names", (t) => {
  const message = "too large: want at most 10000 keys and values, aliases expanded";
  const nine = (item: string): string => Array(9).fill(item).join();
  const bomb = Array.from({ length: 64 }, (_, i) => `a${i}: &a${i} [${nine(i === 0 ? "x" : `*a${i - 1}`)}]\n`).join("");
  t.same(readOurs(bomb), { error: `5:10: ${message}` });
  t.same(readOurs(`[${"a,".repeat(9999)}]`), { value: `[${Array(9999).fill('"a"').join()}]` });
  t.same(readOurs(`[${"a,".repeat(10_000)}]`), { error: `1:20003: ${message}` });
  t.end();
});

test("yaml reads or refuses in linear time what is long", (t) => {
  const huge = [
    ['"', "a", '"'], ['"', "\\n", '"'], ['"', "a\n", '"'], ["'", "''", "'"], ["", "a ", ""], ["a: |\n", " a\n", ""], ["a: >\n", " a\n", ""],
  ]; // prettier-ignore
  const long = [
    ["", "a\n"], ["", "é "], ["", ":"], ["", "- "], ["", "-\n"], ["", "&a"], ["", "&a "], ["", "*a"], ["", "!"], ["", '"'], ["", "'"],
    ["", "?"], ["", "%"], ["", "#\n"], ["", "\n"], ["", "...\n"], ["", " "], ["", "\t"], ["", "\r"], ["a: >\n", " \n"], ["[a", "\n#\n "],
    ["[", "a,"], ["{", "a:"], ['"', "\\\n"], ["", "- a\n\n\n\n\n\n\n\n"],
  ]; // prettier-ignore
  const fill = (size: number, [open = "", piece = "", close = ""]: readonly string[]): string =>
    open + piece.repeat(size / piece.length) + close;
  const texts = [...huge.map((parts) => fill(10_000_000, parts)), ...long.map((parts) => fill(1_000_000, parts))];
  for (const text of texts) {
    const start = performance.now();
    readOurs(text);
    const took = performance.now() - start;
    t.ok(took < 10_000, `${JSON.stringify(text.slice(0, 8))} took ${Math.round(took)} ms`);
  }
  t.end();
});

function readBytes(bytes: Uint8Array): string {
  try {
    return JSON.stringify(decode(bytes));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return `${error.at.line}:${error.at.column}: ${error.message}`;
  }
}

test("yaml decodes UTF-8 and names the place of what is not", (t) => {
  const bad = "not UTF-8: save the file as UTF-8";
  const cases: readonly (readonly [bytes: string | readonly number[], outcome: string])[] = [
    ["", '""'],
    ["\uFEFFa: é\uFFFD😀", '"a: é\uFFFD😀"'],
    ["a\r\n\t\x85\u2028", '"a\\r\\n\\t\x85\u2028"'],
    [[0x61, 0x0d, 0x0a, 0xc3, 0xa9, 0xff], `2:2: ${bad}`],
    [[0xef, 0xbf, 0xbd, 0x0a, 0xef, 0xbf, 0xbd, 0xef, 0xbf], `2:2: ${bad}`],
    [[0xc0, 0x80], `1:1: ${bad}`],
    [[0x61, 0xed, 0xa0, 0x80], `1:2: ${bad}`],
    [[0xf4, 0x90, 0x80, 0x80], `1:1: ${bad}`],
    [[0xff, 0xfe, 0x61, 0x00], `1:1: ${bad}`],
    [[0x61, 0x00], '1:2: the character U+0000 is not allowed: write "\\u0000", in double quotes'],
    ["a: 1\n😀\x1b[0m", '2:2: the character U+001B is not allowed: write "\\u001B", in double quotes'],
    ["a\x7f", '1:2: the character U+007F is not allowed: write "\\u007F", in double quotes'],
    ["a\n\uFEFF", '2:1: the character U+FEFF is not allowed: write "\\uFEFF", in double quotes'],
    ["\uFFFF", '1:1: the character U+FFFF is not allowed: write "\\uFFFF", in double quotes'],
  ];
  for (const [bytes, outcome] of cases) {
    t.equal(readBytes(typeof bytes === "string" ? Buffer.from(bytes) : Uint8Array.from(bytes)), outcome);
  }
  t.end();
});

test("yaml decodes any bytes as a strict decoder does, or refuses them", (t) => {
  const strict = new TextDecoder("utf-8", { fatal: true });
  const decodes = (bytes: Uint8Array): boolean => {
    try {
      return strict.decode(bytes) !== undefined;
    } catch {
      return false;
    }
  };
  const some = fc.array(fc.constantFrom(0x61, 0x80, 0xbd, 0xbf, 0xc3, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0x9f, 0xa0), {
    maxLength: 9,
  });
  const check = (bytes: number[]): boolean =>
    readBytes(Uint8Array.from(bytes)).includes("not UTF-8") !== decodes(Uint8Array.from(bytes));
  t.doesNotThrow(() => fc.assert(fc.property(some, check), random));
  t.end();
});

test("yaml refuses more than 1 MiB", (t) => {
  t.equal(decode(Buffer.alloc(2 ** 20, "a")).length, 2 ** 20);
  t.equal(readBytes(Buffer.alloc(2 ** 20 + 1, "a")), "1:1: too large: want at most 1 MiB, got 1048577 bytes");
  t.end();
});
