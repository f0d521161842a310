export * from "./json-schema.ts";
export { objectRoot } from "./object-root.ts";
export * from "./standard.ts";
