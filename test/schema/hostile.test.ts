import { build } from "esbuild";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type JsonSchema, SchemaError } from "../../src/schema/index.ts";
import { compile, compilePeer, knownFormats } from "../../src/schema/validator/index.ts";

const overworked = [
  { pointer: "", schemaPointer: "", message: "validation was stopped: the schema makes too much work of this value" },
];
const nested = [
  {
    pointer: "",
    schemaPointer: "",
    message: "validation was stopped: the value or the references of the schema nest too deeply",
  },
];

const peer = async (schema: unknown, value: unknown) => (await compilePeer(schema as JsonSchema))(value);
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** Each level refers twice to the one below. */
function bomb(levels: number, keyword: string, leaf: JsonSchema | boolean): JsonSchema {
  const $defs: Record<string, unknown> = { level0: leaf };
  for (let level = 1; level <= levels; level++) {
    const below = { $ref: `#/$defs/level${level - 1}` };
    $defs[`level${level}`] = { [keyword]: [below, below] };
  }
  return { $ref: `#/$defs/level${levels}`, $defs };
}

describe("patterns of a peer (SEC-119)", () => {
  const patterns = ["^(a+)+$", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$", "^(a|a?)+$", "(a|aa){300}$"];

  it.each(patterns)("%s ends, on short and on long texts", async (pattern) => {
    for (const text of [`${"a".repeat(40)}!`, `${"x".repeat(40)}!`, `${"aA".repeat(20_000)}!`]) {
      expect(await peer({ pattern }, text)).toHaveLength(1);
      expect(await peer({ patternProperties: { [pattern]: false } }, { [text]: 1 })).satisfies(
        (issues: unknown) => issues === undefined || JSON.stringify(issues) === JSON.stringify(overworked),
      );
    }
  });

  it("are paid for by the size of their program and of the text", async () => {
    expect(await peer({ pattern: "^(a{1,30}){1,30}$" }, "a".repeat(100))).toBeUndefined();
    expect(await peer({ pattern: "^(a{1,30}){1,30}$" }, "a".repeat(100_000))).toEqual(overworked);
    expect(
      await peer(
        { items: { pattern: "^a*b?$" } },
        times(100_000, () => ""),
      ),
    ).toBeUndefined();
    expect(
      await peer(
        { items: { pattern: "^a*b?$" } },
        times(400_000, () => ""),
      ),
    ).toEqual(overworked);
  });

  it.each([
    ["^(?:(?:a{100}){100}){100}$", "too large"],
    [`(?:${"a".repeat(100)}){1000}`, "too large"],
    ["\\p{L}".repeat(200), "too large"],
    ["a(?=b)", "look-around"],
    ["(?<!a)b", "look-around"],
    ["(a)\\1", "back reference"],
    ["(?<n>a)\\k<n>", "back reference"],
    ["a{1001}", "repeat"],
  ])("%s is refused by name", async (pattern, reason) => {
    await expect(compilePeer({ properties: { a: { pattern } } })).rejects.toThrow(
      expect.objectContaining({
        name: "SchemaError",
        schemaPointer: "/properties/a",
        message: expect.stringContaining(reason),
      }),
    );
  });

  it("are bounded together", async () => {
    const allOf = times(100, (i) => ({ pattern: `^(?:a{1,${i + 200}})+$` }));
    await expect(compilePeer({ allOf })).rejects.toThrow("too large together");
  });

  it("known formats end on long texts", () => {
    const parts = ["a", "a.", "1:", "/~0", "%", "a@", "::", "[", '"\\a', "http://[", "a:#", "-", "0"];
    for (const [format, test] of knownFormats) {
      for (const part of parts) {
        const text = part.repeat(50_000);
        expect([format, part, compile({ format }, { formats: knownFormats })(text) === undefined]).toEqual([
          format,
          part,
          test(text),
        ]);
      }
    }
  });
});

describe("schemas of a peer (SEC-120)", () => {
  it.each(["allOf", "anyOf", "oneOf"])("30 levels of doubled references under %s end", async (keyword) => {
    const verdicts = [await peer(bomb(30, keyword, {}), 1), await peer(bomb(30, keyword, { type: "null" }), 1)];
    expect(verdicts).toContainEqual(overworked);
    expect(await peer({ ...bomb(30, keyword, {}), unevaluatedProperties: false }, { a: 1 })).not.toBeUndefined();
    expect(compile(bomb(10, keyword, keyword === "oneOf" ? false : {}))(1) === undefined).toBe(keyword !== "oneOf");
  });

  it.each<[string, JsonSchema]>([
    ["a self reference", { $ref: "#" }],
    ["a mutual reference", { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } }],
    ["a reference under allOf", { allOf: [{ $ref: "#" }] }],
    ["a dynamic reference", { $dynamicAnchor: "a", $dynamicRef: "#a" }],
    [
      "a dynamic reference between resources",
      {
        $id: "http://example.com/a",
        $dynamicAnchor: "a",
        $ref: "b",
        $defs: { b: { $id: "b", $dynamicAnchor: "a", $dynamicRef: "#a" } },
      },
    ],
  ])("%s that leads in a circle is found out", async (_, schema) => {
    expect(await peer(schema, 1)).toEqual(nested);
    expect(compile(schema)({})).toEqual(nested);
  });

  it("values that are nested deeply do not exhaust the stack", async () => {
    let object: unknown = {};
    let list: unknown = [];
    for (let i = 0; i < 20_000; i++) [object, list] = [{ child: object }, [list]];
    expect(await peer({ properties: { child: { $ref: "#" } } }, object)).toEqual(nested);
    expect(await peer({ items: { $ref: "#" } }, list)).toEqual(nested);
    expect(await peer({ uniqueItems: true }, [list, list])).toEqual(nested);
    expect(await peer({ uniqueItems: true }, [object, object])).toEqual(nested);
    expect(await peer({ type: "object" }, object)).toBeUndefined();
  });

  it("values as deep as a message may be are validated", async () => {
    let value: unknown = {};
    for (let i = 0; i < 64; i++) value = { children: [value] };
    const schema = {
      $ref: "#/$defs/node",
      $defs: { node: { properties: { children: { items: { $ref: "#/$defs/node" } } } } },
    };
    expect(await peer({ ...schema, type: "object" }, value)).toBeUndefined();
  });

  it("a stack that is nearly full is no crash", () => {
    let schema: JsonSchema = { $ref: "#" };
    for (let i = 0; i < 60; i++) schema = { properties: { a: schema }, oneOf: [true], type: "object" };
    let value: unknown = {};
    for (let i = 0; i < 5_000; i++) value = { a: value };
    const validate = compile(schema);
    const atTheEnd = (): unknown => {
      try {
        return atTheEnd();
      } catch {
        return validate(value);
      }
    };
    expect(() => atTheEnd()).not.toThrow();
  });

  it("allOf × 10,000, depth and size are refused", async () => {
    const deep = (levels: number) => times(levels, () => 0).reduce<JsonSchema>((not) => ({ not }), {});
    await expect(compilePeer({ allOf: times(10_000, () => ({})) })).rejects.toThrow("more than 1000 subschemas");
    await expect(compilePeer(deep(65))).rejects.toThrow("64 levels");
    await expect(compilePeer(deep(10_000))).rejects.toThrow("64 levels");
    await expect(compilePeer({ description: "a".repeat(300_000) })).rejects.toThrow("larger than 262144 characters");
    await expect(compilePeer({ const: times(5_000, () => 0).reduce<unknown>((all) => [all], 1) })).rejects.toThrow(
      SchemaError,
    );
    await expect(compilePeer(deep(64))).resolves.toBeTypeOf("function");
    expect(compile({ allOf: times(10_000, () => ({ type: "number" })) })(1)).toBeUndefined();
    const circle: Record<string, unknown> = {};
    circle["not"] = circle;
    expect(() => compile(circle)).toThrow("256 levels");
  });

  it("many alternatives of many items, names and values end", async () => {
    const items = times(100_000, (id) => ({ id }));
    expect(await peer({ oneOf: times(900, (i) => ({ const: i })) }, 5)).toBeUndefined();
    expect(
      await peer(
        { items: { oneOf: times(900, (i) => ({ const: i })) } },
        times(100_000, () => 5),
      ),
    ).toEqual(overworked);
    expect(await peer({ items: { required: times(5_000, (i) => `p${i}`) } }, items)).toHaveLength(16);
    expect(await peer({ items: { not: { required: times(5_000, (i) => `p${i}`) } } }, items)).toEqual(overworked);
    expect(await peer({ items: { not: { enum: times(5_000, (i) => ({ id: `${i}` })) } } }, items)).toEqual(overworked);
    const record = Object.fromEntries(items.map(({ id }) => [`p${id}`, 1]));
    expect(await peer({ additionalProperties: { type: "number" } }, record)).toBeUndefined();
    expect(await peer({ allOf: times(900, () => ({ minProperties: 1 })) }, record)).toEqual(overworked);
    const open = { additionalProperties: true };
    expect(await peer({ anyOf: times(200, () => open), unevaluatedProperties: false }, record)).toEqual(overworked);
  });

  it("uniqueItems takes 100,000 objects", async () => {
    const items = times(100_000, (id) => ({ id, name: `n${id}` }));
    expect(await peer({ uniqueItems: true }, items)).toBeUndefined();
    expect(await peer({ uniqueItems: true }, [...items, { name: "n7", id: 7 }])).toHaveLength(1);
    expect(
      await peer(
        { uniqueItems: true },
        times(100_000, (i) => [i * 2 ** 32]),
      ),
    ).toEqual(overworked);
  });

  it("the work is an option", () => {
    const validate = compile({ items: { type: "number" } }, { work: 10 });
    expect(validate(times(10, () => 1))).toBeUndefined();
    expect(validate(times(11, () => 1))).toEqual(overworked);
  });
});

describe("names of Object.prototype are data (SEC-122)", () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];

  it.each(names)("%s is missing when it is missing", (name) => {
    const own = JSON.parse(`{ "${name}": 1 }`) as object;
    expect(compile({ required: [name] })({})).toHaveLength(1);
    expect(compile({ required: [name] })(own)).toBeUndefined();
    const properties = JSON.parse(`{ "${name}": { "type": "string" } }`) as Record<string, JsonSchema>;
    expect(compile({ properties })({})).toBeUndefined();
    expect(compile({ properties })(own)).toHaveLength(1);
    expect(compile({ properties, additionalProperties: false })({ other: 1 })).toHaveLength(1);
    expect(compile({ additionalProperties: false })(own)).toHaveLength(1);
    expect(compile({ dependentRequired: JSON.parse(`{ "${name}": ["a"] }`) })({})).toBeUndefined();
    expect(compile({ maxProperties: 0 })(own)).toHaveLength(1);
    expect(compile({ uniqueItems: true })([own, {}])).toBeUndefined();
    expect(compile({ const: {} })(own)).toHaveLength(1);
    expect(compile({ unevaluatedProperties: false, properties })(own)).toHaveLength(1);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("values are never changed (SEC-125)", () => {
  it("with defaults and all kinds of keywords", () => {
    const freeze = <T>(value: T): T => {
      if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
      return value;
    };
    const schema = freeze({
      default: { __proto__: { polluted: true } },
      properties: { a: { default: 1 }, list: { uniqueItems: true, contains: { const: 1 } } },
      patternProperties: { "^x": { default: {} } },
      unevaluatedProperties: { default: 2 },
    });
    const value = freeze({ list: [3, 1, 2], x: 1, y: 2 });
    expect(compile(schema as unknown as JsonSchema)(value)).toBeUndefined();
    expect(Object.keys(value)).toEqual(["list", "x", "y"]);
  });
});

describe("code generation (SEC-127)", () => {
  it("is not needed, with linear patterns neither", async () => {
    const contents = `
      import { compile, compilePeer, knownFormats } from "./src/schema/validator/index.ts";
      const schema = { type: "object", properties: { a: { pattern: "^a+$", format: "date" } }, required: ["a"] };
      const validators = [compile(schema, { formats: knownFormats }), await compilePeer(schema)];
      console.log(JSON.stringify(validators.flatMap((validate) => validate({ a: "b" }) ?? []).length));
      try { new Function(""); } catch { console.log("no code"); }
    `;
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: process.cwd(), loader: "ts" },
      bundle: true,
      format: "esm",
      platform: "node",
      write: false,
    });
    const flags = ["--disallow-code-generation-from-strings", "--input-type=module", "-"];
    const running = promisify(execFile)(process.execPath, flags);
    running.child.stdin?.end(outputFiles[0]?.text);
    expect((await running).stdout).toBe("3\nno code\n");
  });
});
