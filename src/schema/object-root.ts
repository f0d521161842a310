import { DefinitionError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type JsonSchema } from "./json-schema.ts";

/**
 * The schema with `type: "object"` at its root, as the Model Context Protocol demands it of a tool's input. It is added
 * where all that the schema allows are objects anyway: beside `properties`, beside `anyOf`, `oneOf` or `allOf` of
 * objects, beside a `$ref` within the schema to one. Throws a {@link DefinitionError} for any other schema; `where`
 * names its place.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#data-types
 */
export function objectRoot(json: JsonSchema, where: string): JsonSchema {
  if (json.type === "object") return json;
  if (describesObject(json, json, new Map())) return { ...json, type: "object" };
  const problem = `The schema of ${where} must be an object at its root, which the protocol demands`;
  throw new DefinitionError(`${problem}; wrap it, as in { value: ... }`);
}

/** `known` has what was found so far; a schema that refers to itself describes nothing by that. */
function describesObject(root: JsonSchema, at: unknown, known: Map<unknown, boolean>): boolean {
  if (!isObject(at)) return false;
  const found = known.get(at);
  if (found !== undefined) return found;
  known.set(at, false);
  const describes = describesAnew(root, at, known);
  known.set(at, describes);
  return describes;
}

function describesAnew(root: JsonSchema, at: JsonSchema, known: Map<unknown, boolean>): boolean {
  if (at.type !== undefined) return String(at.type) === "object";
  if (at.properties !== undefined || at["additionalProperties"] !== undefined) return true;
  if (typeof at.$ref === "string" && describesObject(root, referredTo(root, at.$ref), known)) return true;
  const branches = (keyword: string): boolean[] =>
    [at[keyword] ?? []].flat().map((branch) => describesObject(root, branch, known));
  if (branches("allOf").includes(true)) return true;
  return ["anyOf", "oneOf"].map(branches).some((all) => all.length > 0 && !all.includes(false));
}

/** What stands at a JSON pointer from the root; references of other kinds are left alone. */
function referredTo(root: JsonSchema, reference: string): unknown {
  if (!/^#($|\/)/.test(reference)) return undefined;
  let place: unknown = root;
  for (const segment of reference.split("/").slice(1)) {
    const key = decodeURIComponent(segment).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof place !== "object" || place === null || !Object.hasOwn(place, key)) return undefined;
    place = (place as Record<string, unknown>)[key];
  }
  return place;
}
