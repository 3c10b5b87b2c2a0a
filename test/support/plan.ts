/** Checks and a clock for tests of the gate, which then takes no time. */
import { type Deadline, type Verdict } from "../../src/check.ts";
import { Fields, Options } from "../../src/fields.ts";
import type { Clock, Timer } from "../../src/gate/clock.ts";
import type { Check } from "../../src/plan.ts";

const NOTHING = new Options(new Map(), new Fields([]), { line: 0, column: 0 });

/** A check that looks as told (null: it never tells a verdict); what is not said is as by default. */
export function check(name: string, look: (deadline: Deadline) => Verdict | null, more: Partial<Check> = {}): Check {
  return {
    name,
    kind: "fake",
    target: name,
    probe: {
      target: name,
      look: (deadline, tell) => {
        const verdict = look(deadline);
        if (verdict !== null) tell(verdict);
      },
    },
    members: [],
    options: NOTHING,
    common: NOTHING,
    source: "test",
    place: "test",
    instant: false,
    fixed: false,
    wait: 30_000,
    waitFrom: "default",
    timeout: 2000,
    timeoutFrom: "default",
    hint: "",
    optional: false,
    not: false,
    after: [],
    successes: 1,
    ...more,
  };
}

/** An "any" or "all" over checks. */
export function group(kind: "any" | "all", members: readonly Check[], more: Partial<Check> = {}): Check {
  return { ...check("", () => null), kind, probe: null, members, ...more };
}

/** A clock that goes only when told to. */
export class FakeClock implements Clock {
  #now = 0;
  #timers: { at: number; then: () => void }[] = [];
  readonly now = (): number => this.#now;
  readonly random = (): number => 0.5;
  readonly after = (ms: number, then: () => void): Timer => {
    const timer = { at: this.#now + ms, then };
    this.#timers.push(timer);
    return { cancel: () => (this.#timers = this.#timers.filter((t) => t !== timer)) };
  };
  /** How many timers are set. */
  get timers(): number {
    return this.#timers.length;
  }
  /** Lets `ms` pass, and all that is due within it happen in order. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await Promise.resolve();
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#timers = this.#timers.filter((t) => t !== next);
      this.#now = Math.max(this.#now, next.at);
      next.then();
    }
    this.#now = end;
  }
}
