/**
 * The checks that messages pass at run time: one for the parameters of every method, and one for every result that has
 * members. They are written by hand; a good value costs no more than looking at it.
 */
export { LOGGING_LEVELS, modernMeta } from "./check-meta.ts";
export * from "./check-params.ts";
export * from "./check-results.ts";
export * from "./check-tasks.ts";
