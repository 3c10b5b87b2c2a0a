/** How one check stands while the gate runs, and how it ended. */
import type { Check } from "../plan.ts";

export type State =
  | "idle" // not looked at yet
  | "waiting" // looked at, not yet true
  | "passed"
  | "failed" // for good
  | "late" // its time is up
  | "dropped"; // given up, for the run is over or its group is decided

const NONE: readonly Standing[] = [];
const NO_DETAILS: readonly string[] = [];

export class Standing {
  readonly check: Check;
  readonly members: readonly Standing[];
  state: State = "idle";
  /** What the last look said, "" after a pass. */
  why = "";
  details: readonly string[] = NO_DETAILS;
  /** What to do about it, by the configuration or else by the check itself. */
  hint = "";
  looks = 0;
  /** On the gate's clock, in milliseconds. */
  started = 0;
  ended = 0;

  constructor(check: Check) {
    this.check = check;
    this.members = check.probe === null ? check.members.map((m) => new Standing(m)) : NONE;
  }
  over(): boolean {
    return this.state !== "idle" && this.state !== "waiting";
  }
}
