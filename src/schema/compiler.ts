import type { Check, Evaluation } from "./evaluation.ts";
import type { FormatTest } from "./formats.ts";
import { isObject, SchemaError } from "./json-schema.ts";
import { type SchemaDocument, type Subschema, valueOf } from "./references.ts";

/** What the keywords need to compile themselves. */
export interface Compiler {
  readonly document: SchemaDocument;
  /** The values of `format` that are asserted. */
  readonly formats: ReadonlyMap<string, FormatTest> | undefined;
  /** The check of the subschema below `at` by these keys. It must exist. */
  child(at: Subschema, ...keys: (string | number)[]): Check;
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

/** The value of a keyword that is a number. */
export function numberOf(at: Subschema, keyword: string): number | undefined {
  const value = valueOf(at, keyword);
  if (value === undefined || Number.isFinite(value)) return value as number | undefined;
  throw wrongValue(at, keyword, "a number");
}

/** The value of a keyword that counts something. */
export function countOf(at: Subschema, keyword: string): number | undefined {
  const value = numberOf(at, keyword);
  if (value === undefined || (value >= 0 && Number.isInteger(value))) return value;
  throw wrongValue(at, keyword, "a whole number of at least 0");
}

/** A list of names. */
export function namesOf(at: Subschema, keyword: string, value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  throw wrongValue(at, keyword, "a list of names");
}

/** The names under a keyword that holds an object. */
export function keysOf(at: Subschema, keyword: string): readonly string[] {
  const value = valueOf(at, keyword);
  if (value === undefined) return [];
  if (isObject(value)) return Object.keys(value);
  throw wrongValue(at, keyword, "an object");
}
