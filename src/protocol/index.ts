export {
  type AnyMembers,
  Extension,
  type ExtensionDefinition,
  type ExtensionNotification,
  type ExtensionNotifications,
  type ExtensionRequest,
  type ExtensionRequests,
  type ExtensionSpan,
  extension,
  type NotificationInput,
  type NotificationOutput,
  type RequestInput,
  type RequestOutput,
  type RequestResult,
} from "./extension.ts";
export {
  type ExtensionMethod,
  extensionMethods,
  MCP_NAME,
  ownMembers,
  spans,
} from "./extension-methods.ts";
export { decodeHeaderValue, encodeHeaderValue, HeaderName } from "./headers.ts";
export { MetaKey } from "./meta-keys.ts";
export type { Method, Sender } from "./method.ts";
export type { ClientRequests, ServerRequests } from "./requests.ts";
export { toolNameProblem } from "./names.ts";
export {
  chosenRevisions,
  exists,
  isModern,
  isRevision,
  isSince,
  LATEST_LEGACY_REVISION,
  LATEST_REVISION,
  REVISIONS,
  type Revision,
  SINCE,
  unsupportedVersion,
} from "./revisions.ts";
export type * from "./types/index.ts";
export { type TraceContext, traceContext } from "./trace-context.ts";
export { UriTemplate } from "./uri-template.ts";
export { expandUriTemplate, type TemplateValue } from "./uri-template-expand.ts";
export type { TemplateVariables } from "./uri-template-variables.ts";
