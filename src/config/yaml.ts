// Reads YAML 1.2 (https://yaml.org/spec/1.2.2/), JSON included, into nodes that keep each scalar's text and position. What is not
// read exactly as the specification says is refused; numbers in brackets are its productions.
import { AMPERSAND, ASTERISK, BAR, CLOSE_LIST, CLOSE_MAP, COLON, COMMA, Cursor, DASH, DOUBLE_QUOTE } from "./cursor.ts";
import { END, GREATER, OPEN_LIST, OPEN_MAP, type Place, QUESTION, QUOTE, failAt, toMark } from "./cursor.ts";
import { type Entry, type Node, list, map, scalar } from "./node.ts";
import { readBlock, readPlain, readQuoted, startsPlain } from "./scalars.ts";
import type { YamlError } from "./text.ts";

export { type Entry, type Node, list, map, scalar } from "./node.ts";
export { type Mark, YamlError, decode } from "./text.ts";

/** Reads one document; nothing but comments is an empty plain scalar. An alias gives the node it names itself, not a copy. */
export function parse(text: string): Node {
  return new Reader(text).readDocument();
}

// --- internal ---

const MAX_DEPTH = 64;
const MAX_NODES = 10_000;
/** The longest key whose ":" must be looked for: 7.4.2, 8.2.2. */
const MAX_KEY = 1024;

/** What an anchor names, null while it is read, and how many nodes that is, the aliases in it expanded. */
class Anchor {
  readonly before: number; // how many nodes there were
  node: Node | null = null;
  size = 0;

  constructor(before: number) {
    this.before = before;
  }
}

/** In place of an anchor's index. */
const NONE = -1;
const TWO_ANCHORS = "a node cannot have two anchors, nor an alias one";

/** The keys of a mapping so far, and where they are. */
type Keys = Map<string, Place>;

/** A flow collection as far as it is read. */
class Flow {
  readonly opened: Place;
  readonly min: number; // the least indentation of a line
  readonly depth: number; // of its nodes
  readonly items: Node[] = [];
  readonly keys: Keys = new Map();
  readonly entries: Entry[] = [];

  constructor(opened: Place, min: number, depth: number) {
    this.opened = opened;
    this.min = min;
    this.depth = depth;
  }
}

/** Takes a key: text that is not there already (3.2.1.1). */
function takeKey(keys: Keys, key: Node, at: Place): void {
  if (key.kind !== "scalar") throw failAt(at, "a list or a mapping cannot be a key");
  const text = key.text;
  if (text === "<<" && key.plain) throw failAt(at, 'merge keys ("<<") are not supported: write the keys out');
  if (keys.has(text)) throw failDuplicate(text, keys.get(text) ?? at, at);
  keys.set(text, at);
}

function failDuplicate(key: string, first: Place, at: Place): YamlError {
  const { line, column } = toMark(first);
  return failAt(at, `duplicate key "${clip(key)}": first at ${line}:${column}`);
}

class Reader {
  readonly #c: Cursor;
  readonly #anchors: Anchor[] = [];
  readonly #names = new Map<string, number>(); // the last anchor of that name, by its index
  #nodes = 0;

  constructor(text: string) {
    this.#c = new Cursor(text);
  }

  /** l-yaml-stream [211] of one document: directives, "---", the node, "...". */
  readDocument(): Node {
    const c = this.#c;
    c.gap();
    const directive = c.char(0) === "%" && c.at === c.start;
    if (directive) passDirective(c);
    const explicit = c.isMarker("---");
    if (explicit) c.at += 3;
    else if (directive) throw c.fail(`want "---" after the directive`);
    const isThere = explicit || c.indent >= 0;
    const node = isThere ? this.#readNode(-1, false, false, 1) : scalar("", true, { line: 1, column: 1 });
    passEnd(c);
    return node;
  }

  /**
   * The node behind "-", ":" or "---", s-l+block-node [196]: on this line or, indented more than its parent, on a later one; or
   * empty. A list may stand at its key's own indentation (inMap); a collection may begin on this line behind "-" alone (compact).
   */
  #readNode(parent: number, inMap: boolean, compact: boolean, depth: number): Node {
    const c = this.#c;
    const { line, start, at } = c;
    const fresh = c.gap();
    if (fresh && !belongs(c, parent, inMap)) return this.#scalar("", true, c.placeOf(line, start, at));
    return this.#readContent(parent, inMap, fresh || compact, depth, false);
  }

  /** A node that is there; an anchor on an earlier line (anchored) is not its first key's. */
  #readContent(parent: number, inMap: boolean, fresh: boolean, depth: number, anchored: boolean): Node {
    const c = this.#c;
    const tab = c.tab;
    const from = c.at;
    const column = from - c.start;
    const at = c.place();
    const first = c.peek(0);
    const anchor = first === AMPERSAND ? this.#readAnchor() : NONE;
    if (anchor !== NONE && c.gap()) {
      if (anchored) throw failAt(at, TWO_ANCHORS);
      if (!belongs(c, parent, inMap)) return this.#bind(anchor, this.#scalar("", true, at));
      return this.#bind(anchor, this.#readContent(parent, inMap, true, depth, true));
    }
    const code = anchor === NONE ? first : c.peek(0);
    if (code === DASH && c.endsWord(1, false)) {
      if (!fresh || anchor !== NONE) throw c.fail("a list cannot begin on this line: put it on its own");
      if (tab >= 0) throw c.failTab(tab);
      return this.#readList(depth, at);
    }
    const node = this.#readInline(code, anchor === NONE ? at : c.place(), parent + 1, false, depth);
    if (anchor !== NONE) this.#bind(anchor, node);
    if (c.skipBlanks() !== COLON || !c.endsWord(1, false)) {
      if (anchored && (anchor !== NONE || code === ASTERISK)) throw failAt(at, TWO_ANCHORS);
      return node;
    }
    if (!fresh) throw c.fail('a mapping cannot begin on this line: put it on its own, or the ":" in quotes');
    checkKey(c, from, at);
    if (tab >= 0) throw c.failTab(tab);
    return this.#readMap(column, node, at, depth);
  }

  /** l+block-sequence [183], ns-l-compact-sequence [186]. */
  #readList(depth: number, at: Place): Node {
    const c = this.#c;
    const column = c.at - c.start;
    const items: Node[] = [];
    checkDepth(depth, at);
    do {
      c.at++;
      items.push(this.#readNode(column, false, true, depth + 1));
    } while (continues(c, column) && c.isIndicator(DASH, false));
    return this.#list(items, at);
  }

  /** l+block-mapping [187], ns-l-compact-mapping [195], from the ":" behind its first key on. */
  #readMap(column: number, first: Node, at: Place, depth: number): Node {
    const c = this.#c;
    const keys: Keys = new Map();
    const entries: Entry[] = [];
    let key = first;
    let mark = at;
    checkDepth(depth, at);
    for (;;) {
      takeKey(keys, key, mark);
      c.at++;
      const value = this.#readNode(column, true, false, depth + 1);
      entries.push({ key: key.text, at: toMark(mark), value });
      if (!continues(c, column)) return this.#map(entries, at);
      mark = c.place();
      key = this.#readKey(mark, depth);
    }
  }

  /** ns-l-block-map-implicit-entry [192], up to its ":". */
  #readKey(at: Place, depth: number): Node {
    const c = this.#c;
    const from = c.at;
    const first = c.peek(0);
    const anchor = first === AMPERSAND ? this.#readAnchor() : NONE;
    if (anchor !== NONE && c.gap()) throw failAt(at, 'want a key and ":"');
    const code = anchor === NONE ? first : c.peek(0);
    const key = this.#readInline(code, anchor === NONE ? at : c.place(), c.at - c.start + 1, false, depth);
    if (anchor !== NONE) this.#bind(anchor, key);
    if (c.skipBlanks() !== COLON || !c.endsWord(1, false)) throw failAt(at, 'want a key and ":"');
    checkKey(c, from, at);
    return key;
  }

  /** A node that may stand behind its key, ns-flow-node [161] or s-l+block-scalar [199], or what is left out in front of a ":". */
  #readInline(code: number, at: Place, min: number, flow: boolean, depth: number): Node {
    const c = this.#c;
    if (startsPlain(c, code, flow)) return this.#scalar(readPlain(c, min, flow), true, at);
    if (code === DOUBLE_QUOTE || code === QUOTE) return this.#scalar(readQuoted(c, min, at), false, at);
    if (code === OPEN_LIST || code === OPEN_MAP) return this.#readFlow(at, min, depth);
    if (code === ASTERISK) return this.#readAlias();
    if (!flow && (code === BAR || code === GREATER)) return this.#scalar(readBlock(c, min - 1), false, at);
    if (c.isIndicator(COLON, flow)) return this.#scalar("", true, at);
    if (c.char(0) === "!") throw c.fail(`tags such as "${clip(readWord(c))}" are not supported`);
    if (c.isIndicator(QUESTION, flow)) throw c.fail('keys written with "?" are not supported: write "key: value"');
    throw c.fail(`"${c.char(0)}" cannot begin a key or a value: put that in quotes`);
  }

  /** c-flow-sequence [137], c-flow-mapping [140]; further lines need an indentation of at least min. */
  #readFlow(at: Place, min: number, depth: number): Node {
    const c = this.#c;
    const isMap = c.peek(0) === OPEN_MAP;
    const close = isMap ? CLOSE_MAP : CLOSE_LIST;
    const flow = new Flow(at, min, depth + 1);
    checkDepth(depth, at);
    c.at++;
    for (;;) {
      passGap(c, flow);
      if (c.peek(0) === close) break;
      this.#readItem(flow, isMap);
      passGap(c, flow);
      if (c.peek(0) === COMMA) c.at++;
      else if (c.peek(0) !== close) throw c.fail(`want "," or "${isMap ? "}" : "]"}", got "${c.char(0)}"`);
    }
    c.at++;
    return isMap ? this.#map(flow.entries, at) : this.#list(flow.items, at);
  }

  /** An entry of a flow mapping or list; in a list, "key: value" is a mapping of its own, ns-flow-pair [150]. */
  #readItem(flow: Flow, isMap: boolean): void {
    const c = this.#c;
    const from = c.at;
    const at = c.place();
    const isJson = "\"'[{".includes(c.char(0)); // c-flow-json-node [160]: its ":" may touch the value
    const key = this.#readFlowNode(at, flow, flow.depth);
    const behind = c.place();
    passGap(c, flow);
    const isPair = isJson ? c.peek(0) === COLON : c.isIndicator(COLON, true);
    if (!isMap && !isPair) {
      flow.items.push(key);
      return;
    }
    takeKey(isMap ? flow.keys : new Map<string, Place>(), key, at);
    if (!isMap) {
      checkDepth(flow.depth, at);
      checkKey(c, from, at);
    }
    const depth = isMap ? flow.depth : flow.depth + 1;
    const value = isPair ? this.#readValue(flow, depth) : this.#scalar("", true, behind);
    const entry: Entry = { key: key.text, at: toMark(at), value };
    if (isMap) flow.entries.push(entry);
    else flow.items.push(this.#map([entry], at));
  }

  /** What is behind the ":" that stands here. */
  #readValue(flow: Flow, depth: number): Node {
    const c = this.#c;
    c.at++;
    const behind = c.place();
    passGap(c, flow);
    if (isLeftOut(c)) return this.#scalar("", true, behind);
    return this.#readFlowNode(c.place(), flow, depth);
  }

  /** ns-flow-node [161]. */
  #readFlowNode(at: Place, flow: Flow, depth: number): Node {
    const c = this.#c;
    const code = c.peek(0);
    if (code !== AMPERSAND) return this.#readInline(code, at, flow.min, true, depth);
    const anchor = this.#readAnchor();
    const behind = c.place();
    passGap(c, flow);
    if (c.peek(0) === ASTERISK) throw c.fail(TWO_ANCHORS);
    if (isLeftOut(c)) return this.#bind(anchor, this.#scalar("", true, behind));
    return this.#bind(anchor, this.#readInline(c.peek(0), c.place(), flow.min, true, depth));
  }

  /** c-ns-anchor-property [101]. The name is taken at once, so that an alias inside of its node is noticed. */
  #readAnchor(): number {
    const c = this.#c;
    const word = readWord(c);
    const anchor = this.#anchors.push(new Anchor(this.#nodes)) - 1;
    this.#names.set(word.slice(1), anchor);
    c.at += word.length;
    if (word === "&" || c.peek(0) === OPEN_LIST || c.peek(0) === OPEN_MAP)
      throw c.fail('want a name and a space after "&"');
    c.skipBlanks();
    if (c.peek(0) === ASTERISK) throw c.fail(TWO_ANCHORS);
    return anchor;
  }

  /** c-ns-alias-node [104]. */
  #readAlias(): Node {
    const c = this.#c;
    const word = readWord(c);
    const anchor = this.#anchors.at(this.#names.get(word.slice(1)) ?? this.#anchors.length);
    if (anchor === undefined) throw c.fail(`nothing above has the anchor of "${clip(word)}"`);
    if (anchor.node === null) throw c.fail(`"${clip(word)}" stands inside of what it names`);
    this.#grow(anchor.size);
    c.at += word.length;
    return anchor.node;
  }

  #bind(index: number, node: Node): Node {
    const anchor = this.#anchors.at(index);
    if (anchor !== undefined) {
      anchor.node = node;
      anchor.size = this.#nodes - anchor.before;
    }
    return node;
  }

  /** What is left out, e-node [106], is an empty plain scalar. */
  #scalar(text: string, plain: boolean, at: Place): Node {
    this.#grow(1);
    return scalar(text, plain, toMark(at));
  }

  #list(items: readonly Node[], at: Place): Node {
    this.#grow(1);
    return list(items, toMark(at));
  }

  #map(entries: readonly Entry[], at: Place): Node {
    this.#grow(1);
    return map(entries, toMark(at));
  }

  #grow(size: number): void {
    this.#nodes += size;
    if (this.#nodes > MAX_NODES)
      throw this.#c.fail(`too large: want at most ${MAX_NODES} keys and values, aliases expanded`);
  }
}

/** Whether what begins this line is part of a node under that parent. */
function belongs(c: Cursor, parent: number, inMap: boolean): boolean {
  if (c.tab >= 0 && c.indent >= 0 && c.indent <= Math.max(parent, 0)) throw c.failTab(c.tab);
  if (c.indent > parent) return true;
  return inMap && c.indent === parent && c.isIndicator(DASH, false);
}

/** An implicit key is on one line, and not too long: ns-s-implicit-yaml-key [154]. */
function checkKey(c: Cursor, from: number, at: Place): void {
  if (from < c.start) throw failAt(at, "a key must be on one line");
  if (c.at - from > MAX_KEY) throw failAt(at, `a key is too long: want at most ${MAX_KEY} characters`);
}

/** Whether the collection of that indentation goes on. */
function continues(c: Cursor, column: number): boolean {
  endNode(c);
  if (c.indent < column) return false;
  if (c.tab >= 0) throw c.failTab(c.tab);
  if (c.indent > column) throw c.fail(`want ${column} spaces in front of this line, got ${c.indent}`);
  return true;
}

/** A node must be followed by its line's end. */
function endNode(c: Cursor): void {
  if (!c.gap()) throw c.fail(`want the end of the line, got "${c.char(0)}"`);
}

/** Whether a flow collection goes on, or ends, in place of a node. */
function isLeftOut(c: Cursor): boolean {
  return ",]}".includes(c.char(0));
}

/** s-separate [80] inside of a flow collection. */
function passGap(c: Cursor, flow: Flow): void {
  if (!c.gap() || c.indent >= flow.min) return;
  if (c.indent < 0) throw failAt(flow.opened, "this bracket is never closed");
  throw c.failDedent(flow.min, "bracket");
}

/** What is here up to white space or a bracket or comma: ns-anchor-name [103], tags and directives. */
function readWord(c: Cursor): string {
  let length = 0;
  while (!c.endsWord(length, true)) length++;
  return c.text.slice(c.at, c.at + length);
}

function checkDepth(depth: number, at: Place): void {
  if (depth > MAX_DEPTH) throw failAt(at, `nested too deep: want at most ${MAX_DEPTH} levels`);
}

/** ns-yaml-directive [86]. */
function passDirective(c: Cursor): void {
  const name = readWord(c);
  if (name !== "%YAML") throw c.fail(`the directive "${clip(name)}" is not supported: remove it`);
  c.at += name.length;
  c.skipBlanks();
  const version = readWord(c);
  if (version !== "1.2") throw c.fail(`YAML "${clip(version)}" is not supported: want 1.2`);
  c.at += version.length;
  endNode(c);
}

/** l-document-suffix [205], and nothing behind it. */
function passEnd(c: Cursor): void {
  endNode(c);
  if (c.indent >= 0 && c.tab >= 0) throw c.failTab(c.tab);
  if (c.indent >= 0) throw c.fail("this line continues nothing above it: check its indentation");
  while (c.isMarker("...")) {
    c.at += 3;
    endNode(c);
  }
  if (c.peek(0) !== END) throw c.fail("a second document is not supported: write one file for each");
}

/** Text for a message. */
function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
