/** How often what is over is taken out although nobody asks for it, in milliseconds. */
const SWEEP = 30_000;

/** Takes out what is over, from time to time and while there is anything. It does not keep the process alive. */
export class Sweep {
  readonly #action: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(action: () => void) {
    this.#action = action;
  }

  /** There is something. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(this.#action, SWEEP);
    // Not all that runs JavaScript has processes.
    (this.#timer as { unref?: () => unknown }).unref?.();
  }

  /** There is nothing any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
