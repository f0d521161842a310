import { InternalError } from "../errors.ts";
import { type Notification, onAbort } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import {
  MetaKey,
  type ServerCapabilities,
  type SubscriptionFilter,
  type SubscriptionsListenRequestParams,
} from "../protocol/index.ts";
import type { Eventually } from "../stores/index.ts";
import type { Changes } from "./changes.ts";
import type { Context } from "./context.ts";
import { served, wants } from "./filters.ts";
import type { Answer } from "./invoke.ts";

/** A server with changes to hear of. */
interface Listened {
  readonly changes: Changes;
  capabilities(): ServerCapabilities;
}

/**
 * Answers `subscriptions/listen`: acknowledges first, then sends what the filter asks for, each message with the id of
 * the request; the result comes when the server winds down.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 */
export function listen(server: Listened): Answer<Eventually<SubscriptionFilter>> {
  const { changes } = server;
  /** How many there are, by connection. */
  const open: Counts = new WeakMap();
  return {
    find(params, context) {
      // Before extensions are asked what they serve: nobody would hear of their refusal.
      if ((open.get(context.binding ?? changes) ?? 0) >= limits.listens) {
        throw new InternalError("Too many subscriptions on this connection", { limit: "listens" });
      }
      const { notifications } = params as unknown as SubscriptionsListenRequestParams;
      return served(changes, notifications, server.capabilities(), context);
    },
    run: (filter, _params, context) => stay(changes, open, filter, context),
  };
}

type Counts = WeakMap<object, number>;

/** For hours and beside thousands of others: what is held is what is named here, and not the request. */
function stay(
  changes: Changes,
  open: Counts,
  honouring: Eventually<SubscriptionFilter>,
  { id, binding, underlying }: Context,
): Promise<unknown> {
  const connection = binding ?? changes;
  open.set(connection, (open.get(connection) ?? 0) + 1);
  const _meta = { [MetaKey.subscriptionId]: id };
  let filter: SubscriptionFilter | undefined;
  /** What changes before the acknowledgement is told after it. */
  let early: Notification[] | undefined;
  const tell = (change: Notification): void => {
    if (filter === undefined) (early ??= []).push(change);
    else if (wants(changes, filter, change)) {
      void underlying.emit({ ...change, params: { ...change.params, _meta } });
    }
  };
  const heard = changes.subscribe(tell);
  return new Promise((resolve, reject) => {
    let over = false;
    let unlisten = (): void => {};
    const end = (): void => {
      over = true;
      if (changes.unsubscribe(tell)) open.set(connection, (open.get(connection) ?? 1) - 1);
      unlisten();
      binding?.ending?.unlisten(end);
      resolve({ _meta });
    };
    const begin = (honoured: SubscriptionFilter): void => {
      if (over) return;
      filter = honoured;
      void underlying.emit({ jsonrpc: "2.0", method: ACKNOWLEDGED, params: { _meta, notifications: filter } });
      for (const change of early ?? []) tell(change);
      early = undefined;
    };
    if (heard === undefined && !(honouring instanceof Promise)) begin(honouring);
    else {
      Promise.all([honouring, heard]).then(
        ([honoured]) => begin(honoured),
        (error: unknown) => {
          reject(error);
          end();
        },
      );
    }
    unlisten = onAbort(underlying, end);
    binding?.ending?.listen(end);
    if (over) end();
  });
}

const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";
