/** 5.1: names that every object has by itself, and names that would change what every object has. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { call, inSession, META, modern, withHeaders } from "../harness/messages.ts";
import { serverUnderTest } from "../harness/server.ts";

const under = serverUnderTest();

const REGISTERED = ["__proto__", "valueOf"];
const NATIVE = [...new Set([...Object.getOwnPropertyNames(Object.prototype), "prototype", "then"])];
const native = fc.constantFrom(...NATIVE.filter((name) => !REGISTERED.includes(name)));
const SEED = { seed: 11, numRuns: 40 } as const;

describe("SEC-11 an unknown name is answered as any other", () => {
  it("of a tool", () =>
    fc.assert(
      fc.asyncProperty(native, async (name) => {
        const target = await under.server.target();
        const [one, other] = [await target.send(call(1, name)), await target.send(call(1, "nope"))];
        expect(one.outcome).toEqual([200, -32602]);
        expect(one.text).toBe(other.text.replaceAll("nope", name));
      }),
      SEED,
    ));

  it("of a prompt, a resource and a method", () =>
    fc.assert(
      fc.asyncProperty(native, async (name) => {
        const target = await under.server.target();
        for (const [method, member] of [
          ["prompts/get", "name"],
          ["resources/read", "uri"],
        ] as const) {
          const one = await target.send(modern(1, method, { [member]: name }));
          const other = await target.send(modern(1, method, { [member]: "nope" }));
          expect(one.outcome).toEqual([200, -32602]);
          expect(one.text).toBe(other.text.replaceAll("nope", name));
        }
        const one = await target.send(modern(1, name));
        expect(one.outcome).toEqual([404, -32601]);
        expect(one.text).toBe((await target.send(modern(1, "nope"))).text.replaceAll("nope", name));
      }),
      SEED,
    ));

  it("in an older revision", async () => {
    const target = await under.server.target();
    const session = await target.session();
    for (const name of NATIVE) {
      const params = { name, arguments: {} };
      const called = await target.send(inSession(session, { jsonrpc: "2.0", id: 1, method: "tools/call", params }));
      if (REGISTERED.includes(name)) expect(called.message.result?.content[0].text).toBe(`called ${name}`);
      else expect(called.message.error?.code).toBe(-32602);
      const asked = await target.send(inSession(session, { jsonrpc: "2.0", id: 1, method: name }));
      expect(asked.message.error?.code).toBe(-32601);
    }
  });

  it.each(REGISTERED)("a tool may be called %s", async (name) => {
    const target = await under.server.target();
    expect((await target.send(call(1, name))).message.result?.content[0].text).toBe(`called ${name}`);
    const { result } = (await target.send(modern(2, "tools/list"))).message;
    expect((result.tools as { name: string }[]).map((tool) => tool.name)).toContain(name);
  });
});

describe("SEC-13 names that would change what every object has", () => {
  const POISON = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}},"own":3}';

  it("in arguments: they are own members of a clean object", async () => {
    const parts = call(1, "see", { a: "@" });
    const body = (parts.body as string).replace('{"a":"@"}', POISON);
    const reply = await (await under.server.target()).send({ ...parts, body });
    const seen = JSON.parse(reply.message.result.content[0].text) as Record<string, unknown>;
    expect(seen).toMatchObject({ clean: true, polluted: null });
    expect(JSON.parse(seen["json"] as string)).toMatchObject({ own: 3 });
  });

  it("in _meta", async () => {
    const parts = call(1, "see", {}, { "x/y": "@" });
    const body = (parts.body as string).replace('"x/y":"@"', `"x/y":1,${POISON.slice(1, -1)}`);
    const reply = await (await under.server.target()).send({ ...parts, body });
    const { meta } = JSON.parse(reply.message.result.content[0].text) as { meta: Record<string, unknown> };
    expect(meta).toMatchObject({ clean: true, polluted: null });
    expect(JSON.parse(meta["json"] as string)).toMatchObject(META);
  });

  it("in names of headers, capabilities and the envelope", async () => {
    const target = await under.server.target();
    const parts = withHeaders(call(1, "see"), { __proto__x: "1", constructor: "polluted" });
    const head = {
      ...parts,
      headers: Object.fromEntries([...Object.entries(parts.headers ?? {}), ["__proto__", "1"]]),
    };
    expect((await target.send(head)).status).toBe(200);
    const body = (parts.body as string).replace('"clientCapabilities":{}', `"clientCapabilities":${POISON}`);
    expect([200, 400]).toContain((await target.send({ ...parts, body })).status);
    const enveloped = (parts.body as string).replace(/\}$/, `,${POISON.slice(1)}`);
    expect((await target.send({ ...parts, body: enveloped })).status).toBe(200);
    const after = await target.send(call(2, "see"));
    expect(JSON.parse(after.message.result.content[0].text)).toMatchObject({ clean: true, polluted: null });
  });
});
