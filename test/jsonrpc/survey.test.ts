import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { duplicateMember, survey } from "../../src/jsonrpc/wire/survey.ts";

const encoder = new TextEncoder();

function surveyed(text: string) {
  const bytes = encoder.encode(`before${text}after`);
  return survey(bytes, 6, bytes.length - 5, text);
}

function depthOf(value: unknown): number {
  return typeof value !== "object" || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe("the walk over the bytes of a message", () => {
  it("knows how deep any JSON nests, however it is spaced", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 12 }), fc.constantFrom(undefined, 1, "\t"), (value, space) => {
        expect(surveyed(JSON.stringify(value, undefined, space)).deepest).toBe(depthOf(value));
      }),
    );
  });

  it("suspects every text in which a member stands twice in the envelope or in params", () => {
    const name = fc.oneof(fc.string(), fc.constantFrom("id", "params", "i\\u0064", "x".repeat(100)));
    const member = fc.tuple(name, fc.jsonValue({ maxDepth: 2 }));
    const members = fc.array(member, { maxLength: 6 });
    const written = (list: readonly (readonly [string, unknown])[]): string =>
      list.map(([key, value]) => `${JSON.stringify(key)} : ${JSON.stringify(value)}`).join(",");
    fc.assert(
      fc.property(members, members, (outer, inner) => {
        const text = `{${written(outer)}${outer.length > 0 ? "," : ""}"params":{${written(inner)}}}`;
        if (duplicateMember(text) !== undefined) expect(surveyed(text).suspicious).toBe(true);
      }),
    );
  });

  it("knows the same of a message whose _meta is like the one before, or only looks like it", () => {
    const meta = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 }), { maxKeys: 3 });
    const rest = fc.record({ a: fc.jsonValue({ maxDepth: 3 }) });
    const repeat = fc.array(fc.tuple(fc.nat(2), rest, fc.boolean()), { minLength: 4, maxLength: 40 });
    fc.assert(
      fc.property(fc.tuple(meta, meta, meta), repeat, (metas, messages) => {
        for (const [at, { a }, first] of messages) {
          const _meta = metas[at];
          const params = first ? { _meta, arguments: { a } } : { arguments: { a }, _meta };
          const text = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
          expect(surveyed(text)).toEqual({ deepest: depthOf(JSON.parse(text)), suspicious: false });
          const twice = text.replace(/\}\}$/, ',"_meta":{}}}');
          expect(surveyed(twice).suspicious).toBe(true);
          expect(surveyed(text.slice(0, -2)).deepest).toBe(depthOf(JSON.parse(text)));
        }
      }),
    );
  });

  it.each(['{"a":{"b":1}', '{"a":"b', '{"a":["b"', '{"a":{"b":1},"c":"}'])(
    "remembers no _meta that does not end: %s",
    (meta) => {
      const head = '{"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":';
      const rest = meta.endsWith('"}') ? '"}' : meta.endsWith("b") ? '"}' : meta.endsWith('"') ? "]}" : "}";
      const whole = `${head}${meta}${rest},"name":1}`;
      for (let time = 0; time < 40; time++) {
        surveyed(`${head}${meta}`);
        // Of what differs only some is remembered, so that it takes turns.
        for (let other = 0; other < 1 + (time % 3); other++) surveyed(`${head}{"${time}.${other}":1}}}`);
        expect(surveyed(`${whole},"method":"n"}`).suspicious).toBe(true);
        expect(surveyed(`${whole}}`)).toEqual({ deepest: depthOf(JSON.parse(`${whole}}`)), suspicious: false });
      }
    },
  );

  it("knows the same of a call that opens like the one before, or only looks like it", () => {
    const name = fc.constantFrom("a", "b", "arguments", "id");
    const id = fc.oneof(fc.nat(), fc.constantFrom("1", "x", -1, 0.5));
    const outer = fc.shuffledSubarray(["jsonrpc", "id", "method", "params"], { minLength: 4 });
    const inner = fc.shuffledSubarray(["name", "arguments", "_meta"], { minLength: 2 });
    const call = fc.record({ name, id, outer, inner, a: fc.jsonValue({ maxDepth: 3 }) });
    fc.assert(
      fc.property(
        fc.tuple(call, call),
        fc.array(fc.tuple(fc.nat(1), id, fc.nat(8)), { minLength: 4 }),
        (calls, sent) => {
          for (const [at, own, twice] of sent) {
            const { name: called, outer: order, inner: within, a } = calls[at as 0 | 1];
            const members: Record<string, unknown> = { name: called, arguments: { a }, _meta: { b: {} } };
            const params = `{${within.map((key) => `"${key}":${JSON.stringify(members[key])}`).join()}}`;
            const all: Record<string, string> = {
              jsonrpc: '"2.0"',
              id: JSON.stringify(own),
              method: '"tools/call"',
              params,
            };
            const text = `{${order.map((key) => `"${key}":${all[key]}`).join()}}`;
            expect(surveyed(text)).toEqual({ deepest: depthOf(JSON.parse(text)), suspicious: false });
            const repeated = ['"id":1', '"params":{}', '"method":"m"', '"jsonrpc":"2.0"'][twice];
            const repeatedWithin = ['"name":"c"', '"arguments":{}'][twice - 4];
            if (repeated !== undefined) {
              expect(surveyed(text.replace("{", `{${repeated},`)).suspicious).toBe(true);
              expect(surveyed(text.replace(/\}$/, `,${repeated}}`)).suspicious).toBe(true);
            } else if (
              repeatedWithin !== undefined &&
              within.includes(repeatedWithin.slice(1, repeatedWithin.indexOf(":") - 1))
            ) {
              expect(surveyed(text.replace('"params":{', `"params":{${repeatedWithin},`)).suspicious).toBe(true);
              expect(surveyed(text.replace(params, () => `${params.slice(0, -1)},${repeatedWithin}}`)).suspicious).toBe(
                true,
              );
            }
          }
        },
      ),
    );
  });

  it.each([
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":1},"_meta":{"name":"y"}}}',
    '{"jsonrpc":"2.0","id":"1","method":"resources/read","params":{"uri":"a:b","_meta":{}}}',
    '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":2,"total":3,"message":"m"}}',
    '{"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"text","text":"\\"twice\\""}],"structuredContent":{}}}',
    '{"jsonrpc":"2.0","id":2,"error":{"code":-32603,"message":"m","data":{}}}',
  ])("suspects no message of the protocol: %s", (text) => {
    expect(surveyed(text).suspicious).toBe(false);
    expect(duplicateMember(text)).toBeUndefined();
  });

  it.each(['"', '"\\', "{{{", "]]]", '{"a', '{"a":', "\\\\\\", '{"a":1}}}}'])("ends on what is no JSON: %s", (text) => {
    expect(surveyed(text).deepest).toBeGreaterThanOrEqual(0);
  });
});
