export { knownFormats } from "./formats.ts";
export { type Issue, type JsonSchema, SchemaError } from "./json-schema.ts";
export { objectRoot } from "./object-root.ts";
export { authorPatterns, loadLinearPatterns, type PatternEngine } from "./patterns.ts";
export {
  type CompiledSchema,
  fromSchema,
  type InferInput,
  type InferOutput,
  jsonSchema,
  type Schema,
  type SchemaPair,
  type StandardSchema,
  type TypedJsonSchema,
  type Validated,
} from "./standard.ts";
export { compile, type CompileOptions, compilePeer, needsPatterns, type Validator } from "./validator.ts";
