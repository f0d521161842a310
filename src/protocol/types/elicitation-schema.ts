/**
 * A field of a form.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema
 */
export type PrimitiveSchemaDefinition = StringSchema | NumberSchema | BooleanSchema | EnumSchema;

/** What every field has. */
interface FieldSchema {
  /** Its label. */
  title?: string;
  /** What it means. */
  description?: string;
}

/** A line of text. */
export interface StringSchema extends FieldSchema {
  type: "string";
  /** The fewest characters. */
  minLength?: number;
  /** The most characters. */
  maxLength?: number;
  /** What the text must look like. */
  format?: "email" | "uri" | "date" | "date-time";
  /** What stands there at first. Since 2025-11-25. */
  default?: string;
}

/** A number. */
export interface NumberSchema extends FieldSchema {
  type: "number" | "integer";
  /** The smallest. */
  minimum?: number;
  /** The largest. */
  maximum?: number;
  /** What stands there at first. Since 2025-11-25. */
  default?: number;
}

/** A box to tick. */
export interface BooleanSchema extends FieldSchema {
  type: "boolean";
  /** Whether it is ticked at first. */
  default?: boolean;
}

/** A choice. */
export type EnumSchema = SingleSelectEnumSchema | MultiSelectEnumSchema | LegacyTitledEnumSchema;

/** A choice of one. */
export type SingleSelectEnumSchema = UntitledSingleSelectEnumSchema | TitledSingleSelectEnumSchema;

/** A choice of several. Since 2025-11-25. */
export type MultiSelectEnumSchema = UntitledMultiSelectEnumSchema | TitledMultiSelectEnumSchema;

/** A value and what people read for it. */
interface TitledValue {
  const: string;
  title: string;
}

/** A choice of one, shown by its value. */
export interface UntitledSingleSelectEnumSchema extends FieldSchema {
  type: "string";
  /** The values. */
  enum: readonly string[];
  /** What is chosen at first. Since 2025-11-25. */
  default?: string;
}

/** A choice of one, shown by a title. Since 2025-11-25. */
export interface TitledSingleSelectEnumSchema extends FieldSchema {
  type: "string";
  /** The values with their titles. */
  oneOf: readonly TitledValue[];
  /** The value that is chosen at first. */
  default?: string;
}

/** A choice of several, shown by their values. Since 2025-11-25. */
export interface UntitledMultiSelectEnumSchema extends FieldSchema {
  type: "array";
  /** The values. */
  items: { type: "string"; enum: readonly string[] };
  /** The fewest to choose. */
  minItems?: number;
  /** The most to choose. */
  maxItems?: number;
  /** What is chosen at first. */
  default?: readonly string[];
}

/** A choice of several, shown by titles. Since 2025-11-25. */
export interface TitledMultiSelectEnumSchema extends FieldSchema {
  type: "array";
  /** The values with their titles. */
  items: { anyOf: readonly TitledValue[] };
  /** The fewest to choose. */
  minItems?: number;
  /** The most to choose. */
  maxItems?: number;
  /** The values that are chosen at first. */
  default?: readonly string[];
}

/**
 * A choice of one whose titles stand in a second list. The one form with titles in 2025-06-18.
 *
 * @deprecated Use {@link TitledSingleSelectEnumSchema}.
 */
export interface LegacyTitledEnumSchema extends FieldSchema {
  type: "string";
  /** The values. */
  enum: readonly string[];
  /** Their titles, in the same order. */
  enumNames?: readonly string[];
  /** What is chosen at first. Since 2025-11-25. */
  default?: string;
}
