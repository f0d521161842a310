export * from "./check.ts";
export { argumentAt, type HeaderParam, headerMatches, headerParams, paramHeaderValue } from "./header-params.ts";
export { decodeHeaderValue, encodeHeaderValue, HeaderName } from "./headers.ts";
export { ENTRY_SINCE, IMPLEMENTATION_SINCE, known } from "./known.ts";
export { MetaKey } from "./meta-keys.ts";
export {
  deprecation,
  type ClientRequests,
  isModernMethod,
  type Method,
  methodsOf,
  type ServerRequests,
} from "./methods.ts";
export { toolNameProblem } from "./names.ts";
export {
  chosenRevisions,
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
export { honoured, isWanted, isWithin } from "./subscription-filter.ts";
export { type TraceContext, traceContext } from "./trace-context.ts";
export type * from "./types/index.ts";
export { UriTemplate } from "./uri-template.ts";
export { expandUriTemplate, type TemplateValue } from "./uri-template-expand.ts";
export type { TemplateVariables } from "./uri-template-variables.ts";
