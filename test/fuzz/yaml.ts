/** Generates YAML: documents as people write them, nested in every style, and lines that only look like it. */
import fc, { type Arbitrary } from "fast-check";
import { mutated, one, pieces } from "./pieces.ts";

/** A node, written at an indentation. */
type Writer = (indent: number) => string;

const SCALARS = pieces(
  "a¦x y¦30s¦true¦~¦- b¦a:b¦a #b¦http://h:80/p¦-1¦é 😀¦a\n  b¦?x¦%¦<<¦" +
    '"a\\n\\t\\x41\\u00e9\\U0001F600\\/\\"b"¦"two\n  lines"¦"\\\n x"¦\'it\'\'s\'¦\'a\n\n b\'¦""¦\'\'',
);
const FLOW = pieces(
  '[a, b]¦{a: 1, \'b\': [c]}¦[]¦{}¦["x", {y: z}, [w]]¦[a,\n b]¦{a: , b}¦[*x, &y z]¦{"a":1}¦[? a : b, c: d]',
);
const HEADERS = "|¦>¦|-¦>+¦|2¦>1-¦|+ # c¦>-";
const KEYS = "a¦b¦c¦d e¦f-g¦h¦i.j¦k¦l¦m¦checks¦\"q\"¦'s'¦a b¦? k¦&z d¦*x ";

function pad(indent: number): string {
  return " ".repeat(indent);
}

const scalar = fc.constantFrom(...SCALARS, ...FLOW).map(
  (text): Writer =>
    (indent) =>
      ` ${text.split("\n").join(`\n${pad(indent)}`)}`,
);
const block = fc.tuple(one(HEADERS), fc.array(one("text¦  more¦¦- x¦# no¦\ttab"), { maxLength: 4 })).map(
  ([head, lines]): Writer =>
    (indent) =>
      ` ${head}${lines.map((l) => `\n${pad(indent + 1)}${l}`).join("")}`,
);
const decorated = one(" *x¦ &x v¦ &x v¦ &y w¦ &z v¦ !!str w¦¦¦¦ &y¦ !local z").map(
  (text): Writer =>
    () =>
      text,
);

const { node } = fc.letrec<{ node: Writer }>((tie) => ({
  node: fc.oneof({ depthSize: "medium" }, scalar, block, decorated, map(tie("node")), list(tie("node"))),
}));

function map(value: Arbitrary<Writer>): Arbitrary<Writer> {
  const entries = fc.array(fc.tuple(one(KEYS), value), { minLength: 1, maxLength: 4 });
  return fc.tuple(one("¦ &x¦ # c"), entries, fc.integer({ min: 1, max: 3 })).map(
    ([before, list, step]): Writer =>
      (indent) =>
        `${before}${list.map(([key, write]) => `\n${pad(indent)}${key}:${write(indent + step)}`).join("")}`,
  );
}

function list(item: Arbitrary<Writer>): Arbitrary<Writer> {
  return fc.tuple(fc.array(item, { minLength: 1, maxLength: 4 }), fc.nat(2)).map(
    ([items, step]): Writer =>
      (indent) =>
        items.map((write) => `\n${pad(indent)}-${write(indent + step + 1)}`).join(""),
  );
}

const document = fc
  .tuple(
    one("¦¦---\n¦# c\n---¦%YAML 1.2\n---\n¦\ufeff"),
    node,
    one("\n¦\n¦\n\n¦\n...\n¦\n---\n¦ # end"),
    one("\n¦\n¦\r\n¦\r"),
  )
  .map(([head, write, tail, end]) => `${head}${write(0).replace(/^\n/, "")}${tail}`.split("\n").join(end));

const lines = fc
  .array(
    fc.tuple(
      fc.nat(6),
      one("- ¦a: ¦? ¦: ¦¦-\t¦[¦]¦{¦}¦, "),
      fc.constantFrom(...SCALARS, ...FLOW, ...pieces(HEADERS), "#"),
    ),
    { maxLength: 8 },
  )
  .map((rows) => rows.map(([indent, head, text]) => `${pad(indent)}${head}${text}`).join("\n"));

const deep = fc.tuple(one("[¦{a: ¦- ¦? ¦&a ¦[[{b: ["), fc.nat(90)).map(([open, n]) => open.repeat(n));

export const yaml = mutated(
  fc.oneof({ weight: 5, arbitrary: document }, { weight: 3, arbitrary: lines }, { weight: 1, arbitrary: deep }),
);
