import type * as wire from "./types/index.ts";

/** Parameters and results of what a client asks, by method. */
export interface ClientRequests {
  initialize: { params: wire.InitializeRequestParams; result: wire.InitializeResult };
  ping: { params: wire.RequestParams; result: wire.EmptyResult };
  "server/discover": { params: wire.RequestParams; result: wire.DiscoverResult };
  "tools/list": { params: wire.PaginatedRequestParams; result: wire.ListToolsResult };
  "tools/call": { params: wire.CallToolRequestParams; result: wire.CallToolResult };
  "resources/list": { params: wire.PaginatedRequestParams; result: wire.ListResourcesResult };
  "resources/templates/list": { params: wire.PaginatedRequestParams; result: wire.ListResourceTemplatesResult };
  "resources/read": { params: wire.ReadResourceRequestParams; result: wire.ReadResourceResult };
  "resources/subscribe": { params: wire.SubscribeRequestParams; result: wire.EmptyResult };
  "resources/unsubscribe": { params: wire.UnsubscribeRequestParams; result: wire.EmptyResult };
  "prompts/list": { params: wire.PaginatedRequestParams; result: wire.ListPromptsResult };
  "prompts/get": { params: wire.GetPromptRequestParams; result: wire.GetPromptResult };
  "completion/complete": { params: wire.CompleteRequestParams; result: wire.CompleteResult };
  "logging/setLevel": { params: wire.SetLevelRequestParams; result: wire.EmptyResult };
  "subscriptions/listen": { params: wire.SubscriptionsListenRequestParams; result: wire.SubscriptionsListenResult };
}

/** Parameters and results of what a server asks, by method. */
export interface ServerRequests {
  ping: { params: wire.RequestParams; result: wire.EmptyResult };
  "sampling/createMessage": { params: wire.CreateMessageRequestParams; result: wire.CreateMessageResult };
  "elicitation/create": { params: wire.ElicitRequestParams; result: wire.ElicitResult };
  "roots/list": { params: wire.RequestParams; result: wire.ListRootsResult };
}
