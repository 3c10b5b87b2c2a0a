// Reads YAML 1.2 (https://yaml.org/spec/1.2.2/), JSON included, into nodes that keep each scalar's text and position. What is not
// read exactly as the specification says is refused; numbers in brackets are its productions.
import { Cursor, type Place, isFlow, isSpace } from "./cursor.ts";
import { type Entry, type Node, list, map, scalar } from "./node.ts";
import { readBlock, readPlain, readQuoted, startsPlain } from "./scalars.ts";
import { type Mark, YamlError } from "./text.ts";

export { type Entry, Node, list, map, scalar } from "./node.ts";
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

const TWO_ANCHORS = "a node cannot have two anchors, nor an alias one";

/** What all nodes in a flow collection are read with. */
interface Flow {
  readonly min: number; // the least indentation of a line
  readonly opened: Mark;
  readonly depth: number;
}

/** The entries of a mapping so far; refuses a key that is there already (3.2.1.1). */
class Entries {
  readonly list: Entry[] = [];
  readonly #seen = new Map<string, Mark>();

  check(key: Node, at: Mark): void {
    if (key.kind !== "scalar") throw new YamlError("a list or a mapping cannot be a key", at);
    if (key.plain && key.text === "<<")
      throw new YamlError('merge keys ("<<") are not supported: write the keys out', at);
    const first = this.#seen.get(key.text);
    if (first !== undefined) {
      throw new YamlError(`duplicate key "${clip(key.text)}": first at ${first.line}:${first.column}`, at);
    }
    this.#seen.set(key.text, at);
  }

  add(key: Node, at: Mark, value: Node): void {
    this.list.push({ key: key.text, at, value });
  }
}

class Reader {
  readonly #c: Cursor;
  readonly #anchors = new Map<string, Anchor>();
  #nodes = 0;

  constructor(text: string) {
    this.#c = new Cursor(text);
  }

  /** l-yaml-stream [211] of one document: directives, "---", the node, "...". */
  readDocument(): Node {
    const c = this.#c;
    c.gap();
    const directive = c.peek(0) === "%" && c.offset === 0;
    if (directive) this.#passDirective();
    const explicit = c.isMarker("---");
    if (explicit) c.at += 3;
    else if (directive) throw c.fail(`want "---" after the directive`);
    else if (c.indent < 0) return this.#passEnd(scalar("", true, { line: 1, column: 1 }));
    return this.#passEnd(this.#readNode(-1, false, false, 1));
  }

  /** ns-yaml-directive [86]. */
  #passDirective(): void {
    const c = this.#c;
    const name = this.#word();
    if (name !== "%YAML") throw c.fail(`the directive "${clip(name)}" is not supported: remove it`);
    c.at += name.length;
    c.skipBlanks();
    const version = this.#word();
    if (version !== "1.2") throw c.fail(`YAML "${clip(version)}" is not supported: want 1.2`);
    c.at += version.length;
    this.#endNode();
  }

  /** l-document-suffix [205], and nothing behind it. */
  #passEnd(node: Node): Node {
    const c = this.#c;
    this.#endNode();
    if (c.indent >= 0 && c.tab >= 0) throw c.failTab(c.tab);
    if (c.indent >= 0) throw c.fail("this line continues nothing above it: check its indentation");
    while (c.isMarker("...")) {
      c.at += 3;
      this.#endNode();
    }
    if (c.peek(0) !== "") throw c.fail("a second document is not supported: write one file for each");
    return node;
  }

  /**
   * The node behind "-", ":" or "---", s-l+block-node [196]: on this line or, indented more than its parent, on a later one; or
   * empty. A list may stand at its key's own indentation (inMap); a collection may begin on this line behind "-" alone (compact).
   */
  #readNode(parent: number, inMap: boolean, compact: boolean, depth: number): Node {
    const c = this.#c;
    const at = c.mark();
    const fresh = c.gap();
    if (fresh && !this.#belongs(parent, inMap)) return this.#empty(at);
    return this.#readContent(parent, inMap, fresh || compact, depth, false);
  }

  /** Whether what begins this line is part of a node under that parent. */
  #belongs(parent: number, inMap: boolean): boolean {
    const c = this.#c;
    if (c.tab >= 0 && c.indent >= 0 && c.indent <= Math.max(parent, 0)) throw c.failTab(c.tab);
    if (c.indent > parent) return true;
    return inMap && c.indent === parent && this.#isIndicator("-", false);
  }

  /** A node that is there; an anchor on an earlier line (anchored) is not its first key's. */
  #readContent(parent: number, inMap: boolean, fresh: boolean, depth: number, anchored: boolean): Node {
    const c = this.#c;
    const tab = c.tab;
    const start = c.place;
    const at = c.mark();
    const anchor = this.#readAnchor();
    if (anchor !== null && c.gap()) {
      if (anchored) throw new YamlError(TWO_ANCHORS, at);
      if (!this.#belongs(parent, inMap)) return this.#bind(anchor, this.#empty(at));
      return this.#bind(anchor, this.#readContent(parent, inMap, true, depth, true));
    }
    const char = c.peek(0);
    if (this.#isIndicator("-", false)) {
      if (!fresh || anchor !== null) throw c.fail("a list cannot begin on this line: put it on its own");
      if (tab >= 0) throw c.failTab(tab);
      return this.#readList(depth);
    }
    const node = this.#readInline(parent + 1, false, depth);
    c.skipBlanks();
    this.#bind(anchor, node);
    if (!this.#isIndicator(":", false)) {
      if (anchored && (anchor !== null || char === "*")) throw new YamlError(TWO_ANCHORS, at);
      return node;
    }
    if (!fresh) throw c.fail('a mapping cannot begin on this line: put it on its own, or the ":" in quotes');
    this.#checkKey(start, at);
    if (tab >= 0) throw c.failTab(tab);
    return this.#readMap(start.at - start.start, node, at, depth);
  }

  /** l+block-sequence [183], ns-l-compact-sequence [186]. */
  #readList(depth: number): Node {
    const c = this.#c;
    const at = c.mark();
    const column = c.offset;
    const items: Node[] = [];
    this.#enter(depth, at);
    do {
      c.at++;
      items.push(this.#readNode(column, false, true, depth + 1));
    } while (this.#continues(column) && this.#isIndicator("-", false));
    return this.#count(list(items, at));
  }

  /** l+block-mapping [187], ns-l-compact-mapping [195], from the ":" behind its first key on. */
  #readMap(column: number, first: Node, at: Mark, depth: number): Node {
    const c = this.#c;
    const entries = new Entries();
    let key = first;
    let mark = at;
    this.#enter(depth, at);
    for (;;) {
      entries.check(key, mark);
      c.at++;
      entries.add(key, mark, this.#readNode(column, true, false, depth + 1));
      if (!this.#continues(column)) return this.#count(map(entries.list, at));
      mark = c.mark();
      key = this.#readKey(mark, depth);
    }
  }

  /** ns-l-block-map-implicit-entry [192], up to its ":". */
  #readKey(at: Mark, depth: number): Node {
    const c = this.#c;
    const start = c.place;
    const anchor = this.#readAnchor();
    if (anchor !== null && c.gap()) throw new YamlError('want a key and ":"', at);
    const key = this.#readInline(c.offset + 1, false, depth);
    c.skipBlanks();
    this.#bind(anchor, key);
    if (!this.#isIndicator(":", false)) throw new YamlError('want a key and ":"', at);
    this.#checkKey(start, at);
    return key;
  }

  /** An implicit key is on one line, and not too long: ns-s-implicit-yaml-key [154]. */
  #checkKey(start: Place, at: Mark): void {
    if (start.line !== this.#c.line) throw new YamlError("a key must be on one line", at);
    if (this.#c.at - start.at > MAX_KEY)
      throw new YamlError(`a key is too long: want at most ${MAX_KEY} characters`, at);
  }

  /** Whether the collection of that indentation goes on. */
  #continues(column: number): boolean {
    const c = this.#c;
    this.#endNode();
    if (c.indent < column) return false;
    if (c.tab >= 0) throw c.failTab(c.tab);
    if (c.indent > column) throw c.fail(`want ${column} spaces in front of this line, got ${c.indent}`);
    return true;
  }

  /** A node must be followed by its line's end. */
  #endNode(): void {
    if (!this.#c.gap()) throw this.#c.fail(`want the end of the line, got "${this.#c.char(0)}"`);
  }

  /** A node that may stand behind its key, ns-flow-node [161] or s-l+block-scalar [199], or what is left out in front of a ":". */
  #readInline(min: number, flow: boolean, depth: number): Node {
    const c = this.#c;
    const at = c.mark();
    const char = c.peek(0);
    if (char === "[" || char === "{") return this.#readFlow(min, depth);
    if (char === "*") return this.#readAlias();
    if (char === '"' || char === "'") return this.#count(scalar(readQuoted(c, min), false, at));
    if (!flow && (char === "|" || char === ">")) return this.#count(scalar(readBlock(c, min - 1), false, at));
    if (startsPlain(c, flow)) return this.#count(scalar(readPlain(c, min, flow), true, at));
    if (this.#isIndicator(":", flow)) return this.#empty(at);
    if (char === "!") throw c.fail(`tags such as "${clip(this.#word())}" are not supported`);
    if (this.#isIndicator("?", flow)) throw c.fail('keys written with "?" are not supported: write "key: value"');
    throw c.fail(`"${c.char(0)}" cannot begin a key or a value: put that in quotes`);
  }

  /** c-flow-sequence [137], c-flow-mapping [140]; further lines need an indentation of at least min. */
  #readFlow(min: number, depth: number): Node {
    const c = this.#c;
    const at = c.mark();
    const isMap = c.peek(0) === "{";
    const close = isMap ? "}" : "]";
    const items: Node[] = [];
    const entries = new Entries();
    const flow: Flow = { min, opened: at, depth: depth + 1 };
    this.#enter(depth, at);
    c.at++;
    for (;;) {
      this.#passGap(flow);
      if (c.peek(0) === close) break;
      const mark = c.mark();
      const pair = isMap ? entries : new Entries();
      const item = this.#readEntry(pair, isMap, flow);
      if (!isMap) items.push(item ?? this.#count(map(pair.list, mark)));
      this.#passGap(flow);
      if (c.peek(0) === ",") c.at++;
      else if (c.peek(0) !== close) throw c.fail(`want "," or "${close}", got "${c.char(0)}"`);
    }
    c.at++;
    return this.#count(isMap ? map(entries.list, at) : list(items, at));
  }

  /** An entry of a flow mapping, or of a flow list: where that is no pair, ns-flow-pair [150], it is given back. */
  #readEntry(entries: Entries, isMap: boolean, flow: Flow): Node | null {
    const c = this.#c;
    const start = c.place;
    const at = c.mark();
    const isJson = "\"'[{".includes(c.peek(0)); // c-flow-json-node [160]: its ":" may touch the value
    const key = this.#readFlowNode(flow);
    const behind = c.mark();
    this.#passGap(flow);
    const isPair = c.peek(0) === ":" && (isJson || this.#isIndicator(":", true));
    if (!isPair && !isMap) return key;
    entries.check(key, at);
    if (isPair) {
      if (!isMap) {
        this.#enter(flow.depth, at);
        this.#checkKey(start, at);
      }
      c.at++;
      entries.add(key, at, this.#readValue(isMap ? flow : { ...flow, depth: flow.depth + 1 }));
    } else entries.add(key, at, this.#empty(behind));
    return null;
  }

  #readValue(flow: Flow): Node {
    const at = this.#c.mark();
    this.#passGap(flow);
    return ",]}".includes(this.#c.peek(0)) ? this.#empty(at) : this.#readFlowNode(flow);
  }

  /** ns-flow-node [161]. */
  #readFlowNode(flow: Flow): Node {
    const c = this.#c;
    const anchor = this.#readAnchor();
    if (anchor === null) return this.#readInline(flow.min, true, flow.depth);
    const at = c.mark();
    this.#passGap(flow);
    if (c.peek(0) === "*") throw c.fail(TWO_ANCHORS);
    const isEmpty = ",]}".includes(c.peek(0));
    const node = isEmpty ? this.#empty(at) : this.#readInline(flow.min, true, flow.depth);
    return this.#bind(anchor, node);
  }

  /** s-separate [80] inside of a flow collection. */
  #passGap(flow: Flow): void {
    const c = this.#c;
    if (!c.gap() || c.indent >= flow.min) return;
    if (c.indent < 0) throw new YamlError("this bracket is never closed", flow.opened);
    if (c.tab >= 0) throw c.failTab(c.tab);
    throw c.fail(`want at least ${flow.min} spaces in front of this line: a bracket is open`);
  }

  /** c-ns-anchor-property [101]. The name is taken at once, so that an alias inside of its node is noticed. */
  #readAnchor(): Anchor | null {
    const c = this.#c;
    if (c.peek(0) !== "&") return null;
    const word = this.#word();
    const anchor = new Anchor(this.#nodes);
    this.#anchors.set(word.slice(1), anchor);
    c.at += word.length;
    if (word === "&" || c.peek(0) === "[" || c.peek(0) === "{") throw c.fail('want a name and a space after "&"');
    c.skipBlanks();
    if (c.peek(0) === "*") throw c.fail(TWO_ANCHORS);
    return anchor;
  }

  /** c-ns-alias-node [104]. */
  #readAlias(): Node {
    const c = this.#c;
    const word = this.#word();
    const anchor = this.#anchors.get(word.slice(1));
    if (anchor === undefined) throw c.fail(`nothing above has the anchor of "${clip(word)}"`);
    if (anchor.node === null) throw c.fail(`"${clip(word)}" stands inside of what it names`);
    this.#grow(anchor.size);
    c.at += word.length;
    return anchor.node;
  }

  /** What is here up to white space or a bracket or comma: ns-anchor-name [103], tags and directives. */
  #word(): string {
    const c = this.#c;
    let length = 0;
    while (!isSpace(c.peek(length)) && !isFlow(c.peek(length))) length++;
    return c.slice(c.at, c.at + length);
  }

  #isIndicator(char: string, flow: boolean): boolean {
    const c = this.#c;
    return c.peek(0) === char && (isSpace(c.peek(1)) || (flow && isFlow(c.peek(1))));
  }

  #enter(depth: number, at: Mark): void {
    if (depth > MAX_DEPTH) throw new YamlError(`nested too deep: want at most ${MAX_DEPTH} levels`, at);
  }

  #bind(anchor: Anchor | null, node: Node): Node {
    if (anchor === null) return node;
    anchor.node = node;
    anchor.size = this.#nodes - anchor.before;
    return node;
  }

  /** A node that is left out: e-node [106]. */
  #empty(at: Mark): Node {
    return this.#count(scalar("", true, at));
  }

  #count(node: Node): Node {
    this.#grow(1);
    return node;
  }

  #grow(size: number): void {
    this.#nodes += size;
    if (this.#nodes > MAX_NODES)
      throw this.#c.fail(`too large: want at most ${MAX_NODES} keys and values, aliases expanded`);
  }
}

/** Text for a message. */
function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
