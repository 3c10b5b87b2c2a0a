/** How findings are written: as text with a caret, and as json, github and sarif for machines. */
import { styleText } from "node:util";
import { secrets } from "../redact.ts";
import { short, visible } from "../text.ts";
import { place, type Finding } from "./finding.ts";
import { sarif } from "./sarif.ts";

/** The text of a file that was looked at, undefined where there is none. */
export type Source = (file: string) => string | undefined;

/** The report in a format of FORMATS, without secrets. */
export function report(findings: readonly Finding[], format: string, source: Source): string {
  const shown = findings.map((f) => ({ ...f, file: clean(f.file), text: clean(f.text), hint: clean(f.hint) }));
  switch (format) {
    case "json":
      return shown.map((f) => `${JSON.stringify({ version: 1, ...f })}\n`).join("");
    case "github":
      return shown.map((f) => github(f)).join("");
    case "sarif":
      return sarif(shown);
    default:
      return shown.map((f, i) => text(f, source(findings[i]?.file ?? ""))).join("\n");
  }
}

// --- internal ---

function clean(words: string): string {
  return visible(secrets.strike(words));
}

/** Colours where stdout shows them: NO_COLOR, FORCE_COLOR and TERM are honoured. */
function paint(style: Parameters<typeof styleText>[0], words: string): string {
  return styleText(style, words, { stream: process.stdout });
}

function text(f: Finding, source: string | undefined): string {
  const warning = f.severity === "warning" ? "warning: " : "";
  const head = `${paint("bold", place(f))}: ${paint(f.severity === "error" ? "red" : "yellow", `${warning}${f.text}`)}\n`;
  const hint = f.hint === "" ? "" : `  hint: ${f.hint}\n`;
  const line = f.line === 0 ? undefined : source?.split(/\r\n|\r|\n/).at(f.line - 1);
  return `${head}${line === undefined ? "" : excerpt(f, line)}${hint}`;
}

/** What is shown of a long line, in code points: so much before the place, and so much in all. */
const BEFORE = 40;
const WIDTH = 100;
/** East Asian and emoji characters fill two columns of a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** The line of the file with a caret under the place. */
function excerpt(f: Finding, line: string): string {
  const points = Array.from(line.replace(/^\uFEFF/, ""));
  const from = Math.max(0, f.column - 1 - (f.column > WIDTH - BEFORE ? BEFORE : f.column));
  const before = points.slice(from, f.column - 1).join("");
  const behind = points.slice(f.column - 1, from + WIDTH).join("");
  const mark = points.length > from + WIDTH ? "…" : "";
  // struck as one: what is secret may begin before the place and end behind it
  const whole = tidy(before + behind);
  const kept = shared(tidy(before), whole);
  const pad = Array.from(kept, (c) => (WIDE.test(c) ? "  " : " ")).join("");
  const number = `${f.line}`;
  const cut = from > 0 ? "…" : "";
  const gap = " ".repeat(number.length);
  const length = /^(?:"[^"]*"|'[^']*'|[^\s:,\]}]+)/.exec(behind)?.[0].length ?? 1;
  const under = `^${"~".repeat(Math.max(0, Math.min(length, 40) - 1))}`;
  return ` ${number} | ${cut}${whole}${mark}\n ${gap} | ${cut === "" ? "" : " "}${pad}${paint("green", under)}\n`;
}

function tidy(line: string): string {
  return visible(secrets.strike(line).replaceAll("\t", "  "));
}

/** How far two texts agree. */
function shared(a: string, b: string): string {
  let n = 0;
  while (n < a.length && a[n] === b[n]) n++;
  return a.slice(0, n);
}

/** A workflow command (docs.github.com, "Workflow commands for GitHub Actions"). */
function github(f: Finding): string {
  const at = f.line === 0 ? "" : `,line=${f.line},col=${f.column}`;
  const message = f.hint === "" ? f.text : `${f.text}: ${f.hint}`;
  return `::${f.severity} file=${property(f.file)}${at},title=preflight::${escaped(short(message, 2000))}\n`;
}
function escaped(words: string): string {
  return words.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
function property(words: string): string {
  return escaped(words).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
