/** A timeline as one SVG: no script, no outside resource, light and dark by the reader's own setting. */
import { span, visible } from "../../text.ts";
import { greatest, shown, SORTS, ticks, type Bar, type Row, type Timeline } from "./timeline.ts";

const ROW = 30;
const HEAD = 34;
const TOP = 74;
const PLOT = 640;
/** The width of a character, at the size that is used: a bound, for nobody can measure here. */
const CHARACTER = 7.4;

/** What is painted, and with what in the light and in the dark; the contrast of text to ground is above 5:1. */
const COLOURS: readonly (readonly [string, string, string])[] = [
  [".ground{fill:", "#fff", "#0d1117"],
  ["text{fill:", "#1c2128", "#e6edf3"],
  [".over{stroke:", "#fff", "#0d1117"],
  [".dim{fill:", "#57606a", "#9aa4af"],
  [".grid{stroke:", "#d8dee4", "#30363d"],
  [".link{stroke:", "#8c959f", "#6e7681"],
  [".head{fill:", "#8c959f", "#6e7681"],
  [".link.critical{stroke:", "#bc4c00", "#ffa657"],
  [".head.critical,text.critical{fill:", "#bc4c00", "#ffa657"],
  [".wait{fill:", "#c6ced8", "#3d4652"],
  [".run{fill:", "#2f6fd0", "#4c8dff"],
  [".check{fill:", "#8db4ee", "#2c4f86"],
  [".pass{fill:", "#2da44e", "#3fb950"],
  [".fail{fill:", "#cf222e", "#f85149"],
  [".late{fill:", "#d4a72c", "#d29922"],
  [".drop{fill:", "#8c959f", "#6e7681"],
];
const painted = (mode: 1 | 2): string =>
  COLOURS.map((c) => `.preflight ${c[0].replace(",", ",.preflight ")}${c[mode]}}`).join("");

const STYLE =
  ".preflight text{font:13px system-ui,sans-serif}.preflight .dim{font-size:12px}" +
  ".preflight .over{paint-order:stroke;stroke-width:5px}.preflight .title{font-size:17px;font-weight:600}.preflight .group,.preflight text.critical{font-weight:600}" +
  ".preflight .link{fill:none;stroke-width:1.2}.preflight .link.critical{stroke-width:2}" +
  `${painted(1)}@media(prefers-color-scheme:dark){${painted(2)}}`;

/** The picture as a file of its own. */
export function svg(timeline: Timeline): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${drawing(timeline)}\n`;
}

/** The picture as an element. */
export function drawing(timeline: Timeline): string {
  const rows = places(timeline.rows);
  const left =
    Math.min(
      greatest(
        60,
        timeline.rows.map((r) => r.label.length * CHARACTER),
      ),
      300,
    ) + 40;
  const tail =
    Math.min(
      greatest(
        80,
        timeline.rows.map((r) => r.said.length * CHARACTER),
      ),
      420,
    ) + 20;
  const words = [timeline.about, ...timeline.notes].map((w) => w.length * CHARACTER + 40);
  const width = Math.ceil(
    Math.max(left + PLOT + tail, timeline.title.length * 10 + 40, Math.min(1400, Math.max(...words))),
  );
  const bottom = TOP + (rows.at(-1)?.y ?? 0) + ROW;
  const height = bottom + 34 + timeline.notes.length * 20 + 12;
  const x = (ms: number): number => round(left + (ms / Math.max(timeline.total, 1)) * PLOT);
  const y = (row: number): number => TOP + (rows[row]?.y ?? 0);
  const parts = [
    `<rect width="${width}" height="${height}" class="ground"/>`,
    `<text class="title" x="20" y="30">${escaped(timeline.title)}</text>`,
    `<text class="dim" x="20" y="50">${escaped(timeline.about)}</text>`,
    ...ticks(timeline.total).map(
      (t) =>
        `<path class="grid" d="M${x(t)} ${TOP - 4}V${bottom}"/><text class="dim" x="${x(t)}" y="${TOP - 9}" text-anchor="middle">${t === 0 ? "0s" : span(t)}</text>`,
    ),
    ...timeline.links.map((l) => link(x(l.leaves), y(l.from), x(l.meets), y(l.to), l.critical)),
    ...timeline.rows.flatMap((r, i) => [...heading(r, timeline.rows[i - 1], y(i)), row(r, y(i), left, x)]),
    legend(timeline, bottom + 26),
    ...timeline.notes.map((n, i) => `<text class="dim" x="20" y="${bottom + 50 + i * 20}">${escaped(n)}</text>`),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="preflight" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">` +
    `<title>${escaped(timeline.title)}</title><style>${STYLE}</style>${parts.join("\n")}</svg>`
  );
}

/** Where each row is, below the axis; a new group leaves room for its heading. */
function places(rows: readonly Row[]): readonly { readonly y: number }[] {
  let at = 0;
  return rows.map((r, i) => {
    if (r.group !== (rows[i - 1]?.group ?? "")) at += HEAD;
    const y = at;
    at += ROW;
    return { y };
  });
}

function heading(r: Row, before: Row | undefined, y: number): readonly string[] {
  return r.group === (before?.group ?? "")
    ? []
    : [`<text class="group" x="20" y="${y - 8}">${escaped(r.group)}</text>`];
}

function row(r: Row, y: number, left: number, x: (ms: number) => number): string {
  const mark = r.critical ? ' class="critical"' : "";
  const end = greatest(
    left,
    r.bars.map((b) => x(b.to)),
  );
  const label = r.label.length > 42 ? `${r.label.slice(0, 41)}…` : r.label;
  return (
    `<g><title>${escaped([r.label, ...r.details].join("\n"))}</title>` +
    `<text${mark} x="${left - 12}" y="${y + 19}" text-anchor="end">${escaped(label)}</text>` +
    r.bars.map((b) => bar(b, y, x)).join("") +
    `<text class="dim over" x="${end + 8}" y="${y + 19}">${escaped(r.said)}</text></g>`
  );
}

function bar(b: Bar, y: number, x: (ms: number) => number): string {
  const width = Math.max(round(x(b.to) - x(b.from) - 0.8), b.is === "wait" ? 0.5 : 3); // the gap shows where one reason ends
  return `<rect class="${b.is}" x="${x(b.from)}" y="${y + 6}" width="${width}" height="18" rx="2"><title>${escaped(b.said)}</title></rect>`;
}

/** From a row's end down (or up) to the start of another. */
function link(x1: number, y1: number, x2: number, y2: number, critical: boolean): string {
  const from = y1 + (y2 > y1 ? 24 : 6);
  const to = y2 + (y2 > y1 ? 4 : 26);
  const head = y2 > y1 ? `l-3 -5h6z` : `l-3 5h6z`;
  const mark = critical ? " critical" : "";
  return (
    `<path class="link${mark}" d="M${x1} ${from}V${round((from + to) / 2)}H${x2}V${to}"/>` +
    `<path class="head${mark}" d="M${x2} ${to}${head}"/>`
  );
}

function legend(timeline: Timeline, y: number): string {
  let at = 20;
  const parts = shown(timeline).map((s) => {
    const { about } = SORTS[s];
    const part = `<rect class="${s}" x="${at}" y="${y - 11}" width="14" height="14" rx="2"/><text class="dim" x="${at + 20}" y="${y}">${about}</text>`;
    at += 44 + about.length * CHARACTER;
    return part;
  });
  return `${parts.join("")}<text class="critical" x="${at}" y="${y}">critical path</text>`;
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}

export function escaped(text: string): string {
  return visible(text.replaceAll("\n", "\u0000"))
    .replaceAll("\\x00", "\n")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
