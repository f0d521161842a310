import { DefinitionError } from "../errors.ts";
import { after } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import { copied, put } from "./remembered.ts";
import { quiet } from "./suspension.ts";

/** The steps of one call: each is done once, and gives in later rounds what it gave. */
export class Steps {
  /** What finished steps gave, by their name; in a list, which is empty for steps that gave nothing. */
  done: Record<string, readonly unknown[]> = {};
  readonly #begun = new Set<string>();
  readonly #running = new Set<Promise<unknown>>();

  /** The handler runs again from the top: the names are free again. */
  again(): void {
    this.#begun.clear();
  }

  /**
   * Does a step, or gives what it gave in an earlier round. Where nothing new may begin, `suspended` says what its promise
   * is; `keep` is awaited before the handler goes on.
   */
  once(
    name: string,
    step: () => unknown,
    suspended: (() => Promise<never>) | undefined,
    keep: () => void | Promise<void>,
  ): Promise<unknown> {
    if (this.#begun.has(name)) {
      const message = `once("${name}") was used twice in one call: in a loop, put the index into the name`;
      return quiet(Promise.reject(new DefinitionError(message)));
    }
    this.#begun.add(name);
    if (Object.hasOwn(this.done, name)) return Promise.resolve(copied(this.done[name]?.[0]));
    if (suspended !== undefined) return suspended();
    const running = quiet(this.#run(name, step, keep));
    this.#running.add(running);
    void quiet(running.finally(() => this.#running.delete(running)));
    return running;
  }

  /** Settles when no step runs any more, or after `limits.stepTimeout`. */
  async settled(): Promise<void> {
    if (this.#running.size === 0) return;
    let inTime = (): void => {};
    const late = new Promise<void>((resolve) => {
      inTime = after(limits.stepTimeout, resolve);
    });
    await Promise.race([Promise.allSettled(this.#running), late]);
    inTime();
  }

  async #run(name: string, step: () => unknown, keep: () => void | Promise<void>): Promise<unknown> {
    const value = copied(await step());
    put(this.done, name, value === undefined ? [] : [value]);
    await keep();
    return copied(value);
  }
}
