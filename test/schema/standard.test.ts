import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import { DefinitionError } from "../../src/errors.ts";
import {
  type CompiledSchema,
  fromSchema,
  type InferInput,
  type InferOutput,
  type JsonSchema,
  type Schema,
  type SchemaPair,
  type StandardSchema,
} from "../../src/schema/index.ts";

const where = 'tool "add"';
const input = (schema: unknown): CompiledSchema => fromSchema(schema as Schema, "input", where);
const output = (schema: unknown): CompiledSchema => fromSchema(schema as Schema, "output", where);

describe("libraries", () => {
  const zod = z.object({ count: z.number().int().min(1), name: z.string().default("none") });
  const ark = type({ count: "number.integer >= 1", "name?": "string" });
  const valibot = toStandardJsonSchema(
    v.object({ count: v.pipe(v.number(), v.integer()), name: v.optional(v.string()) }),
  );

  it.each<[string, Schema]>([
    ["zod 4", zod],
    ["ArkType", ark],
    ["Valibot through toStandardJsonSchema", valibot],
  ])("%s gives JSON Schema, and validates in the same turn", (_, schema) => {
    const { json, validate } = input(schema);
    expect(json).toMatchObject({ type: "object", properties: { count: { type: "integer" } }, required: ["count"] });
    expect(validate({ count: 2, name: "a" })).toMatchObject({ value: { count: 2, name: "a" } });
    const failed = validate({ count: "2" }) as { issues: readonly { pointer: string }[] };
    expect(failed.issues).toMatchObject([{ pointer: "/count", schemaPointer: "", message: expect.any(String) }]);
  });

  it("the input half gives what the library makes of a value, the output half describes it", () => {
    const length = z
      .string()
      .transform((text) => text.length)
      .pipe(z.number());
    expect(input(length).json).toMatchObject({ type: "string" });
    expect(input(length).validate("four")).toEqual({ value: 4 });
    expect(output(length).json).toMatchObject({ type: "number" });
    expect(input(zod).validate({ count: 1 })).toEqual({ value: { count: 1, name: "none" } });
    expect(input(zod).json).toMatchObject({ required: ["count"] });
    expect(output(zod).json).toMatchObject({ required: ["count", "name"] });
  });

  it("the output half is held against the JSON Schema, and transformations do not run again", async () => {
    const run = vi.fn<(text: string) => number>((text) => text.length);
    const { validate } = output(z.object({ size: z.string().transform(run).pipe(z.number().min(1)) }));
    expect(await validate({ size: 4 })).toEqual({ value: { size: 4 } });
    expect(await validate({ size: "four" })).toMatchObject({
      issues: [{ pointer: "/size", message: "must be number" }],
    });
    expect(await validate({ size: 0 })).toMatchObject({
      issues: [{ pointer: "/size", schemaPointer: "/properties/size/minimum" }],
    });
    expect(await validate({ size: 4, more: 1 })).toMatchObject({
      issues: [{ pointer: "/more", message: "is not allowed" }],
    });
    expect(run).not.toHaveBeenCalled();
  });

  it("a refinement that takes its time gives a promise", async () => {
    const { validate } = input(z.object({ name: z.string().refine(async (name) => name !== "taken", "is taken") }));
    const answer = validate({ name: "taken" });
    expect(answer).toBeInstanceOf(Promise);
    expect(await answer).toEqual({ issues: [{ pointer: "/name", schemaPointer: "", message: "is taken" }] });
    expect(await validate({ name: "free" })).toEqual({ value: { name: "free" } });
  });

  it("x-* keywords survive (TOOL-3)", () => {
    const schema = z.object({ region: z.string().meta({ "x-mcp-header": "Region" }) });
    expect(input(schema).json).toMatchObject({ properties: { region: { "x-mcp-header": "Region" } } });
  });

  it("issues are at most 16, and paths may hold objects and symbols", () => {
    const path = ["a/b", { key: 0 }, Symbol("s")];
    const issues = Array.from({ length: 20 }, () => ({ message: "no", path }));
    const { validate } = input({
      "~standard": {
        version: 1,
        vendor: "own",
        validate: () => ({ issues }),
        jsonSchema: { input: () => ({}), output: () => ({}) },
      },
    });
    const answer = validate(1) as { issues: readonly unknown[] };
    expect(answer.issues).toHaveLength(16);
    expect(answer.issues[0]).toEqual({ pointer: "/a~1b/0/Symbol(s)", schemaPointer: "", message: "no" });
  });

  it("draft-07 is asked for where 2020-12 cannot be had", async () => {
    const targets: string[] = [];
    const convert = ({ target }: { target: string }) => {
      targets.push(target);
      if (target !== "draft-07") throw new Error("unknown target");
      return { $schema: "http://json-schema.org/draft-07/schema#", items: [{ type: "string" }] };
    };
    const standard = { version: 1, vendor: "own", jsonSchema: { input: convert, output: convert } };
    const compiled = input({ "~standard": standard });
    expect(targets).toEqual(["draft-2020-12", "draft-07"]);
    // It does not validate either, so the JSON Schema does.
    expect(await compiled.validate(["a"])).toEqual({ value: ["a"] });
    expect(await compiled.validate([1])).toMatchObject({ issues: [{ pointer: "/0" }] });
  });

  it("converts once", async () => {
    const convert = vi.fn<() => JsonSchema>(() => ({ type: "string" }));
    const standard = { version: 1, vendor: "own", jsonSchema: { input: convert, output: convert } };
    const compiled = output({ "~standard": standard });
    expect([compiled.json, compiled.json]).toEqual([{ type: "string" }, { type: "string" }]);
    expect(await compiled.validate("a")).toEqual({ value: "a" });
    expect(convert).toHaveBeenCalledTimes(1);
  });
});

describe("a pair", () => {
  it("brings the JSON Schema that the library cannot give", async () => {
    const schema = mini.object({ count: mini.number() });
    const jsonSchema = mini.toJSONSchema(schema) as JsonSchema;
    expect(input({ schema, jsonSchema }).json).toBe(jsonSchema);
    expect(input({ schema, jsonSchema }).validate({ count: "1" })).toMatchObject({ issues: [{ pointer: "/count" }] });
    expect(await output({ schema, jsonSchema }).validate({ count: 1 })).toEqual({ value: { count: 1 } });
    expect(await output({ schema, jsonSchema }).validate({})).toMatchObject({
      issues: [{ schemaPointer: "/required" }],
    });
  });
});

describe("plain JSON Schema", () => {
  it("goes on the wire as it is and validates both halves (T-28)", async () => {
    const schema = { type: "object", properties: { a: { type: "string", "x-own": 1 } } } as const;
    for (const { json, validate } of [input(schema), output(schema)]) {
      expect(json).toBe(schema);
      expect(await validate({ a: "b", more: 1 })).toEqual({ value: { a: "b", more: 1 } });
      expect(await validate({ a: 1 })).toEqual({
        issues: [{ pointer: "/a", schemaPointer: "/properties/a/type", message: "must be string" }],
      });
    }
  });
});

describe("the validator is loaded when a schema first needs it", () => {
  const schema = { type: "object", properties: { a: { type: "string" } } } as const;

  it("and from then on answers in the same turn", async () => {
    const { validate } = input(schema);
    expect(validate({ a: "b" })).toBeInstanceOf(Promise);
    await validate({ a: "b" });
    expect(validate({ a: "b" })).toEqual({ value: { a: "b" } });
  });

  it.each<[string, JsonSchema, RegExp]>([
    ["a reference that leads nowhere", { $ref: "#/$defs/a" }, /is no JSON Schema: the reference .* leads nowhere/],
    ["a pattern that is none", { pattern: "(" }, /is no JSON Schema: "pattern" cannot be used/],
    ["a bound that is none", { minLength: "1" }, /is no JSON Schema: "minLength" must be a whole number/],
  ])("%s is reported then, and fails every use", async (_, json, message) => {
    const report = vi.fn<(problem: DefinitionError) => void>();
    const { validate } = fromSchema(json, "output", where, report);
    await expect(validate("a")).rejects.toThrow(message);
    await expect(validate("b")).rejects.toThrow(DefinitionError);
    expect(report).toHaveBeenCalledOnce();
    expect(report.mock.calls[0]?.[0].message).toMatch(message);
  });
});

describe("what is no schema is refused where it is defined, with the remedy", () => {
  const zod3 = { _def: { typeName: "ZodObject" }, parse: () => 1, safeParse: () => 1 };
  const zod3Standard = { ...zod3, "~standard": { version: 1, vendor: "zod", validate: () => ({ value: 1 }) } };
  const onlyValidates = { "~standard": { version: 1, vendor: "own", validate: () => ({ value: 1 }) } };

  it.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /^The input schema of tool "add" is no schema; give one of a library/],
    ["null", null, /is no schema/],
    ["a string", "string", /is no schema/],
    ["a list", [z.string()], /is no schema/],
    ["a boolean", true, /is no schema/],
    ["a function", () => true, /is no schema/],
    ["an object of schemas", { a: z.number() }, /bare object of schemas; wrap it, as in z\.object\({ \.\.\. }\)/],
    ["an object of ArkTypes", { a: type("string") }, /bare object of schemas/],
    ["a date of zod", z.object({ at: z.date() }), /Date cannot be represented in JSON Schema.*a date is a string/],
    ["a bigint of zod", z.bigint(), /BigInt cannot be represented in JSON Schema/],
    [
      "zod/mini",
      mini.object({}),
      /use "zod" 4\.2 or later in place of "zod\/mini", or give .* z\.toJSONSchema\(schema\)/,
    ],
    ["zod 3", zod3Standard, /use zod 4 in place of zod 3/],
    ["zod 3 before Standard Schema", zod3, /zod 3 has no JSON Schema, use zod 4/],
    ["Valibot", v.object({}), /wrap it in toStandardJsonSchema\(\) of "@valibot\/to-json-schema"/],
    ["any other library", onlyValidates, /gives no JSON Schema; give { schema, jsonSchema }/],
    ["an object with methods", { validate: () => 1 }, /is no JSON Schema, nor a Standard Schema/],
    ["JSON Schema with a mistake", { type: "strin" }, /is no JSON Schema: "type" must be of string/],
    [
      "a mistake within",
      { properties: { a: { anyOf: [{}, { required: "a" }] } } },
      /"required" must be .*\/anyOf\/1\)/,
    ],
    ["JSON Schema of another dialect", { $schema: "urn:own" }, /is no JSON Schema: dialect not supported/],
    [
      "JSON Schema that refers to another",
      { $ref: "https://example.com/a" },
      /leaves the document, and nothing is fetched/,
    ],
  ])("%s", (_, schema, message) => {
    expect(() => input(schema)).toThrow(DefinitionError);
    expect(() => input(schema)).toThrow(message);
  });

  it("keeps the cause", () => {
    expect(() => output(z.date())).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ message: expect.stringContaining("Date") }) }),
    );
  });
});

describe("types", () => {
  it("follow the schema", () => {
    const zod = z.object({ count: z.string().transform(Number), name: z.string().default("none") });
    expectTypeOf<InferInput<typeof zod>>().toEqualTypeOf<{ count: string; name?: string | undefined }>();
    expectTypeOf<InferOutput<typeof zod>>().toEqualTypeOf<{ count: number; name: string }>();
    const ark = type({ count: "number" });
    expectTypeOf<InferOutput<typeof ark>>().toEqualTypeOf<{ count: number }>();
    const valibot = toStandardJsonSchema(v.object({ count: v.number() }));
    expectTypeOf<InferOutput<typeof valibot>>().toEqualTypeOf<{ count: number }>();
    const pair = { schema: mini.object({ count: mini.number() }), jsonSchema: {} };
    expectTypeOf<InferOutput<typeof pair>>().toEqualTypeOf<{ count: number }>();
    const plain = { type: "object", properties: { a: { type: "string" } } };
    expectTypeOf<InferInput<typeof plain>>().toEqualTypeOf<Record<string, unknown>>();
    expectTypeOf<InferOutput<typeof plain>>().toEqualTypeOf<Record<string, unknown>>();
    expectTypeOf<InferOutput<{ type: "array" }>>().toEqualTypeOf<unknown>();
    expectTypeOf(zod).toExtend<Schema>();
    expectTypeOf(ark).toExtend<Schema>();
    expectTypeOf(valibot).toExtend<Schema>();
    expectTypeOf(pair).toExtend<SchemaPair>();
    expectTypeOf(pair).toExtend<Schema>();
    expectTypeOf(plain).toExtend<Schema>();
    expectTypeOf<StandardSchema<string, number>>().toExtend<Schema>();
    // @ts-expect-error zod/mini gives no JSON Schema
    const none: Schema = mini.object({});
    expect(none).toBeDefined();
  });
});
