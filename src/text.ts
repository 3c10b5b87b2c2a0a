/** Words for people: small text helpers that behave alike on both artifacts. */
import { secrets } from "./redact.ts";

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** "a, b or c" */
export function either(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}

/** A span of time as people say it: "40ms", "1.2s", "2m05s". */
export function span(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1).split(".0").join("")}s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m${`${seconds % 60}`.padStart(2, "0")}s`;
}

/** The word of `known` that was probably meant, or "": at most two edits away, and fewer than half of it. */
export function nearest(word: string, known: readonly string[]): string {
  let best = "";
  let least = Math.min(2, Math.floor(word.length / 2)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const edits = distance(word, candidate);
    if (edits < least) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}

/** `: did you mean "x"?`, or nothing. */
export function meant(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === "" ? "" : `: did you mean "${near}"?`;
}

/** Edits between two words, neighbours swapped counting once (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row: number[] = [];
  for (let j = 0; j <= b.length; j++) row.push(j);
  for (let i = 1; i <= a.length; i++) {
    const next: number[] = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a.charAt(i - 1) === b.charAt(j - 1);
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a.charAt(i - 1) === b.charAt(j - 2) && a.charAt(i - 2) === b.charAt(j - 1);
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

const HEX = "0123456789abcdef";

/** Control characters and line ends made visible, so that bytes from elsewhere cannot drive a terminal. */
export function visible(text: string): string {
  if (!/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/.test(text)) return text;
  let out = "";
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    if (code === 9) out += "\\t";
    else if (code === 10) out += "\\n";
    else if (code === 13) out += "\\r";
    else if (code < 32 || (code >= 127 && code < 160)) out += `\\x${HEX.charAt(code >> 4)}${HEX.charAt(code & 15)}`;
    else if ((code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
      out += `\\u20${HEX.charAt((code >> 4) & 15)}${HEX.charAt(code & 15)}`;
    else out += c;
  }
  return out;
}

/** At most `limit` characters, with a mark where something was cut. */
export function short(text: string, limit = 80): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}…`;
}

/** A text from elsewhere as it is quoted in a message: without secrets, cut only after they are struck. */
export function quoted(text: string, limit = 80): string {
  return `"${visible(short(secrets.strike(text), limit))}"`;
}
