/** A timeline for a terminal. */
import { span, visible } from "../../text.ts";
import { greatest, shown, SORTS, ticks, type Row, type Timeline } from "./timeline.ts";

/** The picture, at most `width` columns wide; `*` is the critical path. */
export function text(timeline: Timeline, width: number): string {
  const { rows, total } = timeline;
  const widest = greatest(
    4,
    rows.map((r) => r.label.length),
  );
  const labels = Math.min(widest, 32);
  const room = Math.max(width - labels - 5, 20);
  const tail =
    greatest(
      0,
      rows.map((r) => r.said.length),
    ) + 1;
  const columns = Math.max(Math.min(room - tail, 72), 16);
  const column = (ms: number): number => Math.round((ms / Math.max(total, 1)) * columns);
  const lines = [visible(timeline.title), visible(timeline.about), "", axis(total, labels, columns, column)];
  let group = "";
  for (const row of rows) {
    if (row.group !== group) lines.push(visible(row.group));
    group = row.group;
    lines.push(line(row, labels, columns, column), ...row.details.map((d) => `      ${visible(d)}`));
  }
  const marks = shown(timeline).map((s) => `${SORTS[s].mark} ${SORTS[s].about}`);
  lines.push("", `* critical path   ${marks.join("   ")}`, ...timeline.notes.map((n) => visible(n)));
  return `${lines.map((l) => l.trimEnd()).join("\n")}\n`;
}

function line(row: Row, labels: number, columns: number, column: (ms: number) => number): string {
  const cells = Array.from({ length: columns }, () => " ");
  for (const b of row.bars) {
    const from = Math.min(column(b.from), columns - 1);
    const to = Math.max(column(b.to), from + (b.to > b.from || b.is !== "wait" ? 1 : 0));
    for (let i = from; i < Math.min(to, columns); i++) cells[i] = SORTS[b.is].mark;
  }
  const label = visible(row.label);
  const short = label.length > labels ? `${label.slice(0, labels - 1)}…` : label.padEnd(labels);
  return `${row.critical ? "*" : " "} ${short} ${cells.join("")} ${visible(row.said)}`;
}

function axis(total: number, labels: number, columns: number, column: (ms: number) => number): string {
  let out = " ".repeat(labels + 3);
  for (const t of ticks(total)) {
    const at = labels + 3 + column(t);
    if (at > labels + 3 + columns || (out.trim() !== "" && at < out.length + 2)) continue;
    out = `${out.padEnd(at)}${t === 0 ? "0s" : span(t)}`;
  }
  return out;
}
