import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { argumentAt, headerMatches, headerParams, paramHeaderValue } from "../../src/protocol/methods/header-params.ts";
import { decodeHeaderValue, encodeHeaderValue, trimOptionalWhitespace } from "../../src/protocol/headers.ts";

const sentinel = (text: string) => `=?base64?${Buffer.from(text).toString("base64")}?=`;
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme-ascii" }),
  fc.string({ unit: fc.constantFrom("=", "?", "base64", " ", "\t", "a") }),
);

describe("encodeHeaderValue (HTTP-4, T-15, SEC-21, SEC-22)", () => {
  it.each(["", "echo", "a b", "~!", "test://a?b=c", "=?BASE64?eA==?=", "=?base64?eA==", "base64?=", "=?utf-8?q?x?="])(
    "leaves %j as it is",
    (value) => {
      expect(encodeHeaderValue(value)).toBe(value);
    },
  );

  it.each(["é", "日本", "\u{1f600}", " a", "a ", "\ta", "a\tb", "a\r\nb", "\0", "\x7f", "\ufeffx", " "])(
    "wraps %j",
    (value) => {
      expect(encodeHeaderValue(value)).toBe(sentinel(value));
    },
  );

  it.each(["=?base64?ZWNobw==?=", "=?base64??=", "=?base64?=", "=?base64?not base64?="])(
    "wraps %j again, for it looks wrapped",
    (value) => {
      expect(encodeHeaderValue(value)).toBe(sentinel(value));
      expect(decodeHeaderValue(sentinel(value))).toBe(value);
    },
  );

  it("writes nothing but printable ASCII without spaces at the ends, and decoding gives every string back", () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const encoded = encodeHeaderValue(value);
        expect(encoded).toMatch(/^(?:[!-~](?:[ -~]*[!-~])?)?$/);
        expect(decodeHeaderValue(encoded)).toBe(value);
        expect(decodeHeaderValue(` \t${encoded}\t `)).toBe(value);
      }),
      { seed: 4, numRuns: 2000 },
    );
  });

  it("holds a value of 100 kB", () => {
    const value = "é".repeat(50_000);
    expect(decodeHeaderValue(encodeHeaderValue(value))).toBe(value);
  });
});

describe("decodeHeaderValue (HTTP-25, HTTP-26, SEC-20)", () => {
  it.each([
    ["=?base64?ZWNobw==?=", "echo"],
    [" echo\t", "echo"],
    ["a\tb", "a\tb"],
    ["=?BASE64?ZWNobw==?=", "=?BASE64?ZWNobw==?="],
    ["=?base64?=", "=?base64?="],
    ["=?base64?ZWNobw==", "=?base64?ZWNobw=="],
    [sentinel(sentinel("echo")), sentinel("echo")],
  ])("%j is %j", (header, value) => {
    expect(decodeHeaderValue(header)).toBe(value);
  });

  it.each([
    "=?base64?ZWNobw?=",
    "=?base64?ZWNobw=?=",
    "=?base64?ZWNobw===?=",
    "=?base64?ZWNo*w==?=",
    "=?base64?ZWNo bw==?=",
    "=?base64? ZWNobw==?=",
    "=?base64?ZWNobx==?=",
    "=?base64?_-_-?=",
    "=?base64?A?=",
    "=?base64??=",
    "=?base64?/w==?=",
    "=?base64?7aCA?=",
    "=?base64?wK8=?=",
    "é",
    "a\0b",
    "a\r\nb",
    "\x7f",
  ])("%j is nothing", (header) => {
    expect(decodeHeaderValue(header)).toBeUndefined();
  });

  it("trims spaces and tabs alone", () => {
    expect(trimOptionalWhitespace(" \t a b \t")).toBe("a b");
    expect(trimOptionalWhitespace("\u00a0a\n")).toBe("\u00a0a\n");
    expect(trimOptionalWhitespace(" ".repeat(1_000_000))).toBe("");
  });
});

describe("headerParams (HTTP-5, HTTP-6, T-16 to T-19)", () => {
  const string = (name: unknown) => ({ type: "string", "x-mcp-header": name });
  const object = (properties: Record<string, unknown>) => ({ type: "object", properties });

  it("finds annotations along properties, nested ones too", () => {
    const schema = object({
      region: string("Region"),
      plain: { type: "string" },
      page: { type: "integer", "x-mcp-header": "Page" },
      nested: object({ deep: object({ flag: { type: "boolean", "x-mcp-header": "Flag" } }) }),
    });
    expect(headerParams(schema)).toEqual({
      params: [
        { header: "Mcp-Param-Region", path: ["region"], type: "string" },
        { header: "Mcp-Param-Page", path: ["page"], type: "integer" },
        { header: "Mcp-Param-Flag", path: ["nested", "deep", "flag"], type: "boolean" },
      ],
    });
  });

  it("finds none in a schema without any, or in no schema", () => {
    for (const schema of [{ type: "object" }, {}, true, undefined, null, 1, "x", []]) {
      expect(headerParams(schema)).toEqual({ params: [] });
    }
  });

  it("takes a property of that name, and values, for no annotation", () => {
    const schema = {
      ...object({
        "x-mcp-header": { type: "number" },
        properties: object({ properties: string("P") }),
        a: { type: "string", default: { "x-mcp-header": "" }, const: { "x-mcp-header": 1 } },
        b: { enum: [{ "x-mcp-header": " " }], examples: [{ "x-mcp-header": " " }] },
      }),
      $defs: { "x-mcp-header": {} },
    };
    expect(headerParams(schema)).toEqual({
      params: [{ header: "Mcp-Param-P", path: ["properties", "properties"], type: "string" }],
    });
  });

  it.each([
    ["", /token/],
    [" ", /token/],
    ["a b", /token/],
    ["a:b", /token/],
    ["a\r\nb", /token/],
    ["é", /token/],
    [1, /token/],
    [null, /token/],
    [{}, /token/],
    ["x".repeat(257), /token/],
  ])("refuses the name %j", (name, problem) => {
    expect(headerParams(object({ a: string(name) })).problem).toMatch(problem);
  });

  it("refuses a name twice, without case and across levels", () => {
    expect(headerParams(object({ a: string("X"), b: object({ c: string("x") }) })).problem).toMatch(/two parameters/);
  });

  it.each(["number", "array", "object", "null", ["string", "null"], ["string"], undefined, null])(
    "refuses the type %j",
    (type) => {
      expect(headerParams(object({ a: { type, "x-mcp-header": "A" } })).problem).toMatch(/string, integer or boolean/);
    },
  );

  it.each<[string, unknown]>([
    ["the root", { type: "string", "x-mcp-header": "A" }],
    ["items", object({ a: { type: "array", items: string("A") } })],
    ["items inside properties inside items", object({ a: { items: object({ b: string("A") }) } })],
    ["a list of items", object({ a: { items: [string("A")] } })],
    ["prefixItems", object({ a: { prefixItems: [string("A")] } })],
    ["anyOf", object({ a: { anyOf: [string("A")] } })],
    ["oneOf at the root", { type: "object", oneOf: [object({ a: string("A") })] }],
    ["allOf", { allOf: [object({ a: string("A") })] }],
    ["not", object({ a: { not: string("A") } })],
    ["if", { if: object({ a: string("A") }) }],
    ["$defs", { $defs: { a: string("A") } }],
    ["definitions", { definitions: { a: string("A") } }],
    ["patternProperties", { patternProperties: { "^a": string("A") } }],
    ["additionalProperties", { additionalProperties: string("A") }],
    ["dependentSchemas", { dependentSchemas: { a: object({ b: string("A") }) } }],
    ["an unknown keyword", { "x-other": { a: string("A") } }],
  ])("refuses an annotation under %s", (_where, schema) => {
    expect(headerParams(schema).problem).toMatch(/"properties" alone/);
  });

  it("is bounded in depth, in size and on cycles", () => {
    let deep: Record<string, unknown> = string("A");
    for (let i = 0; i < 64; i++) deep = object({ a: deep });
    expect(headerParams(deep).params?.[0]?.path).toHaveLength(64);
    expect(headerParams(object({ a: deep })).problem).toMatch(/"properties" alone/);
    let deeper: Record<string, unknown> = {};
    for (let i = 0; i < 9000; i++) deeper = { not: deeper };
    expect(headerParams(deeper)).toEqual({ params: [] });
    const wide = object(Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`p${i}`, {}])));
    expect(headerParams(wide).problem).toMatch(/too large/);
    const cycle: Record<string, unknown> = { type: "object" };
    cycle["properties"] = { self: cycle };
    expect(headerParams(cycle).problem).toMatch(/too large/);
  });
});

describe("argumentAt", () => {
  it("walks own properties", () => {
    expect(argumentAt({ a: { b: 0 } }, ["a", "b"])).toBe(0);
    expect(argumentAt({ a: null }, ["a", "b"])).toBeUndefined();
    expect(argumentAt({ a: ["x"] }, ["a", "0"])).toBeUndefined();
    expect(argumentAt({}, ["constructor", "name"])).toBeUndefined();
    expect(argumentAt(undefined, ["a"])).toBeUndefined();
  });
});

describe("paramHeaderValue and headerMatches (HTTP-5, HTTP-25, T-16, SEC-52)", () => {
  it.each([
    ["eu", "eu"],
    ["", ""],
    ["é", sentinel("é")],
    [42, "42"],
    [-7, "-7"],
    [-0, "0"],
    [Number.MAX_SAFE_INTEGER, "9007199254740991"],
    [true, "true"],
    [false, "false"],
    [null, undefined],
    [undefined, undefined],
    [4.5, undefined],
    [2 ** 53, undefined],
    [Number.NaN, undefined],
    [{}, undefined],
    [["x"], undefined],
  ])("%j is written as %j", (value, header) => {
    expect(paramHeaderValue(value)).toBe(header);
  });

  it.each<[header: string, value: unknown]>([
    ["eu", "eu"],
    [" eu ", "eu"],
    ["", ""],
    [sentinel("eu"), "eu"],
    ["42", 42],
    ["42.0", 42],
    ["42.000", 42],
    ["-42", -42],
    ["-0", 0],
    ["0", -0],
    ["42", "42"],
    ["true", true],
    [sentinel("42"), 42],
  ])("%j matches %j", (header, value) => {
    expect(headerMatches(header, value)).toBe(true);
  });

  it.each<[header: string, value: unknown]>([
    ["EU", "eu"],
    ["eu, eu", "eu"],
    ["", "eu"],
    ["é", "é"],
    ["=?base64?ZXU?=", "eu"],
    ["42.0", "42"],
    ["43", 42],
    ["42.5", 42],
    ["42.00000000000000000001", 42],
    ["4.2e1", 42],
    ["042", 42],
    ["+42", 42],
    ["0x2a", 42],
    ["", 0],
    [" ", 0],
    ["9007199254740993", 2 ** 53],
    ["4.5", 4.5],
    ["True", true],
    ["1", true],
    ["null", null],
    ["undefined", undefined],
    ["[object Object]", {}],
    ["x", ["x"]],
  ])("%j does not match %j", (header, value) => {
    expect(headerMatches(header, value)).toBe(false);
  });

  it("agree on every value that can be written", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.maxSafeInteger(), fc.boolean()), (value) => {
        expect(headerMatches(paramHeaderValue(value) ?? "", value)).toBe(true);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
