export * from "./check.ts";
export { argumentAt, type HeaderParam, headerMatches, headerParams, paramHeaderValue } from "./header-params.ts";
export { ENTRY_SINCE, IMPLEMENTATION_SINCE, known } from "./known.ts";
export { deprecation, extensionMethod, isModernMethod, methodsOf } from "./methods.ts";
export { honoured, isWanted, isWithin } from "./subscription-filter.ts";
export { type TraceContext, traceContext } from "../index.ts";
export { ttlOf } from "./ttl.ts";
