import { Bag, type InBag } from "./bag.ts";
import { after } from "./timer.ts";
import { schedule } from "./turn.ts";

/** Something that has to happen in time. */
export interface Deadline extends InBag {
  /** When patience ends, in the milliseconds of `performance.now()`. */
  at: number;
  /** Called when it has passed; once, unless it puts `at` into the future again. */
  expire(): void;
}

/**
 * The deadlines of one connection, on one timer: a timer for each request would cost as much as the request's own
 * bookkeeping. It keeps a process alive only while something waits.
 */
export class Deadlines {
  readonly #waiting = new Bag<Deadline>();
  #stop: () => void = () => {};
  #next = Number.POSITIVE_INFINITY;
  #resting = false;

  /** Watches a deadline. Its `at` may grow meanwhile. */
  add(deadline: Deadline): void {
    this.#waiting.add(deadline);
    if (deadline.at < this.#next) this.#schedule(deadline.at);
  }

  /** Ends the watch. */
  delete(deadline: Deadline): void {
    this.#waiting.delete(deadline);
    if (this.#waiting.size > 0 || this.#resting) return;
    // Often another one follows in the same turn, and needs no new timer.
    this.#resting = true;
    schedule(this.#rest);
  }

  readonly #rest = (): void => {
    this.#resting = false;
    if (this.#waiting.size === 0) this.#schedule(Number.POSITIVE_INFINITY);
  };

  #schedule(at: number): void {
    this.#stop();
    this.#next = at;
    this.#stop = after(at - performance.now(), () => this.#check());
  }

  #check(): void {
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const deadline of this.#waiting.all()) {
      if (deadline.at <= now) deadline.expire();
      if (deadline.at <= now) this.#waiting.delete(deadline);
      else if (deadline.at < next) next = deadline.at;
    }
    this.#schedule(next);
  }
}
