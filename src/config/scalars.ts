// The five scalar styles of YAML 1.2.2: plain, single- and double-quoted (7.3), literal and folded (8.1). Each reader starts at
// the first character of its scalar and stops behind the last.
import {
  BACKSLASH,
  COLON,
  type Cursor,
  DASH,
  DOUBLE_QUOTE,
  END,
  GREATER,
  HASH,
  LETTER_A,
  LETTER_Z,
  NEWLINE,
} from "./cursor.ts";
import { NINE, PLUS, type Place, QUESTION, QUOTE, ZERO } from "./cursor.ts";
import { failAt, isBlank, isFlow, isSpace, sliceTrimmed } from "./cursor.ts";

/** Whether the end of the text counts as a line's end, the grammar and the YAML test suite (JEF9) disagree. */
const CUT_OFF = 'the last line of a "|" or ">" text has no line end: add one';
const UNCLOSED = "this quote is never closed";

/** c-indicator [22] without "-", "?" and ":". */
const INDICATORS = ",[]{}#&*!|>'\"%@`";

/** Whether a plain scalar can begin with that character, which stands here: ns-plain-first [126]. */
export function startsPlain(c: Cursor, first: number, flow: boolean): boolean {
  if ((first >= LETTER_A && first <= LETTER_Z) || (first >= ZERO && first <= NINE)) return true; // nearly always
  if (first === DASH || first === QUESTION || first === COLON) return !c.endsWord(1, flow);
  return !isSpace(first) && !INDICATORS.includes(c.char(0));
}

/** Reads a plain scalar, ns-plain [131]; further lines need an indentation of at least min. */
export function readPlain(c: Cursor, min: number, flow: boolean): string {
  let value = readPlainLine(c, flow);
  while (c.mayGoOn(min)) {
    const { line, start, at } = c;
    const breaks = passBreaks(c, min);
    const more = c.indent >= min ? readPlainLine(c, flow) : "";
    if (more === "") {
      c.goBack(line, start, at);
      break;
    }
    value += fold(breaks) + more;
  }
  return value;
}

/** Reads what a line holds of a plain scalar, without the white space behind it: nb-ns-plain-in-line [132]. */
function readPlainLine(c: Cursor, flow: boolean): string {
  const text = c.text;
  const from = c.at;
  const length = text.length;
  let at = from;
  for (; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE || (flow && isFlow(code))) break;
    if (code === HASH && isSpace(text.charCodeAt(at - 1))) break;
    if (code === COLON) {
      const next = text.charCodeAt(at + 1);
      if (at + 1 === length || isSpace(next) || (flow && isFlow(next))) break;
    }
  }
  c.at = at;
  return sliceTrimmed(text, from, at);
}

/** Reads a single- or double-quoted scalar: c-double-quoted [109], c-single-quoted [120]. */
export function readQuoted(c: Cursor, min: number, opened: Place): string {
  const quote = c.peek(0);
  let value = "";
  c.at++;
  for (;;) {
    const from = c.at;
    const code = passQuoted(c, quote);
    if (code === END) throw failAt(opened, UNCLOSED);
    if (code === NEWLINE) {
      value += sliceTrimmed(c.text, from, c.at) + foldQuoted(c, min, opened, false);
    } else if (code === BACKSLASH) {
      value += c.slice(from) + (c.peek(1) === NEWLINE ? foldQuoted(c, min, opened, true) : readEscape(c));
    } else {
      value += c.slice(from);
      c.at++;
      if (quote === DOUBLE_QUOTE || c.peek(0) !== QUOTE) return value;
      value += "'";
      c.at++;
    }
  }
}

/** Passes what stands for itself in a quoted scalar. What stands behind it. */
function passQuoted(c: Cursor, quote: number): number {
  const text = c.text;
  const length = text.length;
  for (let at = c.at; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote || code === NEWLINE || (code === BACKSLASH && quote === DOUBLE_QUOTE)) {
      c.at = at;
      return code;
    }
  }
  return END;
}

/** Folds line ends in a quoted scalar, s-flow-folded [74]; after a backslash a single one vanishes, s-double-escaped [112]. */
function foldQuoted(c: Cursor, min: number, opened: Place, escaped: boolean): string {
  if (escaped) c.at++;
  const breaks = passBreaks(c, min);
  if (c.indent < 0) throw failAt(opened, UNCLOSED);
  if (c.indent < min) throw c.failDedent(min, "quote");
  return escaped ? "".padEnd(breaks - 1, "\n") : fold(breaks);
}

/** Passes a line's end, the empty lines behind it and the white space in front of what follows, s-flow-folded [74]; counts line ends. */
function passBreaks(c: Cursor, min: number): number {
  let count = 0;
  let tab = false;
  for (; c.peek(0) === NEWLINE; count++) {
    c.nextLine();
    tab = tab || (c.tab >= 0 && c.indent < min);
  }
  if (tab && c.indent >= min && c.peek(0) !== HASH) throw c.fail("an empty line above begins with a tab: use spaces");
  return count;
}

/** One line end is a space, more are one less: b-l-folded [73]. */
function fold(breaks: number): string {
  return breaks === 1 ? " " : "".padEnd(breaks - 1, "\n");
}

/** c-ns-esc-char [62] without x, u, U and the line end: the letters, and in the same order what they stand for. */
const ESCAPES = '0abt\tnvfre "/\\N_LP';
const ESCAPED = '\0\x07\b\t\t\n\v\f\r\x1b "/\\\x85\xa0\u2028\u2029';

/** Reads an escape in a double-quoted scalar. Two \u that are a surrogate pair are one character, as in JSON. */
function readEscape(c: Cursor): string {
  const name = c.char(1);
  const width = name === "x" ? 2 : name === "u" ? 4 : name === "U" ? 8 : 0;
  if (width === 0) {
    const index = ESCAPES.indexOf(name);
    if (name === "" || index < 0) throw c.fail(`the escape "\\${name}" is unknown: for a backslash write "\\\\"`);
    c.at += 2;
    return ESCAPED.charAt(index);
  }
  const code = readHex(c, width);
  if (code >= 0x10000 && code <= 0x10ffff) {
    return String.fromCharCode(0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
  }
  if (code >= 0xd800 && code < 0xdc00 && c.text.startsWith("\\u", c.at)) {
    const low = readHex(c, 4);
    if (low >= 0xdc00 && low < 0xe000) return String.fromCharCode(code, low);
  }
  if (code >= 0xd800 && (code < 0xe000 || code > 0xffff))
    throw c.fail("the escape in front of this is no Unicode character");
  return String.fromCharCode(code);
}

/** Reads a backslash, a letter and so many hexadecimal digits: ns-esc-8-bit to ns-esc-32-bit [59] to [61]. */
function readHex(c: Cursor, width: number): number {
  const digits = c.text.slice(c.at + 2, c.at + 2 + width);
  if (!/^[0-9A-Fa-f]+$/.test(digits) || digits.length < width) {
    throw c.fail(`want ${width} hexadecimal digits after "\\${c.char(1)}"`);
  }
  c.at += 2 + width;
  return parseInt(digits, 16);
}

/** Reads a literal or folded scalar whose parent node is indented by so many spaces, -1 at the top: c-l+literal [170], c-l+folded [174]. */
export function readBlock(c: Cursor, parent: number): string {
  const folded = c.peek(0) === GREATER;
  const header = readHeader(c, parent);
  let width = header.width; // the indentation of the content, -1 while it is to be detected: 8.1.1.1
  let value = "";
  let breaks = 0;
  let longest = 0; // of the empty lines in front
  let spaced = true; // whether the line before keeps its line end: s-nb-spaced-text [177]
  let isEmpty = true;
  while (c.peek(0) === NEWLINE) {
    const { line, start, at } = c;
    c.nextLine();
    if (c.tab < 0 && c.peek(0) === NEWLINE && (width < 0 || c.indent <= width)) {
      longest = Math.max(longest, c.indent);
      breaks++;
      continue;
    }
    const detected = width < 0 ? Math.max(c.indent, parent + 1) : width;
    if (c.indent < detected) {
      if (c.isCutOff()) throw c.fail(CUT_OFF);
      if (c.tab >= 0) throw c.failTab(c.tab);
      c.goBack(line, start, at);
      break;
    }
    if (width < 0 && longest > detected) {
      throw c.fail(`an empty line above is indented by ${longest}, more than the ${detected} here: remove its spaces`);
    }
    width = detected;
    c.passLine();
    const from = c.start + width;
    const wasSpaced = spaced;
    spaced = isBlank(c.text.charCodeAt(from));
    value += (folded && !spaced && !wasSpaced ? fold(breaks) : "".padEnd(breaks, "\n")) + c.slice(from);
    isEmpty = false;
    breaks = 1;
  }
  if (breaks > 0 && c.isCutOff() && header.chomp !== DASH) throw c.fail(CUT_OFF);
  const kept = header.chomp === PLUS ? breaks : header.chomp === END && !isEmpty ? 1 : 0;
  return value + "".padEnd(kept, "\n");
}

interface Header {
  readonly chomp: number; // DASH, PLUS, or END where it is not given
  readonly width: number; // -1 where it is not given
}

/** Reads "|" or ">" with its indicators, up to the line's end: c-b-block-header [162]. */
function readHeader(c: Cursor, parent: number): Header {
  let chomp = END;
  let digit = 0;
  for (c.at++; ; c.at++) {
    const code = c.peek(0);
    if (chomp === END && (code === DASH || code === PLUS)) chomp = code;
    else if (digit === 0 && code > ZERO && code <= NINE) digit = code - ZERO;
    else break;
  }
  // The grammar counts from -1 at the top, other readers from 0.
  if (digit > 0 && parent < 0)
    throw c.fail("an indentation indicator at the top of a document is not supported: remove it");
  if (!isSpace(c.endLine())) throw c.fail(`want the end of the line after "|" or ">", got "${c.char(0)}"`);
  return { chomp, width: digit === 0 ? -1 : parent + digit };
}
