import { describe, expect } from "vitest";
import { type MetaObject, isModern, isSince, REVISIONS } from "../../src/protocol/index.ts";
import { result } from "../../src/server/index.ts";
import { CHANNELS, everywhere, inMemory } from "./bindings.ts";
import { all } from "./collect.ts";
import type { Joint } from "./joint.ts";

/** What a complete result of this revision has beside its own members. */
const complete = (joint: Joint): object =>
  isModern(joint.revision) ? { resultType: "complete", ttlMs: 0, cacheScope: "private" } : {};

/** Without what the revision added. */
function own(value: object): object {
  const { resultType: _, ttlMs: __, cacheScope: ___, _meta, ...rest } = value as Record<string, unknown>;
  return rest;
}

describe("JRPC-11 and T-28: what is unknown passes unharmed", () => {
  everywhere("content blocks of a kind that nobody knows, from a handler to the caller", {}, async (joint) => {
    const hologram = { type: "hologram", beams: [{ angle: 1 }], _meta: { "example.com/a": 1 } };
    const server = joint.server().tool("a", {}, () => [hologram] as never);
    const client = await joint.connect(server);
    joint.tap.excuse("a hologram", (message) => JSON.stringify(message).includes("hologram"));
    const { content } = await client.callTool("a");
    const { _meta, ...block } = hologram;
    expect(content).toEqual([isSince(joint.revision, "2025-06-18") ? hologram : block]);
  });

  everywhere("members of results, of lists and of entries", { bindings: CHANNELS }, async (joint) => {
    const tool = { name: "a", inputSchema: { type: "object", "x-deep": { y: [null] } }, future: { z: 1 } };
    const { client } = await joint.connectTo({
      "tools/list": () => ({ tools: [tool], ...complete(joint) }),
      "tools/call": () => ({ content: [{ type: "text", text: "x", future: [1] }], future: true, _meta: { a: 1 } }),
      "resources/read": () => ({ contents: [{ uri: "a:b", text: "x", future: 1 }], ...complete(joint) }),
      "prompts/get": () => ({ messages: [{ role: "user", content: { type: "text", text: "x" }, future: 1 }] }),
    });
    expect(await all(client.tools())).toEqual([tool]);
    const called = await client.callTool("a");
    expect(own(called)).toEqual({ content: [{ type: "text", text: "x", future: [1] }], future: true });
    expect(called._meta).toMatchObject({ a: 1 });
    expect((await client.readResource("a:b")).contents).toEqual([{ uri: "a:b", text: "x", future: 1 }]);
    expect((await client.getPrompt("a")).messages[0]).toHaveProperty("future", 1);
  });

  inMemory("members that a handler adds", REVISIONS, async (joint) => {
    const server = joint
      .server()
      .tool("a", {}, () => result({ content: [], future: { x: 1 } } as never))
      .resource("a:b", () => ({ contents: [{ uri: "a:b", text: "x", future: 1 }], future: 2 }) as never)
      .prompt("p", {}, () => ({ messages: [], future: 3 }) as never);
    const client = await joint.connect(server);
    expect(own(await client.callTool("a"))).toEqual({ content: [], future: { x: 1 } });
    expect(own(await client.readResource("a:b"))).toEqual({
      contents: [{ uri: "a:b", text: "x", future: 1 }],
      future: 2,
    });
    expect(own(await client.getPrompt("p"))).toEqual({ messages: [], future: 3 });
  });

  inMemory("capabilities of either side", REVISIONS, async (joint) => {
    const theirs = { tools: {}, experimental: { "example.com/a": { b: 1 } }, future: { c: [1] } };
    const ours = { experimental: { "example.com/d": {} }, future: { e: 1 } };
    const serverInfo = { name: "raw", version: "0" };
    const { client, server } = await joint.connectTo(
      {
        initialize: () => ({ protocolVersion: joint.revision, capabilities: theirs, serverInfo }),
        "server/discover": () => ({ supportedVersions: [joint.revision], capabilities: theirs, ...complete(joint) }),
      },
      { capabilities: ours as object },
    );
    expect(client.server.capabilities).toEqual(theirs);
    const opening = await server.asked(isModern(joint.revision) ? "server/discover" : "initialize");
    const meta = opening.params?.["_meta"] as MetaObject | undefined;
    expect(meta?.["io.modelcontextprotocol/clientCapabilities"] ?? opening.params?.["capabilities"]).toEqual(ours);
  });

  inMemory("members of a request that no schema knows", REVISIONS, async (joint) => {
    const raw = await joint.raw(joint.server().tool("a", {}, (_, { meta }) => JSON.stringify(meta["example.com/x"])));
    const { result: given } = await raw.request("tools/call", {
      name: "a",
      future: 1,
      _meta: { "example.com/x": { y: null } },
    });
    expect(given).toMatchObject({ content: [{ text: '{"y":null}' }] });
  });

  inMemory("a content block that says nothing of its kind is an invalid response", REVISIONS, async (joint) => {
    const blocks = [
      5,
      null,
      {},
      { type: 5 },
      { type: "text" },
      { type: "image", data: "x" },
      { type: "resource", resource: {} },
    ];
    const { client } = await joint.connectTo({
      "tools/call": (_params, { id }, server) =>
        server.bad({
          jsonrpc: "2.0",
          id,
          result: { content: [blocks.shift()], ...(isModern(joint.revision) ? { resultType: "complete" } : {}) },
        }),
    });
    while (blocks.length > 0) {
      await expect(client.callTool("a")).rejects.toMatchObject({ name: "LocalError", code: "invalid_response" });
    }
  });

  inMemory("null in the place of a member that may be missing is taken for nothing", REVISIONS, async (joint) => {
    const { client } = await joint.connectTo({
      "tools/call": (_params, { id }, server) =>
        server.bad({
          jsonrpc: "2.0",
          id,
          result: {
            content: [],
            isError: null,
            _meta: null,
            ...(isModern(joint.revision) ? { resultType: "complete" } : {}),
          },
        }),
    });
    expect((await client.callTool("a")).content).toEqual([]);
  });
});

describe("JRPC-6: the type of a result", () => {
  inMemory("that nobody declared makes the response invalid", REVISIONS.filter(isModern), async (joint) => {
    const types: unknown[] = ["task", "input_required", "future", "", 5, null];
    const { client, server } = await joint.connectTo({
      "tools/call": () => ({ content: [], resultType: types.shift() }),
    });
    server.tap.forgive((message) => "result" in message);
    while (types.length > 0) {
      await expect(client.callTool("a")).rejects.toMatchObject({ name: "LocalError", code: "invalid_response" });
    }
  });

  inMemory("that is absent means complete", REVISIONS.filter(isModern), async (joint) => {
    const { client } = await joint.connectTo({
      "tools/call": (_params, { id }, server) => server.bad({ jsonrpc: "2.0", id, result: { content: [] } }),
    });
    expect(await client.callTool("a")).toEqual({ content: [] });
  });
});
