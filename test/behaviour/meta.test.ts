import { describe, expect } from "vitest";
import { MissingRequiredClientCapabilityError } from "../../src/errors.ts";
import type { Request, ResultResponse } from "../../src/jsonrpc/index.ts";
import type { MetaObject } from "../../src/protocol/index.ts";
import { everywhere, inMemory, LEGACY, MODERN } from "./bindings.ts";

const KEY = "io.modelcontextprotocol/";

describe("META-1: what every request says", () => {
  everywhere("version, capabilities and client, on every method", { revisions: MODERN }, async (joint) => {
    const server = joint
      .server()
      .tool("a", {}, () => "x")
      .resource("a:b", () => "c")
      .prompt("p", {}, () => "x");
    const client = await joint.connect(server, {
      info: { name: "me", version: "3", title: "Me" },
      on: { "roots/list": () => ({ roots: [] }), "elicitation/create": () => ({ action: "cancel" }) },
    });
    await client.call("a");
    for await (const _ of client.tools());
    await client.readResource("a:b");
    await client.getPrompt("p");
    await client.ping();
    const requests = joint.tap.from("client").filter((message) => "id" in message) as Request[];
    expect(requests.length).toBeGreaterThan(5);
    for (const { params } of requests) {
      expect(params?.["_meta"]).toMatchObject({
        [`${KEY}protocolVersion`]: joint.revision,
        [`${KEY}clientCapabilities`]: { roots: {}, elicitation: {} },
        [`${KEY}clientInfo`]: { name: "me", version: "3", title: "Me" },
      });
    }
    // Roots have no listChanged any more.
    const meta = requests[0]?.params?.["_meta"] as MetaObject;
    expect(meta[`${KEY}clientCapabilities`]).toEqual({ roots: {}, elicitation: {} });
  });

  everywhere("META-8: none of it on older revisions", { revisions: LEGACY }, async (joint) => {
    const client = await joint.connect(joint.server().tool("a", {}, (_, { meta }) => JSON.stringify(meta)));
    expect(await client.call("a")).toBe("{}");
    expect(await client.call("a", {}, { meta: { "example.com/x": 1 } })).toBe('{"example.com/x":1}');
  });

  inMemory("the caller's own _meta travels beside it, and cannot replace it", MODERN, async (joint) => {
    const client = await joint.connect(joint.server().tool("a", {}, (_, { meta }) => JSON.stringify(meta)));
    const given = { "example.com/x": [1], [`${KEY}protocolVersion`]: "1999-01-01", traceparent: "t" };
    const meta = JSON.parse(await client.call("a", {}, { meta: given }));
    expect(meta).toMatchObject({ "example.com/x": [1], traceparent: "t", [`${KEY}protocolVersion`]: joint.revision });
  });
});

describe("META-2: what the server requires", () => {
  const envelope = { [`${KEY}protocolVersion`]: "2026-07-28", [`${KEY}clientCapabilities`]: {} };

  inMemory("a request without it is refused with -32602 [meta]", MODERN, async (joint) => {
    const raw = await joint.raw(joint.server({ revisions: MODERN }).tool("a", {}, () => "x"));
    const bad: [string, object][] = [
      ["no _meta", {}],
      ["an empty one", { _meta: {} }],
      ["null", { _meta: null }],
      ["an array", { _meta: [] }],
      ["no version", { _meta: { [`${KEY}clientCapabilities`]: {} } }],
      ["no capabilities", { _meta: { [`${KEY}protocolVersion`]: "2026-07-28" } }],
      ["a version of another type", { _meta: { ...envelope, [`${KEY}protocolVersion`]: 20260728 } }],
      ["capabilities of another type", { _meta: { ...envelope, [`${KEY}clientCapabilities`]: [] } }],
      ["a client without a version", { _meta: { ...envelope, [`${KEY}clientInfo`]: { name: "x" } } }],
      ["a log level that is none", { _meta: { ...envelope, [`${KEY}logLevel`]: "loud" } }],
    ];
    for (const [what, params] of bad) {
      const error = await raw.refused("tools/call", { name: "a", ...params }, { plain: true, bad: true });
      expect([what, error.code]).toEqual([what, -32602]);
    }
    for (const params of [undefined, [], [envelope]]) {
      const id = `p${JSON.stringify(params)}`;
      raw.bad({ jsonrpc: "2.0", id, method: "tools/list", ...(params === undefined ? {} : { params }) });
      expect((await raw.response(id)).error?.code).toBe(-32602);
    }
  });

  inMemory("a request without clientInfo is accepted", MODERN, async (joint) => {
    const raw = await joint.raw(joint.server().tool("a", {}, (_, { client }) => `${client.info}`));
    const { result } = await raw.request("tools/call", { name: "a", _meta: envelope }, { plain: true });
    expect(result).toMatchObject({ content: [{ text: "undefined" }] });
  });
});

describe("META-3: capabilities count for one request", () => {
  everywhere("those of an earlier request are forgotten", { revisions: MODERN }, async (joint) => {
    const server = joint.server().tool("a", {}, (_, { client }) => JSON.stringify(client.capabilities));
    const raw = await joint.raw(server);
    const ask = async (capabilities: object): Promise<unknown> => {
      const _meta = { [`${KEY}clientCapabilities`]: capabilities };
      const { result } = await raw.request("tools/call", { name: "a", _meta });
      return JSON.parse((result as { content: { text: string }[] }).content[0]?.text ?? "");
    };
    expect(await ask({ sampling: {}, "x-new": { y: 1 } })).toEqual({ sampling: {}, "x-new": { y: 1 } });
    expect(await ask({})).toEqual({});
  });
});

describe("META-4: a capability that is needed", () => {
  everywhere("is named in -32021", { revisions: MODERN }, async (joint) => {
    const required = { elicitation: { url: {} } };
    const server = joint.server().tool("a", {}, () => {
      throw new MissingRequiredClientCapabilityError("Needs URLs", { requiredCapabilities: required });
    });
    const client = await joint.connect(server);
    const failure = await client.call("a").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MissingRequiredClientCapabilityError);
    expect(failure).toMatchObject({ code: -32021, data: { requiredCapabilities: required } });
  });
});

describe("META-5: who answers", () => {
  everywhere("stands in every result", { revisions: MODERN }, async (joint) => {
    const raw = await joint.raw(joint.server().tool("a", {}, () => "x"));
    for (const [method, params] of [
      ["server/discover", {}],
      ["tools/list", {}],
      ["tools/call", { name: "a" }],
    ] as const) {
      const { result } = (await raw.request(method, params)) as ResultResponse;
      const meta = (result as { _meta: MetaObject })._meta;
      expect(meta[`${KEY}serverInfo`]).toEqual({ name: "test-server", version: "1.2.3" });
    }
  });

  inMemory("can be configured off", MODERN, async (joint) => {
    const client = await joint.connect(joint.server({ identity: false }).tool("a", {}, () => "x"));
    expect(client.server.info).toBeUndefined();
    expect((await client.callTool("a"))._meta ?? {}).toEqual({});
  });

  inMemory("is written beside the handler's own _meta", MODERN, async (joint) => {
    const server = joint.server().resource("a:b", () => ({ contents: [], _meta: { "example.com/cost": 3 } }));
    const client = await joint.connect(server);
    expect((await client.readResource("a:b"))._meta).toEqual({
      "example.com/cost": 3,
      [`${KEY}serverInfo`]: { name: "test-server", version: "1.2.3" },
    });
  });
});

describe("META-6: the id of a subscription", () => {
  everywhere("stands on no notification of another request", { revisions: MODERN }, async (joint) => {
    const server = joint.server().tool("a", {}, async (_, context) => {
      await context.progress(1);
      await context.log("error", "x");
      return "x";
    });
    const client = await joint.connect(server, { logLevel: "debug" });
    await client.listen({ toolsListChanged: true });
    await client.call("a", {}, { onProgress: () => {} });
    const told = joint.tap
      .from("server")
      .filter((message) => "method" in message && message.method !== "notifications/subscriptions/acknowledged");
    expect(told).toHaveLength(2);
    for (const message of told) expect(JSON.stringify(message)).not.toContain("subscriptionId");
  });
});

describe("trace context (https://www.w3.org/TR/trace-context/)", () => {
  const trace = {
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    tracestate: "vendor=x",
    baggage: "user=ann",
  };

  everywhere("is read, without what is malformed, and kept", {}, async (joint) => {
    const seen: unknown[] = [];
    const server = joint.server().tool("a", {}, (_, context) => {
      seen.push(context.trace);
      return "x";
    });
    const client = await joint.connect(server);
    await client.call("a", {}, { meta: trace });
    await client.call("a", {}, { meta: { ...trace, baggage: "\n", tracestate: "=" } });
    await client.call("a");
    expect(seen).toEqual([trace, { traceparent: trace.traceparent }, {}]);
  });

  everywhere("goes with a request of the server", { revisions: LEGACY, remembers: true }, async (joint) => {
    const server = joint.server().tool("a", {}, async (_, context) => {
      await context.roots();
      return "x";
    });
    const seen: unknown[] = [];
    const client = await joint.connect(server, {
      on: {
        "roots/list": (params) => {
          seen.push(params);
          return { roots: [] };
        },
      },
    });
    await client.call("a", {}, { meta: trace });
    await client.call("a");
    expect(seen).toEqual([{ _meta: trace }, {}]);
  });
});
