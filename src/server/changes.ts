import { InternalError } from "../errors.ts";
import { limits } from "../limits.ts";
import { type Notification, onAbort } from "../jsonrpc/index.ts";
import {
  honoured,
  isWanted,
  MetaKey,
  type ServerCapabilities,
  type SubscriptionFilter,
  type SubscriptionsListenRequestParams,
} from "../protocol/index.ts";
import type { Answer } from "./invoke.ts";

/** A list whose changes clients can hear of. */
export type ChangingList = "tools" | "prompts" | "resources";

/** Brings the changes of a server's lists and resources to everyone who listens. */
export class Changes {
  readonly #listeners = new Set<(change: Notification) => void>();
  readonly #waiting = new Set<ChangingList>();

  /** A list changed. Several changes of one turn are told once. */
  listChanged(list: ChangingList): void {
    if (this.#listeners.size === 0) return;
    if (this.#waiting.size === 0) queueMicrotask(() => this.#tell());
    this.#waiting.add(list);
  }

  /** A resource can be read anew. */
  updated(uri: string): void {
    this.#send({ jsonrpc: "2.0", method: UPDATED, params: { uri } });
  }

  /** Hears every change, until the function that it gives back is called. */
  subscribe(listener: (change: Notification) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    const lists = [...this.#waiting];
    this.#waiting.clear();
    for (const list of lists) this.#send({ jsonrpc: "2.0", method: `notifications/${list}/list_changed` });
  }

  #send(change: Notification): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}

const UPDATED = "notifications/resources/updated";

/**
 * Answers `subscriptions/listen`: acknowledges first, then sends what the filter asks for, each message with the id of
 * the request; the result comes when the server winds down.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/utilities/subscriptions
 */
export function listen(changes: Changes, capabilities: () => ServerCapabilities): Answer<SubscriptionFilter> {
  const open = new WeakMap<object, number>();
  return {
    find(params, context) {
      if ((open.get(context.binding ?? changes) ?? 0) >= limits.listens) {
        throw new InternalError("Too many subscriptions on this connection", { limit: "listens" });
      }
      return honoured((params as unknown as SubscriptionsListenRequestParams).notifications, capabilities());
    },
    run(filter, _params, context) {
      const _meta = { [MetaKey.subscriptionId]: context.id };
      const connection = context.binding ?? changes;
      void context.emit({ jsonrpc: "2.0", method: ACKNOWLEDGED, params: { _meta, notifications: filter } });
      const unsubscribe = changes.subscribe((change) => {
        if (isWanted(filter, change)) void context.emit({ ...change, params: { ...change.params, _meta } });
      });
      const count = (by: 1 | -1): unknown => open.set(connection, (open.get(connection) ?? 0) + by);
      count(1);
      return new Promise((resolve) => {
        let ended = false;
        let unlisten = (): void => {};
        const end = (): void => {
          if (ended) return;
          ended = true;
          count(-1);
          unsubscribe();
          unlisten();
          resolve({ _meta });
        };
        const unlistenCall = onAbort(context.underlying, end);
        const unlistenEnding = context.binding?.ending?.listen(end);
        unlisten = () => {
          unlistenCall();
          unlistenEnding?.();
        };
        if (ended) unlisten();
      });
    },
  };
}

const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";
