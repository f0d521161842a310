import { DefinitionError, LocalError } from "../errors.ts";
import { isObject } from "../json.ts";
import {
  type ElicitRequestFormParams,
  isSince,
  type PrimitiveSchemaDefinition,
  type Revision,
  SINCE,
} from "../protocol/index.ts";
import type { InferInput, JsonSchema } from "../schema/index.ts";

type Plain<T> = T extends T ? { readonly [K in keyof T]: T[K] } : never;

/**
 * The part of JSON Schema that a form is written in, as `context.elicit` takes it: fields of one value each, and choices
 * among strings. What a revision has not is written as it can be, or refused.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema
 */
export type FormSchema = {
  readonly type: "object";
  readonly properties: { readonly [field: string]: Plain<PrimitiveSchemaDefinition> };
  /** The fields that must be filled in. */
  readonly required?: readonly string[];
};

/** The names of the fields that a form cannot have, among those of an object. */
type Unfit<T> = { [K in keyof T]-?: IsField<Exclude<T[K], undefined>> extends true ? never : K }[keyof T];

type IsField<T> = unknown extends T
  ? true
  : [T] extends [string]
    ? true
    : [T] extends [number]
      ? true
      : [T] extends [boolean]
        ? true
        : [T] extends [readonly (infer E extends string)[]]
          ? string extends E
            ? false
            : true
          : false;

/**
 * A schema that a form can be made of: the schema itself, and for any other one a type that names the fields which no
 * form can have. A parameter is of the type `S & Form<S>`.
 */
export type Form<S> =
  InferInput<S> extends infer T extends object
    ? [Unfit<T>] extends [never]
      ? S
      : { readonly "a form is flat; it cannot have the field": Unfit<T> }
    : { readonly "a form is an object": never };

/** A value to choose, and what people read for it. */
interface Choice {
  readonly value: string;
  readonly title: string | undefined;
}

/** Keywords that a field of each type may have; an `array` is a choice of several. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  string: ["minLength", "maxLength"],
  number: ["minimum", "maximum"],
  integer: ["minimum", "maximum"],
  boolean: [],
  array: ["minItems", "maxItems"],
};

const FORMATS: readonly unknown[] = ["email", "uri", "date", "date-time"];

/**
 * Writes a schema as the form that a client of a revision can show. What a form cannot say about a field is left out:
 * the answer is checked against the whole schema.
 *
 * @throws DefinitionError that names the field which no form can have; LocalError `not_supported` for what only later
 * revisions have.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema
 */
export function toForm(json: JsonSchema, revision: Revision): ElicitRequestFormParams["requestedSchema"] {
  const { type, properties = {}, required = [], additionalProperties: others } = json;
  if (type !== "object") throw new DefinitionError("The form of an elicitation must be an object schema");
  if (isObject(others) && Object.keys(others).length > 0) {
    throw new DefinitionError("A form has no fields but those that its schema names: leave out additionalProperties");
  }
  const early = !isSince(revision, SINCE.multiSelect);
  const fields = Object.entries(properties).map(([name, given]) => {
    const field = fieldOf(resolved(given, json), json, early);
    if (field === undefined) {
      const can = "a string, a number, an integer, a boolean or a choice among strings, and not null";
      throw new DefinitionError(`A form is flat: its field "${name}" must be ${can}`);
    }
    if (early && field["type"] === "array") {
      throw new LocalError("not_supported", `Revision ${revision} has no choice of several, as the field "${name}" is`);
    }
    return [name, field] as const;
  });
  const unknown = required.find((name) => !Object.hasOwn(properties, name));
  if (unknown !== undefined)
    throw new DefinitionError(`A form requires the field "${unknown}", which it does not have`);
  const form = { type, properties: Object.fromEntries(fields), ...(required.length > 0 && { required }) };
  return form as unknown as ElicitRequestFormParams["requestedSchema"];
}

type Keywords = Readonly<Record<string, unknown>>;

/** A field as a form has it, or nothing for one that it cannot have. */
function fieldOf(given: Keywords, root: JsonSchema, early: boolean): Record<string, unknown> | undefined {
  const single = choicesOf(given);
  const type = single === undefined ? [given["type"] ?? typeof given["const"]].flat().join() : "string";
  const several = type === "array" ? choicesOf(resolved(given["items"], root)) : undefined;
  if (!Object.hasOwn(KEYWORDS, type) || (type === "array" && several === undefined)) return undefined;
  // Numbers to choose from cannot be said; of a boolean it matters little.
  if (single === undefined && type !== "boolean" && ["enum", "oneOf", "anyOf"].some((name) => name in given)) {
    return undefined;
  }
  const field: Record<string, unknown> = { type };
  for (const name of ["title", "description"]) if (typeof given[name] === "string") field[name] = given[name];
  for (const name of single === undefined ? (KEYWORDS[type] as readonly string[]) : []) {
    if (typeof given[name] === "number") field[name] = given[name];
  }
  if (type === "string" && FORMATS.includes(given["format"])) field["format"] = given["format"];
  if (typeof given["const"] === "number") field["minimum"] = field["maximum"] = given["const"];
  if (single !== undefined) Object.assign(field, early ? namedChoice(single) : choice(single, "oneOf"));
  if (several !== undefined) field["items"] = choice(several, "anyOf");
  const { default: initial } = given;
  if (initial !== undefined && (type === "boolean" || !early) && isOf(type, initial)) field["default"] = initial;
  return field;
}

/** The strings among which a schema has one chosen. */
function choicesOf(given: Keywords, within = false): readonly Choice[] | undefined {
  const { const: only, enum: values, enumNames, title, oneOf, anyOf = oneOf } = given;
  const titleOf = (of: unknown): string | undefined => (typeof of === "string" ? of : undefined);
  if (typeof only === "string") return [{ value: only, title: within ? titleOf(title) : undefined }];
  if (Array.isArray(values)) {
    if (!values.every((value) => typeof value === "string")) return undefined;
    return values.map((value, at) => ({ value, title: Array.isArray(enumNames) ? titleOf(enumNames[at]) : undefined }));
  }
  if (!Array.isArray(anyOf)) return undefined;
  const choices = anyOf.map((one) => (isObject(one) ? choicesOf(one, true) : undefined));
  return choices.includes(undefined) ? undefined : (choices as (readonly Choice[])[]).flat();
}

function isTitled(choices: readonly Choice[]): boolean {
  return choices.some(({ title }) => title !== undefined);
}

/** A choice since 2025-11-25. */
function choice(choices: readonly Choice[], keyword: "oneOf" | "anyOf"): object {
  if (isTitled(choices)) return { [keyword]: choices.map(({ value, title = value }) => ({ const: value, title })) };
  const values = choices.map(({ value }) => value);
  return keyword === "anyOf" ? { type: "string", enum: values } : { enum: values };
}

/** A choice of one before, with the titles in a list of their own. */
function namedChoice(choices: readonly Choice[]): object {
  const values = { enum: choices.map(({ value }) => value) };
  return isTitled(choices) ? { ...values, enumNames: choices.map(({ value, title = value }) => title) } : values;
}

/** Whether a value can stand in a field at first. */
function isOf(type: string, value: unknown): boolean {
  if (type === "array") return Array.isArray(value) && value.every((one) => typeof one === "string");
  return typeof value === (type === "integer" ? "number" : type);
}

/** A schema with what it refers to in the same document; libraries write a type with a name so. */
function resolved(given: unknown, root: JsonSchema): Keywords {
  if (!isObject(given)) return {};
  const { $ref, ...own } = given;
  if (typeof $ref !== "string" || !$ref.startsWith("#/")) return given;
  const segments = $ref
    .slice(2)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
  const target = segments.reduce<unknown>((at, segment) => (isObject(at) ? at[segment] : undefined), root);
  return isObject(target) ? { ...target, ...own } : given;
}
