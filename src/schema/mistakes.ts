import { isObject } from "../json.ts";
import { appendSegment, areNames, areTypes, DIALECT, type JsonSchema, TYPES } from "./json-schema.ts";

/** What a keyword must hold, and where in that there are schemas. */
interface Demand {
  readonly words: string;
  readonly holds: (value: unknown) => boolean;
  readonly below?: "itself" | "members";
}

const isSchema = (value: unknown): boolean => isObject(value) || typeof value === "boolean";
const areSchemas = (value: unknown): boolean => Array.isArray(value) && value.every(isSchema);
const schema: Demand = { words: "a schema", holds: isSchema, below: "itself" };
const schemas: Demand = { words: "a list of schemas", holds: areSchemas, below: "members" };
const schemasByName: Demand = {
  words: "an object of schemas",
  holds: (value) => isObject(value) && Object.values(value).every(isSchema),
  below: "members",
};

/** What the keywords that most people write must hold. */
const demands: ReadonlyMap<string, Demand> = new Map<string, Demand>([
  ["type", { words: `of ${TYPES.join(", ")}`, holds: areTypes }],
  ["required", { words: "a list of names", holds: areNames }],
  ["enum", { words: "a list", holds: Array.isArray }],
  ["properties", schemasByName],
  ["patternProperties", schemasByName],
  ["$defs", schemasByName],
  ["definitions", schemasByName],
  ["additionalProperties", schema],
  ["not", schema],
  ["allOf", schemas],
  ["anyOf", schemas],
  ["oneOf", schemas],
  ["prefixItems", schemas],
  ["items", { words: "a schema", holds: (value) => isSchema(value) || areSchemas(value), below: "itself" }],
]);

/** A reference that names a whole URI. */
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:/i;

/** Schemas in one schema that are looked at; what has more is left to the validator, which has the limits. */
const MOST = 10_000;

/**
 * A mistake in a JSON Schema that can be seen at once, in words; `undefined` when there is none of that kind. The
 * validator, which is loaded later, finds every mistake there can be.
 */
export function mistakeIn(json: JsonSchema): string | undefined {
  const { $schema } = json;
  if ($schema !== undefined && !DIALECT.test($schema)) {
    return `dialect not supported: ${JSON.stringify($schema).slice(0, 200)}; supported are 2020-12 and draft-07`;
  }
  const places: { readonly at: unknown; readonly pointer: string }[] = [{ at: json, pointer: "" }];
  let leaving: string | undefined;
  let named = false;
  for (const { at, pointer } of places) {
    if (!isObject(at) || places.length > MOST) continue;
    named ||= at["$id"] !== undefined;
    if (typeof at["$ref"] === "string" && ABSOLUTE.test(at["$ref"])) leaving ??= at["$ref"];
    for (const [keyword, value] of Object.entries(at)) {
      const demand = demands.get(keyword);
      if (demand === undefined || value === undefined) continue;
      const { words, holds, below } = demand;
      if (!holds(value)) return `"${keyword}" must be ${words}${pointer === "" ? "" : ` (at ${pointer})`}`;
      const place = appendSegment(pointer, keyword);
      if (below === "itself" && isObject(value)) places.push({ at: value, pointer: place });
      else if (below !== undefined) {
        for (const [key, member] of Object.entries(value as object))
          places.push({ at: member, pointer: appendSegment(place, key) });
      }
    }
  }
  if (leaving === undefined || named) return undefined;
  return `the reference ${JSON.stringify(leaving.slice(0, 200))} leaves the document, and nothing is fetched`;
}
