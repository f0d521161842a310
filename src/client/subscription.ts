import type { Notification } from "../jsonrpc/index.ts";
import type { SubscriptionFilter } from "../protocol/index.ts";

/** A change that a subscription tells of. */
export type Change =
  | { readonly type: "tools" | "prompts" | "resources" }
  | { readonly type: "resource"; readonly uri: string };

/** What opening a subscription works with. */
export interface Subscribing {
  readonly filter: SubscriptionFilter;
  /** The server agreed, to the whole filter or to a part of it. */
  readonly acknowledged: (filter: SubscriptionFilter) => void;
  /** A notification of the subscription came. */
  readonly changed: (notification: Notification) => void;
  /** Sends a request that belongs to it; notifications that come with the request go to `onNotification`. */
  readonly request: (
    method: string,
    params: object,
    options?: { readonly signal: AbortSignal; readonly onNotification: (notification: Notification) => void },
  ) => Promise<unknown>;
  /** Aborts when the subscriber wants no more. */
  readonly signal: AbortSignal;
}

/**
 * The changes that a server tells of, as they come. A change that was told and not yet taken is not told twice, so a
 * slow reader misses nothing and costs no memory.
 *
 * @example
 * ```ts
 * await using changes = await client.listen({ toolsListChanged: true });
 * for await (const change of changes) console.log(change.type);
 * ```
 */
export class Subscription implements AsyncIterable<Change> {
  /** The part of the filter that the server serves. */
  acknowledged: SubscriptionFilter = {};
  readonly #controller = new AbortController();
  readonly #waiting = new Map<string, Change>();
  #wake: (() => void) | undefined;
  #ended = false;
  #error: unknown;

  /** @internal */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** @internal */
  changed({ method, params }: Notification): void {
    const uri = params?.["uri"];
    const [, list = ""] = method.split("/");
    if (typeof uri === "string") this.#tell(uri, { type: "resource", uri });
    else this.#tell(list, { type: list as "tools" });
  }

  /** @internal What happened while the connection was lost is not known: everything may have changed. */
  assumeChanged(): void {
    const { resourceSubscriptions = [] } = this.acknowledged;
    for (const type of ["tools", "prompts", "resources"] as const) {
      if (this.acknowledged[`${type}ListChanged`]) this.#tell(type, { type });
    }
    for (const uri of resourceSubscriptions) this.#tell(uri, { type: "resource", uri });
  }

  /** @internal The server ended it; with an error where it was lost. */
  ended(error?: unknown): void {
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  /** Wants no more changes. Iterators end. */
  close(): void {
    this.ended();
    this.#controller.abort("The subscriber closed the subscription");
  }

  /** The changes; ends when the server or {@link close} ends the subscription, throws when the connection is lost. */
  async *[Symbol.asyncIterator](): AsyncIterator<Change> {
    try {
      for (;;) {
        for (const [key, change] of this.#waiting) {
          this.#waiting.delete(key);
          yield change;
        }
        if (this.#waiting.size > 0) continue;
        if (this.#error !== undefined) throw this.#error;
        if (this.#ended) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #tell(key: string, change: Change): void {
    this.#waiting.set(key, change);
    this.#wake?.();
  }
}
