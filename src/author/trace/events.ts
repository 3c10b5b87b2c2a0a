/** What gates have written with --format json, out of logs in which other lines stand between. */

/** A gate's event of one check (src/report/json.ts). Times are milliseconds. */
export interface Event {
  readonly event: "waiting" | "passed" | "failed" | "late" | "dropped";
  /** From the start of its gate. */
  readonly at: number;
  readonly check: string;
  readonly kind: string;
  readonly place: string;
  readonly optional: boolean;
  readonly looks: number;
  /** From the start of the check. */
  readonly took: number;
  readonly why: string;
  /** Labels of the checks that it comes after; of a gate before 0.2 there are none. */
  readonly after: readonly string[];
}

/** How a gate ended. */
export interface End {
  readonly at: number;
  readonly result: string;
  readonly exit: number;
  readonly took: number;
}

/** One start of one container. */
export interface Run {
  /** The container, or the file it was read from. */
  readonly lane: string;
  readonly events: readonly Event[];
  /** Null where the log ends before the gate does. */
  readonly end: End | null;
  /** When its gate started, in milliseconds of the wall clock, where the log has times (docker logs --timestamps). */
  readonly epoch: number | undefined;
}

/** A log's runs, and how many of its lines were no event. */
export interface Log {
  readonly runs: readonly Run[];
  readonly others: number;
}

/** What stands before a line: Compose's "web-1  | ", and Docker's time. */
const FRONT = /^(?:([A-Za-z0-9][\w.-]*) +\| )?(?:(\d{4}-\d\d-\d\dT\S+Z) )?(?=\{)/;
const STATES = ["waiting", "passed", "failed", "late", "dropped"] as const;

/** The runs of a log, in the order of their first events; `name` is the lane of lines that name no container. */
export function readLog(text: string, name: string): Log {
  const runs: Open[] = [];
  const lanes = new Map<string, Open>();
  let others = 0;
  for (const line of text.replace(/\u001b\[[0-9;]*m/g, "").split("\n")) {
    const front = FRONT.exec(line);
    const read = front === null ? null : record(line.slice(front[0].length));
    const event = read === null ? null : eventOf(read);
    const end = read === null ? null : endOf(read);
    if (event !== null || end !== null) {
      const time = Date.parse(front?.[2] ?? "") - (event ?? end ?? { at: 0 }).at;
      const run = open(runs, lanes, front?.[1] ?? name, Number.isNaN(time) ? undefined : time);
      if (event !== null) run.events.push(event);
      run.end = end;
    } else if (line.trim() !== "") others++;
  }
  return {
    runs: runs.map(({ name: of, count, ...run }) => ({ ...run, lane: count > 1 ? `${of}, start ${count}` : of })),
    others,
  };
}

interface Open {
  readonly name: string;
  readonly count: number;
  readonly events: Event[];
  end: End | null;
  readonly epoch: number | undefined;
}

/** The start that a lane is in, or a new one where its last has ended. */
function open(runs: Open[], lanes: Map<string, Open>, name: string, epoch: number | undefined): Open {
  const last = lanes.get(name);
  if (last?.end === null) return last;
  const run: Open = { name, count: (last?.count ?? 0) + 1, events: [], end: null, epoch };
  lanes.set(name, run);
  runs.push(run);
  return run;
}

/** An object of version 1; null for all else. */
function record(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("version" in value) || value.version !== 1) return null;
    return value;
  } catch {
    return null;
  }
}

function eventOf(o: Readonly<Record<string, unknown>>): Event | null {
  const { event, at, check, took } = o;
  const state = STATES.find((s) => s === event);
  if (state === undefined || typeof check !== "string") return null;
  if (!time(at) || !time(took)) return null;
  return {
    event: state,
    at,
    check,
    kind: text(o["kind"]),
    place: text(o["place"]),
    optional: o["optional"] === true,
    looks: time(o["looks"]) ? o["looks"] : 0,
    took,
    why: text(o["why"]),
    after: Array.isArray(o["after"]) ? o["after"].filter((a) => typeof a === "string") : [],
  };
}

function endOf(o: Readonly<Record<string, unknown>>): End | null {
  const { event, at, took, exit } = o;
  if (event !== "end" || !time(at) || !time(took) || !time(exit)) return null;
  return { at, result: text(o["result"]), exit, took };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A span of a run: no text, no infinity, and not longer than a year. */
function time(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value < 366 * 86_400_000;
}
