import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JsonSchema } from "../../src/schema/index.ts";
import { compile } from "../../src/schema/validator/index.ts";

const name = fc.constantFrom("a", "b", "c");
const scalar = fc.constantFrom<unknown>(0, 1, 2, 1.5, -1, "", "a", "bb", "🐲", true, false, null);

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(name, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

const { schema } = fc.letrec<{ schema: JsonSchema | boolean }>((tie) => {
  const list = fc.array(tie("schema"), { minLength: 1, maxLength: 3 });
  const map = fc.dictionary(name, tie("schema"), { maxKeys: 3 });
  const count = fc.integer({ min: 0, max: 3 });
  const types = fc.constantFrom("string", "number", "integer", "boolean", "null", "object", "array");
  const keywords: Record<string, fc.Arbitrary<unknown>> = {
    type: fc.oneof(types, fc.uniqueArray(types, { minLength: 1, maxLength: 3 })),
    const: value,
    enum: fc.uniqueArray(value, { minLength: 1, maxLength: 3, selector: (each) => JSON.stringify(each) }),
    minimum: count,
    exclusiveMaximum: count,
    multipleOf: fc.constantFrom(0.5, 1, 2),
    minLength: count,
    maxLength: count,
    pattern: fc.constantFrom("a", "^b", "^.$"),
    minItems: count,
    maxItems: count,
    uniqueItems: fc.boolean(),
    prefixItems: list,
    items: tie("schema"),
    contains: tie("schema"),
    minProperties: count,
    maxProperties: count,
    required: fc.uniqueArray(name),
    properties: map,
    patternProperties: fc.dictionary(fc.constantFrom("a", "[bc]", "^c"), tie("schema"), { maxKeys: 2 }),
    additionalProperties: tie("schema"),
    propertyNames: fc.constantFrom({ maxLength: 0 }, { pattern: "a" }, true),
    dependentRequired: fc.dictionary(name, fc.uniqueArray(name), { maxKeys: 2 }),
    dependentSchemas: map,
    allOf: list,
    anyOf: list,
    oneOf: list,
    not: tie("schema"),
    ...Object.fromEntries(["if", "then", "else"].map((keyword) => [keyword, tie("schema")])),
    unevaluatedProperties: tie("schema"),
    $ref: fc.constantFrom("#/$defs/x", "#/$defs/y"),
  };
  const chosen = fc.subarray(Object.keys(keywords), { maxLength: 4 });
  return {
    schema: fc.oneof(
      { maxDepth: 3 },
      fc.boolean(),
      types.map((type) => ({ type })),
      // The other one takes an empty list for valid when both of these stand together.
      chosen
        .filter((names) => !(names.includes("contains") && names.includes("prefixItems")))
        .chain((names) => fc.record(Object.fromEntries(names.map((each) => [each, keywords[each] ?? fc.boolean()])))),
    ) as fc.Arbitrary<JsonSchema | boolean>,
  };
});

const definitions = { x: { type: "string" }, y: { properties: { a: { $ref: "#/$defs/x" } }, minProperties: 1 } };

describe("verdicts are those of another validator", () => {
  it("for schemas and values put together at random", () => {
    const ajv = new Ajv2020({ strict: false, validateSchema: false, ownProperties: true, logger: false });
    fc.assert(
      fc.property(schema, fc.array(value, { minLength: 4, maxLength: 8 }), (drawn, values) => {
        const whole = typeof drawn === "boolean" ? drawn : { ...drawn, $defs: definitions };
        const [ours, theirs] = [compile(whole), ajv.compile(whole)];
        for (const each of values) {
          const issues = ours(each);
          expect([each, issues === undefined]).toEqual([each, theirs(each)]);
          if (issues === undefined) continue;
          expect(issues.length).toBeGreaterThan(0);
          expect(issues.length).toBeLessThanOrEqual(16);
          expect(issues[0]?.message).not.toBe("must match the schema");
        }
      }),
      { seed: 11, numRuns: 1_500 },
    );
  });
});
