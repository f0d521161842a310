import { describe, expect } from "vitest";
import { z } from "zod";
import { isModern, isSince, REVISIONS, type Revision } from "../../src/protocol/index.ts";
import { audio, embedded, image, resourceLink, result, text } from "../../src/server/index.ts";
import { everywhere, inMemory, LEGACY, MODERN, since } from "./bindings.ts";
import { all } from "./collect.ts";

const icons = [{ src: "https://example.com/i.png", mimeType: "image/png", sizes: ["48x48"], theme: "dark" as const }];

/** The members that a revision has, of those that came later than the first. */
function having(revision: Revision, members: Readonly<Record<string, readonly [Revision, unknown]>>): object {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, [first, value]]) => (isSince(revision, first) ? [[name, value]] : [])),
  );
}

describe("T-8: what an older revision does not have is not sent to it", () => {
  everywhere("members of tools, prompts, resources and templates", {}, async (joint) => {
    const late = { title: "Title", icons, _meta: { "example.com/a": 1 } };
    const annotations = { readOnlyHint: true };
    const output = { type: "object", properties: { n: { type: "number" } } } as const;
    const server = joint
      .server()
      .tool("a", { ...late, annotations, output }, () => ({ n: 1 }))
      .prompt("a", { ...late, input: { type: "object", properties: { x: { type: "string", title: "X" } } } }, () => "x")
      .resource("a:b", () => "x", { ...late, annotations: { priority: 1 } })
      .resource("a://{b}", () => "x", late);
    const client = await joint.connect(server);
    const common = having(joint.revision, {
      title: ["2025-06-18", "Title"],
      _meta: ["2025-06-18", { "example.com/a": 1 }],
      icons: ["2025-11-25", icons],
    });
    expect(await all(client.tools())).toEqual([
      {
        name: "a",
        inputSchema: { type: "object", additionalProperties: false },
        ...common,
        ...having(joint.revision, { annotations: ["2025-03-26", annotations], outputSchema: ["2025-06-18", output] }),
      },
    ]);
    const argument = { name: "x", required: false, ...having(joint.revision, { title: ["2025-06-18", "X"] }) };
    expect(await all(client.prompts())).toEqual([{ name: "a", ...common, arguments: [argument] }]);
    expect(await all(client.resources())).toEqual([
      { uri: "a:b", name: "a:b", ...common, annotations: { priority: 1 } },
    ]);
    expect(await all(client.resourceTemplates())).toEqual([{ uriTemplate: "a://{b}", name: "a://{b}", ...common }]);
  });

  inMemory("an output schema that is no object's, and such content", REVISIONS, async (joint) => {
    const server = joint
      .server()
      .tool("list", { output: z.array(z.number()) }, () => [1, 2])
      .tool("union", { output: { anyOf: [{ type: "object" }, { type: "null" }] } }, () => null)
      .tool("any", { output: {} }, () => ({ a: 1 }));
    const client = await joint.connect(server);
    const tools = await all(client.tools());
    expect(tools.map(({ outputSchema }) => outputSchema !== undefined)).toEqual(
      Array(3).fill(isModern(joint.revision)),
    );
    const outcomes = [await client.callTool("list"), await client.callTool("union"), await client.callTool("any")];
    expect(outcomes.map((outcome) => "structuredContent" in outcome)).toEqual([
      isModern(joint.revision),
      isModern(joint.revision),
      isSince(joint.revision, "2025-06-18"),
    ]);
    expect(outcomes.map(({ content }) => content)).toEqual([
      [{ type: "text", text: "[1,2]" }],
      [{ type: "text", text: "null" }],
      [{ type: "text", text: '{"a":1}' }],
    ]);
  });

  inMemory("then the text must exist, also in a result of the handler's own making", REVISIONS, async (joint) => {
    const png = image(new Uint8Array([1]), "image/png");
    const server = joint
      .server()
      .tool("list", { output: z.array(z.number()) }, () => result({ content: [png], structuredContent: [1, 2] }))
      .tool("object", { output: z.object({ n: z.number() }) }, () =>
        result({ content: [png], structuredContent: { n: 1 } }),
      );
    const client = await joint.connect(server);
    const list = await client.callTool("list");
    expect(list.content).toEqual([png, { type: "text", text: "[1,2]" }]);
    const object = await client.callTool("object");
    if (isSince(joint.revision, "2025-06-18"))
      expect(object).toMatchObject({ content: [png], structuredContent: { n: 1 } });
    else expect(object.content).toEqual([png, { type: "text", text: '{"n":1}' }]);
  });

  everywhere("audio, before 2025-03-26, and resource links, before 2025-06-18, in tools", {}, async (joint) => {
    const link = resourceLink({ uri: "a:b", name: "b", title: "Bee", description: "About b" });
    const sound = audio(new Uint8Array([1, 2]), "audio/wav");
    const server = joint.server().tool("a", {}, () => [text("x"), sound, link]);
    const { content } = await (await joint.connect(server)).callTool("a");
    expect(content).toHaveLength(3);
    expect(content[0]).toEqual({ type: "text", text: "x" });
    if (isSince(joint.revision, "2025-03-26")) expect(content[1]).toEqual(sound);
    else expect(content[1]).toMatchObject({ type: "text", text: expect.stringContaining("audio/wav") });
    if (isSince(joint.revision, "2025-06-18")) expect(content[2]).toEqual(link);
    else expect(content[2]).toMatchObject({ type: "text", text: expect.stringContaining("a:b") });
  });

  inMemory("and in prompts", REVISIONS, async (joint) => {
    const link = resourceLink({ uri: "a:b", name: "b" });
    const sound = audio("AQI=", "audio/wav");
    const server = joint.server().prompt("a", {}, () => [
      { role: "user", content: sound },
      { role: "assistant", content: link },
    ]);
    const { messages } = await (await joint.connect(server)).getPrompt("a");
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
    expect(messages[0]?.content.type).toBe(isSince(joint.revision, "2025-03-26") ? "audio" : "text");
    expect(messages[1]?.content.type).toBe(isSince(joint.revision, "2025-06-18") ? "resource_link" : "text");
  });

  inMemory("icons of a resource link, before 2025-11-25", since("2025-06-18"), async (joint) => {
    const server = joint
      .server()
      .tool("a", {}, () => [resourceLink({ uri: "a:b", name: "b", icons })])
      .prompt("a", {}, () => ({ role: "user", content: resourceLink({ uri: "a:b", name: "b", icons }) }));
    const client = await joint.connect(server);
    const expected = having(joint.revision, { icons: ["2025-11-25", icons] });
    expect((await client.callTool("a")).content).toEqual([
      { type: "resource_link", uri: "a:b", name: "b", ...expected },
    ]);
    expect((await client.getPrompt("a")).messages[0]?.content).toEqual({
      type: "resource_link",
      uri: "a:b",
      name: "b",
      ...expected,
    });
  });

  inMemory("_meta of blocks and contents, before 2025-06-18", REVISIONS, async (joint) => {
    const _meta = { "example.com/a": 1 };
    const server = joint
      .server()
      .tool("a", {}, () => [text("x", { _meta }), embedded({ uri: "a:b", text: "x", _meta })])
      .resource("a:b", () => [{ uri: "a:b", text: "x", _meta }]);
    const client = await joint.connect(server);
    const meta = having(joint.revision, { _meta: ["2025-06-18", _meta] });
    expect((await client.callTool("a")).content).toEqual([
      { type: "text", text: "x", ...meta },
      { type: "resource", resource: { uri: "a:b", text: "x", ...meta } },
    ]);
    expect((await client.readResource("a:b")).contents).toEqual([{ uri: "a:b", text: "x", ...meta }]);
  });

  inMemory("what the server says of itself", LEGACY, async (joint) => {
    const { Server } = await import("../../src/server/index.ts");
    const server = new Server({
      name: "n",
      version: "1",
      title: "T",
      description: "D",
      websiteUrl: "https://example.com",
      icons,
    });
    const { result: opened } = await joint.rawUnopened(server).request("initialize", {
      protocolVersion: joint.revision,
      capabilities: {},
      clientInfo: { name: "raw", version: "0" },
    });
    expect((opened as { serverInfo: object }).serverInfo).toEqual({
      name: "n",
      version: "1",
      ...having(joint.revision, {
        title: ["2025-06-18", "T"],
        description: ["2025-11-25", "D"],
        websiteUrl: ["2025-11-25", "https://example.com"],
        icons: ["2025-11-25", icons],
      }),
    });
  });

  inMemory("what the client says of itself", LEGACY, async (joint) => {
    const info = { name: "n", version: "1", title: "T", description: "D", websiteUrl: "https://example.com", icons };
    await joint.connect(joint.server(), { info });
    const [opening] = joint.tap.from("client", "initialize") as unknown as { params: { clientInfo: object } }[];
    expect(opening?.params.clientInfo).toEqual({
      name: "n",
      version: "1",
      ...having(joint.revision, {
        title: ["2025-06-18", "T"],
        description: ["2025-11-25", "D"],
        websiteUrl: ["2025-11-25", "https://example.com"],
        icons: ["2025-11-25", icons],
      }),
    });
  });

  inMemory("capabilities that came later", LEGACY, async (joint) => {
    const client = await joint.connect(
      joint
        .server()
        .prompt("p", {}, () => "x")
        .tool("a", {}, () => "x"),
    );
    expect(Object.keys(client.server.capabilities).sort()).toEqual(
      joint.revision === "2024-11-05"
        ? ["logging", "prompts", "tools"]
        : ["completions", "logging", "prompts", "tools"],
    );
  });

  inMemory("what handlers write for the newest revision", LEGACY, async (joint) => {
    const server = joint
      .server()
      .resource("a:b", () => ({ resultType: "complete", ttlMs: 5, cacheScope: "public", contents: [] }) as never);
    const raw = await joint.raw(server);
    expect((await raw.request("resources/read", { uri: "a:b" })).result).toEqual({ contents: [] });
  });
});

describe("what only the newest revision has", () => {
  everywhere(
    "CACHE-1: hints on lists and contents, the handler's own where it has some",
    { revisions: MODERN },
    async (joint) => {
      const server = joint
        .server()
        .tool("a", {}, () => "x")
        .prompt("p", {}, () => "x")
        .resource("a:b", () => "x")
        .resource("a:c", () => ({ contents: [], ttlMs: 5000, cacheScope: "public" }) as never);
      const raw = await joint.raw(server);
      for (const method of [
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "server/discover",
      ]) {
        expect((await raw.request(method)).result).toMatchObject({ ttlMs: 0, cacheScope: "private" });
      }
      expect((await raw.request("resources/read", { uri: "a:b" })).result).toMatchObject({
        ttlMs: 0,
        cacheScope: "private",
      });
      expect((await raw.request("resources/read", { uri: "a:c" })).result).toMatchObject({
        ttlMs: 5000,
        cacheScope: "public",
      });
      expect((await raw.request("tools/call", { name: "a" })).result).not.toHaveProperty("ttlMs");
    },
  );

  everywhere("JRPC-6: a resultType on every result", { revisions: MODERN }, async (joint) => {
    const server = joint
      .server()
      .tool("a", {}, () => "x")
      .prompt("p", {}, () => "x")
      .resource("n://{id}", () => "x");
    const raw = await joint.raw(server);
    for (const [method, params] of [
      ["tools/list", {}],
      ["tools/call", { name: "a" }],
      ["tools/call", { name: "a", arguments: { b: 1 } }],
      ["prompts/get", { name: "p" }],
      ["resources/read", { uri: "n://1" }],
      ["resources/list", {}],
      ["completion/complete", { ref: { type: "ref/prompt", name: "p" }, argument: { name: "x", value: "" } }],
    ] as const) {
      expect((await raw.request(method, params)).result).toMatchObject({ resultType: "complete" });
    }
  });

  inMemory("JRPC-8: codes of older revisions are not emitted", MODERN, async (joint) => {
    const { ProtocolError, UrlElicitationRequiredError } = await import("../../src/errors.ts");
    const server = joint
      .server()
      .tool("url", {}, () => {
        throw new UrlElicitationRequiredError("old", { elicitations: [] });
      })
      .resource("a:b", () => {
        throw new ProtocolError(-32002, "gone", { uri: "a:b" });
      });
    const raw = await joint.raw(server);
    expect((await raw.refused("tools/call", { name: "url" })).code).not.toBe(-32042);
    expect((await raw.refused("resources/read", { uri: "a:b" })).code).toBe(-32602);
  });
});
