/** Texts above this length are written at once; shorter ones of the same turn leave together. */
const JOIN_BELOW = 65_536;

/** Runs a task when the current turn's promises have settled. */
export const schedule: (task: () => void) => void =
  globalThis.process?.nextTick === undefined ? queueMicrotask : (task) => process.nextTick(task);

/** Puts together what is written in one turn, so that it leaves in one piece. */
export abstract class TurnWriter {
  #waiting = "";
  #scheduled = false;

  /** Writes at once. */
  protected abstract put(data: string | Uint8Array): void;

  /** Takes a text, which leaves at the end of the turn at the latest. */
  protected append(text: string): void {
    this.#waiting += text;
    if (this.#waiting.length > JOIN_BELOW) this.flush();
    else this.flushLater();
  }

  /** Flushes at the end of the turn. */
  protected flushLater(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    schedule(() => this.flush());
  }

  /** Lets what was taken leave now: something follows that is not put together with it. */
  protected flush(): void {
    this.#scheduled = false;
    if (this.#waiting === "") return;
    const text = this.#waiting;
    this.#waiting = "";
    this.put(text);
  }
}
