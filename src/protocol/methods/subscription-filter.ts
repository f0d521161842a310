import type { Notification } from "../../jsonrpc/index.ts";
import type { ServerCapabilities, SubscriptionFilter } from "../types/index.ts";

/** The part of a filter that a server with these capabilities serves. */
export function honoured(asked: SubscriptionFilter, capabilities: ServerCapabilities): SubscriptionFilter {
  const { tools, prompts, resources } = capabilities;
  const filter: SubscriptionFilter = {};
  if (asked.toolsListChanged && tools?.listChanged) filter.toolsListChanged = true;
  if (asked.promptsListChanged && prompts?.listChanged) filter.promptsListChanged = true;
  if (asked.resourcesListChanged && resources?.listChanged) filter.resourcesListChanged = true;
  if (asked.resourceSubscriptions !== undefined && resources?.subscribe) {
    filter.resourceSubscriptions = [...asked.resourceSubscriptions];
  }
  return filter;
}

/** Whether a filter asks for a change. */
export function isWanted(filter: SubscriptionFilter, { method, params }: Notification): boolean {
  switch (method) {
    case "notifications/tools/list_changed":
      return filter.toolsListChanged === true;
    case "notifications/prompts/list_changed":
      return filter.promptsListChanged === true;
    case "notifications/resources/list_changed":
      return filter.resourcesListChanged === true;
    case "notifications/resources/updated":
      return filter.resourceSubscriptions?.some((watched) => isWithin(params?.["uri"] as string, watched)) === true;
    default:
      return false;
  }
}

/**
 * Whether a resource is a watched one, or a part of it: its URI goes on behind a `/`. A URI without a path, such as
 * `note://`, has no parts.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#subscriptions
 */
export function isWithin(uri: string, watched: string): boolean {
  if (!uri.startsWith(watched)) return false;
  if (uri.length === watched.length) return true;
  return (watched.endsWith("/") || uri[watched.length] === "/") && !/(?:^|:\/{0,2})$/.test(watched);
}
