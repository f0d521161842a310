/** Tools whose schemas say more than types. */
import { jsonSchema, tool } from "mcplex/server";

interface Person {
  readonly name?: string;
  readonly address?: { readonly street?: string; readonly city?: string };
  readonly contactMethod?: "phone" | "email";
  readonly phone?: string;
  readonly email?: string;
}

const person = jsonSchema<Person>({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  // oxlint-disable unicorn/no-thenable -- a keyword of JSON Schema
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
});

const regional = jsonSchema<{ region?: string }>({
  type: "object",
  properties: { region: { type: "string", description: "Where it runs", "x-mcp-header": "Region" } },
});

export const schemaTools = [
  tool(
    "json_schema_2020_12_tool",
    { description: "Tool with JSON Schema 2020-12 features", input: person },
    (input) => `Got ${JSON.stringify(input)}`,
  ),
  tool(
    "test_x_mcp_header",
    { description: "Has an argument that is repeated in a header", input: regional },
    ({ region = "nowhere" }) => `It runs in ${region}`,
  ),
];
