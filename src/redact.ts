/** The only rule for hiding secrets: every text that leaves preflight passes through here. */
import { variables } from "./host/environment.ts";

const STRUCK = "***";
/** Shorter values are not looked for: they would strike half of every report, and protect nothing. */
const LEAST = 4;
/** Words that make a name look secret wherever they stand in it, "_" and "-" left out. No regular expression: it would
 * have to be compiled at every start. */
const ANYWHERE = "password passwd passphrase pwd secret token apikey private credential authorization cookie".split(
  " ",
);
/** Those that do as its last word, and those that do at its end. */
const LAST = "key sig signature dsn salt".split(" ");
const ENDS = ["pass", "auth"];
/** Names of places: where a secret lies is none. */
const PLACES = ["_file", "_path", "_dir"];
/** Variables of every shell, whose values are in half of all paths. */
const FOLDERS = ["PWD", "OLDPWD"];

/** Does a variable, a header or a query parameter of this name usually hold a secret? */
export function looksSecret(name: string): boolean {
  const low = name.toLowerCase().split("-").join("_");
  if (PLACES.some((p) => low.endsWith(p))) return false;
  const joined = low.split("_").join("");
  const last = low.slice(low.lastIndexOf("_") + 1);
  return LAST.includes(last) || ENDS.some((w) => low.endsWith(w)) || ANYWHERE.some((w) => joined.includes(w));
}

class Secrets {
  readonly #values = new Set<string>();
  #forms: string[] = [];
  #stale = true;

  /** From now on the value is struck out wherever it would appear, and so is each of its lines, for output comes in lines. */
  add(value: string): void {
    if (value.length < LEAST || this.#values.has(value)) return;
    this.#keep(value);
    this.#stale = true;
  }

  #keep(value: string): void {
    this.#values.add(value);
    if (!value.includes("\n")) return;
    for (const line of value.split("\n")) if (line.trim().length >= 2 * LEAST) this.#values.add(line.trim());
  }

  /** The text without secrets: those that were added, those of the environment, and those in URLs. */
  strike(text: string): string {
    if (this.#stale) this.#collect();
    let out = text;
    for (const form of this.#forms) if (out.includes(form)) out = out.split(form).join(STRUCK);
    return urls(out);
  }

  /** What stands between the user and the last "@" of URLs, also where it should be percent-encoded and is not. */
  #addPasswords(text: string): void {
    for (const m of text.matchAll(/:\/\/[^\s/?#:@]*:([^\s]+)@/g)) {
      const password = m[1] ?? "";
      this.#values.add(password);
      this.#values.add(decoded(password));
    }
  }

  #collect(): void {
    this.#stale = false;
    for (const [name, text] of variables()) {
      const value = text ?? "";
      if (value.length < LEAST || value.length > 65_536) continue;
      if (looksSecret(name) && !FOLDERS.includes(name)) this.#keep(value);
      else if (value.includes("://")) this.#addPasswords(value);
    }
    const forms = new Set<string>();
    for (const value of this.#values) for (const form of written(value)) if (form.length >= LEAST) forms.add(form);
    this.#forms = [...forms].sort((a, b) => b.length - a.length || (a < b ? -1 : 1)); // the longest first: one may hold another
  }
}

export const secrets = new Secrets();

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The ways a value is written down: plain, trimmed, percent-encoded, as JSON, as XML, and in base64 at any offset. */
function written(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const xml = value.split("&").join("&amp;").split("<").join("&lt;").split(">").join("&gt;").split('"').join("&quot;");
  const forms = [
    value,
    value.trim(),
    encodeURIComponent(value),
    encodeURIComponent(value).split("%20").join("+"),
    json,
    xml,
  ];
  const bytes = Buffer.from(value);
  for (let offset = 0; offset < 3; offset++) {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .split("=")
      .join("");
    const first = offset === 0 ? 0 : offset + 1; // characters that the bytes before it share
    const last = (bytes.length + offset) % 3 === 0 ? shifted.length : shifted.length - 1; // and the bytes behind it
    const inner = shifted.slice(first, last);
    if (inner.length >= 6) forms.push(inner, inner.split("+").join("-").split("/").join("_"));
  }
  return forms;
}

/** User info, and the values of parameters that look secret, in every URL of the text. */
function urls(text: string): string {
  if (!text.includes("://") && !text.includes("=")) return text;
  const bare = text.replace(/:\/\/[^\s/?#"'<>@]*(?:@[^\s/?#"'<>@]*)*@/g, `://${STRUCK}@`);
  let out = "";
  let from = 0;
  for (const m of bare.matchAll(/([?&;])([A-Za-z0-9_.-]+)=([^&;#\s"'<>]+)/g)) {
    if (!looksSecret(m[2] ?? "") || (m[3] ?? "").startsWith(STRUCK)) continue; // struck before: what follows is no value
    const at = bare.indexOf(m[0], from);
    const value = at + m[0].length - (m[3] ?? "").length;
    out += bare.slice(from, value) + STRUCK;
    from = at + m[0].length;
  }
  return out + bare.slice(from);
}
