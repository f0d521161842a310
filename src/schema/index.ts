export {
  appendSegment,
  areNames,
  areTypes,
  DIALECT,
  hasMember,
  type Issue,
  type JsonSchema,
  MAX_ISSUES,
  SchemaError,
  type TypeName,
  TYPES,
  type Validator,
} from "./json-schema.ts";
export { objectRoot } from "./object-root.ts";
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
