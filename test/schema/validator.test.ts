import { describe, expect, it } from "vitest";
import { type JsonSchema, SchemaError } from "../../src/schema/index.ts";
import { compile, compilePeer, knownFormats, type PatternEngine } from "../../src/schema/validator/index.ts";

const messages = (schema: JsonSchema | boolean, value: unknown) =>
  compile(schema)(value)?.map(({ pointer, message }) => `${pointer}: ${message}`);

describe("issues", () => {
  const order: JsonSchema = {
    type: "object",
    properties: {
      id: { type: "integer", minimum: 1 },
      lines: { type: "array", items: { type: "object", properties: { "a/b~c": { type: "string" } } } },
      state: { enum: ["open", { closed: true }] },
    },
    required: ["id", "lines"],
    additionalProperties: false,
  };

  it("names the value, the keyword and the demand, for all that is wrong at once", () => {
    expect(compile(order)({ id: 0, lines: [{}, { "a/b~c": 1 }], state: "new", more: 1 })).toEqual([
      { pointer: "/id", schemaPointer: "/properties/id/minimum", message: "must be at least 1" },
      {
        pointer: "/lines/1/a~1b~0c",
        schemaPointer: "/properties/lines/items/properties/a~1b~0c/type",
        message: "must be string",
      },
      { pointer: "/state", schemaPointer: "/properties/state/enum", message: 'must be "open" or {"closed":true}' },
      { pointer: "/more", schemaPointer: "/additionalProperties", message: "is not allowed" },
    ]);
    expect(messages(order, {})).toEqual([': must have the property "id"', ': must have the property "lines"']);
    expect(compile(order)({ id: 1, lines: [{ "a/b~c": "" }], state: { closed: true } })).toBeUndefined();
  });

  it("are at most 16", () => {
    expect(compile({ items: { type: "string" } })(Array.from({ length: 100 }, () => 1))).toHaveLength(16);
    const many = Array.from({ length: 20 }, (_, i) => `p${i}`);
    expect(compile({ required: many })({})).toHaveLength(16);
    expect(compile({ anyOf: [{ required: many }] })({})).toHaveLength(16);
  });

  it("of alternatives come with those of the nearest one", () => {
    const shapes: JsonSchema = {
      oneOf: [
        { properties: { kind: { const: "circle" }, radius: { type: "number" } }, required: ["radius"] },
        { properties: { kind: { const: "square" }, side: { type: "number" } }, required: ["side"] },
        { type: "null" },
      ],
    };
    expect(messages(shapes, { kind: "square", side: "3" })).toEqual([
      ": must match one of 3 alternatives",
      "/side: must be number",
    ]);
    expect(messages({ oneOf: [{ minimum: 1 }, { maximum: 5 }] }, 3)).toEqual([
      ": must match only one of 2 alternatives",
    ]);
    expect(messages({ anyOf: [] }, 3)).toEqual([": must match one of 0 alternatives"]);
  });

  it("of schemas that only decide something are not heard", () => {
    expect(messages({ if: { type: "string" }, else: { minimum: 1 } }, 0)).toEqual([": must be at least 1"]);
    expect(messages({ not: { type: ["string", "null"] } }, "")).toEqual([': must not match the schema under "not"']);
    expect(messages({ contains: { type: "string" } }, [1, 2])).toHaveLength(1);
    expect(messages({ propertyNames: { maxLength: 1 } }, { abc: 1 })).toEqual([
      ': must not have a property of the name "abc"',
    ]);
  });

  it("cover each kind of keyword", () => {
    expect(messages({ exclusiveMaximum: 3, multipleOf: 2 }, 5)).toEqual([
      ": must be less than 3",
      ": must be a multiple of 2",
    ]);
    expect(messages({ maxLength: 1, pattern: "^b" }, "aa")).toHaveLength(2);
    expect(messages({ minItems: 3, uniqueItems: true }, [1, 1])).toHaveLength(2);
    expect(messages({ minProperties: 1, dependentRequired: { a: ["b"] } }, {})).toHaveLength(1);
    expect(messages({ dependentRequired: { a: ["b"] } }, { a: 1 })).toEqual([': must have the property "b"']);
    expect(messages({ unevaluatedProperties: false, properties: { a: true } }, { a: 1, b: 1 })).toEqual([
      "/b: is not allowed",
    ]);
    expect(messages({ const: [1] }, [2])).toEqual([": must be [1]"]);
    expect(messages(false, 1)).toEqual([": is not allowed"]);
  });
});

describe("values", () => {
  it("that JSON does not have are no numbers, and members that are undefined are none", () => {
    expect(compile({ type: "number" })(Number.NaN)).toHaveLength(1);
    expect(compile({ type: "number" })(1n)).toHaveLength(1);
    expect(compile({ required: ["a"] })({ a: undefined })).toHaveLength(1);
    expect(
      compile({ properties: { a: { type: "string" } }, additionalProperties: false })({ a: undefined, b: undefined }),
    ).toBeUndefined();
  });

  it("have their length counted in characters, not in halves of them", () => {
    const validate = compile({ minLength: 2, maxLength: 3 });
    expect(["🐲🐲", "🐲🐲🐲", "ab", "🐲b"].map((text) => validate(text))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(["🐲", "a", "🐲🐲🐲🐲", "abcd", "\ud83d"].map((text) => validate(text)?.length)).toEqual([1, 1, 1, 1, 1]);
  });

  it("inherited from a prototype are not members (SEC-122)", () => {
    class Inherited {
      own = 1;
      get inherited(): number {
        return 1;
      }
    }
    expect(compile({ required: ["own"] })(new Inherited())).toBeUndefined();
    expect(compile({ required: ["inherited"] })(new Inherited())).toHaveLength(1);
  });
});

describe("dialects (TOOL-5, T-26, SEC-126)", () => {
  const draft07 = "http://json-schema.org/draft-07/schema#";

  it.each([undefined, "https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2020-12/schema#"])(
    "%s is 2020-12",
    ($schema) => {
      const validate = compile({ ...($schema && { $schema }), prefixItems: [{ type: "string" }], items: false });
      expect(validate(["a"])).toBeUndefined();
      expect(validate([1])).toHaveLength(1);
      expect(validate(["a", 1])).toHaveLength(1);
    },
  );

  it.each([draft07, "http://json-schema.org/draft-07/schema", "https://json-schema.org/draft-07/schema#"])(
    "%s is draft-07",
    ($schema) => {
      const validate = compile({
        $schema,
        items: [{ type: "string" }],
        additionalItems: false,
        definitions: { a: { $id: "#place", type: "string" } },
        properties: { a: { $ref: "#place", maxLength: 0 } },
        dependencies: { a: ["b"], c: { required: ["d"] } },
        unevaluatedProperties: false,
        dependentRequired: { a: ["z"] },
        $dynamicRef: "nowhere",
      });
      expect(validate(["a"])).toBeUndefined();
      expect(validate(["a", "b"])).toHaveLength(1);
      expect(validate({ a: "long", b: 1 })).toBeUndefined();
      expect(validate({ a: 1, c: 1 })).toHaveLength(3);
    },
  );

  it.each([
    "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-04/schema#",
    "http://json-schema.org/schema#",
    "https://json-schema.org/draft/2020-12/schema/../x",
    "urn:example:mine",
    7,
  ])("%s is not supported, and the error names what is", ($schema) => {
    expect(() => compile({ $schema } as JsonSchema)).toThrow(
      /^dialect not supported: .*; supported are 2020-12 and draft-07 \(at \/\$schema\)$/,
    );
  });

  it("an embedded resource may have its own", () => {
    const validate = compile({
      properties: { old: { $id: "old", $schema: draft07, items: [{ type: "string" }] } },
      prefixItems: [true],
    });
    expect(validate({ old: [1] })).toHaveLength(1);
  });
});

describe("a schema that cannot be compiled", () => {
  it.each<[unknown, string, string]>([
    [null, "", "a schema must be an object, true or false"],
    [[], "", "a schema must be an object"],
    [{ type: "any" }, "", '"type" must be of string, number'],
    [{ properties: { a: { type: 1 } } }, "/properties/a", '"type"'],
    [{ enum: "a" }, "", '"enum" must be a list'],
    [{ required: "a" }, "", '"required" must be a list of names'],
    [{ required: [1] }, "", '"required"'],
    [{ minimum: "1" }, "", '"minimum" must be a number'],
    [{ exclusiveMinimum: true }, "", '"exclusiveMinimum" must be a number'],
    [{ multipleOf: 0 }, "", '"multipleOf" must be a number above 0'],
    [{ minLength: -1 }, "", '"minLength" must be a whole number of at least 0'],
    [{ maxItems: 1.5 }, "", '"maxItems"'],
    [{ pattern: 1 }, "", '"pattern" must be a string'],
    [{ pattern: "(" }, "", '"pattern" cannot be used'],
    [{ patternProperties: { "[": true } }, "", '"patternProperties" cannot be used'],
    [{ properties: [] }, "", '"properties" must be an object'],
    [{ properties: { a: 1 } }, "", '"properties/a" must be a schema'],
    [{ items: [{}] }, "", '"items" must be a schema'],
    [{ prefixItems: {} }, "", '"prefixItems" must be a list of schemas'],
    [{ allOf: [1] }, "", '"allOf/0" must be a schema'],
    [{ not: "a" }, "", '"not" must be a schema'],
    [{ uniqueItems: 1 }, "", '"uniqueItems" must be true or false'],
    [{ dependentRequired: { a: "b" } }, "", '"dependentRequired" must be lists of names'],
    [{ $ref: 1 }, "", '"$ref" must be a string'],
    [{ $id: "a#b" }, "", '"$id" must be a URI reference without a fragment'],
    [{ $id: "http://[" }, "", '"$id"'],
    [{ $ref: "#/nowhere" }, "", 'the reference "#/nowhere" leads nowhere'],
    [{ $ref: "#nowhere" }, "", "leads nowhere"],
    [{ $ref: "#/%zz" }, "", "leads nowhere"],
    [{ $ref: "#/toString" }, "", "leads nowhere"],
    [{ $defs: { a: { $ref: "http://127.0.0.1:1/a" } } }, "/$defs/a", "leaves the document, and nothing is fetched"],
    [{ $ref: "file:///etc/passwd" }, "", "leaves the document"],
    [{ $dynamicRef: "other.json#a" }, "", "leaves the document"],
    [{ $ref: "https://json-schema.org/draft/2020-12/schema" }, "", "leaves the document"],
  ])("%j", async (schema, schemaPointer, message) => {
    const error = expect.objectContaining({
      name: "SchemaError",
      schemaPointer,
      message: expect.stringContaining(message),
    });
    expect(() => compile(schema as JsonSchema)).toThrow(error);
    await expect(compilePeer(schema as JsonSchema)).rejects.toEqual(error);
    expect(() => compile(schema as JsonSchema)).toThrow(SchemaError);
  });

  it("may have keywords that nobody knows, with any value (TOOL-3)", () => {
    const schema = { "x-mcp-header": { $ref: "#/nowhere" }, example: [], nullable: true, $comment: 1, format: 7 };
    expect(compile(schema)(1)).toBeUndefined();
  });
});

describe("formats", () => {
  it("are asserted only when asked for, and only known ones", () => {
    const schema = { properties: { a: { format: "email" }, b: { format: "my-own" }, c: { format: "date" } } };
    const value = { a: "no", b: "no", c: "2024-02-30" };
    expect(compile(schema)(value)).toBeUndefined();
    expect(compile(schema, { formats: knownFormats })(value)?.map(({ message }) => message)).toEqual([
      "must have the format email",
      "must have the format date",
    ]);
    expect(compile(schema, { formats: knownFormats })({ a: "a@example.com", c: 7 })).toBeUndefined();
  });
});

describe("patterns", () => {
  it("of the author have the u flag where the source allows it", () => {
    expect(compile({ pattern: "^.$" })("🐲")).toBeUndefined();
    expect(compile({ pattern: "^\\-a\\_$" })("-a_")).toBeUndefined();
    expect(compile({ pattern: "(?<=a)b" })("ab")).toBeUndefined();
  });

  it("are needed only by a schema in which one acts", async () => {
    // The linear engine refuses this one.
    const pattern = "(?<=a)b";
    const linear = { name: "SchemaError" };
    await expect(
      compilePeer({ properties: { pattern: { type: "string" } }, const: { pattern } }),
    ).resolves.toBeDefined();
    await expect(compilePeer({ $defs: { a: { pattern } } })).resolves.toBeDefined();
    await expect(compilePeer({ $defs: { a: { pattern } }, items: { $ref: "#/$defs/a" } })).rejects.toMatchObject(
      linear,
    );
    await expect(compilePeer({ patternProperties: {} })).resolves.toBeDefined();
    await expect(compilePeer({ not: { patternProperties: { [pattern]: false } } })).rejects.toMatchObject(linear);
    await expect(compilePeer({ $ref: "b" })).rejects.toThrow(SchemaError);
  });

  it("can be left to an engine of the caller", async () => {
    const asked: string[] = [];
    const patterns: PatternEngine = (source) => {
      asked.push(source);
      return (text) => text === source;
    };
    const validate = await compilePeer({ pattern: "a(?=b)", patternProperties: { k: { type: "null" } } }, { patterns });
    expect(asked.sort()).toEqual(["a(?=b)", "k"]);
    expect(validate("a(?=b)")).toBeUndefined();
    expect(validate("ab")).toHaveLength(1);
    expect(validate({ k: 1, kk: 1 })).toHaveLength(1);
  });
});
