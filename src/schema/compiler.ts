import type { Check, Evaluation } from "./evaluation.ts";
import type { FormatTest } from "./formats.ts";
import { isObject, SchemaError } from "./json-schema.ts";
import { type SchemaDocument, type Subschema, valueOf } from "./references.ts";

/** What the keywords need to compile themselves. */
export interface Compiler {
  readonly document: SchemaDocument;
  /** The values of `format` that are asserted. */
  readonly formats: ReadonlyMap<string, FormatTest> | undefined;
  /** The check of the subschema below `at` by these keys. Throws a {@link SchemaError} when none stands there. */
  child(at: Subschema, ...keys: (string | number)[]): Check;
  /** The same, or `undefined` when the schema does not have the keyword. */
  optional(at: Subschema, keyword: string): Check | undefined;
  /** The checks of a list of schemas; `undefined` when the schema does not have the keyword. */
  list(at: Subschema, keyword: string): readonly Check[] | undefined;
  /** The check of what a reference leads to; it is filled in when all is compiled. */
  target(at: Subschema): { readonly check: Check };
  /** Compiles a pattern to a test that pays for its work. */
  pattern(at: Subschema, keyword: string, source: string): (text: string, run: Evaluation) => boolean;
}

/** One keyword, or a group that acts together; `undefined` when a schema does not have it. */
export type Keyword = (at: Subschema, compiler: Compiler) => Check | undefined;

/** The error of a keyword with a value that it cannot have. */
export function wrongValue(at: Subschema, keyword: string, demand: string): SchemaError {
  return new SchemaError(`"${keyword}" must be ${demand}`, at.pointer);
}

/** The value of a keyword that must be of a type, as `typeof` has it. */
export function valueFor(at: Subschema, keyword: string, type: "string" | "boolean"): unknown {
  const value = valueOf(at, keyword);
  // biome-ignore lint/suspicious/useTypeof: the type is given
  if (value === undefined || typeof value === type) return value;
  throw wrongValue(at, keyword, `a ${type}`);
}
