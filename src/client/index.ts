export { LocalError, ProtocolError, ToolError } from "../errors.ts";
export { expandUriTemplate, type TemplateValue } from "../protocol/index.ts";
export type { AnswerContext, Handlers } from "./handlers.ts";
export { Client } from "./client.ts";
export type { Connectable } from "./connect.ts";
export type {
  Claimed,
  ClientExtension,
  ClientLink,
  LinkOptions,
  ResultClaim,
  TheirExtension,
} from "./client-extension.ts";
export type { ServerFacts } from "./link.ts";
export type { ClientOptions, Logger, MemoryCacheOptions, Prior, StoreCacheOptions } from "./options.ts";
export type { ManualOptions, Progress, RequestOptions } from "./request.ts";
export type { Change, Subscription } from "./subscription.ts";
export type { AnyTools, ToolArguments, ToolOutput, ToolsOf, ToolType } from "./typed.ts";
