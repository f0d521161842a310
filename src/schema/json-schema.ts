/** A JSON Schema object. The keywords that most programs write are typed; every other one passes through unharmed. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly properties?: { readonly [name: string]: JsonSchema | boolean };
  readonly required?: readonly string[];
}

/** One reason why a value does not match a schema. */
export interface Issue {
  /** JSON Pointer (RFC 6901) of the value that is wrong; empty for the whole. */
  readonly pointer: string;
  /** JSON Pointer of the keyword that refused it; empty where a library of the user checked the value. */
  readonly schemaPointer: string;
  /** What the value has to be, for people and models, without the value itself. */
  readonly message: string;
}

/**
 * Checks one value; `undefined` means that it is valid. It never changes the value, always ends, and throws only what a
 * getter of the value throws. A member that is `undefined` is taken for none, as it is in JSON.
 */
export type Validator = (value: unknown) => readonly Issue[] | undefined;

/** At most so many issues are reported for one value. */
export const MAX_ISSUES = 16;

/**
 * A schema cannot be used: its dialect is not supported, a reference leaves the document or leads nowhere, it is above
 * a limit, or a keyword has a value that it cannot have.
 */
export class SchemaError extends Error {
  override readonly name: string = "SchemaError";
  /** JSON Pointer of the place in the schema; empty for the whole. */
  readonly schemaPointer: string;

  constructor(message: string, schemaPointer: string, options?: ErrorOptions) {
    super(schemaPointer === "" ? message : `${message} (at ${schemaPointer})`, options);
    this.schemaPointer = schemaPointer;
  }
}

/** Whether an object has a member of its own. One that is `undefined` is none: it has no place in JSON. */
export function hasMember(value: Record<string, unknown>, name: string): boolean {
  return value[name] !== undefined && Object.hasOwn(value, name);
}

/** `pointer` with one more segment, escaped as RFC 6901 demands. */
export function appendSegment(pointer: string, segment: string | number): string {
  return `${pointer}/${String(segment).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The dialects that are understood: 2020-12, which is also that of a schema that declares none, and draft-07. */
export const DIALECT: RegExp = /^https?:\/\/json-schema\.org\/(draft\/2020-12|draft-07)\/schema#?$/;

/** The values of `type`. */
export const TYPES: readonly TypeName[] = ["string", "number", "integer", "boolean", "object", "array", "null"];

/** A value of `type`. */
export type TypeName = "string" | "number" | "integer" | "boolean" | "object" | "array" | "null";

/** Whether a value is a list of names. */
export function areNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

/** Whether a value can stand at `type`: a type, or a list of types. */
export function areTypes(value: unknown): boolean {
  return [value].flat().every((name) => (TYPES as readonly unknown[]).includes(name));
}
