import { isObject } from "../../json.ts";
import { appendSegment, DIALECT, type JsonSchema, SchemaError } from "../index.ts";

/** How large a schema may be. */
export interface SchemaLimits {
  /** Schemas in the schema, itself included. */
  readonly subschemas: number;
  /** Nesting of schemas in schemas. */
  readonly depth: number;
  /** Characters of its JSON text, roughly. */
  readonly size: number;
}

/** The limits of a schema that the author of the program wrote. They only catch accidents. */
export const authorLimits: SchemaLimits = { subschemas: 100_000, depth: 256, size: 16 * 1024 * 1024 };

/** The limits of a schema that came from a peer. */
export const peerLimits: SchemaLimits = { subschemas: 1_000, depth: 64, size: 256 * 1024 };

/** The part of a document with a URI of its own: the whole, or a subschema with `$id`. */
export interface SchemaResource {
  readonly uri: string;
  readonly pointer: string;
  readonly isDraft07: boolean;
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

/** The keywords whose value is a schema or a list of schemas, in any dialect. */
const holders: ReadonlySet<string> = new Set(
  (
    "additionalItems additionalProperties allOf anyOf contains contentSchema else if items not oneOf prefixItems " +
    "propertyNames then unevaluatedItems unevaluatedProperties"
  ).split(" "),
);

/** The keywords whose value has schemas under names. */
const maps: ReadonlySet<string> = new Set(
  "$defs definitions dependencies dependentSchemas patternProperties properties".split(" "),
);

/** The base of a document without `$id`. Nothing outside the document can have it. */
const BASE = "schema://document/";

/** The value of a keyword; `undefined` when the schema does not have it. */
export function valueOf({ schema }: Subschema, keyword: string): unknown {
  return Object.hasOwn(schema as object, keyword) ? (schema as JsonSchema)[keyword] : undefined;
}

/** A schema with all its subschemas found, and the references between them. Nothing is ever fetched. */
export class SchemaDocument {
  readonly root: Subschema;
  /** Whether one dynamic anchor stands in several resources, so that the way to a `$dynamicRef` matters. */
  readonly hasDynamicScope: boolean;
  /** Whether a schema asks which members or items were evaluated. */
  readonly tracks: boolean;
  readonly #subschemas = new Map<string, Subschema>();
  readonly #resources = new Map<string, SchemaResource>();
  readonly #limits: SchemaLimits;

  /** Throws a {@link SchemaError} for a schema above the limits, of an unknown dialect, or with a reference amiss. */
  constructor(schema: unknown, limits: SchemaLimits) {
    this.#limits = limits;
    measure(schema, limits);
    const root = this.#add(schema, "", undefined, 0);
    if (root === undefined) throw new SchemaError("a schema must be an object, true or false", "");
    this.root = root;
    let tracks = false;
    // A reference may bring in a schema from below an unknown keyword, which this loop then visits too.
    for (const at of this.#subschemas.values()) {
      for (const keyword of at.resource.isDraft07 ? ["$ref"] : ["$ref", "$dynamicRef"]) {
        const reference = valueOf(at, keyword);
        if (typeof reference === "string") this.resolve(at, reference);
      }
      tracks ||= ["unevaluatedItems", "unevaluatedProperties"].some((keyword) => valueOf(at, keyword) !== undefined);
    }
    this.tracks = tracks;
    const names = [...this.#resources.values()].flatMap(({ dynamicAnchors }) => [...dynamicAnchors.keys()]);
    this.hasDynamicScope = new Set(names).size < names.length;
  }

  /** The document and all that have a URI of their own in it. */
  get resources(): Iterable<SchemaResource> {
    return this.#resources.values();
  }

  /** The subschema below `parent` by these keys; `undefined` when no schema stands there. */
  child(parent: Subschema, ...keys: (string | number)[]): Subschema | undefined {
    return this.#subschemas.get(keys.reduce<string>(appendSegment, parent.pointer));
  }

  /** What a `$ref` at `from` refers to. Throws a {@link SchemaError} when that is not in this document. */
  resolve(from: Subschema, reference: string): Subschema {
    const [address = "", fragment = ""] = reference.split("#");
    const shown = JSON.stringify(reference.slice(0, 200));
    const resource = address === "" ? from.resource : this.#resources.get(addressOf(address, from.resource.uri) ?? "");
    if (resource === undefined) {
      throw new SchemaError(`the reference ${shown} leaves the document, and nothing is fetched`, from.pointer);
    }
    const name = attempt(() => decodeURIComponent(fragment)) ?? fragment;
    const target = /^\/|^$/.test(name) ? this.#at(resource, name) : resource.anchors.get(name);
    if (target === undefined) throw new SchemaError(`the reference ${shown} leads nowhere`, from.pointer);
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
    return this.#add(place, pointer, resource, segments.length >> 1);
  }

  /** Adds a schema and all below it. What is no schema is passed over: its keyword says so, if it acts at all. */
  #add(schema: unknown, pointer: string, outer: SchemaResource | undefined, depth: number): Subschema | undefined {
    if ((typeof schema !== "boolean" && !isObject(schema)) || this.#subschemas.has(pointer)) return undefined;
    const { subschemas, depth: levels } = this.#limits;
    if (this.#subschemas.size >= subschemas || depth > levels) {
      throw new SchemaError(`the schema has more than ${subschemas} subschemas or ${levels} levels of them`, "");
    }
    const resource = typeof schema === "boolean" && outer ? outer : this.#resourceOf(schema, pointer, outer);
    const added: Subschema = { schema, pointer, depth, resource };
    this.#subschemas.set(pointer, added);
    if (typeof schema === "boolean" || isBareReference(added)) return added;
    addAnchors(added);
    for (const keyword of Object.keys(schema)) {
      const value = schema[keyword];
      const place = appendSegment(pointer, keyword);
      if (maps.has(keyword) || (Array.isArray(value) && holders.has(keyword))) {
        for (const [key, member] of Object.entries(value ?? {})) {
          this.#add(member, appendSegment(place, key), resource, depth + 1);
        }
      } else if (holders.has(keyword)) this.#add(value, place, resource, depth + 1);
    }
    return added;
  }

  #resourceOf(schema: JsonSchema | boolean, pointer: string, outer: SchemaResource | undefined): SchemaResource {
    const { $id, $schema, $ref } = schema as Record<string, unknown>;
    const begins = outer === undefined || $id !== undefined;
    const isDraft07 = begins && $schema !== undefined ? declaresDraft07(String($schema)) : outer?.isDraft07 === true;
    // In draft-07 the `$id` beside a `$ref` does not act, and one of only a fragment names a place.
    const named = $id !== undefined && !(isDraft07 && ($ref !== undefined || String($id).startsWith("#")));
    if (outer !== undefined && !named) return outer;
    const base = outer?.uri ?? BASE;
    const uri = named ? addressOf($id, base) : base;
    if (uri === undefined || (named && !isDraft07 && /#./.test(String($id)))) {
      throw new SchemaError('"$id" must be a URI reference without a fragment', pointer);
    }
    const resource: SchemaResource = { uri, pointer, isDraft07, anchors: new Map(), dynamicAnchors: new Map() };
    if (!this.#resources.has(uri)) this.#resources.set(uri, resource);
    return resource;
  }
}

/** In draft-07 a `$ref` stands alone: whatever is beside it does not act. */
export function isBareReference(at: Subschema): boolean {
  return at.resource.isDraft07 && valueOf(at, "$ref") !== undefined;
}

function addAnchors(at: Subschema): void {
  const { anchors, dynamicAnchors, isDraft07 } = at.resource;
  const $id = valueOf(at, "$id");
  if (isDraft07 && typeof $id === "string" && $id.startsWith("#")) anchors.set($id.slice(1), at);
  if (isDraft07) return;
  const dynamic = valueOf(at, "$dynamicAnchor") as string | undefined;
  for (const name of [valueOf(at, "$anchor"), dynamic]) if (typeof name === "string") anchors.set(name, at);
  if (dynamic !== undefined) dynamicAnchors.set(dynamic, at);
}

function declaresDraft07($schema: string): boolean {
  const [, dialect] = DIALECT.exec($schema) ?? [];
  if (dialect !== undefined) return dialect === "draft-07";
  const shown = JSON.stringify($schema.slice(0, 200));
  throw new SchemaError(`dialect not supported: ${shown}; supported are 2020-12 and draft-07`, "/$schema");
}

function addressOf(reference: unknown, base: string): string | undefined {
  return typeof reference === "string"
    ? attempt(() => new URL(reference, base).href.split("#")[0] as string)
    : undefined;
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** Refuses what is too large or too deep to be walked through by functions that call themselves. */
function measure(schema: unknown, { size, depth }: SchemaLimits): void {
  let left = size;
  let level = [schema];
  // A schema stands at most two levels below the one that it is in.
  for (let deep = 0; level.length > 0; deep++) {
    const below: unknown[] = [];
    for (const value of level) {
      left -= typeof value === "string" ? value.length : 4;
      if (typeof value !== "object" || value === null) continue;
      for (const [key, member] of Object.entries(value)) {
        left -= key.length;
        below.push(member);
      }
    }
    if (left < 0) throw new SchemaError(`the schema is larger than ${size} characters`, "");
    if (deep > 2 * depth) throw new SchemaError(`the schema has more than ${depth} levels`, "");
    level = below;
  }
}
