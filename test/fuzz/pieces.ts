/** What all generators of inputs are made of. */
import fc, { type Arbitrary } from "fast-check";

/** Pieces written as one text, for they are many: "¦" stands between them. */
export function pieces(text: string): readonly string[] {
  return text.split("¦");
}

/** One of the pieces. */
export function one(text: string): Arbitrary<string> {
  return fc.constantFrom(...pieces(text));
}

/** Ordinary letters, what escapes badly, and what is more than one byte or one UTF-16 unit. */
const CHARACTERS = Array.from("abcAZ019_-.:/ \t\n\r\"'\\{}[]()#&*!|>%@`,?$=~<+^\0\x1b\x7fé\u2028中😀");
export const noise = fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 4 });

/** Pieces one after the other, and now and then something else. */
export function soup(from: readonly string[], max = 12): Arbitrary<string> {
  const piece = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...from) }, { weight: 1, arbitrary: noise });
  return fc.array(piece, { maxLength: max }).map((p) => p.join(""));
}

/** The text itself, or with some of it removed, replaced or doubled. */
export function mutated(text: Arbitrary<string>): Arbitrary<string> {
  const put = fc.oneof(fc.constant(""), noise);
  const edit = fc.record({ at: fc.nat(999), cut: fc.nat(4), put, double: fc.boolean() });
  const edits = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(edit, { minLength: 1, maxLength: 3 }) },
  );
  return fc.tuple(text, edits).map(([start, list]) => {
    let out = start;
    for (const e of list) {
      const at = e.at % (out.length + 1);
      const gone = out.slice(at, at + e.cut);
      out = `${out.slice(0, at)}${e.put}${e.double ? gone + gone : ""}${out.slice(at + e.cut)}`;
    }
    return whole(out);
  });
}

/** The text as a file would hold it: half a character becomes U+FFFD. */
export function whole(text: string): string {
  return Buffer.from(text).toString("utf8");
}
