/** The time by which something must have ended. */

/** A point on the monotonic clock that a look must not outlive. */
export class Deadline {
  readonly #end: number;
  readonly #now: () => number;
  constructor(end: number, now: () => number) {
    this.#end = end;
    this.#now = now;
  }
  /** Milliseconds left, never negative. */
  left(): number {
    return Math.max(0, this.#end - this.#now());
  }
  /** The same as it was configured, for messages: a look may begin some milliseconds into its time. */
  given(): number {
    const unit = this.left() > 500 ? 100 : 10;
    return unit * Math.ceil(this.left() / unit);
  }
  over(): boolean {
    return this.#now() >= this.#end;
  }
  /** The earlier of this deadline and `ms` from now. */
  within(ms: number): Deadline {
    return new Deadline(Math.min(this.#end, this.#now() + ms), this.#now);
  }
}
