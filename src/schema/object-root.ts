import { DefinitionError } from "../errors.ts";
import type { JsonSchema } from "./json-schema.ts";
import { authorLimits, SchemaDocument, type Subschema, valueOf } from "./references.ts";

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
    if (describesObject(document, document.root, new Map())) return { ...json, type: "object" };
  } catch (error) {
    cause = error;
  }
  const problem = `The schema of ${where} must be an object at its root, which the protocol demands`;
  throw new DefinitionError(`${problem}; wrap it, as in { value: ... }`, { cause });
}

/** `known` has what was found so far; a schema that refers to itself describes nothing by that. */
function describesObject(document: SchemaDocument, at: Subschema, known: Map<Subschema, boolean>): boolean {
  const found = known.get(at);
  if (found !== undefined) return found;
  known.set(at, false);
  const describes = describesAnew(document, at, known);
  known.set(at, describes);
  return describes;
}

function describesAnew(document: SchemaDocument, at: Subschema, known: Map<Subschema, boolean>): boolean {
  const type = valueOf(at, "type");
  if (type !== undefined) return String(type) === "object";
  if (["properties", "additionalProperties"].some((keyword) => valueOf(at, keyword) !== undefined)) return true;
  const $ref = valueOf(at, "$ref");
  if (typeof $ref === "string" && describesObject(document, document.resolve(at, $ref), known)) return true;
  const branches = (keyword: string): boolean[] =>
    [valueOf(at, keyword) ?? []].flat().map((_, index) => {
      const branch = document.child(at, keyword, index);
      return branch !== undefined && describesObject(document, branch, known);
    });
  if (branches("allOf").includes(true)) return true;
  return ["anyOf", "oneOf"].map(branches).some((all) => all.length > 0 && !all.includes(false));
}
