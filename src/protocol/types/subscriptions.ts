import type { RequestId } from "../../jsonrpc/index.ts";
import type { NotificationParams, RequestParams, Result, ResultMetaObject } from "./messages.ts";

/**
 * What a client wants to be told of; nothing that is not named is sent. Extensions add members of their own.
 *
 * Since 2026-07-28.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 */
export interface SubscriptionFilter {
  /** The list of tools changed. */
  toolsListChanged?: boolean;
  /** The list of prompts changed. */
  promptsListChanged?: boolean;
  /** The list of resources changed. */
  resourcesListChanged?: boolean;
  /** One of these resources, or a part of it, changed. */
  resourceSubscriptions?: readonly string[];
  /** What an extension tells of. */
  [extension: string]: unknown;
}

/** The parameters of `subscriptions/listen`. Since 2026-07-28. */
export interface SubscriptionsListenRequestParams extends RequestParams {
  /** What to be told of. */
  notifications: SubscriptionFilter;
}

/**
 * The parameters of `notifications/subscriptions/acknowledged`, the first message of a subscription.
 *
 * Since 2026-07-28.
 */
export interface SubscriptionsAcknowledgedNotificationParams extends NotificationParams {
  /** The part of the filter that the server honours. */
  notifications: SubscriptionFilter;
}

/** The result of `subscriptions/listen`: the server ends the subscription. Since 2026-07-28. */
export interface SubscriptionsListenResult extends Result {
  resultType?: "complete";
  _meta: SubscriptionsListenResultMetaObject;
}

/** The `_meta` of a {@link SubscriptionsListenResult}. Since 2026-07-28. */
export interface SubscriptionsListenResultMetaObject extends ResultMetaObject {
  /** The id of the `subscriptions/listen` request. */
  "io.modelcontextprotocol/subscriptionId": RequestId;
}
