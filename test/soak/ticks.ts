/**
 * Wakes all who wait, in one turn: as a store does whose connection brings several answers at once. What wakes together
 * races, in the order in which it began to wait.
 */
export class Ticks {
  #waiting: (() => void)[] = [];

  /** Settles in the next turn, together with all others. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length > 1) return;
      setImmediate(() => {
        const woken = this.#waiting;
        this.#waiting = [];
        for (const wake of woken) wake();
      });
    });
  }
}
