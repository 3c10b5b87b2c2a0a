/** When Docker looks at a container's health (moby, daemon/health.go). */
import type { Member } from "./project.ts";

/** Docker's defaults, in milliseconds. */
export const INTERVAL = 30_000;
export const START_INTERVAL = 5000;

export interface Looks {
  /** Whether there is anything to look with: "maybe" where the image is not known. */
  readonly there: "yes" | "no" | "maybe";
  /** Milliseconds between two looks after the start, on any engine. */
  readonly interval: number;
  readonly startPeriod: number;
  /** Between two looks within the start period on engine 25 and later; before, it is the interval. */
  readonly startInterval: number;
}

/** How a service's health is looked at, by its own words, its image's Dockerfile or its image's habit. */
export function looksOf({ service, habit, made }: Member): Looks {
  const own = service.healthcheck;
  const image = made?.healthcheck === true || habit?.checks === true;
  const known = image || habit !== undefined || made !== null;
  const there = own?.disabled === true ? "no" : own?.test || image ? "yes" : known ? "no" : "maybe";
  return {
    there,
    interval: positive(own?.interval?.ms, INTERVAL),
    startPeriod: own?.startPeriod?.ms ?? 0,
    startInterval: positive(own?.startInterval?.ms, START_INTERVAL),
  };
}

/** Docker reads 0 as its default. */
function positive(ms: number | undefined, otherwise: number): number {
  return ms === undefined || ms === 0 ? otherwise : ms;
}

/** The first look, in milliseconds from a container's start, at which one that answers after `ready` is found healthy. */
export function healthyAt(looks: Looks, ready: number): number {
  const { interval, startPeriod, startInterval } = looks;
  let at = 0;
  for (let count = 0; count < 10_000; count++) {
    at += at < startPeriod ? Math.min(startInterval, interval) : interval;
    if (at >= ready) return at;
  }
  return at;
}
