export * from "./json-schema.ts";
export { objectRoot } from "./object-root.ts";
export { fromSchema, jsonSchema } from "./standard.ts";
export type * from "./standard.ts";
