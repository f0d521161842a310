import { isObject } from "../../json.ts";
import { areNames, type JsonSchema } from "../index.ts";

/** Whether a value matches, seen at a glance; false also where that takes a closer look. */
export type Glance = (value: unknown) => boolean;

/** What a schema may say without a meaning for the value. */
const ANNOTATIONS: readonly string[] = [
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "$comment",
  "$schema",
];

/** What it may say of each type beside. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  string: ["enum", "minLength", "maxLength"],
  number: ["enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  integer: ["enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  boolean: [],
  array: ["items", "minItems", "maxItems"],
  object: ["properties", "required", "additionalProperties"],
};

const isCount: Glance = (value) => Number.isInteger(value) && Number(value) >= 0;

/** What the values of these keywords must be; a schema of which one is something else is not plain. */
const HOLDS: Readonly<Record<string, Glance>> = {
  enum: Array.isArray,
  minLength: isCount,
  maxLength: isCount,
  minItems: isCount,
  maxItems: isCount,
  minimum: Number.isFinite,
  maximum: Number.isFinite,
  exclusiveMinimum: Number.isFinite,
  exclusiveMaximum: Number.isFinite,
  properties: isObject,
  required: areNames,
  additionalProperties: (value) => typeof value === "boolean",
};

/** Steps that a glance may take: a value that needs more is looked at with its work counted. */
const MOST_STEPS = 100_000;

let steps = 0;

/**
 * Most schemas are plain: types, bounds, members and items. For one of those this gives a check that knows only yes, for
 * a fifth of the price of one that can also say what is wrong; nothing for another one.
 */
export function plain(schema: JsonSchema | boolean): Glance | undefined {
  const glance = glanceOf(schema);
  if (glance === undefined) return undefined;
  return (value) => {
    steps = 0;
    return glance(value);
  };
}

function glanceOf(schema: unknown): Glance | undefined {
  if (!isObject(schema)) return undefined;
  const { type } = schema;
  const allowed = typeof type === "string" && Object.hasOwn(KEYWORDS, type) ? KEYWORDS[type] : undefined;
  if (allowed === undefined) return undefined;
  for (const [name, value] of Object.entries(schema)) {
    if (name === "type" || ANNOTATIONS.includes(name)) continue;
    if (!allowed.includes(name) || (value !== undefined && HOLDS[name]?.(value) === false)) return undefined;
  }
  if (type === "object") return objectGlance(schema);
  if (type === "array") return arrayGlance(schema);
  if (type === "boolean") return (value) => typeof value === "boolean";
  const glance = type === "string" ? textGlance(schema) : numberGlance(schema);
  const { enum: listed } = schema;
  if (listed === undefined) return glance;
  const values = new Set(listed as readonly unknown[]);
  return (value) => values.has(value) && glance(value);
}

function textGlance({ minLength, maxLength }: Record<string, unknown>): Glance {
  if (minLength === undefined && maxLength === undefined) return (value) => typeof value === "string";
  const least = (minLength ?? 0) as number;
  const most = (maxLength ?? Number.POSITIVE_INFINITY) as number;
  return (value) => {
    if (typeof value !== "string") return false;
    const { length } = value;
    // A character outside the basic plane is two units here, and one to JSON Schema.
    return length <= most && (length >= 2 * least || (length >= least && !SURROGATES.test(value)));
  };
}

const SURROGATES = /[\ud800-\udfff]/;

function numberGlance(schema: Record<string, unknown>): Glance {
  const isRight: Glance = schema["type"] === "integer" ? Number.isInteger : Number.isFinite;
  const bound = (name: string, none: number): number => (schema[name] ?? none) as number;
  const least = bound("minimum", Number.NEGATIVE_INFINITY);
  const most = bound("maximum", Number.POSITIVE_INFINITY);
  const above = bound("exclusiveMinimum", Number.NEGATIVE_INFINITY);
  const below = bound("exclusiveMaximum", Number.POSITIVE_INFINITY);
  return (value) => {
    const number = value as number;
    return isRight(value) && number >= least && number <= most && number > above && number < below;
  };
}

function arrayGlance({ items, minItems, maxItems }: Record<string, unknown>): Glance | undefined {
  const item = items === undefined ? () => true : glanceOf(items);
  if (item === undefined) return undefined;
  const least = (minItems ?? 0) as number;
  const most = (maxItems ?? Number.POSITIVE_INFINITY) as number;
  return (value) => {
    if (!Array.isArray(value) || value.length < least || value.length > most) return false;
    if ((steps += value.length) > MOST_STEPS) return false;
    for (let at = 0; at < value.length; at++) if (!item(value[at])) return false;
    return true;
  };
}

interface Member {
  readonly name: string;
  readonly glance: Glance;
  readonly isRequired: boolean;
}

function objectGlance({ properties = {}, required = [], additionalProperties = true }: Record<string, unknown>) {
  const names = new Set([...Object.keys(properties as object), ...(required as readonly string[])]);
  const members: Member[] = [];
  for (const name of names) {
    const known = Object.hasOwn(properties as object, name);
    const glance = known ? glanceOf((properties as Record<string, unknown>)[name]) : () => true;
    // Each object has a member of such a name, which is not its own.
    if (glance === undefined || name in Object.prototype) return undefined;
    members.push({ name, glance, isRequired: (required as readonly string[]).includes(name) });
  }
  const isFree = additionalProperties as boolean;
  // What is required and not described would be one member too many.
  if (!isFree && names.size > Object.keys(properties as object).length) return undefined;
  return (value: unknown): boolean => {
    if (typeof value !== "object" || value === null || value.constructor !== Object) return false;
    if ((steps += members.length) > MOST_STEPS) return false;
    let found = 0;
    for (let at = 0; at < members.length; at++) {
      const { name, glance, isRequired } = members[at] as Member;
      const member = (value as Record<string, unknown>)[name];
      if (member === undefined) {
        if (isRequired) return false;
      } else if (glance(member)) found++;
      else return false;
    }
    return isFree || found === Object.keys(value).length;
  };
}
