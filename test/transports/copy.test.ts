import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writtenOnce } from "../../src/jsonrpc/index.ts";
import { jsonCopy } from "../../src/transports/copy.ts";

const throughText = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("a copy as JSON would carry it", () => {
  it("is what comes out of the text, for whatever can be written", () => {
    const anything = fc.anything({ withDate: true, withMap: true, withNullPrototype: true, withSparseArray: true });
    fc.assert(
      fc.property(anything, (value) => {
        const wrapped = { value };
        let expected: unknown;
        try {
          expected = throughText(wrapped);
        } catch {
          return expect(() => jsonCopy(wrapped)).toThrow();
        }
        expect(jsonCopy(wrapped)).toEqual(expected);
      }),
    );
  });

  it("shares nothing with the value", () => {
    const value = { list: [{ a: 1 }], inner: { b: [2] } };
    const copied = jsonCopy(value);
    value.list[0]!.a = 9;
    value.inner.b.push(3);
    expect(copied).toEqual({ list: [{ a: 1 }], inner: { b: [2] } });
  });

  it("shares what is frozen to the last member, and nothing that looks like it: the _meta that every request carries", () => {
    const given = { client: { name: "a", list: [1] } };
    const _meta = writtenOnce(given);
    given.client.list.push(2);
    const frozen = Object.freeze({ list: [1] });
    const copied = jsonCopy({ params: { _meta, other: _meta }, inner: { _meta: frozen } });
    expect(copied.params._meta).toBe(_meta);
    expect(copied.params.other).not.toBe(_meta);
    expect(copied.inner._meta).not.toBe(frozen);
    expect(copied.inner._meta.list).not.toBe(frozen.list);
    expect(_meta).toStrictEqual({ client: { name: "a", list: [1] } });
    expect([_meta, _meta.client, _meta.client.list].every(Object.isFrozen)).toBe(true);
  });

  it("leaves out what a prototype adds, and obeys a toJSON that does not show", () => {
    const prototype = Object.prototype as { added?: unknown };
    prototype.added = 1;
    try {
      expect(Object.keys(jsonCopy({ a: { b: 2 } }).a)).toEqual(["b"]);
    } finally {
      delete prototype.added;
    }
    const hidden = Object.defineProperty({ a: 1 }, "toJSON", { value: () => "text" });
    expect(jsonCopy({ hidden })).toEqual({ hidden: "text" });
  });

  it("has an own member of the name __proto__ where the value has", () => {
    const copied = jsonCopy(JSON.parse('{"__proto__":{"polluted":true}}') as object);
    expect(Object.getPrototypeOf(copied)).toBe(Object.prototype);
    expect(Object.hasOwn(copied, "__proto__")).toBe(true);
  });

  it.each([
    ["a date", { at: new Date(0) }],
    ["minus zero", [-0]],
    ["what is no number", [Number.NaN, Number.POSITIVE_INFINITY]],
    ["nothing in a list", [undefined, 1]],
    ["nothing in an object", { a: undefined, b: 1 }],
    ["boxed values", [Object("text"), Object(1)]],
    [
      "an instance",
      {
        one: new (class {
          a = 1;
          get b() {
            return 2;
          }
        })(),
      },
    ],
    ["something deep", Array.from({ length: 100 }).reduce<unknown>((inner) => [inner], 1)],
  ])("writes %s as JSON does", (_, value) => {
    expect(jsonCopy(value)).toStrictEqual(throughText(value));
  });

  it("throws for a cycle, a BigInt and a getter that throws", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const getter = Object.defineProperty({}, "a", {
      enumerable: true,
      get: () => {
        throw new Error("no");
      },
    });
    for (const value of [cycle, { big: 1n }, getter]) expect(() => jsonCopy(value)).toThrow();
  });
});
