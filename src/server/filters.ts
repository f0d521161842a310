import type { Notification } from "../jsonrpc/index.ts";
import type { ServerCapabilities, SubscriptionFilter } from "../protocol/index.ts";
import { honoured, isWanted } from "../protocol/methods/index.ts";
import type { Eventually } from "../stores/index.ts";
import type { Changes, FilterKey } from "./changes.ts";
import type { Context } from "./context.ts";

/** The part of a filter that is served. */
export function served(
  changes: Changes,
  asked: SubscriptionFilter,
  capabilities: ServerCapabilities,
  context: Context,
): Eventually<SubscriptionFilter> {
  const filter = honoured(asked, capabilities);
  const keys = changes.keys.filter(({ key }) => asked[key] !== undefined);
  return keys.length === 0 ? filter : withKeys(filter, asked, keys, context);
}

/** Whether a subscription with this filter gets a notification. */
export function wants(changes: Changes, filter: SubscriptionFilter, notification: Notification): boolean {
  return isWanted(filter, notification) || changes.keys.some((key) => keyWants(changes, key, filter, notification));
}

function keyWants(changes: Changes, key: FilterKey, filter: SubscriptionFilter, notification: Notification): boolean {
  const value = filter[key.key];
  try {
    return value !== undefined && key.wants(value, notification);
  } catch (error) {
    changes.report(error);
    return false;
  }
}

async function withKeys(
  filter: SubscriptionFilter,
  asked: SubscriptionFilter,
  keys: readonly FilterKey[],
  context: Context,
): Promise<SubscriptionFilter> {
  for (const key of keys) {
    const value = await key.honoured(asked[key.key], context);
    if (value !== undefined) filter[key.key] = value;
  }
  return filter;
}
