/** Something that has to happen in time. */
export interface Deadline {
  /** When patience ends, in the milliseconds of `performance.now()`. */
  at: number;
  /** Called once when it has passed. */
  expire(): void;
}

/**
 * The deadlines of one connection, on one timer: a timer for each request would cost as much as the request's own
 * bookkeeping. It keeps a process alive only while something waits.
 */
export class Deadlines {
  readonly #waiting = new Set<Deadline>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #next = Number.POSITIVE_INFINITY;

  /** Watches a deadline. Its `at` may grow meanwhile. */
  add(deadline: Deadline): void {
    this.#waiting.add(deadline);
    if (deadline.at < this.#next) this.#schedule(deadline.at);
  }

  /** Ends the watch. */
  delete(deadline: Deadline): void {
    this.#waiting.delete(deadline);
    if (this.#waiting.size === 0) this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next = Number.POSITIVE_INFINITY;
  }

  #schedule(at: number): void {
    clearTimeout(this.#timer);
    this.#next = at;
    this.#timer = setTimeout(() => this.#check(), Math.min(Math.max(0, at - performance.now()), LONGEST));
  }

  #check(): void {
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const deadline of [...this.#waiting]) {
      if (deadline.at <= now) {
        this.#waiting.delete(deadline);
        deadline.expire();
      } else if (deadline.at < next) next = deadline.at;
    }
    this.#timer = undefined;
    this.#next = Number.POSITIVE_INFINITY;
    if (this.#waiting.size > 0 && next < Number.POSITIVE_INFINITY) this.#schedule(next);
  }
}

/** Timers count in 32 bits; a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;
