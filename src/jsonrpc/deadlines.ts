import { Bag, type InBag } from "./bag.ts";
import { after } from "./timer.ts";
import { schedule } from "./turn.ts";

/** Something that has to happen in time. */
export interface Deadline extends InBag {
  /** When patience ends, in the milliseconds of `performance.now()`. */
  at: number;
  /** Its time begins: sets `at`. */
  begin(now: number): void;
  /** Called when it has passed; once, unless it puts `at` into the future again. */
  expire(): void;
}

/**
 * The deadlines of one connection, on one timer: a timer for each request would cost as much as the request's own
 * bookkeeping. It keeps a process alive only while something waits.
 *
 * Time begins when the turn of the event loop is over: what happens within the turn looks at no clock and sets no timer.
 */
export class Deadlines {
  readonly #waiting = new Bag<Deadline>();
  /** Those that were added in this turn. */
  readonly #fresh: Deadline[] = [];
  #stop: () => void = () => {};
  #next = Number.POSITIVE_INFINITY;
  #turning = false;

  /** Watches a deadline. Its `at` may grow meanwhile. */
  add(deadline: Deadline): void {
    this.#waiting.add(deadline);
    this.#fresh.push(deadline);
    this.#atTurn();
  }

  /** Ends the watch. */
  delete(deadline: Deadline): void {
    this.#waiting.delete(deadline);
    if (this.#waiting.size === 0) this.#atTurn();
  }

  #atTurn(): void {
    if (this.#turning) return;
    this.#turning = true;
    schedule(this.#turned);
  }

  readonly #turned = (): void => {
    this.#turning = false;
    const next = this.#waiting.size === 0 ? Number.POSITIVE_INFINITY : Math.min(this.#next, this.#begin());
    this.#fresh.length = 0;
    if (next !== this.#next) this.#schedule(next);
  };

  /** The time of those that are fresh and still watched begins; gives the earliest end. */
  #begin(): number {
    let next = Number.POSITIVE_INFINITY;
    if (this.#fresh.length === 0) return next;
    const now = performance.now();
    for (const deadline of this.#fresh) {
      if (deadline.place < 0) continue;
      deadline.begin(now);
      if (deadline.at < next) next = deadline.at;
    }
    return next;
  }

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
