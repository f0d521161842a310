import { after } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";

/** Something that is to show signs of life. */
export interface Alive {
  /** Called every `limits.keepAlive` milliseconds. */
  keepAlive(): void;
}

/** Reminds all open streams of one endpoint to show signs of life, on one timer that runs while there are any. */
export class KeepAlive {
  readonly #alive = new Set<Alive>();
  #stop: (() => void) | undefined;

  add(alive: Alive): void {
    this.#alive.add(alive);
    if (this.#stop === undefined) this.#schedule();
  }

  delete(alive: Alive): void {
    this.#alive.delete(alive);
  }

  #schedule(): void {
    this.#stop = after(limits.keepAlive, () => {
      this.#stop = undefined;
      for (const alive of [...this.#alive]) alive.keepAlive();
      if (this.#alive.size > 0) this.#schedule();
    });
  }
}
