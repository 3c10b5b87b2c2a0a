/** When to look again: soon after a short wait, later after a long one, and gently with who is already answering. */
import type { Mood } from "../check.ts";

const FLOOR = 10;

/** The least and the most milliseconds between two looks, by what a look costs the other side. */
function bounds(mood: Mood): readonly [number, number] {
  switch (mood) {
    case "absent":
      return [FLOOR, 100];
    case "answering":
      return [25, 250];
    case "silent":
    case "unable":
      return [FLOOR, 500];
  }
}

/**
 * Milliseconds until the next look: a hundredth of the time already waited, so that the number of looks grows with the
 * logarithm of the wait; with 10 % of jitter, so that a fleet does not ask in step.
 */
export function pause(waited: number, mood: Mood, random: number): number {
  const [least, most] = bounds(mood);
  return Math.min(most, Math.max(least, waited / 100)) * (0.9 + 0.2 * random);
}
