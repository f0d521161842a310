import { appendSegment, isObject, type JsonSchema, SchemaError } from "./json-schema.ts";

/** The dialects that are understood. A schema that declares none is of the first. */
export type Dialect = "2020-12" | "draft-07";

const dialects: ReadonlyMap<string, Dialect> = new Map([
  ["https://json-schema.org/draft/2020-12/schema", "2020-12"],
  ["http://json-schema.org/draft-07/schema", "draft-07"],
  ["https://json-schema.org/draft-07/schema", "draft-07"],
]);

/** How large a schema may be. */
export interface SchemaLimits {
  /** Schemas in the schema, itself included. */
  readonly subschemas: number;
  /** Nesting of schemas in schemas. */
  readonly depth: number;
  /** Characters of its JSON text, roughly. */
  readonly size: number;
}

/** The part of a document with a URI of its own: the whole, or a subschema with `$id`. */
export interface SchemaResource {
  readonly uri: string;
  readonly pointer: string;
  readonly dialect: Dialect;
  readonly anchors: Map<string, Subschema>;
  readonly dynamicAnchors: Map<string, Subschema>;
}

/** One schema within a document. */
export interface Subschema {
  readonly schema: JsonSchema | boolean;
  readonly pointer: string;
  /** How many schemas it is nested in. */
  readonly depth: number;
  readonly resource: SchemaResource;
}

/** The value of a keyword; `undefined` when the schema does not have it. */
export function valueOf({ schema }: Subschema, keyword: string): unknown {
  return Object.hasOwn(schema as object, keyword) ? (schema as JsonSchema)[keyword] : undefined;
}

type Position = "schema" | "list" | "map";

const common: readonly [string, Position][] = [
  ["additionalProperties", "schema"],
  ["allOf", "list"],
  ["anyOf", "list"],
  ["contains", "schema"],
  ["definitions", "map"],
  ["else", "schema"],
  ["if", "schema"],
  ["items", "schema"],
  ["not", "schema"],
  ["oneOf", "list"],
  ["patternProperties", "map"],
  ["properties", "map"],
  ["propertyNames", "schema"],
  ["then", "schema"],
];

const positions: Record<Dialect, ReadonlyMap<string, Position>> = {
  "2020-12": new Map([
    ...common,
    ["$defs", "map"],
    ["contentSchema", "schema"],
    ["dependentSchemas", "map"],
    ["prefixItems", "list"],
    ["unevaluatedItems", "schema"],
    ["unevaluatedProperties", "schema"],
  ]),
  "draft-07": new Map([...common, ["additionalItems", "schema"], ["dependencies", "map"]]),
};

/** The base of a document without `$id`; nothing outside the document can have it. */
const BASE = "schema://document/";

/** A schema with all its subschemas found, and the references between them. Nothing is ever fetched. */
export class SchemaDocument {
  readonly root: Subschema;
  /** Whether one dynamic anchor stands in several resources, so that the way to a `$dynamicRef` matters. */
  readonly hasDynamicScope: boolean;
  /** Whether a schema asks which members or items were evaluated. */
  tracks = false;
  readonly #subschemas = new Map<string, Subschema>();
  readonly #resources = new Map<string, SchemaResource>();
  readonly #limits: SchemaLimits;

  /** Throws a {@link SchemaError} for a schema that is above the limits, malformed or of an unknown dialect. */
  constructor(schema: unknown, limits: SchemaLimits) {
    this.#limits = limits;
    if (exceeds(schema, limits.size)) throw new SchemaError(`the schema is larger than ${limits.size} characters`, "");
    this.root = this.#add(schema, "", undefined, 0);
    // A reference may bring in a schema from below an unknown keyword, which this loop then visits too.
    for (const at of this.#subschemas.values()) this.#lookAt(at);
    const names = [...this.#resources.values()].flatMap(({ dynamicAnchors }) => [...dynamicAnchors.keys()]);
    this.hasDynamicScope = new Set(names).size < names.length;
  }

  #lookAt(at: Subschema): void {
    for (const keyword of ["$ref", "$dynamicRef"]) {
      const reference = valueOf(at, keyword);
      if (typeof reference === "string") this.resolve(at, reference);
    }
    if (valueOf(at, "unevaluatedItems") !== undefined || valueOf(at, "unevaluatedProperties") !== undefined) {
      this.tracks = true;
    }
  }

  /** The document and all that have a URI of their own in it. */
  get resources(): Iterable<SchemaResource> {
    return this.#resources.values();
  }

  /** The subschema below `parent` by these keys; `undefined` when no schema stands there. */
  child(parent: Subschema, ...keys: (string | number)[]): Subschema | undefined {
    return this.#subschemas.get(keys.reduce(appendSegment, parent.pointer) as string);
  }

  /** What a `$ref` at `from` refers to. Throws a {@link SchemaError} when that is not in this document. */
  resolve(from: Subschema, reference: string): Subschema {
    const mark = reference.indexOf("#");
    const address = mark < 0 ? reference : reference.slice(0, mark);
    const fragment = decode(mark < 0 ? "" : reference.slice(mark + 1));
    const resource = address === "" ? from.resource : this.#resources.get(withoutFragment(address, from.resource.uri) ?? "");
    if (resource === undefined) {
      throw new SchemaError(`the reference ${quote(reference)} leaves the document, and nothing is fetched`, from.pointer);
    }
    const target =
      fragment === "" || fragment?.startsWith("/")
        ? this.#at(resource, fragment)
        : resource.anchors.get(fragment ?? "");
    if (target === undefined) throw new SchemaError(`the reference ${quote(reference)} leads nowhere`, from.pointer);
    return target;
  }

  #at(resource: SchemaResource, fragment: string): Subschema | undefined {
    const pointer = resource.pointer + fragment;
    const known = this.#subschemas.get(pointer);
    if (known !== undefined) return known;
    // A schema may also stand below a keyword that is unknown here.
    let place: unknown = this.root.schema;
    const segments = pointer.split("/").slice(1);
    for (const segment of segments) {
      const key = segment.replaceAll("~1", "/").replaceAll("~0", "~");
      if (typeof place !== "object" || place === null || !Object.hasOwn(place, key)) return undefined;
      place = (place as Record<string, unknown>)[key];
    }
    return isSchema(place) ? this.#add(place, pointer, resource, segments.length >> 1) : undefined;
  }

  #add(schema: unknown, pointer: string, outer: SchemaResource | undefined, depth: number): Subschema {
    if (!isSchema(schema)) throw new SchemaError("a schema must be an object, true or false", pointer);
    if (this.#subschemas.size >= this.#limits.subschemas) {
      throw new SchemaError(`more than ${this.#limits.subschemas} subschemas`, "");
    }
    if (depth > this.#limits.depth) throw new SchemaError(`more than ${this.#limits.depth} levels of schemas`, "");
    const resource = this.#resource(schema, pointer, outer);
    const added: Subschema = { schema, pointer, depth, resource };
    this.#subschemas.set(pointer, added);
    if (typeof schema === "object" && !isBareReference(added)) {
      anchor(added, schema);
      this.#addChildren(added, schema);
    }
    return added;
  }

  #addChildren({ pointer, depth, resource }: Subschema, schema: JsonSchema): void {
    const known = positions[resource.dialect];
    for (const keyword of Object.keys(schema)) {
      const position = known.get(keyword);
      const value = schema[keyword];
      if (position === undefined || value === undefined) continue;
      const place = appendSegment(pointer, keyword);
      const tuple = keyword === "items" && Array.isArray(value);
      if (tuple && resource.dialect !== "draft-07") {
        throw new SchemaError('"items" must be one schema; a list of schemas is "prefixItems" in 2020-12', place);
      }
      if (position === "schema" && !tuple) {
        this.#addOnce(value, place, resource, depth);
        continue;
      }
      if (typeof value !== "object" || value === null || Array.isArray(value) !== (position !== "map")) {
        throw new SchemaError(`must be ${position === "map" ? "an object" : "a list"} of schemas`, place);
      }
      for (const [key, member] of Object.entries(value)) {
        // Beside schemas, `dependencies` has lists of names.
        if (keyword === "dependencies" && Array.isArray(member)) continue;
        this.#addOnce(member, appendSegment(place, key), resource, depth);
      }
    }
  }

  #addOnce(schema: unknown, pointer: string, resource: SchemaResource, depth: number): void {
    if (!this.#subschemas.has(pointer)) this.#add(schema, pointer, resource, depth + 1);
  }

  #resource(schema: JsonSchema | boolean, pointer: string, outer: SchemaResource | undefined): SchemaResource {
    const { $id, $schema } = typeof schema === "object" ? schema : ({} as JsonSchema);
    const inherited = outer?.dialect ?? "2020-12";
    const dialect = $schema === undefined || (outer && $id === undefined) ? inherited : dialectOf($schema);
    const named = $id !== undefined && !(dialect === "draft-07" && (isPlainName($id) || hasReference(schema)));
    if (outer !== undefined && !named) return outer;
    const base = outer?.uri ?? BASE;
    const uri = !named ? base : typeof $id === "string" ? withoutFragment($id, base) : undefined;
    if (uri === undefined || (named && dialect === "2020-12" && $id.includes("#") && !$id.endsWith("#"))) {
      throw new SchemaError('"$id" must be a URI reference without a fragment', pointer);
    }
    const resource: SchemaResource = { uri, pointer, dialect, anchors: new Map(), dynamicAnchors: new Map() };
    if (!this.#resources.has(uri)) this.#resources.set(uri, resource);
    return resource;
  }
}

/** In draft-07 a `$ref` stands alone: whatever is beside it does not act. */
export function isBareReference({ schema, resource }: Subschema): boolean {
  return resource.dialect === "draft-07" && hasReference(schema);
}

function hasReference(schema: JsonSchema | boolean): boolean {
  return typeof schema === "object" && Object.hasOwn(schema, "$ref");
}

/** In draft-07 an `$id` of only a fragment names a place and begins no resource. */
function isPlainName($id: unknown): boolean {
  return typeof $id === "string" && $id.startsWith("#");
}

function anchor(at: Subschema, schema: JsonSchema): void {
  const { anchors, dynamicAnchors, dialect } = at.resource;
  if (dialect === "draft-07") {
    if (isPlainName(schema.$id)) anchors.set(String(schema.$id).slice(1), at);
    return;
  }
  for (const keyword of ["$anchor", "$dynamicAnchor"]) {
    const name = schema[keyword];
    if (name === undefined) continue;
    if (typeof name !== "string") throw new SchemaError(`"${keyword}" must be a string`, at.pointer);
    anchors.set(name, at);
    if (keyword === "$dynamicAnchor") dynamicAnchors.set(name, at);
  }
}

function dialectOf($schema: unknown): Dialect {
  const uri = String($schema);
  const dialect = dialects.get(uri.endsWith("#") ? uri.slice(0, -1) : uri);
  if (dialect !== undefined) return dialect;
  throw new SchemaError(`dialect not supported: ${quote(uri)}; supported are 2020-12 and draft-07`, "/$schema");
}

function isSchema(value: unknown): value is JsonSchema | boolean {
  return typeof value === "boolean" || isObject(value);
}

function withoutFragment(reference: string, base: string): string | undefined {
  try {
    const url = new URL(reference, base);
    url.hash = "";
    return url.href;
  } catch {
    return undefined;
  }
}

function decode(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}

/** Whether the JSON text of a value is longer than `size`; counts without recursion and stops when it is. */
function exceeds(value: unknown, size: number): boolean {
  const waiting = [value];
  let left = size;
  while (waiting.length > 0 && left >= 0) {
    const next = waiting.pop();
    left -= 4;
    if (typeof next === "string") left -= next.length;
    else if (typeof next === "object" && next !== null) {
      for (const key of Object.keys(next)) {
        left -= key.length;
        waiting.push((next as Record<string, unknown>)[key]);
      }
    }
  }
  return left < 0;
}
