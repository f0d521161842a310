import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { Malformed, type Message } from "../../src/jsonrpc/index.ts";
import { parse, toMessage } from "../../src/jsonrpc/wire/index.ts";
import { limits } from "../../src/limits.ts";

/** What a text that is no message is answered with. */
function answer(text: string): { id?: unknown; error: { code: number; message: string; data?: unknown } } {
  const malformed = parse(text);
  if (!(malformed instanceof Malformed)) throw new Error(`Taken for a message: ${text.slice(0, 200)}`);
  return malformed.response;
}

function taken(text: string): Message {
  const message = parse(text);
  if (message instanceof Malformed) throw message.error;
  return message;
}

afterEach(() => {
  if (Object.keys(Object.prototype).length > 0) throw new Error("Object.prototype was changed");
});

describe("a text that is no JSON (SEC-1)", () => {
  it.each(["", " ", '{"jsonrpc":"2.0",', "hello", "{bad", "NaN", "undefined", "\uFEFF{}", "{}{}", '{"a":1}x', "'a'"])(
    "is answered with -32700 and no id: %j",
    (text) => {
      expect(answer(text)).toEqual({ jsonrpc: "2.0", error: { code: -32700, message: expect.any(String) } });
    },
  );

  it("is answered when it is 4 MiB of spaces", () => {
    expect(answer(" ".repeat(4 * 1024 * 1024)).error.code).toBe(-32700);
  });

  it("does not come back in the answer", () => {
    expect(JSON.stringify(answer('{"secret":"canary'))).not.toContain("canary");
  });
});

describe("JSON that is no message", () => {
  it.each(["{}", "[]", "[[]]", "null", "7", '"x"', "true", '[{"jsonrpc":"2.0","id":1,"method":"ping"}]'])(
    "is answered with -32600 and no id: %s (JRPC-10)",
    (text) => {
      expect(answer(text)).toEqual({ jsonrpc: "2.0", error: { code: -32600, message: expect.any(String) } });
    },
  );

  it.each([
    '"id":1',
    '"jsonrpc":"1.0","id":1',
    '"jsonrpc":2.0,"id":1',
    '"jsonrpc":null,"id":1',
    '"JSONRPC":"2.0","id":1',
  ])("is answered with its id when the version is wrong: %s (SEC-3)", (members) => {
    expect(answer(`{${members},"method":"ping"}`)).toMatchObject({ id: 1, error: { code: -32600 } });
  });

  it.each([
    ['"method":7', 1],
    ['"method":null', 1],
    ['"method":["ping"]', 1],
    [`"method":"${"x".repeat(limits.methodLength + 1)}"`, 1],
    ['"method":"ping","params":7', 1],
    ['"method":"ping","params":null', 1],
    ['"method":"ping","params":"x"', 1],
    ['"Method":"ping"', 1],
    ['"METHOD":"ping"', 1],
    ['"metho\\u0064s":"ping"', 1],
    ['"method\\u0000":"ping"', 1],
    ['"params":{}', 1],
  ])("is answered with its id: %s (SEC-8)", (members, id) => {
    expect(answer(`{"jsonrpc":"2.0","id":1,${members}}`)).toMatchObject({ id, error: { code: -32600 } });
  });
});

describe("an id (SEC-5, SEC-6, SEC-12)", () => {
  it.each([
    ["0", 0],
    ["-1", -1],
    ["-0", -0],
    ["1E2", 100],
    ["1.0", 1],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["-9007199254740991", Number.MIN_SAFE_INTEGER],
    ['""', ""],
    ['"1"', "1"],
    ['"\\u0000\\ud800"', "\u0000\ud800"],
    ['"__proto__"', "__proto__"],
    [`"${"x".repeat(limits.idLength)}"`, "x".repeat(limits.idLength)],
  ])("is taken: %s", (text, id) => {
    expect(taken(`{"jsonrpc":"2.0","id":${text},"method":"ping"}`)).toEqual({ jsonrpc: "2.0", id, method: "ping" });
    expect(taken(`{"jsonrpc":"2.0","id":${text},"result":{}}`)).toEqual({ jsonrpc: "2.0", id, result: {} });
  });

  it.each([
    "9007199254740993",
    "9007199254740992",
    "-9007199254740992",
    "1e400",
    "-1e400",
    "1.5",
    "null",
    "true",
    "{}",
    "[1]",
    `"${"x".repeat(limits.idLength + 1)}"`,
    `"${"x".repeat(100_000)}"`,
  ])("is refused, and does not stand in the answer: %.40s", (text) => {
    for (const rest of ['"method":"ping"', '"result":{}']) {
      const response = answer(`{"jsonrpc":"2.0","id":${text},${rest}}`);
      expect(response.error.code).toBe(-32600);
      expect(Object.hasOwn(response, "id")).toBe(false);
      expect(JSON.stringify(response).length).toBeLessThan(500);
    }
  });

  it("may be left out or null in an error response alone (JRPC-2)", () => {
    const error = { code: -32700, message: "Parse error" };
    expect(taken(JSON.stringify({ jsonrpc: "2.0", error }))).toEqual({ jsonrpc: "2.0", error });
    expect(taken(JSON.stringify({ jsonrpc: "2.0", id: null, error }))).toEqual({ jsonrpc: "2.0", error });
    expect(answer('{"jsonrpc":"2.0","result":{}}').error.code).toBe(-32600);
  });
});

describe("a member that stands twice (SEC-7)", () => {
  it.each([
    '"method":"a","method":"b"',
    '"method":"a","method":"a"',
    '"method":"a","metho\\u0064":"b"',
    '"method":"a","\\u006dethod":"b"',
    '"method":"a","jsonrpc":"2.0"',
    '"method":"a","params":{},"params":{}',
    '"method":"a","params":{"name":"x","name":"y"}',
    '"method":"a","params":{"name":"x","n\\u0061me":"y"}',
    '"method":"a","params":{"arguments":{},"x":1,"arguments":{"a":1}}',
    '"method":"a","params":{"_meta":{},"_meta":{}}',
    '"method":"a","params" : { "name" \t:\r\n "x" , "name": "y" }',
    '"method":"a","params":{"x":{"name":1},"name":"x","name":"y"}',
    '"method":"a","params":{"x":["}","{"],"name":"x","name":"y"}',
    '"method":"a","params":{"__proto__":1,"__proto__":2}',
    '"method":"a","x":1,"x":2',
    '"method":"a","":1,"":2',
    '"method":"a","\\"":1,"\\u0022":2',
    '"method":"a","\\\\":1,"\\\\":2',
    `"method":"a","padding":"${"x".repeat(20_000)}","padding":""`,
    `"method":"a","params":{"name":"${"x".repeat(20_000)}","name":"y"}`,
  ])("is refused with the id: %.80s", (members) => {
    const response = answer(`{"jsonrpc":"2.0","id":1,${members}}`);
    expect(response).toMatchObject({ id: 1, error: { code: -32600 } });
  });

  it("is refused without an id where the id itself stands twice", () => {
    const response = answer('{"jsonrpc":"2.0","id":1,"id":2,"method":"a"}');
    expect(response.error.code).toBe(-32600);
    expect(Object.hasOwn(response, "id")).toBe(false);
  });

  it.each([
    '"method":"a","params":{"method":"b","id":1,"jsonrpc":"x","params":{"params":{}}}',
    '"method":"a","params":{"name":"name","x":"name"}',
    '"method":"method","params":{"id":"id"}',
    '"method":"a","params":{"x":{"name":1},"name":"x","y":{"name":2}}',
    '"method":"a","params":{"list":[{"name":1},{"name":2}]}',
    '"method":"a","params":{"text":"\\"name\\":1,\\"name\\":2"}',
    '"method":"a","params":{"text":"\\\\","name":"\\\\\\""}',
    '"method":"a","method\\u0000":"b"',
    '"method":"a","Method":"b"',
    '"method":"a","params":{"a":1,"A":2,"á":3,"a\\u0301":4}',
    '"method":"a","other":{"x":1,"y":{"x":1}},"params":{"x":2,"y":3}',
    `"method":"a","params":{"text":"${'\\"id\\":1,'.repeat(4000)}"}`,
  ])("is none, and the message is taken: %.80s", (members) => {
    expect(taken(`{"jsonrpc":"2.0","id":1,${members}}`)).toMatchObject({ id: 1 });
  });

  it("is allowed deeper: arguments are the tool's business, and the last one counts", () => {
    const message = taken('{"jsonrpc":"2.0","id":1,"method":"a","params":{"arguments":{"x":1,"x":2}}}');
    expect(message).toMatchObject({ params: { arguments: { x: 2 } } });
  });

  it("is found in any message that has one, and in no other", () => {
    const name = fc.constantFrom("a", "b", '"', "\\", "\\\\", "{", "}", "[", ":", "params", "name", "é", "__proto__");
    const value = fc.oneof(
      fc.constantFrom("1", '"x"', '"\\""', '"\\\\"', '"{\\"a\\":"', "{}", "[]", '{"a":1}', '[{"a":1},{"a":2}]'),
      fc.string().map((text) => JSON.stringify(text)),
    );
    const space = fc.constantFrom("", " ", "\t", "\r\n");
    const member = fc.tuple(name, value, space, fc.boolean());
    const write = ([name, value, space, escaped]: [string, string, string, boolean]): string => {
      const units = [...name].map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
      return `${space}${escaped ? `"${units.join("")}"` : JSON.stringify(name)}${space}:${value}`;
    };
    const twice = (members: readonly [string, ...unknown[]][]): boolean =>
      new Set(members.map(([name]) => name)).size < members.length;
    fc.assert(
      fc.property(fc.array(member, { maxLength: 5 }), fc.array(member, { maxLength: 5 }), (outer, inner) => {
        const others = outer.filter(([name]) => name !== "params");
        const params = `"params":{${inner.map(write).join(",")}}`;
        const text = `{${['"jsonrpc":"2.0"', '"id":1', '"method":"m"', ...others.map(write), params].join(",")}}`;
        expect(parse(text) instanceof Malformed).toBe(twice(others) || twice(inner));
      }),
      { seed: 7, numRuns: 1000 },
    );
  });
});

describe("nesting (SEC-4)", () => {
  /** A message of so many levels in all, the message itself being the first and `params` the second. */
  const nested = (depth: number, open: string, close: string, where = "arguments"): string => {
    const levels = depth - 2;
    return `{"jsonrpc":"2.0","id":1,"method":"a","params":{"${where}":${open.repeat(levels)}1${close.repeat(levels)}}}`;
  };
  const shapes = [
    ["[", "]"],
    ['{"a":', "}"],
  ] as const;

  it.each(shapes)("is taken up to 64 levels of %s", (open, close) => {
    for (const where of ["arguments", "_meta", "inputResponses"]) {
      expect(taken(nested(limits.depth, open, close, where))).toMatchObject({ id: 1 });
    }
  });

  it.each(shapes)("is refused from 65 levels of %s on, with the id and the limit's name", (open, close) => {
    for (const depth of [65, 66, 5000, 100_000, 400_000]) {
      const { id, error } = answer(nested(depth, open, close));
      expect({ id, code: error.code, data: error.data }).toEqual({ id: 1, code: -32600, data: { limit: "depth" } });
      expect(error.message).not.toContain("stack");
    }
  });

  it("is refused in a long text by what it is, too: the id stands behind it, or it has no end (SEC-4)", () => {
    const deep = `${"[".repeat(70)}{"a":"]"}${"]".repeat(70)}`;
    const long = "[]".repeat(40_000);
    const body = `{"jsonrpc":"2.0","method":"a","params":{"x":${deep},"y":"${long}","z":[${deep}]},"id":7}`;
    expect(answer(body)).toMatchObject({ id: 7, error: { code: -32600, data: { limit: "depth" } } });
    expect(answer(body.replace("params", "met\\u0068od"))).toMatchObject({ error: { code: -32600 } });
    expect(answer(body.slice(0, -1)).error.code).toBe(-32700);
    expect(answer("[".repeat(100_000)).error.code).toBe(-32700);
    expect(taken(body.replaceAll(deep, "[]"))).toMatchObject({ id: 7, params: { y: long } });
  });

  it("is refused when both kinds are mixed", () => {
    expect(answer(nested(2 + 31 * 2 + 2, '[{"a":', "}]").replace(/1(?=[}\]])/, "[[1]]")).error.code).toBe(-32600);
  });

  it("is refused in a result", () => {
    const content = `${"[".repeat(63)}1${"]".repeat(63)}`;
    expect(answer(`{"jsonrpc":"2.0","id":1,"result":{"structuredContent":${content}}}`).error.code).toBe(-32600);
    expect(taken(`{"jsonrpc":"2.0","id":1,"result":{"structuredContent":${content.slice(1, -1)}}}`)).toBeDefined();
  });

  it("is no matter of how many brackets there are, nor of those in strings (SEC-19)", () => {
    const wide = `[${"[],".repeat(100_000)}{}]`;
    expect(taken(`{"jsonrpc":"2.0","id":1,"method":"a","params":{"a":${wide}}}`)).toMatchObject({ id: 1 });
    const text = "[{".repeat(100_000);
    expect(taken(`{"jsonrpc":"2.0","id":1,"method":"a","params":{"a":"${text}"}}`)).toMatchObject({ id: 1 });
  });

  it("is told for whatever came, and its end without one is no JSON", () => {
    expect(answer(`${"[".repeat(65)}${"]".repeat(65)}`).error.data).toEqual({ limit: "depth" });
    expect(answer("[".repeat(400_000)).error.code).toBe(-32700);
    expect(answer('{"a":'.repeat(400_000)).error.code).toBe(-32700);
  });
});

describe("names of Object.prototype (SEC-11, SEC-13)", () => {
  const names = Object.getOwnPropertyNames(Object.prototype);

  it.each(names)("are data: %s", (name) => {
    const text = `{"jsonrpc":"2.0","id":"${name}","method":"${name}","params":{"${name}":{"polluted":true}},"${name}":{"x":1}}`;
    const message = taken(text) as unknown as { id: string; method: string; params: Record<string, unknown> };
    expect([message.id, message.method]).toEqual([name, name]);
    expect(Object.hasOwn(message.params, name)).toBe(true);
    expect(Object.getPrototypeOf(message.params)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
  });

  it("do not stand for members that are missing", () => {
    const hidden = '{"__proto__":{"jsonrpc":"2.0","id":1,"method":"a"}}';
    expect(answer(hidden)).toEqual({ jsonrpc: "2.0", error: { code: -32600, message: expect.any(String) } });
    expect(answer('{"jsonrpc":"2.0","__proto__":{"id":1,"method":"a"}}').error.code).toBe(-32600);
    expect(answer('{"jsonrpc":"2.0","id":1,"__proto__":{"result":{}}}').error.code).toBe(-32600);
  });
});

describe("strings (SEC-15, SEC-22)", () => {
  it.each(['"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\u2028"', '"\u007f\u0085"', '"\\uFFFF"'])(
    "keep what they hold: %j",
    (text) => {
      const message = taken(`{"jsonrpc":"2.0","id":${text},"method":"a","params":{"a":${text}}}`);
      expect(message).toEqual({ jsonrpc: "2.0", id: JSON.parse(text), method: "a", params: { a: JSON.parse(text) } });
      expect(taken(JSON.stringify(message))).toEqual(message);
    },
  );

  it("of any kind come through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 10 }), (text, value) => {
        const message = { jsonrpc: "2.0", id: 1, method: "a", params: { text, value } };
        expect(parse(JSON.stringify(message))).toEqual(JSON.parse(JSON.stringify(message)));
      }),
      { seed: 3, numRuns: 100 },
    );
  });
});

describe("a response (SEC-18)", () => {
  it.each([
    '"method":"a","result":{}',
    '"method":"a","error":{"code":1,"message":"x"}',
    '"result":{},"error":{"code":1,"message":"x"}',
    '"result":{},"error":null',
    '"error":null',
    '"error":{}',
    '"error":[]',
    '"error":"x"',
    '"error":{"message":"x"}',
    '"error":{"code":"x","message":"x"}',
    '"error":{"code":1e99,"message":"x"}',
    '"error":{"code":1.5,"message":"x"}',
    '"error":{"code":1}',
    '"error":{"code":1,"message":7}',
    '"other":1',
  ])("is refused: %s", (members) => {
    const malformed = parse(`{"jsonrpc":"2.0","id":1,${members}}`);
    expect(malformed).toBeInstanceOf(Malformed);
    expect((malformed as Malformed).error.code).toBe(-32600);
    expect((malformed as Malformed).id).toBe(1);
  });

  it("is known as one although it is no message, so that nobody answers it", () => {
    const deep = `${"[".repeat(100)}${"]".repeat(100)}`;
    const members = [
      '"result":{},"error":{}',
      '"error":{}',
      '"result":{},"result":{}',
      '"error":null',
      `"result":${deep}`,
    ];
    for (const text of members)
      expect(parse(`{"jsonrpc":"2.0","id":1,${text}}`)).toMatchObject({ id: 1, silent: true });
    expect(parse('{"jsonrpc":"1.0","id":1,"result":{}}')).toMatchObject({ id: 1, silent: true });
    for (const text of ['"method":7', '"method":"a","result":{}']) {
      expect(parse(`{"jsonrpc":"2.0","id":1,${text}}`)).toMatchObject({ id: 1, silent: false });
    }
  });

  it.each(["null", "0", '""', "[]", "false"])("may have any result: %s", (result) => {
    expect(taken(`{"jsonrpc":"2.0","id":1,"result":${result}}`)).toEqual({
      jsonrpc: "2.0",
      id: 1,
      result: JSON.parse(result),
    });
  });

  it("keeps the data of its error", () => {
    const error = { code: -32000, message: "", data: { a: [1] }, extra: true };
    expect(taken(JSON.stringify({ jsonrpc: "2.0", id: 1, error }))).toEqual({ jsonrpc: "2.0", id: 1, error });
  });
});

describe("a message", () => {
  it("keeps members that nobody knows (JRPC-11)", () => {
    const message = { jsonrpc: "2.0", id: 1, method: "a", params: { _meta: { "x/y": 1 }, z: 2 }, extra: [3] };
    expect(taken(JSON.stringify(message))).toEqual(message);
  });

  it("may be large (SEC-19)", () => {
    const members = Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`a${at}`, at]));
    const items = Array.from({ length: 100_000 }, (_, at) => at);
    const message = { jsonrpc: "2.0", id: 1, method: "a", params: { arguments: { members, items } } };
    expect(taken(JSON.stringify(message))).toEqual(message);
    const repeated = `{"jsonrpc":"2.0","id":1,"method":"a","params":{"arguments":{${'"a":0,'.repeat(700_000)}"a":1}}}`;
    expect(taken(repeated)).toMatchObject({ params: { arguments: { a: 1 } } });
  });

  it("is told from what is none by value alone", () => {
    expect(toMessage({ jsonrpc: "2.0", method: "a" })).toEqual({ jsonrpc: "2.0", method: "a" });
    for (const value of [undefined, null, 1, "x", [], () => {}]) expect(toMessage(value)).toBeInstanceOf(Malformed);
  });
});
