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

  /** Hears every change. */
  subscribe(listener: (change: Notification) => void): void {
    this.#listeners.add(listener);
  }

  /** Hears no more; false for who did not. */
  unsubscribe(listener: (change: Notification) => void): boolean {
    return this.#listeners.delete(listener);
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
    run(filter, _params, { id, binding, underlying }) {
      const _meta = { [MetaKey.subscriptionId]: id };
      void underlying.emit({ jsonrpc: "2.0", method: ACKNOWLEDGED, params: { _meta, notifications: filter } });
      // For hours and beside thousands of others: what is held is what is named here, and not the request.
      const tell = (change: Notification): void => {
        if (isWanted(filter, change)) void underlying.emit({ ...change, params: { ...change.params, _meta } });
      };
      changes.subscribe(tell);
      const connection = binding ?? changes;
      open.set(connection, (open.get(connection) ?? 0) + 1);
      return new Promise((resolve) => {
        let over = false;
        let unlisten = (): void => {};
        const end = (): void => {
          over = true;
          if (changes.unsubscribe(tell)) open.set(connection, (open.get(connection) ?? 1) - 1);
          unlisten();
          binding?.ending?.unlisten(end);
          resolve({ _meta });
        };
        unlisten = onAbort(underlying, end);
        binding?.ending?.listen(end);
        if (over) end();
      });
    },
  };
}

const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";
