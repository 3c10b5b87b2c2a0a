/** A timeline as one page: the picture, and the same in words below it, for readers and for search. */
import { span } from "../../text.ts";
import { drawing, escaped } from "./svg.ts";
import type { Row, Timeline } from "./timeline.ts";

const STYLE = `
:root{color-scheme:light dark}
body{margin:0;padding:16px;background:light-dark(#fff,#0d1117);color:light-dark(#1c2128,#e6edf3);font:15px/1.5 system-ui,sans-serif}
.scroll{overflow-x:auto}table{border-collapse:collapse;margin-top:24px}
th,td{text-align:left;vertical-align:top;padding:6px 14px 6px 0;border-bottom:1px solid light-dark(#d8dee4,#30363d)}
td:nth-child(2){white-space:nowrap}.critical{color:light-dark(#bc4c00,#ffa657);font-weight:600}
`;

export function html(timeline: Timeline): string {
  const group = (r: Row, i: number): string =>
    r.group === (timeline.rows[i - 1]?.group ?? "") ? "" : `<tr><th colspan="3">${escaped(r.group)}</th></tr>\n`;
  const rows = timeline.rows.map((r, i) => group(r, i) + row(r)).join("\n");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(timeline.title)}</title><style>${STYLE}</style></head>
<body><div class="scroll">${drawing(timeline)}</div>
<table><tr><th>what</th><th>from and to</th><th>why</th></tr>
${rows}
</table></body></html>
`;
}

function row(r: Row): string {
  const from = r.bars[0]?.from ?? 0;
  const to = r.bars.at(-1)?.to ?? 0;
  const when = r.bars.length === 0 ? "" : `${span(from)} to ${span(to)}`;
  const mark = r.critical ? ' class="critical"' : "";
  const why = [r.said, ...r.details].filter((l) => l !== "").map((l) => escaped(l));
  return `<tr><td${mark}>${escaped(r.label)}</td><td>${when}</td><td>${why.join("<br>")}</td></tr>`;
}
