/** How much may be open at once: running out of descriptors or threads would end the process, or look like a dead peer. */
import { descriptors } from "#os";

/** What is not counted here: three for the event loop, and what a resolver or a program opens for a moment. */
const SPARE = 8;
const MOST = 128;
/** The platform has 64 threads (native.c); the others are for streams over Unix sockets. */
const THREADS = 48;

/** A place in the queue, and later what was taken. Its owner ends it, once or more often, whatever happens. */
export class Ticket {
  readonly count: number;
  then: (ticket: Ticket) => void;
  readonly #slots: Slots;
  /** Descriptors may be opened, until it is ended. */
  held = false;
  over = false;
  constructor(count: number, then: (ticket: Ticket) => void, slots: Slots) {
    this.count = count;
    this.then = then;
    this.#slots = slots;
  }
  /** Gives back what it holds, or its place in the queue. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.then = () => {};
    if (this.held) this.#slots.give(this.count);
    this.held = false;
  }
}

export class Slots {
  readonly #measure: () => number;
  readonly #queue: Ticket[] = [];
  #size = 0;
  #free = 0;
  #serving = false;

  /** `measure` says how many there are; it is asked when the first is taken. */
  constructor(measure: () => number) {
    this.#measure = measure;
  }

  /** Calls back, at once or later, when so many may be used: in order, and at most as many as there are. */
  take(count: number, then: (ticket: Ticket) => void): Ticket {
    if (this.#size === 0) {
      this.#size = Math.max(1, this.#measure());
      this.#free = this.#size;
    }
    const ticket = new Ticket(Math.min(count, this.#size), then, this);
    this.#queue.push(ticket);
    this.#serve();
    return ticket;
  }

  /** For tickets only. */
  give(count: number): void {
    this.#free += count;
    this.#serve();
  }

  /** One loop, never one inside another: a long queue of tickets that end at once must not become a deep stack. */
  #serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    for (;;) {
      const next = this.#queue.at(0);
      if (next === undefined || (!next.over && next.count > this.#free)) break;
      this.#queue.shift();
      if (next.over) continue;
      this.#free -= next.count;
      next.held = true;
      const { then } = next;
      next.then = () => {};
      then(next);
    }
    this.#serving = false;
  }
}

/** Descriptors. */
export const slots = new Slots(() => Math.min(MOST, descriptors() - SPARE));
/** Threads: one for each question to a resolver and each program. Who takes both takes a thread first. */
export const threads = new Slots(() => THREADS);
