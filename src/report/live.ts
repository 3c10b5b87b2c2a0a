/** The report on a terminal: a table that is redrawn while checks wait, and takes no place when they have passed. */
import type { Standing } from "../gate/standing.ts";
import { span } from "../text.ts";
import { said, type Out, type Report } from "./report.ts";

const ROWS = 20;

/** `ends` writes what remains to be read once the table is gone. */
export function live(out: Out, width: number, colour: boolean, ends: Report): Report {
  let drawn = 0;
  const erase = (): string => (drawn === 0 ? "" : `\x1b[${drawn}A\x1b[J`);
  return {
    changed: () => {},
    tick: (standings, now) => {
      const open = standings.filter((s) => s.state !== "passed");
      const rows = open.slice(0, ROWS).map((s) => row(s, now, width, colour));
      if (open.length > ROWS) rows.push(`  and ${open.length - ROWS} more`);
      out(`${erase()}${rows.map((r) => `${r}\n`).join("")}`);
      drawn = rows.length;
    },
    end: (outcome, code) => {
      if (drawn > 0) out(erase());
      drawn = 0;
      ends.end(outcome, code);
    },
  };
}

function row(s: Standing, now: number, width: number, colour: boolean): string {
  const { label, why } = said(s);
  const failed = s.state === "failed" || s.state === "late";
  const mark = failed ? "✗" : s.state === "waiting" ? "…" : "·";
  const time = s.state === "waiting" ? span(now - s.started) : "";
  const text = `${mark} ${label}  ${time}  ${s.state === "idle" && why === "" ? "" : why}`;
  const cut = fitted(text, width - 1).trimEnd();
  return colour ? `\x1b[${failed ? 31 : 33}m${cut}\x1b[0m` : cut;
}

/** As much of a text as has room in these columns; a character that may be wide counts for two. */
function fitted(text: string, columns: number): string {
  let left = columns;
  let out = "";
  for (const c of text) {
    left -= (c.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2;
    if (left < 0) break;
    out += c;
  }
  return out;
}
