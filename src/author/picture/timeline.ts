/** What a picture shows: things that take time, row under row, and which of them waited for which. */

export interface Timeline {
  readonly title: string;
  /** A sentence under it. */
  readonly about: string;
  readonly rows: readonly Row[];
  readonly links: readonly Link[];
  /** Milliseconds from the left edge to the right. */
  readonly total: number;
  /** Sentences below. */
  readonly notes: readonly string[];
}

export interface Row {
  readonly label: string;
  /** A heading over rows that belong together, "" where there is none. */
  readonly group: string;
  readonly bars: readonly Bar[];
  /** Behind the last bar. */
  readonly said: string;
  /** On the critical path. */
  readonly critical: boolean;
  /** Lines that explain the row. */
  readonly details: readonly string[];
}

/** What a bar stands for; pictures and their legend are made from this table. */
export const SORTS = {
  wait: { mark: "░", about: "waits" },
  run: { mark: "█", about: "starts" },
  check: { mark: "▒", about: "until the next look finds it healthy" },
  pass: { mark: "█", about: "passed" },
  fail: { mark: "X", about: "failed for good" },
  late: { mark: "!", about: "out of time" },
  drop: { mark: "-", about: "given up" },
} as const;
export type Sort = keyof typeof SORTS;

/** From and to in milliseconds. */
export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly is: Sort;
  readonly said: string;
}

/** A row's end that another row's start waited for, by their places in `rows`. */
export interface Link {
  readonly from: number;
  readonly to: number;
  /** Milliseconds, where it leaves the one and meets the other. */
  readonly leaves: number;
  readonly meets: number;
  readonly critical: boolean;
}

/** The greatest of many numbers, and of `least`: there may be more than a call takes arguments. */
export function greatest(least: number, numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b), least);
}

/** Marks of the time axis: about six round numbers, in milliseconds, from 0. */
export function ticks(total: number): readonly number[] {
  const rough = Math.max(total, 1) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? power * 10;
  return Array.from({ length: Math.floor(total / step) + 1 }, (_, i) => i * step);
}

/** The sorts that a timeline shows, in the table's order. */
export function shown(timeline: Timeline): readonly Sort[] {
  const used = new Set(timeline.rows.flatMap((r) => r.bars.map((b) => b.is)));
  return (Object.keys(SORTS) as Sort[]).filter((s) => used.has(s));
}
