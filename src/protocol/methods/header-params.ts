import { isObject } from "../../json.ts";

import { limits } from "../../limits.ts";
import { decodeHeaderValue, encodeHeaderValue, HeaderName } from "../index.ts";

/** An argument of a tool that is repeated in a header, because its schema has `x-mcp-header`. */
export interface HeaderParam {
  /** The whole name of the header, such as `Mcp-Param-Region`. */
  readonly header: string;
  /** Where the argument is: the names of properties, from the arguments inwards. */
  readonly path: readonly string[];
  /** What its schema says it is. */
  readonly type: "string" | "integer" | "boolean";
}

/** The parameters of a tool that go into headers, or why its annotations are not valid. */
export type HeaderParams =
  | { readonly params: readonly HeaderParam[]; readonly problem?: undefined }
  | { readonly params?: undefined; readonly problem: string };

const ANNOTATION = "x-mcp-header";
/** Objects and arrays in one schema, above which it is not looked through. */
const SCHEMA_NODES = 10_000;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/;
// No exponent and no fraction but zeroes: what is left is exact as a number, or outside of the safe integers.
const INTEGER = /^-?(?:0|[1-9][0-9]*)(?:\.0+)?$/;

/** Keywords whose members are schemas under names of the author's choice, so that `x-mcp-header` may be such a name. */
const schemaMaps: ReadonlySet<string> = new Set(
  "properties patternProperties dependentSchemas dependencies $defs definitions".split(" "),
);
/** Keywords that hold values and no schemas. */
const valueKeywords: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);

/** A place in a schema; the path is there while `properties` alone lead to it. */
interface Place {
  readonly schema: unknown;
  readonly path: readonly string[] | undefined;
}

/**
 * Finds the `x-mcp-header` annotations in the input schema of a tool, outer ones first.
 *
 * All of the schema is looked through. A problem is: a name that is no HTTP token, is longer than 256 characters or
 * stands twice (without case), a type that is not exactly `string`, `integer` or `boolean`, an annotation that is not
 * reached from the root through `properties` alone, one that is nested deeper than `limits.depth`, and a schema of more
 * than 10,000 parts. A client leaves a tool with a problem out of its list, on HTTP.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#x-mcp-header
 */
export function headerParams(inputSchema: unknown): HeaderParams {
  const params: HeaderParam[] = [];
  const headers = new Set<string>();
  const places: Place[] = [{ schema: inputSchema, path: [] }];
  for (const { schema, path } of places) {
    if (isObject(schema) && Object.hasOwn(schema, ANNOTATION)) {
      const param = readAnnotation(schema, path);
      if (typeof param === "string") return { problem: param };
      const name = param.header.toLowerCase();
      if (headers.has(name)) return { problem: `${ANNOTATION} gives two parameters the header ${param.header}` };
      headers.add(name);
      params.push(param);
    }
    addPlacesWithin(schema, path, places);
    if (places.length > SCHEMA_NODES) return { problem: `the schema is too large to look for ${ANNOTATION}` };
  }
  return { params };
}

function readAnnotation(schema: Record<string, unknown>, path: readonly string[] | undefined): HeaderParam | string {
  const name = schema[ANNOTATION];
  if (typeof name !== "string" || !TOKEN.test(name)) {
    return `${ANNOTATION} must be an HTTP token of 1 to 256 characters`;
  }
  if (path === undefined || path.length === 0) {
    return `${ANNOTATION} ${name} must be reached through "properties" alone`;
  }
  const type = Object.hasOwn(schema, "type") ? schema["type"] : undefined;
  if (type !== "string" && type !== "integer" && type !== "boolean") {
    return `${ANNOTATION} ${name} must be on a string, integer or boolean`;
  }
  return { header: HeaderName.paramPrefix + name, path, type };
}

function addPlacesWithin(schema: unknown, path: readonly string[] | undefined, places: Place[]): void {
  if (typeof schema !== "object" || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (places.length > SCHEMA_NODES) return;
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(schema) || !(schemaMaps.has(key) || valueKeywords.has(key))) {
      places.push({ schema: value, path: undefined });
    } else if (schemaMaps.has(key)) {
      const reached = key === "properties" && path !== undefined && path.length < limits.depth;
      for (const [name, member] of Object.entries(value)) {
        if (typeof member === "object") places.push({ schema: member, path: reached ? [...path, name] : undefined });
      }
    }
  }
}

/** The argument at the path of a {@link HeaderParam}; undefined when it is not there. Only own properties count. */
export function argumentAt(toolArguments: unknown, path: readonly string[]): unknown {
  let value = toolArguments;
  for (const name of path) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/**
 * An argument as it stands in its `Mcp-Param-*` header: a string encoded where it must be, an integer in decimal,
 * `true` or `false`. Undefined, and then there is no header, for null, undefined and what no such header can say (other
 * numbers, objects, arrays).
 *
 * The value decides, not the type in the schema: so a wrong argument reaches the server's validation, whose message the
 * model can read.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#x-mcp-header
 */
export function paramHeaderValue(value: unknown): string | undefined {
  if (typeof value === "string") return encodeHeaderValue(value);
  return typeof value === "boolean" || Number.isSafeInteger(value) ? String(value) : undefined;
}

/**
 * Whether an `Mcp-Param-*` header says the same as the argument in the body. Strings and booleans are compared as text,
 * after decoding; integers as numbers, so that `42.0` is 42. False for a header that cannot be decoded.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#server-validation
 */
export function headerMatches(header: string, value: unknown): boolean {
  const text = decodeHeaderValue(header);
  if (text === undefined) return false;
  if (typeof value === "number") return Number.isSafeInteger(value) && INTEGER.test(text) && Number(text) === value;
  return (typeof value === "string" || typeof value === "boolean") && text === String(value);
}
