import type { BlobResourceContents, TextResourceContents } from "./content.ts";
import type { Resource, ResourceTemplate } from "./definitions.ts";
import type { InputResponseRequestParams } from "./input.ts";
import type { CacheableResult, NotificationParams, PaginatedResult, RequestParams } from "./messages.ts";

/**
 * The result of `resources/list`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#listing-resources
 */
export interface ListResourcesResult extends PaginatedResult, CacheableResult {
  resultType?: "complete";
  /** The resources of this page. */
  resources: readonly Resource[];
}

/**
 * The result of `resources/templates/list`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource-templates
 */
export interface ListResourceTemplatesResult extends PaginatedResult, CacheableResult {
  resultType?: "complete";
  /** The templates of this page. */
  resourceTemplates: readonly ResourceTemplate[];
}

/** What the parameters of every request about one resource hold. */
export interface ResourceRequestParams extends RequestParams {
  /** The resource. */
  uri: string;
}

/**
 * The parameters of `resources/read`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#reading-resources
 */
export interface ReadResourceRequestParams extends ResourceRequestParams, InputResponseRequestParams {}

/**
 * The result of `resources/read`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#reading-resources
 */
export interface ReadResourceResult extends CacheableResult {
  resultType?: "complete";
  /** The contents; a folder may give those of several resources. */
  contents: readonly (TextResourceContents | BlobResourceContents)[];
}

/**
 * The parameters of `resources/subscribe`. Up to 2025-11-25; `subscriptions/listen` since.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/server/resources#subscriptions
 */
export interface SubscribeRequestParams extends ResourceRequestParams {}

/**
 * The parameters of `resources/unsubscribe`. Up to 2025-11-25; `subscriptions/listen` since.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/server/resources#subscriptions
 */
export interface UnsubscribeRequestParams extends ResourceRequestParams {}

/** The parameters of `notifications/resources/updated`. */
export interface ResourceUpdatedNotificationParams extends NotificationParams {
  /** What changed; possibly a part of the resource that is watched. */
  uri: string;
}
