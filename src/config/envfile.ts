/** Reads an --env-file: NAME=value a line, as dotenv does; what dotenv would pass over in silence is refused. */

/** A line that is none; the text never holds what stood there, for it may be a secret. */
export class EnvFileError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const HEAD = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=/;

/**
 * The variables in order. A value may be quoted with ', " or `, and then span lines; only in " are \n and \r line ends.
 * An unquoted value ends at a "#", and has no blanks around it.
 */
export function parseEnvFile(text: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  const lines = text.split(/\r\n?|\n/);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    const head = HEAD.exec(line);
    if (head === null) throw new EnvFileError(i + 1, "want NAME=value");
    const name = head[1] ?? "";
    const rest = line.slice(head[0].length).trimStart();
    const quote = rest.charAt(0);
    if (quote !== '"' && quote !== "'" && quote !== "`") {
      out.set(name, (rest.split("#").at(0) ?? "").trim());
      continue;
    }
    let body = rest.slice(1);
    let end = closing(body, quote);
    const first = i;
    while (end < 0 && i + 1 < lines.length) {
      i++;
      body = `${body}\n${lines[i] ?? ""}`;
      end = closing(body, quote);
    }
    if (end < 0) throw new EnvFileError(first + 1, `the value of ${name} has no closing ${quote}`);
    if (!/^\s*(?:#.*)?$/.test(body.slice(end + 1)))
      throw new EnvFileError(i + 1, `text follows the closing ${quote} of ${name}`);
    const value = body.slice(0, end);
    out.set(name, quote === '"' ? value.split("\\n").join("\n").split("\\r").join("\r") : value);
  }
  return out;
}

/** Where the closing quote stands, or -1; one behind a backslash is none. */
function closing(body: string, quote: string): number {
  let at = body.indexOf(quote);
  while (at > 0 && body.charAt(at - 1) === "\\") at = body.indexOf(quote, at + 1);
  return at;
}
