import { DefinitionError } from "../errors.ts";
import { isObject } from "../json.ts";
import { appendSegment, type Issue, type JsonSchema, MAX_ISSUES, type Validator } from "./json-schema.ts";
import { mistakeIn } from "./mistakes.ts";

/** What a library says about a value. */
type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One issue of a library. */
interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema of a library tells about its types. It exists for the type checker alone. */
interface Typed<Input = unknown, Output = unknown> {
  readonly version: 1;
  readonly vendor: string;
  readonly types?: { readonly input: Input; readonly output: Output } | undefined;
}

interface Validates<Output> {
  readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
}

type Converter = (options: { readonly target: string }) => Record<string, unknown>;

interface Converts {
  readonly jsonSchema: { readonly input: Converter; readonly output: Converter };
}

/**
 * A schema of a library that can validate and become JSON Schema: of zod 4, ArkType, Valibot through
 * `toStandardJsonSchema` of `@valibot/to-json-schema`, and others.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": Typed<Input, Output> & Partial<Validates<Output>> & Converts;
}

/** A schema of a library that only validates, with the JSON Schema that it cannot give itself. */
export interface SchemaPair<Input = unknown, Output = Input> {
  readonly schema: { readonly "~standard": Typed<Input, Output> & Validates<Output> };
  readonly jsonSchema: JsonSchema;
}

/** What may be given where a schema is asked for. */
export type Schema = StandardSchema | SchemaPair | JsonSchema;

/** The types of a zod schema where zod itself keeps them: a compiler finds them there at a fifth of the cost. */
interface ZodTypes {
  readonly _zod: { readonly input: unknown; readonly output: unknown };
}

interface StandardTypes {
  readonly "~standard": { readonly types?: { readonly input: unknown; readonly output: unknown } | undefined };
}

declare const typed: unique symbol;

/** JSON Schema with the type of what matches it, made by {@link jsonSchema}. */
export interface TypedJsonSchema<T> extends JsonSchema {
  /** Never there; it carries the type. */
  readonly [typed]: T;
}

/**
 * Gives plain JSON Schema the type of what matches it, so that handlers and clients know it without a library. That the
 * two agree is the word of whoever writes this.
 *
 * @example
 * ```ts
 * const input = jsonSchema<{ city: string }>({
 *   type: "object",
 *   properties: { city: { type: "string" } },
 *   required: ["city"],
 * });
 * ```
 */
export function jsonSchema<T>(schema: JsonSchema): TypedJsonSchema<T> {
  return schema as TypedJsonSchema<T>;
}

type TypesOf<S> = S extends StandardTypes
  ? NonNullable<S["~standard"]["types"]>
  : S extends { readonly schema: StandardTypes }
    ? NonNullable<S["schema"]["~standard"]["types"]>
    : S extends TypedJsonSchema<infer T>
      ? { readonly input: T; readonly output: T }
      : undefined;

/** What must be sent to satisfy a schema. Plain JSON Schema says no more than that it is an object. */
export type InferInput<S> = S extends ZodTypes
  ? S["_zod"]["input"]
  : TypesOf<S> extends { readonly input: infer I }
    ? I
    : Record<string, unknown>;

/** What a schema makes of its input. Plain JSON Schema says no more than whether it is an object with properties. */
export type InferOutput<S> = S extends ZodTypes
  ? S["_zod"]["output"]
  : TypesOf<S> extends { readonly output: infer O }
    ? O
    : S extends { readonly properties: object }
      ? Record<string, unknown>
      : unknown;

/** The value as its schema made it, or why it is wrong. */
export type Validated =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

/** A schema that is ready for use, whatever it was written with. */
export interface CompiledSchema {
  /** What goes on the wire. */
  readonly json: JsonSchema;
  /**
   * Checks a value. The answer is a promise only when the library of the schema gives one, or while the validator is
   * being loaded. Throws or rejects with what the library throws, such as an error in a transformation of its user, and
   * with a `DefinitionError` for a schema that turned out to be none.
   */
  readonly validate: (value: unknown) => Validated | Promise<Validated>;
}

/**
 * Compiles one half of what the user gave as a schema. `where` names its place for error messages, such as
 * `tool "add"`.
 *
 * The input half is what the peer must send: the library validates it and gives the value it makes of it. The output
 * half is what is sent: a value as the library makes it, checked against the JSON Schema of the output. The library does
 * not see it, since its transformations must not run on what they have already made. Plain JSON Schema is checked by
 * the validator of this package, which is loaded when it is first needed, or soon after the program has started: most
 * servers describe what they take with a library. `report` is told of a mistake in a schema that only the validator
 * finds.
 *
 * Throws a {@link DefinitionError} that says what to write instead.
 */
export function fromSchema(
  schema: Schema,
  half: "input" | "output",
  where: string,
  report: (problem: DefinitionError) => void = () => {},
): CompiledSchema {
  const fail: Fail = (problem, cause) => new DefinitionError(`The ${half} schema of ${where} ${problem}`, { cause });
  const { json, validates } = read(schema, half, fail);
  if (half === "input" && validates !== undefined) {
    return {
      json,
      validate(value) {
        const result = validates.validate(value);
        return result instanceof Promise ? result.then(validated) : validated(result);
      },
    };
  }
  const mistake = mistakeIn(json);
  if (mistake !== undefined) throw fail(`is no JSON Schema: ${mistake}`);
  let validator: Validator | undefined;
  let ready: Promise<Validator | DefinitionError> | undefined;
  const begin = (): Promise<Validator | DefinitionError> => {
    ready ??= load(json).then(
      (compiled) => {
        validator = compiled;
        return compiled;
      },
      (error: unknown) => {
        const problem = fail(`is no JSON Schema: ${messageOf(error)}`, error);
        report(problem);
        return problem;
      },
    );
    return ready;
  };
  soon(begin);
  return {
    json,
    validate(value) {
      if (validator !== undefined) return check(validator, value);
      return begin().then((compiled) => {
        if (compiled instanceof DefinitionError) throw compiled;
        return check(compiled, value);
      });
    },
  };
}

/** A program that starts has its client to answer first: what can wait waits so long, in milliseconds. */
const SOON = 50;
/** So many schemas are compiled in one go: a thousand would hold up everything else, and leave the heap large for good. */
const AT_ONCE = 10;

const waiting: (() => unknown)[] = [];

/** Runs a task when the program has started. It does not keep it running. */
function soon(task: () => unknown): void {
  if (waiting.push(task) === 1) schedule();
}

function schedule(): void {
  const timer: object = setTimeout(() => {
    for (const task of waiting.splice(0, AT_ONCE)) task();
    if (waiting.length > 0) schedule();
  }, SOON);
  (timer as { unref?: () => unknown }).unref?.();
}

let loading: Promise<{ readonly compile: (json: JsonSchema) => Validator }> | undefined;

async function load(json: JsonSchema): Promise<Validator> {
  loading ??= import("./validator/index.ts");
  const { compile } = await loading;
  return compile(json);
}

function check(validator: Validator, value: unknown): Validated {
  const issues = validator(value);
  return issues === undefined ? { value } : { issues };
}

type Fail = (problem: string, cause?: unknown) => DefinitionError;

interface Read {
  readonly json: JsonSchema;
  readonly validates?: Validates<unknown> | undefined;
}

function read(schema: unknown, half: "input" | "output", fail: Fail): Read {
  const standard = standardOf(schema);
  if (standard !== undefined) {
    const validates = standard.validate === undefined ? undefined : (standard as Validates<unknown>);
    if (standard.jsonSchema !== undefined) return { json: convert(standard.jsonSchema[half], fail), validates };
    throw fail(`gives no JSON Schema; ${remedyFor(standard.vendor, schema as object)}`);
  }
  if (!isObject(schema)) throw fail(`is no schema; give one of a library, such as z.object({ ... }), or JSON Schema`);
  const validates = standardOf(schema.schema);
  if (validates?.validate !== undefined && isObject(schema.jsonSchema)) {
    return { json: schema.jsonSchema, validates: validates as Validates<unknown> };
  }
  for (const member of Object.values(schema)) {
    if (standardOf(member) !== undefined) throw fail("is a bare object of schemas; wrap it, as in z.object({ ... })");
    if (typeof member !== "function") continue;
    const remedy = "_def" in schema ? "; zod 3 has no JSON Schema, use zod 4" : ", nor a Standard Schema";
    throw fail(`is no JSON Schema${remedy}`);
  }
  return { json: schema };
}

function standardOf(schema: unknown): (Typed & Partial<Validates<unknown> & Converts>) | undefined {
  if ((typeof schema !== "object" && typeof schema !== "function") || schema === null) return undefined;
  const standard = (schema as Record<string, unknown>)["~standard"];
  return isObject(standard) ? (standard as unknown as Typed) : undefined;
}

function remedyFor(vendor: string, schema: object): string {
  const pair = "give { schema, jsonSchema }";
  if (vendor === "valibot") return 'wrap it in toStandardJsonSchema() of "@valibot/to-json-schema"';
  if (vendor !== "zod") return pair;
  if (!("_zod" in schema)) return `use zod 4 in place of zod 3, or ${pair}`;
  return `use "zod" 4.2 or later in place of "zod/mini", or give { schema, jsonSchema: z.toJSONSchema(schema) }`;
}

function convert(converter: Converter, fail: Fail): JsonSchema {
  let first: unknown;
  for (const target of ["draft-2020-12", "draft-07"]) {
    try {
      return converter({ target });
    } catch (error) {
      first ??= error;
    }
  }
  const remedy = "describe it by a type that JSON has (a date is a string), or give { schema, jsonSchema }";
  throw fail(`cannot become JSON Schema: ${messageOf(first)}; ${remedy}`, first);
}

function validated(result: StandardResult<unknown>): Validated {
  if (!result.issues) return result;
  const issues = Array.from(result.issues).slice(0, MAX_ISSUES);
  return {
    issues: issues.map(({ message, path = [] }) => ({
      pointer: path.map((segment) => String(isObject(segment) ? segment.key : segment)).reduce(appendSegment, ""),
      schemaPointer: "",
      message,
    })),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
