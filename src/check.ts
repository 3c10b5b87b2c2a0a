/** The contract between the engine and the kinds of checks. */
import type { Deadline } from "./deadline.ts";
import type { Field, Options } from "./fields.ts";

export { Deadline } from "./deadline.ts";

/** How the other side is doing, which decides how often it is asked (gate/pace.ts); "unable": it could not be asked. */
export type Mood = "absent" | "silent" | "answering" | "unable";

/** Who says so: this machine is believed at once, a peer when it has said so twice. "unable": nobody could be asked. */
export type Source = "machine" | "peer" | "unable";

/** What one look says. Made by pass, wait and fail only: the compiler misreads literals of unions. */
export type Verdict =
  | { readonly is: "pass"; readonly note: string }
  | {
      readonly is: "wait";
      readonly why: string;
      readonly mood: Mood;
      readonly advice: string;
      readonly details: readonly string[];
    }
  | {
      readonly is: "fail";
      readonly why: string;
      readonly from: Source;
      readonly advice: string;
      readonly details: readonly string[];
    };

/** It holds. */
export function pass(note = ""): Verdict {
  return { is: "pass", note };
}

/** Not yet: look again. `advice` is for the person who reads the report; at most five details are shown. */
export function wait(why: string, mood: Mood, advice = "", details: readonly string[] = []): Verdict {
  return { is: "wait", why, mood, advice, details };
}

/** It will not change by itself: stop. */
export function fail(why: string, advice = "", details: readonly string[] = []): Verdict {
  return { is: "fail", why, from: "machine", advice, details };
}

/** Nobody could be asked, and that will not change: it fails under `not` too. */
export function unable(why: string, advice = "", details: readonly string[] = []): Verdict {
  return { is: "fail", why, from: "unable", advice, details };
}

/** The same, said by a peer: it counts when it was said twice, for the peer may be replaced. */
export function refuse(why: string, advice = "", details: readonly string[] = []): Verdict {
  return { is: "fail", why, from: "peer", advice, details };
}

export type Tell = (verdict: Verdict) => void;

/** A check bound to its options, able to look once. */
export interface Probe {
  /** What is looked at; safe to print. */
  readonly target: string;
  /**
   * Looks once, and tells its verdict once, by the deadline; at once where nothing has to be waited for. It never
   * throws: a refused connection is an answer. A callback and no promise, for each of these costs the binary a stack.
   */
  readonly look: (deadline: Deadline, tell: Tell) => void;
}

/** A sort of check: a file in checks/. */
export interface Kind {
  /** Configuration key, shorthand scheme, file name, example name. */
  readonly name: string;
  /** One line for help and README. */
  readonly summary: string;
  /** URL schemes that mean this kind as one word, "http://…"; `name:target` always does. */
  readonly schemes: readonly string[];
  /** The first field is the target and bears the kind's own name. Made when they are asked for: most runs use few kinds. */
  readonly fields: () => readonly Field[];
  /** Milliseconds one look may take unless the configuration says otherwise; 0: instant, looked at before all else. */
  readonly timeout: number;
  /** What is seen stays so while preflight runs: a pass under `not` is final. */
  readonly fixed: boolean;
  /** What is wrong with these options taken together, each a mistake; empty where nothing is. */
  readonly verify: (options: Options) => readonly Complaint[];
  readonly bind: (options: Options) => Probe;
}

/** A mistake in one field, found by a kind's own rules: `text` continues "<field> ". */
export interface Complaint {
  readonly field: string;
  readonly text: string;
}
