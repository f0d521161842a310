export * from "./check.ts";
export {
  argumentAt,
  type HeaderParam,
  type HeaderParams,
  headerMatches,
  headerParams,
  paramHeaderValue,
} from "./header-params.ts";
export { decodeHeaderValue, encodeHeaderValue, HeaderName } from "./headers.ts";
export { ENTRY_SINCE, IMPLEMENTATION_SINCE, known } from "./known.ts";
export { type MetaValues, metaOf, metaValue } from "./meta.ts";
export { MetaKey } from "./meta-keys.ts";
export {
  type ClientRequests,
  isModernMethod,
  type Method,
  type MethodTable,
  methodsOf,
  type Sender,
  type ServerRequests,
} from "./methods.ts";
export { extensionIdProblem, isReservedMetaKey, metaKeyProblem, toolNameProblem } from "./names.ts";
export {
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
export { isBaggage, isTraceparent, isTracestate, type TraceContext, traceContext } from "./trace-context.ts";
export type * from "./types/index.ts";
export { type TemplateVariables, UriTemplate, type UriTemplateOptions } from "./uri-template.ts";
