import { type } from "arktype";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { DefinitionError } from "../../src/errors.ts";
import { fromSchema, type JsonSchema, objectRoot } from "../../src/schema/index.ts";

const root = (json: unknown) => objectRoot(json as JsonSchema, 'tool "add"');

describe("the root of a tool's input is an object (T-25, TOOL-3)", () => {
  it("as it is already", () => {
    const json = { type: "object" };
    expect(root(json)).toBe(json);
  });

  const object = { type: "object", properties: {} };

  it.each<[string, object]>([
    ["properties", { properties: { a: {} } }],
    ["additionalProperties", { additionalProperties: false }],
    ["anyOf objects", { anyOf: [object, { properties: {} }] }],
    ["oneOf objects", { $schema: "https://json-schema.org/draft/2020-12/schema", oneOf: [object, object] }],
    ["allOf with an object", { allOf: [{ minProperties: 1 }, object] }],
    ["a reference to an object", { $ref: "#/$defs/a", $defs: { a: object } }],
    ["references in a row", { anyOf: [{ $ref: "#/$defs/a" }], $defs: { a: { $ref: "#/$defs/b" }, b: object } }],
    ["a union that refers to itself", { anyOf: [object, { allOf: [{ $ref: "#" }, object] }] }],
    [
      "a reference of draft-07",
      { $schema: "http://json-schema.org/draft-07/schema#", $ref: "#/definitions/a", definitions: { a: object } },
    ],
    ["a list of only object", { type: ["object"] }],
  ])("%s gets the type beside it", (_, json) => {
    const before = structuredClone(json);
    expect(root(json)).toEqual({ ...json, type: "object" });
    expect(json).toEqual(before);
  });

  it("as libraries write unions", () => {
    const union = z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("a") }),
      z.object({ kind: z.literal("b") }),
    ]);
    expect(root(fromSchema(union, "input", "a").json)).toMatchObject({ type: "object", oneOf: [{}, {}] });
    const ark = type({ kind: "'a'" }).or({ kind: "'b'" });
    expect(root(fromSchema(ark, "input", "a").json)).toMatchObject({ type: "object" });
    const both = z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() }));
    expect(root(fromSchema(both, "input", "a").json)).toMatchObject({ type: "object" });
    expect(root(fromSchema(z.record(z.string(), z.number()), "input", "a").json)).toMatchObject({ type: "object" });
  });

  it.each<[string, object]>([
    ["a string", { type: "string" }],
    ["anything", {}],
    ["an object or null", { type: ["object", "null"] }],
    ["a union with something else", { anyOf: [object, { type: "null" }] }],
    ["an empty union", { anyOf: [] }],
    ["a reference to a list", { $ref: "#/$defs/a", $defs: { a: { type: "array" } } }],
    ["a circle", { $ref: "#/$defs/a", $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }, { $ref: "#/$defs/a" }] } } }],
    ["a reference that leads nowhere", { $ref: "#/$defs/a" }],
    ["anything of zod", fromSchema(z.any(), "input", "a").json],
  ])("%s is refused", (_, json) => {
    expect(() => root(json)).toThrow(DefinitionError);
    expect(() => root(json)).toThrow('The schema of tool "add" must be an object at its root');
  });
});
