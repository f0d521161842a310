import { DefinitionError } from "../errors.ts";
import type { JsonSchema } from "./json-schema.ts";
import { authorLimits, SchemaDocument, type Subschema, valueOf } from "./references.ts";

/** A chain of references longer than this is a circle. */
const MAX_CHAIN = 64;

/**
 * The schema with `type: "object"` at its root, as the Model Context Protocol demands it of a tool's input. It is added
 * where all that the schema allows are objects anyway: beside `properties`, beside `anyOf`, `oneOf` or `allOf` of
 * objects, beside a `$ref` to one. Throws a {@link DefinitionError} for any other schema; `where` names its place.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#data-types
 */
export function objectRoot(json: JsonSchema, where: string): JsonSchema {
  if (json.type === "object") return json;
  let cause: unknown;
  try {
    const document = new SchemaDocument(json, authorLimits);
    if (describesObject(document, document.root, 0)) return { ...json, type: "object" };
  } catch (error) {
    cause = error;
  }
  const problem = `The schema of ${where} must be an object at its root, which the protocol demands`;
  throw new DefinitionError(`${problem}; wrap it, as in { value: ... }`, { cause });
}

function describesObject(document: SchemaDocument, at: Subschema, chain: number): boolean {
  if (typeof at.schema === "boolean" || chain > MAX_CHAIN) return false;
  const { type, $ref } = at.schema;
  if (type !== undefined) return type === "object";
  if (typeof $ref === "string" && describesObject(document, document.resolve(at, $ref), chain + 1)) return true;
  const branch = (keyword: string, index: number) =>
    describesObject(document, document.child(at, keyword, index) as Subschema, chain + 1);
  const branches = (keyword: string) =>
    (valueOf(at, keyword) as readonly unknown[] | undefined)?.map((_, i) => i) ?? [];
  const of = ["properties", "patternProperties", "additionalProperties"];
  return (
    of.some((keyword) => valueOf(at, keyword) !== undefined) ||
    branches("allOf").some((index) => branch("allOf", index)) ||
    ["anyOf", "oneOf"].some((keyword) => {
      const indexes = branches(keyword);
      return indexes.length > 0 && indexes.every((index) => branch(keyword, index));
    })
  );
}
