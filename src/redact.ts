/** The only rule for hiding secrets: every text that leaves preflight passes through here. */
import { variables } from "./host/environment.ts";

const STRUCK = "***";
/** Shorter values are not looked for: they would strike half of every report, and protect nothing. */
const LEAST = 4;
const SECRET =
  /pass(?:w(?:or)?d|phrase)?(?:$|[^a-z])|pwd|secret|token|api[_-]?key|private|credential|auth(?:$|orization)|cookie|(?:^|[_-])(?:key|sig|signature|dsn|salt|pass)$/i;

/** Variables of every shell whose names look secret and whose values are in half of all paths: PWD, OLDPWD. */
const FOLDERS: readonly string[] = ["PWD", "OLDPWD"];

/** Does a variable, a header or a query parameter of this name usually hold a secret? */
export function looksSecret(name: string): boolean {
  return SECRET.test(name) && !/_(?:FILE|PATH|DIR)$/i.test(name); // where a secret lies is none
}

class Secrets {
  readonly #values = new Set<string>();
  #forms: string[] = [];
  #stale = true;

  /** From now on the value is struck out wherever it would appear. */
  add(value: string): void {
    if (value.length < LEAST || this.#values.has(value)) return;
    this.#values.add(value);
    this.#stale = true;
  }

  /** The text without secrets: those that were added, those of the environment, and those in URLs. */
  strike(text: string): string {
    if (this.#stale) this.#collect();
    let out = text;
    for (const form of this.#forms) if (out.includes(form)) out = out.split(form).join(STRUCK);
    return urls(out);
  }

  #collect(): void {
    this.#stale = false;
    for (const [name, text] of variables()) {
      const value = text ?? "";
      if (value.length >= LEAST && value.length <= 65_536 && looksSecret(name) && !FOLDERS.includes(name))
        this.#values.add(value);
    }
    const forms = new Set<string>();
    for (const value of this.#values) for (const form of written(value)) if (form.length >= LEAST) forms.add(form);
    this.#forms = [...forms].sort((a, b) => b.length - a.length || (a < b ? -1 : 1)); // the longest first: one may hold another
  }
}

export const secrets = new Secrets();

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
