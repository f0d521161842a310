export * from "./check.ts";
export { ENTRY_SINCE, IMPLEMENTATION_SINCE, known } from "./known.ts";
export { MetaKey } from "./meta-keys.ts";
export {
  type ClientRequests,
  isModernMethod,
  type Method,
  methodsOf,
  type ServerRequests,
} from "./methods.ts";
export { toolNameProblem } from "./names.ts";
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
export { type TraceContext, traceContext } from "./trace-context.ts";
export type * from "./types/index.ts";
export { UriMatcher, type UriTemplateOptions } from "./uri-matcher.ts";
export { type TemplateVariables, UriTemplate } from "./uri-template.ts";
