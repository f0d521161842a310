import { Bag, type InBag } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";

/** Something that is to show signs of life. */
export interface Alive extends InBag {
  /** Called every `limits.keepAlive` milliseconds. */
  keepAlive(): void;
}

/**
 * Reminds all open streams of one endpoint to show signs of life, on one timer that runs while there are any. It keeps no
 * process alive: the connections that wait do.
 */
export class KeepAlive {
  readonly #alive = new Bag<Alive>();
  #runs = false;

  add(alive: Alive): void {
    this.#alive.add(alive);
    if (!this.#runs) this.#schedule();
  }

  delete(alive: Alive): void {
    this.#alive.delete(alive);
  }

  #schedule(): void {
    this.#runs = true;
    const timer: object = setTimeout(() => {
      this.#runs = false;
      for (const alive of this.#alive.all()) alive.keepAlive();
      if (this.#alive.size > 0) this.#schedule();
    }, limits.keepAlive);
    (timer as { unref?: () => unknown }).unref?.();
  }
}
