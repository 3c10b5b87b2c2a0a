/** How many descriptors may be open at once: running out of them would end the process. */
import { descriptors } from "#os";

/** Descriptors kept for what is not counted here: files, the event loop, a terminal. */
const SPARE = 6;
const MOST = 128;

class Slots {
  #free = -1;
  readonly #queue: Waiting[] = [];

  /** Calls back when `count` descriptors may be opened: at once, or when others were given back. */
  take(count: number, then: () => void): void {
    if (this.#free < 0) this.#free = Math.max(1, Math.min(MOST, descriptors() - SPARE));
    this.#queue.push({ count, then });
    this.#serve();
  }

  give(count: number): void {
    this.#free += count;
    this.#serve();
  }

  /** In order; who asks for more than there will ever be waits for all that there is. */
  #serve(): void {
    for (;;) {
      const next = this.#queue.at(0);
      if (next === undefined || this.#free <= 0 || (next.count > this.#free && this.#free < MOST / 2)) return;
      this.#queue.shift();
      this.#free -= next.count;
      next.then();
    }
  }
}

interface Waiting {
  readonly count: number;
  readonly then: () => void;
}

export const slots = new Slots();
