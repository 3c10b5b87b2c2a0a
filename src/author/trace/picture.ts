/** Runs of gates as one timeline: a lane a start, a row a check, the critical path through `after`. */
import { plural, span } from "../../text.ts";
import { greatest, type Bar, type Link, type Row, type Sort, type Timeline } from "../picture/timeline.ts";
import type { Event, Run } from "./events.ts";

const ENDS: Readonly<Record<Event["event"], Sort>> = {
  waiting: "wait",
  passed: "pass",
  failed: "fail",
  late: "late",
  dropped: "drop",
};

/** A check of a run, from its first event to its last. */
interface Track {
  readonly label: string;
  readonly events: readonly Event[];
  readonly last: Event;
  readonly started: number;
}

export function timelineOf(runs: readonly Run[]): Timeline {
  const clock = runs.every((r) => r.epoch !== undefined);
  const first = runs.reduce((least, r) => Math.min(least, r.epoch ?? 0), Infinity);
  const rows: Row[] = [];
  const links: Link[] = [];
  for (const run of runs) {
    const shift = clock ? (run.epoch ?? 0) - first : 0;
    const tracks = tracksOf(run);
    const critical = path(tracks);
    const place = (label: string): number => rows.length + tracks.findIndex((t) => t.label === label);
    for (const t of tracks)
      for (const before of t.last.after) {
        const of = tracks.find((o) => o.label === before);
        if (of === undefined) continue;
        const mark = critical.includes(t.label) && critical.includes(before);
        links.push({
          from: place(before),
          to: place(t.label),
          leaves: of.last.at + shift,
          meets: t.started + shift,
          critical: mark,
        });
      }
    const group = runs.length > 1 || tracks.length === 0 ? heading(run) : "";
    rows.push(...tracks.map((t) => rowOf(t, shift, group, critical.includes(t.label))));
    if (tracks.length === 0) rows.push({ label: "no checks", group, bars: [], said: "", critical: false, details: [] });
  }
  const total = greatest(1, [...rows.flatMap((r) => r.bars.map((b) => b.to)), ...runs.map((r) => r.end?.took ?? 0)]);
  return {
    title: runs.length === 1 ? `${runs[0]?.lane ?? ""}: ${ended(runs[0])}` : `${runs.length} starts behind a gate`,
    about: `${costs(runs)}${runs.length > 1 && !clock ? "; each start is drawn from its own beginning" : ""}`,
    rows,
    links,
    total,
    notes: runs.map((r) => pathNote(r, runs.length > 1)).filter((n) => n !== ""),
  };
}

function heading(run: Run): string {
  return `${run.lane}: ${ended(run)}`;
}

function ended(run: Run | undefined): string {
  if (run?.end === undefined || run.end === null) return "not ended when the log does";
  const { result, took, exit } = run.end;
  return result === "passed" || exit === 0
    ? `passed after ${span(took)}`
    : `${result} after ${span(took)}, exit code ${exit}`;
}

/** What waiting cost, in all and in the longest. */
function costs(runs: readonly Run[]): string {
  const took = runs.map(
    (r) =>
      r.end?.took ??
      greatest(
        0,
        r.events.map((e) => e.at),
      ),
  );
  const longest = greatest(0, took);
  const looks = runs.flatMap((r) => tracksOf(r)).reduce((sum, t) => sum + t.last.looks, 0);
  return `waiting cost ${span(longest)}${runs.length > 1 ? " at most" : ""}, in ${plural(looks, "look")}`;
}

/** The checks of a run in the order of their start. */
function tracksOf(run: Run): readonly Track[] {
  const all = new Map<string, Event[]>();
  for (const e of run.events) {
    const key = `${e.check}\n${e.place}`;
    const events = all.get(key) ?? [];
    events.push(e);
    all.set(key, events);
  }
  const tracks = [...all.values()].flatMap((events): readonly Track[] => {
    const last = events.at(-1);
    const [head] = events;
    if (last === undefined || head === undefined) return [];
    return [{ label: last.check, events, last, started: Math.max(0, head.at - head.took) }];
  });
  return tracks.toSorted((a, b) => a.started - b.started || a.last.at - b.last.at);
}

/** The check that the start waited for last, an optional one too, and those that it had come after. */
function path(tracks: readonly Track[]): readonly string[] {
  const labels: string[] = [];
  let at = latest(tracks.filter((t) => t.last.event !== "dropped")) ?? latest(tracks);
  while (at !== undefined && !labels.includes(at.label)) {
    labels.unshift(at.label);
    const { after } = at.last;
    at = latest(tracks.filter((t) => after.includes(t.label)));
  }
  return labels;
}

function latest(tracks: readonly Track[]): Track | undefined {
  return tracks.toSorted((a, b) => b.last.at - a.last.at)[0];
}

function pathNote(run: Run, named: boolean): string {
  const labels = path(tracksOf(run));
  return labels.length === 0 ? "" : `critical path${named ? ` of ${run.lane}` : ""}: ${labels.join(" > ")}`;
}

function rowOf(t: Track, shift: number, group: string, critical: boolean): Row {
  const { last } = t;
  const bars: Bar[] = [];
  let from = t.started;
  let why = "the first look";
  for (const e of t.events) {
    if (e !== last && e.at - from < last.at / 1000) continue; // nobody would see it
    if (e.at > from)
      bars.push({ from: from + shift, to: e.at + shift, is: "wait", said: `${span(e.at - from)}: ${why}` });
    from = e.at;
    why = e.why;
  }
  if (last.event !== "waiting")
    bars.push({ from: last.at + shift, to: last.at + shift, is: ENDS[last.event], said: last.event });
  const took = span(last.took);
  const looks = plural(last.looks, "look");
  const said: Readonly<Record<Event["event"], string>> = {
    waiting: `still waiting after ${took}, ${looks}`,
    passed: `passed after ${took}, ${looks}`,
    failed: `failed for good after ${took}, ${looks}`,
    late: `out of time after ${took}, ${looks}`,
    dropped: `given up after ${took}, ${looks}`,
  };
  const details = t.events
    .filter((e, i) => e.why !== "" && e.why !== t.events[i - 1]?.why)
    .map((e) => `${span(e.at)} ${e.why}`);
  const after = last.after.length === 0 ? [] : [`after ${last.after.join(", ")}`];
  return { label: t.label, group, bars, said: said[last.event], critical, details: [...after, ...short(details)] };
}

/** A check whose reason changes all the time is told of by its first reasons. */
const MOST = 12;

function short(lines: readonly string[]): readonly string[] {
  return lines.length <= MOST ? lines : [...lines.slice(0, MOST), `and ${lines.length - MOST} more reasons`];
}
