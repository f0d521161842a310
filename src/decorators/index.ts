export { prompt, resource, tool } from "./decorators.ts";
export type * from "./decorators.ts";
export { definitions, withPrefix } from "./definitions.ts";
