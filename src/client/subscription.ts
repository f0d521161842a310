import type { LocalError } from "../errors.ts";
import type { Notification } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import type { SubscriptionFilter } from "../protocol/index.ts";

/** What a subscription tells of. */
export type Change =
  /** A list reads differently. */
  | { readonly type: "tools" | "prompts" | "resources" }
  /** A resource can be read anew: a watched one, or a part of it. */
  | { readonly type: "resource"; readonly uri: string }
  /** Everything may have changed: the connection was lost for a while, or more changed than was kept. */
  | { readonly type: "all" }
  /** What an extension tells, as it came. */
  | { readonly type: "notification"; readonly notification: Notification };

/** What opening a subscription works with. */
export interface Subscribing {
  readonly filter: SubscriptionFilter;
  /** The server agreed, to the whole filter or to a part of it. */
  readonly acknowledged: (filter: SubscriptionFilter) => void;
  /** What the server said makes no sense: the subscription is over. */
  readonly failed: (error: LocalError) => void;
  /** A notification of the subscription came. */
  readonly changed: (notification: Notification) => void;
  /** What the server told meanwhile may be lost. */
  readonly missed: () => void;
  /** Sends a request that belongs to it; notifications that come with the request go to `onNotification`. */
  readonly request: (
    method: string,
    params: object,
    options?: { readonly signal: AbortSignal; readonly onNotification?: (notification: Notification) => void },
  ) => Promise<unknown>;
  /** Aborts when the subscriber wants no more. */
  readonly signal: AbortSignal;
}

const ALL: Change = Object.freeze({ type: "all" });
const LIST_CHANGED = /^notifications\/(tools|prompts|resources)\/list_changed$/;

/**
 * The changes that a server tells of, as they come. A change that was told and not yet taken is not told twice, and of
 * more than `limits.untaken` of them one `{ type: "all" }` is left: a slow reader misses nothing and costs little memory.
 *
 * A subscription that is lost is opened again, after pauses that grow. What happened meanwhile is not known, so one
 * `{ type: "all" }` is told then.
 *
 * @example
 * ```ts
 * await using changes = await client.listen({ toolsListChanged: true });
 * for await (const change of changes) console.log(change.type);
 * ```
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 */
export class Subscription implements AsyncIterable<Change> {
  /** The part of the filter that the server serves. It may be another one after an `{ type: "all" }`. */
  acknowledged: SubscriptionFilter = {};
  readonly #controller = new AbortController();
  readonly #untaken = new Map<unknown, Change>();
  /** Readers that wait for a change. */
  readonly #waiting: (() => void)[] = [];
  #ended = false;
  #error: unknown;

  /** @internal */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** @internal */
  changed(notification: Notification): void {
    const { method, params } = notification;
    const [, type] = LIST_CHANGED.exec(method) ?? [];
    const uri = params?.["uri"];
    if (type !== undefined) this.#tell(type, { type: type as "tools" });
    else if (method !== "notifications/resources/updated")
      this.#keep(notification, { type: "notification", notification });
    else if (typeof uri === "string") this.#tell(`resource ${uri}`, { type: "resource", uri });
  }

  /** @internal Some changes were not told. */
  missed(): void {
    // What an extension tells has more in it than that something changed.
    for (const [key, { type }] of this.#untaken) if (type !== "notification") this.#untaken.delete(key);
    this.#keep(ALL, ALL);
  }

  /** @internal The server ended it; with an error where it was lost. */
  ended(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#wake();
  }

  /** Wants no more changes. Iterators end. */
  close(): void {
    this.ended();
    this.#controller.abort("The subscriber closed the subscription");
  }

  /**
   * The changes. It ends when the server or {@link close} ends the subscription, and throws when the subscription is lost
   * and cannot be opened again.
   */
  async *[Symbol.asyncIterator](): AsyncIterator<Change> {
    try {
      for (;;) {
        for (const [key, change] of this.#untaken) {
          this.#untaken.delete(key);
          yield change;
        }
        if (this.#untaken.size > 0) continue;
        if (this.#error !== undefined) throw this.#error;
        if (this.#ended) return;
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } finally {
      this.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #tell(key: string, change: Change): void {
    // Everything is to be looked at already.
    if (!this.#untaken.has(ALL)) this.#keep(key, change);
  }

  #keep(key: unknown, change: Change): void {
    if (this.#untaken.size >= limits.untaken && !this.#untaken.has(key)) {
      this.#untaken.clear();
      this.#untaken.set(ALL, ALL);
    } else this.#untaken.set(key, change);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
