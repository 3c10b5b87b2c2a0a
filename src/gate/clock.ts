/** The only source of time. Tests bring their own. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** Calls back after this many milliseconds, unless the timer is cancelled. */
  readonly after: (ms: number, then: () => void) => Timer;
  /** From 0 to 1. */
  readonly random: () => number;
}

export interface Timer {
  readonly cancel: () => void;
}

export const real: Clock = {
  now: () => performance.now(),
  after: (ms, then): Timer => {
    const handle = setTimeout(then, ms);
    return {
      cancel: () => {
        clearTimeout(handle);
      },
    };
  },
  random: () => Math.random(),
};
