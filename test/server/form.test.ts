import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { DefinitionError, LocalError } from "../../src/errors.ts";
import { isSince, REVISIONS, type Revision } from "../../src/protocol/index.ts";
import { fromSchema, type InferOutput, type Schema } from "../../src/schema/index.ts";
import type { AskOptions, Context, ElicitAnswer, Form, FormSchema } from "../../src/server/index.ts";
import { jsonSchema } from "../../src/server/index.ts";
import { toForm } from "../../src/server/form.ts";
import { fixtures, wireSchema } from "../behaviour/wire-schemas.ts";

const WITH_FORMS = REVISIONS.filter((revision) => isSince(revision, "2025-06-18"));
const [EARLY, ...LATE] = WITH_FORMS as [Revision, ...Revision[]];

/** The form of one field, checked against the schema of its revision. */
function field(schema: Schema, revision: Revision): object | undefined {
  const form = toForm(fromSchema(schema, "input", "a test").json, revision);
  const definition = wireSchema(revision);
  for (const one of Object.values(form.properties)) {
    expect(definition?.check("PrimitiveSchemaDefinition", one)).toBeUndefined();
  }
  return form.properties["f"];
}

const plain = (f: object): Schema => ({ type: "object", properties: { f } }) as Schema;

it("the schemas of the revisions are there to check by", () => {
  if (fixtures !== undefined) expect(wireSchema(EARLY)).toBeDefined();
});

describe("EL-2: what a form says in every revision", () => {
  const fields: [string, Schema, object][] = [
    ["a text", z.object({ f: z.string().min(1).max(9) }), { type: "string", minLength: 1, maxLength: 9 }],
    [
      "its label",
      z.object({ f: z.string().meta({ title: "T", description: "D", examples: ["x"] }) }),
      {
        type: "string",
        title: "T",
        description: "D",
      },
    ],
    ["a mail address", z.object({ f: z.email() }), { type: "string", format: "email" }],
    ["a URI", z.object({ f: z.url() }), { type: "string", format: "uri" }],
    ["a date", z.object({ f: z.iso.date() }), { type: "string", format: "date" }],
    ["a time", z.object({ f: z.iso.datetime() }), { type: "string", format: "date-time" }],
    ["a text of another format", z.object({ f: z.uuid() }), { type: "string" }],
    ["a text with a pattern", z.object({ f: z.string().regex(/^a/) }), { type: "string" }],
    ["a number", z.object({ f: z.number().min(1).max(9) }), { type: "number", minimum: 1, maximum: 9 }],
    ["a number above another", z.object({ f: z.number().positive() }), { type: "number" }],
    ["an integer", plain({ type: "integer", minimum: 1, multipleOf: 2 }), { type: "integer", minimum: 1 }],
    ["one number", z.object({ f: z.literal(5) }), { type: "number", minimum: 5, maximum: 5 }],
    ["a yes or no", z.object({ f: z.boolean().default(true) }), { type: "boolean", default: true }],
    ["a consent", z.object({ f: z.literal(true) }), { type: "boolean" }],
    ["a choice", z.object({ f: z.enum(["a", "b"]) }), { type: "string", enum: ["a", "b"] }],
    [
      "a choice of one",
      z.object({ f: z.literal("a").meta({ title: "T" }) }),
      { type: "string", title: "T", enum: ["a"] },
    ],
    [
      "a choice of literals",
      z.object({ f: z.union([z.literal("a"), z.enum(["b", "c"])]) }),
      {
        type: "string",
        enum: ["a", "b", "c"],
      },
    ],
    [
      "a choice with a name of its own",
      z.object({ f: z.enum(["a"]).meta({ id: "form test: named" }) }),
      {
        type: "string",
        enum: ["a"],
      },
    ],
    ["a choice without a type", plain({ enum: ["a", "b"] }), { type: "string", enum: ["a", "b"] }],
    ["a type in a list", plain({ type: ["string"] }), { type: "string" }],
    ["a choice of ArkType", type({ f: "'a' | 'b'" }) as Schema, { type: "string", enum: ["a", "b"] }],
    ["a consent of ArkType", type({ f: "true" }) as Schema, { type: "boolean" }],
    [
      "a choice of Valibot",
      toStandardJsonSchema(v.object({ f: v.picklist(["a", "b"]) })) as Schema,
      {
        type: "string",
        enum: ["a", "b"],
      },
    ],
  ];
  it.each(fields)("%s", (_, schema, expected) => {
    for (const revision of WITH_FORMS) expect(field(schema, revision)).toEqual(expected);
  });

  it("the fields that must be filled in, and no keyword of its own", () => {
    const schema = z.strictObject({ a: z.string(), b: z.string().optional(), c: z.boolean().default(true) });
    for (const revision of WITH_FORMS) {
      const form = toForm(fromSchema(schema, "input", "a test").json, revision);
      expect(form).toEqual({ type: "object", properties: expect.anything(), required: ["a"] });
      expect(toForm({ type: "object" }, revision)).toEqual({ type: "object", properties: {} });
    }
  });
});

describe("what the revisions say in different words", () => {
  const choices = z.union([z.literal("a").meta({ title: "A" }), z.literal("b")]);

  it.each<[string, Schema]>([
    ["of zod", z.object({ f: choices })],
    ["in JSON Schema", plain({ type: "string", oneOf: [{ const: "a", title: "A" }, { const: "b" }] })],
    ["with a list of names", plain({ type: "string", enum: ["a", "b"], enumNames: ["A"] })],
  ])("T-30: a choice with titles %s", (_, schema) => {
    for (const revision of LATE) {
      const oneOf = [
        { const: "a", title: "A" },
        { const: "b", title: "b" },
      ];
      expect(field(schema, revision)).toEqual({ type: "string", oneOf });
    }
    expect(field(schema, EARLY)).toEqual({ type: "string", enum: ["a", "b"], enumNames: ["A", "b"] });
  });

  it.each<[string, Schema, unknown]>([
    ["text", z.object({ f: z.string().default("x") }), "x"],
    ["number", z.object({ f: z.number().default(1.5) }), 1.5],
    ["integer", z.object({ f: z.int().default(1) }), 1],
    ["choice", z.object({ f: z.enum(["a", "b"]).default("b") }), "b"],
  ])("2025-06-18 has no default of a %s", (_, schema, initial) => {
    for (const revision of LATE) expect(field(schema, revision)).toMatchObject({ default: initial });
    expect(field(schema, EARLY)).not.toHaveProperty("default");
  });

  it("a default that is none of the field's is no default", () => {
    for (const f of [
      { type: "string", default: 5 },
      { type: "number", default: "5" },
      { type: "boolean", default: null },
    ]) {
      for (const revision of WITH_FORMS) expect(field(plain(f), revision)).toEqual({ type: f.type });
    }
  });

  it.each<[string, Schema, object]>([
    [
      "of zod",
      z.object({
        f: z
          .array(z.enum(["a", "b"]))
          .min(1)
          .max(2)
          .default(["a"]),
      }),
      {
        type: "array",
        minItems: 1,
        maxItems: 2,
        items: { type: "string", enum: ["a", "b"] },
        default: ["a"],
      },
    ],
    [
      "with titles",
      z.object({ f: z.array(choices) }),
      {
        type: "array",
        items: {
          anyOf: [
            { const: "a", title: "A" },
            { const: "b", title: "b" },
          ],
        },
      },
    ],
    [
      "in JSON Schema",
      plain({ type: "array", items: { oneOf: [{ const: "a", title: "A" }] }, uniqueItems: true }),
      {
        type: "array",
        items: { anyOf: [{ const: "a", title: "A" }] },
      },
    ],
  ])("a choice of several %s is none before 2025-11-25", (_, schema, expected) => {
    for (const revision of LATE) expect(field(schema, revision)).toEqual(expected);
    expect(() => field(schema, EARLY)).toThrow(LocalError);
    expect(() => field(schema, EARLY)).toThrow(/"f"/);
  });
});

describe("what no form can say is a DefinitionError that names the field", () => {
  it.each<[string, Schema]>([
    ["an object", z.object({ f: z.object({}) })],
    ["a list of objects", z.object({ f: z.array(z.object({})) })],
    ["a list of any texts", z.object({ f: z.array(z.string()) })],
    ["a list without items", plain({ type: "array" })],
    ["null", z.object({ f: z.string().nullable() })],
    ["null, in ArkType", type({ f: "string | null" }) as Schema],
    ["one of several types", z.object({ f: z.union([z.string(), z.number()]) })],
    ["a text or one of its own", z.object({ f: z.email().or(z.literal("")) })],
    ["a choice among numbers", z.object({ f: z.literal([1, 2]) })],
    ["a record", z.object({ f: z.record(z.string(), z.string()) })],
    ["anything", z.object({ f: z.unknown() })],
    ["true", plain(true as never)],
    ["what leads nowhere", plain({ $ref: "#/$defs/a" })],
    ["what is not there", { type: "object", properties: {}, required: ["f"] }],
  ])("%s", (_, schema) => {
    for (const revision of WITH_FORMS) {
      expect(() => field(schema, revision)).toThrow(DefinitionError);
      expect(() => field(schema, revision)).toThrow(/"f"/);
    }
  });

  it.each<[string, Schema]>([
    ["a text", z.string()],
    ["a list", z.array(z.string())],
    ["fields of any name", z.record(z.string(), z.string())],
    ["one of two objects", z.union([z.object({ a: z.string() }), z.object({ b: z.string() })])],
  ])("as a whole: %s", (_, schema) => {
    expect(() => field(schema, EARLY)).toThrow(DefinitionError);
  });
});

describe("the type of a form", () => {
  /** As `Context.elicit` has it. */
  const elicit = <S extends Schema>(schema: S & Form<S>): InferOutput<S> => schema as never;
  type Elicit = <S extends Schema>(
    message: string,
    schema: S & Form<S>,
    options?: AskOptions,
  ) => Promise<ElicitAnswer<InferOutput<S>>>;
  type Require = <S extends Schema>(
    message: string,
    schema: S & Form<S>,
    options?: AskOptions,
  ) => Promise<InferOutput<S>>;

  it("is that of what a handler asks with", () => {
    expectTypeOf<Context["elicit"]>().toEqualTypeOf<Elicit>();
    expectTypeOf<Context["require"]>().toEqualTypeOf<Require>();
  });

  it("lets pass what a form can say", () => {
    const answer = elicit(
      z.object({
        text: z.email(),
        number: z.number(),
        integer: z.int().optional(),
        sure: z.boolean().default(true),
        colour: z.enum(["red", "blue"]),
        one: z.literal("x"),
        several: z.array(z.enum(["a", "b"])).optional(),
        read: z.coerce.number(),
      }),
    );
    expectTypeOf(answer.sure).toEqualTypeOf<boolean>();
    expectTypeOf(answer.several).toEqualTypeOf<("a" | "b")[] | undefined>();
    elicit(type({ text: "string", "several?": "('a' | 'b')[]", sure: "boolean" }));
    elicit(toStandardJsonSchema(v.object({ text: v.string(), colour: v.picklist(["a", "b"]) })));
    elicit(z.object({}));
    elicit({ type: "object", properties: {} });
    elicit({ type: "object", properties: { a: { type: "string", minLength: 1 } }, required: ["a"] });
    elicit(jsonSchema<{ a: string; b?: number }>({ type: "object", properties: {} }));
    const form: FormSchema = {
      type: "object",
      properties: {
        a: { type: "string", format: "email", default: "a@example.com" },
        b: { type: "array", items: { anyOf: [{ const: "x", title: "X" }] } },
        c: { type: "string", oneOf: [{ const: "x", title: "X" }] },
      },
      required: ["a"],
    };
    elicit(form);
    // @ts-expect-error: there is no such format.
    const unknown: FormSchema = { type: "object", properties: { a: { type: "string", format: "uuid" } } };
    expect(unknown).toBeDefined();
  });

  it("refuses what it cannot", () => {
    // @ts-expect-error: a form is flat.
    elicit(z.object({ deep: z.object({}) }));
    // @ts-expect-error
    elicit(z.object({ a: z.string(), list: z.array(z.string()) }));
    // @ts-expect-error
    elicit(z.object({ list: z.array(z.object({ a: z.string() })) }));
    // @ts-expect-error
    elicit(z.object({ nothing: z.string().nullable() }));
    // @ts-expect-error
    elicit(z.object({ either: z.union([z.string(), z.number()]) }));
    // @ts-expect-error
    elicit(type({ deep: { a: "string" } }));
    // @ts-expect-error
    elicit(jsonSchema<{ deep: { a: string } }>({ type: "object", properties: {} }));
    // @ts-expect-error: a form is an object.
    elicit(z.string());
    expectTypeOf<Form<z.ZodObject<{ deep: z.ZodObject }>>>().toEqualTypeOf<{
      readonly "a form is flat; it cannot have the field": "deep";
    }>();
  });
});
