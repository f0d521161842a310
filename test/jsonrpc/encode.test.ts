import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encode, type Message, type Parts, Serialized } from "../../src/jsonrpc/index.ts";
import { notification, request, result } from "./doubles.ts";

const read = (encoded: string | Parts): unknown => JSON.parse(encoded as string);

const cycle: Record<string, unknown> = {};
cycle["self"] = { inside: [cycle] };

const fail = (): never => {
  throw new Error("canary");
};

const failWithNothing = (): never => {
  throw undefined as unknown as Error;
};

/** What has no JSON, and whether `JSON.stringify` leaves it out where it stands as a member. */
const noJson: [title: string, value: unknown, leftOut: boolean][] = [
  ["a BigInt", { big: 1n }, false],
  ["a cycle", cycle, false],
  ["a getter that throws", Object.defineProperty({}, "secret", { enumerable: true, get: fail }), false],
  ["a toJSON that throws", { toJSON: fail }, false],
  ["a proxy that throws", new Proxy({}, { ownKeys: fail }), false],
  ["what throws no error", { toJSON: failWithNothing }, false],
  ["a toJSON that gives nothing", { toJSON: () => undefined }, true],
  ["undefined", undefined, true],
  ["a function", () => {}, true],
  ["a symbol", Symbol("x"), true],
];

describe("encode", () => {
  it.each(["x", "", 0, -1, "__proto__", 'a"\\\n'])("answers -32603 for the id %j when its result is no JSON", (id) => {
    for (const [, value] of noJson) {
      const causes: unknown[] = [];
      const encoded = read(encode({ jsonrpc: "2.0", id, result: value }, (cause) => causes.push(cause)));
      expect(encoded).toEqual({ jsonrpc: "2.0", id, error: { code: -32603, message: "Internal error" } });
      expect(causes).toHaveLength(1);
    }
  });

  it.each(noJson)("answers although the data of an error is %s (REL-51)", (_, data, leftOut) => {
    const encoded = read(encode({ jsonrpc: "2.0", id: 1, error: { code: 5, message: "x", data } }));
    expect(encoded).toMatchObject({ jsonrpc: "2.0", id: 1, error: { code: leftOut ? 5 : -32603 } });
    expect(JSON.stringify(encoded)).not.toContain("canary");
  });

  it("answers although whoever is told of it throws (REL-52)", () => {
    const encoded = encode(result(1, { big: 1n }), () => {
      throw new Error("the listener failed");
    });
    expect(read(encoded)).toMatchObject({ id: 1, error: { code: -32603 } });
  });

  it.each(noJson.filter(([, , leftOut]) => !leftOut))("throws for a request or notification with %s", (_, value) => {
    const thrown = (message: Message): unknown => {
      try {
        return encode(message);
      } catch (error) {
        return { error };
      }
    };
    expect(thrown(request(1, "a", { value }))).toHaveProperty("error");
    expect(thrown(notification("a", { value }))).toHaveProperty("error");
  });

  it.each(noJson.filter(([, , leftOut]) => leftOut))("leaves out %s", (_, value) => {
    expect(read(encode(request(1, "a", { value })))).toEqual(request(1, "a", {}));
  });

  it("writes what JSON.stringify writes", () => {
    const messages: Message[] = [
      request("1", "a", { a: [1, null, "é"] }),
      request(1, "a"),
      notification("a", {}),
      result(0, null),
      result("", [1]),
      result(1, { gone: undefined, date: new Date(0) }),
      { jsonrpc: "2.0", id: 1, error: { code: -32000, message: "\u2028", data: { a: 1 } } },
      { jsonrpc: "2.0", error: { code: -32700, message: "Parse error" } },
    ];
    for (const message of messages) expect(read(encode(message))).toEqual(JSON.parse(JSON.stringify(message)));
  });

  it("keeps lone surrogates in a way that UTF-8 can carry (SEC-15)", () => {
    const text = encode(result("\ud800", "\udc00")) as string;
    expect(new TextDecoder().decode(new TextEncoder().encode(text))).toBe(text);
    expect(read(text)).toEqual(result("\ud800", "\udc00"));
  });

  it("writes one line, whatever is in it", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
        const encoded = encode(result(text, { value, text })) as string;
        expect(encoded).not.toMatch(/[\n\r]/);
        expect(read(encoded)).toEqual(JSON.parse(JSON.stringify(result(text, { value, text }))));
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});

describe("what was serialised before", () => {
  it("stands in a message as it is", () => {
    const text = '{ "a" : 1.0 }';
    expect(encode(new Serialized(text))).toBe(text);
    expect(encode(result(1, new Serialized(text)))).toBe(`{"jsonrpc":"2.0","id":1,"result":${text}}`);
  });

  it("is bytes from 16 kB on, and comes in parts that are not joined", () => {
    const value = { text: "é".repeat(20_000) };
    const kept = Serialized.of(value);
    const parts = encode(result("x", kept)) as Parts;
    expect(parts.body).toBe(kept.bytes);
    const text = parts.head + new TextDecoder().decode(parts.body) + parts.tail;
    expect(JSON.parse(text)).toEqual(result("x", value));
    expect(JSON.parse(encode(kept as Serialized) as string)).toEqual(value);
  });

  it.each([16_382, 16_383, 16_384, 16_385])("is the same value at any length: %i", (length) => {
    const value = "x".repeat(length - 2);
    const kept = Serialized.of(value);
    expect(kept.bytes === undefined).toBe(length < 16_384);
    expect([kept.value, kept.text, JSON.stringify({ kept })]).toEqual([value, `"${value}"`, `{"kept":"${value}"}`]);
  });

  it("is parsed anew for each holder", () => {
    const kept = Serialized.of({ list: [1] });
    kept.value.list.push(2);
    expect(kept.value).toEqual({ list: [1] });
  });

  it.each([
    ["a BigInt", { big: 1n }],
    ["a cycle", cycle],
    ["undefined", undefined],
  ])("cannot be made of %s", (_, value) => {
    expect(() => Serialized.of(value)).toThrow(TypeError);
  });
});
