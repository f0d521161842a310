import { DefinitionError, LocalError } from "../errors.ts";
import { isObject } from "../json.ts";

import { isSince, type Revision, SINCE } from "../protocol/index.ts";
import type { JsonSchema } from "../schema/index.ts";

/** What a field of a form can hold; an `array` is a choice of several among given ones. */
const FIELDS: readonly unknown[] = ["string", "number", "integer", "boolean", "array"];

/**
 * Checks that a schema is a form that a client can show: an object whose properties are single values or choices.
 *
 * @throws DefinitionError that names the property; LocalError `not_supported` for what only later revisions have.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema
 */
export function checkForm({ type, properties = {} }: JsonSchema, revision: Revision): void {
  if (type !== "object") throw new DefinitionError("The form of an elicitation must be an object schema");
  for (const [name, field] of Object.entries(properties)) {
    const { type: kind, items } = (isObject(field) ? field : {}) as JsonSchema & { items?: unknown };
    const choice = isObject(items) && ("enum" in items || "anyOf" in items);
    if (kind === "array" && choice && !isSince(revision, SINCE.multiSelect)) {
      throw new LocalError("not_supported", `Revision ${revision} has no choice of several, as the field "${name}" is`);
    }
    if (!FIELDS.includes(kind) || (kind === "array" && !choice)) {
      const can = "a string, a number, an integer, a boolean or a choice";
      throw new DefinitionError(`A form is flat: its field "${name}" must be ${can}`);
    }
  }
}
