import { isObject } from "../../json.ts";
import type { Check, Evaluation } from "./evaluation.ts";
import type { FormatTest } from "./formats.ts";
import { SchemaError } from "../index.ts";
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

/**
 * The value of a keyword; `undefined` when the schema does not have it. Throws a {@link SchemaError} that names the
 * demand when the value is not as it must be.
 */
export function valueFor<T>(at: Subschema, keyword: string, demand: string, holds: (value: unknown) => boolean): T {
  const value = valueOf(at, keyword);
  if (value === undefined || holds(value)) return value as T;
  throw new SchemaError(`"${keyword}" must be ${demand}`, at.pointer);
}

/** The value of a keyword that must be a string. */
export function textFor(at: Subschema, keyword: string): string | undefined {
  return valueFor(at, keyword, "a string", (value) => typeof value === "string");
}

/** The names under a keyword that must hold an object; none when the schema does not have it. */
export function keysFor(at: Subschema, keyword: string): readonly string[] {
  return Object.keys(valueFor<object | undefined>(at, keyword, "an object", isObject) ?? {});
}

/** The value of a keyword that must count something. */
export function countFor(at: Subschema, keyword: string): number | undefined {
  return valueFor(
    at,
    keyword,
    "a whole number of at least 0",
    (value) => Number.isInteger(value) && Number(value) >= 0,
  );
}
