import { Bag, type InBag } from "./bag.ts";

/** Something that has to happen in time. */
export interface Deadline extends InBag {
  /** When patience ends, in the milliseconds of `performance.now()`. */
  at: number;
  /** Called once when it has passed. */
  expire(): void;
}

/** Timers count in 32 bits; a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

/** A timer of Node; elsewhere they are numbers, and there is no process to keep alive. */
interface Timer {
  ref?(): unknown;
  unref?(): unknown;
}

/**
 * The deadlines of one connection, on one timer: a timer for each request would cost as much as the request's own
 * bookkeeping. It keeps a process alive only while something waits.
 */
export class Deadlines {
  readonly #waiting = new Bag<Deadline>();
  #timer: (Timer & ReturnType<typeof setTimeout>) | undefined;
  #next = Number.POSITIVE_INFINITY;

  /** Watches a deadline. Its `at` may grow meanwhile. */
  add(deadline: Deadline): void {
    this.#waiting.add(deadline);
    if (deadline.at < this.#next) this.#schedule(deadline.at);
    else if (this.#waiting.size === 1) this.#timer?.ref?.();
  }

  /** Ends the watch. The timer stays for the next one: to stop it costs more than to let it find nothing. */
  delete(deadline: Deadline): void {
    this.#waiting.delete(deadline);
    if (this.#waiting.size === 0) this.#timer?.unref?.();
  }

  #schedule(at: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#check(), Math.min(at - performance.now(), LONGEST));
  }

  #check(): void {
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const deadline of this.#waiting.all()) {
      if (deadline.at <= now) {
        this.#waiting.delete(deadline);
        deadline.expire();
      } else if (deadline.at < next) next = deadline.at;
    }
    this.#schedule(next);
  }
}
