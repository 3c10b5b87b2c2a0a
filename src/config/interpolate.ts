/** Replaces `${NAME}` and its forms in a text, after parsing: a value can never inject YAML. */

export interface Expanded {
  readonly text: string;
  /** What is wrong, "" where nothing is. */
  readonly mistake: string;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;

/**
 * `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}` and `${NAME?message}`, as POSIX sh (2.6.2) and
 * Compose have them. Only `${` is special: `$HOME`, `$$` and a lone `$` stay, and `$${` writes a literal `${`. A
 * default is a text of its own: it may hold such references, and braces in pairs.
 */
export function interpolate(text: string, lookup: (name: string) => string | undefined, depth = 0): Expanded {
  let out = "";
  let from = 0;
  for (;;) {
    const at = text.indexOf("${", from);
    if (at < 0) return { text: out + text.slice(from), mistake: "" };
    if (at > from && text.charAt(at - 1) === "$") {
      out += text.slice(from, at - 1) + "${";
      from = at + 2;
      continue;
    }
    const end = closing(text, at + 2);
    if (end < 0) return { text, mistake: '"${" is not closed: write "$${" for a literal one' };
    const body = text.slice(at + 2, end);
    const name = NAME.exec(body)?.[0] ?? "";
    const rest = body.slice(name.length);
    const strict = rest.startsWith(":");
    const operator = rest.charAt(strict ? 1 : 0);
    const word = rest.slice(strict ? 2 : 1);
    if (name === "" || (rest !== "" && operator !== "-" && operator !== "?")) {
      return {
        text,
        mistake: `"\${${body}}" is not a reference such as \${NAME}, \${NAME:-default} or \${NAME:?message}`,
      };
    }
    const value = lookup(name);
    out += text.slice(from, at);
    if (value !== undefined && !(strict && value === "")) out += value;
    else if (operator === "-") {
      if (depth >= 8) return { text, mistake: "defaults are nested deeper than 8 levels" };
      const inner = interpolate(word, lookup, depth + 1);
      if (inner.mistake !== "") return inner;
      out += inner.text;
    } else {
      const state = value === undefined ? "is not set" : "is empty";
      const message = operator === "?" && word !== "" ? `: ${word}` : "";
      return { text, mistake: `the variable ${name} ${state}${message}` };
    }
    from = end + 1;
  }
}

/** Where the `}` stands that closes a reference whose inside starts at `from`, or -1. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === "{") depth++;
    else if (c === "}") {
      if (depth === 0) return i;
      depth--;
    }
  }
  return -1;
}
