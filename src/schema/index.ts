export { type FormatTest, knownFormats } from "./formats.ts";
export { type Issue, type JsonSchema, SchemaError } from "./json-schema.ts";
export { objectRoot } from "./object-root.ts";
export { authorPatterns, loadLinearPatterns, type PatternEngine, type PatternTest } from "./patterns.ts";
export type { SchemaLimits } from "./references.ts";
export {
  type CompiledSchema,
  fromSchema,
  type InferInput,
  type InferOutput,
  type Schema,
  type SchemaPair,
  type StandardIssue,
  type StandardResult,
  type StandardSchema,
  type Validated,
} from "./standard.ts";
export { compile, type CompileOptions, compilePeer, needsPatterns, type Validator } from "./validator.ts";
