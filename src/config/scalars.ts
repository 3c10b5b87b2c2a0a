// The five scalar styles of YAML 1.2.2: plain, single- and double-quoted (7.3), literal and folded (8.1). Each reader starts at
// the first character of its scalar and stops behind the last.
import { type Cursor, isBlank, isFlow, isSpace } from "./cursor.ts";
import { type Mark, YamlError } from "./text.ts";

/** Whether the end of the text counts as a line's end, the grammar and the YAML test suite (JEF9) disagree. */
const CUT_OFF = 'the last line of a "|" or ">" text has no line end: add one';
const UNCLOSED = "this quote is never closed";

/** Whether a plain scalar can begin here: ns-plain-first [126]. */
export function startsPlain(c: Cursor, flow: boolean): boolean {
  const first = c.peek(0);
  if (first === "-" || first === "?" || first === ":") return !isSpace(c.peek(1)) && !(flow && isFlow(c.peek(1)));
  return !isSpace(first) && !",[]{}#&*!|>'\"%@`".includes(first);
}

/** Reads a plain scalar, ns-plain [131]; further lines need an indentation of at least min. */
export function readPlain(c: Cursor, min: number, flow: boolean): string {
  const parts = [readPlainLine(c, flow)];
  while (c.peek(0) === "\n") {
    const place = c.place;
    const breaks = passBreaks(c, min);
    const line = c.indent >= min ? readPlainLine(c, flow) : "";
    if (line === "") {
      c.goBack(place);
      break;
    }
    parts.push(fold(breaks), line);
  }
  return parts.join("");
}

/** Reads what a line holds of a plain scalar, without the white space behind it: nb-ns-plain-in-line [132]. */
function readPlainLine(c: Cursor, flow: boolean): string {
  const from = c.at;
  let end = from;
  for (;;) {
    const char = c.peek(0);
    if (char === "" || char === "\n" || (flow && isFlow(char))) break;
    if (char === "#" && isSpace(c.peek(-1))) break;
    if (char === ":" && (isSpace(c.peek(1)) || (flow && isFlow(c.peek(1))))) break;
    c.at++;
    if (!isBlank(char)) end = c.at;
  }
  return c.slice(from, end);
}

/** Reads a single- or double-quoted scalar: c-double-quoted [109], c-single-quoted [120]. */
export function readQuoted(c: Cursor, min: number): string {
  const opened = c.mark();
  const quote = c.peek(0);
  const parts: string[] = [];
  c.at++;
  let from = c.at;
  let end = c.at; // behind the last character that folding keeps
  for (;;) {
    const char = c.peek(0);
    if (char === quote) {
      parts.push(c.slice(from, c.at));
      c.at++;
      if (quote === '"' || c.peek(0) !== "'") return parts.join("");
      from = c.at;
      c.at++;
      end = c.at;
    } else if (char === "\\" && quote === '"') {
      parts.push(c.slice(from, c.at));
      parts.push(c.peek(1) === "\n" ? foldQuoted(c, min, opened, true) : readEscape(c));
      from = c.at;
      end = c.at;
    } else if (char === "") {
      throw new YamlError(UNCLOSED, opened);
    } else if (char === "\n") {
      parts.push(c.slice(from, end));
      parts.push(foldQuoted(c, min, opened, false));
      from = c.at;
      end = c.at;
    } else {
      c.at++;
      if (!isBlank(char)) end = c.at;
    }
  }
}

/** Folds line ends in a quoted scalar, s-flow-folded [74]; after a backslash a single one vanishes, s-double-escaped [112]. */
function foldQuoted(c: Cursor, min: number, opened: Mark, escaped: boolean): string {
  if (escaped) c.at++;
  const breaks = passBreaks(c, min);
  if (c.indent < 0) throw new YamlError(UNCLOSED, opened);
  if (c.indent < min && c.tab >= 0) throw c.failTab(c.tab);
  if (c.indent < min) throw c.fail(`want at least ${min} spaces in front of this line: a quote is open`);
  return escaped ? "".padEnd(breaks - 1, "\n") : fold(breaks);
}

/** Passes a line's end, the empty lines behind it and the white space in front of what follows, s-flow-folded [74]; counts line ends. */
function passBreaks(c: Cursor, min: number): number {
  let count = 0;
  let tab = false;
  for (; c.peek(0) === "\n"; count++) {
    c.nextLine();
    tab = tab || (c.tab >= 0 && c.indent < min);
  }
  if (tab && c.indent >= min && c.peek(0) !== "#") throw c.fail("an empty line above begins with a tab: use spaces");
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
  const name = c.peek(1);
  const width = name === "x" ? 2 : name === "u" ? 4 : name === "U" ? 8 : 0;
  if (width === 0) {
    const index = ESCAPES.indexOf(name);
    if (name === "" || index < 0) throw c.fail(`the escape "\\${c.char(1)}" is unknown: for a backslash write "\\\\"`);
    c.at += 2;
    return ESCAPED.charAt(index);
  }
  const code = readHex(c, width);
  if (code >= 0x10000 && code <= 0x10ffff) {
    return String.fromCharCode(0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
  }
  if (code >= 0xd800 && code < 0xdc00 && c.peek(0) === "\\" && c.peek(1) === "u") {
    const low = readHex(c, 4);
    if (low >= 0xdc00 && low < 0xe000) return String.fromCharCode(code, low);
  }
  if (code >= 0xd800 && (code < 0xe000 || code > 0xffff))
    throw c.fail("the escape in front of this is no Unicode character");
  return String.fromCharCode(code);
}

/** Reads a backslash, a letter and so many hexadecimal digits: ns-esc-8-bit to ns-esc-32-bit [59] to [61]. */
function readHex(c: Cursor, width: number): number {
  const digits = c.slice(c.at + 2, c.at + 2 + width);
  if (!/^[0-9A-Fa-f]+$/.test(digits) || digits.length < width) {
    throw c.fail(`want ${width} hexadecimal digits after "\\${c.char(1)}"`);
  }
  c.at += 2 + width;
  return parseInt(digits, 16);
}

/** Reads a literal or folded scalar whose parent node is indented by so many spaces, -1 at the top: c-l+literal [170], c-l+folded [174]. */
export function readBlock(c: Cursor, parent: number): string {
  const folded = c.peek(0) === ">";
  const header = readHeader(c, parent);
  let width = header.width; // the indentation of the content, -1 while it is to be detected: 8.1.1.1
  const parts: string[] = [];
  let breaks = 0;
  let longest = 0; // of the empty lines in front
  let spaced = true; // whether the line before keeps its line end: s-nb-spaced-text [177]
  while (c.peek(0) === "\n") {
    const place = c.place;
    c.nextLine();
    if (c.tab < 0 && c.peek(0) === "\n" && (width < 0 || c.indent <= width)) {
      longest = Math.max(longest, c.indent);
      breaks++;
      continue;
    }
    const detected = width < 0 ? Math.max(c.indent, parent + 1) : width;
    if (c.indent < detected) {
      if (c.cutOff) throw c.fail(CUT_OFF);
      if (c.tab >= 0) throw c.failTab(c.tab);
      c.goBack(place);
      break;
    }
    if (width < 0 && longest > detected) {
      throw c.fail(`an empty line above has ${longest} spaces, more than the ${detected} here: remove them`);
    }
    width = detected;
    const line = c.takeLine(width);
    const wasSpaced = spaced;
    spaced = isBlank(line.charAt(0));
    parts.push(folded && !spaced && !wasSpaced ? fold(breaks) : "".padEnd(breaks, "\n"), line);
    breaks = 1;
  }
  if (breaks > 0 && c.cutOff && header.chomp !== "-") throw c.fail(CUT_OFF);
  const kept = header.chomp === "+" ? breaks : header.chomp === "" && parts.length > 0 ? 1 : 0;
  return parts.join("") + "".padEnd(kept, "\n");
}

interface Header {
  readonly chomp: string; // "-", "+" or ""
  readonly width: number; // -1 where it is not given
}

/** Reads "|" or ">" with its indicators, up to the line's end: c-b-block-header [162]. */
function readHeader(c: Cursor, parent: number): Header {
  let chomp = "";
  let digit = "";
  for (c.at++; ; c.at++) {
    const char = c.peek(0);
    if (chomp === "" && (char === "-" || char === "+")) chomp = char;
    else if (digit === "" && char >= "1" && char <= "9") digit = char;
    else break;
  }
  // The grammar counts from -1 at the top, other readers from 0.
  if (digit !== "" && parent < 0)
    throw c.fail("an indentation indicator at the top of a document is not supported: remove it");
  if (!c.endLine()) throw c.fail(`want the end of the line after "|" or ">", got "${c.char(0)}"`);
  return { chomp, width: digit === "" ? -1 : parent + Number(digit) };
}
