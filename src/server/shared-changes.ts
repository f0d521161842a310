import { LocalError } from "../errors.ts";
import { isObject } from "../json.ts";
import { after, type Notification } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import type { Eventually, PubSub } from "../stores/index.ts";

/** Changes belong to nobody: everybody who may use the server may hear of them. */
const OWNER = "";

/** The changes of this process, and who hears of them. */
interface OwnChanges {
  readonly isHeard: boolean;
  tell(change: Notification): void;
  report(problem: unknown): void;
}

/** Brings the changes of one process to all others of the same server, and theirs to this one. */
export class SharedChanges {
  readonly #pubsub: PubSub;
  readonly #topic: string;
  readonly #own: OwnChanges;
  /** Says which process a change comes from. */
  readonly #id = crypto.randomUUID();
  #unsubscribe: (() => Eventually<void>) | undefined;
  #attending: Promise<void> = Promise.resolve();

  constructor(pubsub: PubSub, topic: string, own: OwnChanges) {
    this.#pubsub = pubsub;
    this.#topic = topic;
    this.#own = own;
  }

  /** Tells other processes. */
  async publish(change: Notification): Promise<void> {
    try {
      await this.#pubsub.publish(OWNER, this.#topic, JSON.stringify({ from: this.#id, change }));
    } catch (error) {
      this.#own.report(error);
    }
  }

  /**
   * Hears of other processes if anybody here listens, and else does not. Resolves, never rejects, when it is so, or when
   * that takes too long: who listens here is not to wait for ever.
   */
  attend(): Promise<void> {
    this.#attending = this.#attending.then(() => this.#attend());
    return new Promise((resolve) => {
      const late = after(limits.attendTimeout, () => {
        const message = `The PubSub of the option changes did not answer in ${limits.attendTimeout} ms`;
        this.#own.report(new LocalError("timeout", `${message}: changes in other processes may be missed`));
        resolve();
      });
      void this.#attending.then(() => {
        late();
        resolve();
      });
    });
  }

  async #attend(): Promise<void> {
    const unsubscribe = this.#unsubscribe;
    try {
      if (!this.#own.isHeard) {
        this.#unsubscribe = undefined;
        await unsubscribe?.();
      } else if (unsubscribe === undefined) {
        this.#unsubscribe = await this.#pubsub.subscribe(OWNER, this.#topic, (text) => this.#take(text));
      }
    } catch (error) {
      this.#own.report(error);
    }
  }

  #take(text: string): void {
    try {
      const { from, change } = JSON.parse(text);
      if (from === this.#id) return;
      const { method, params } = change;
      if (typeof method !== "string" || !(params === undefined || isObject(params))) throw new TypeError("No change");
      this.#own.tell({ jsonrpc: "2.0", method, params });
    } catch (cause) {
      this.#own.report(new Error(`What came on the topic "${this.#topic}" is no change of a server`, { cause }));
    }
  }
}
