export * from "./decorators.ts";
export { definitions, withPrefix } from "./definitions.ts";
