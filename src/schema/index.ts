export * from "./validator.ts";
