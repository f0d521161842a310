export * from "./check.ts";
export { extensionMethods, MCP_NAME, ownMembers, spans } from "./extension-methods.ts";
export { argumentAt, type HeaderParam, headerMatches, headerParams, paramHeaderValue } from "./header-params.ts";
export { ENTRY_SINCE, IMPLEMENTATION_SINCE, known } from "./known.ts";
export {
  deprecation,
  isModernMethod,
  type Method,
  methodsOf,
} from "./methods.ts";
export type { ClientRequests, ServerRequests } from "./requests.ts";
export { honoured, isWanted, isWithin } from "./subscription-filter.ts";
export { type TraceContext, traceContext } from "./trace-context.ts";
export { ttlOf } from "./ttl.ts";
