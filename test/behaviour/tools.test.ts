import { describe, expect } from "vitest";
import { z } from "zod";
import { InvalidParamsError, ToolError } from "../../src/errors.ts";
import { type Tool, REVISIONS } from "../../src/protocol/index.ts";
import { type Server, tool } from "../../src/server/index.ts";
import { everywhere, inMemory, MODERN } from "./bindings.ts";
import { all } from "./collect.ts";

describe("TOOL-1: listing tools", () => {
  everywhere("the server lists its tools in order of registration", {}, async (joint) => {
    const server = joint.server();
    for (const name of ["zeta", "alpha", "mid"]) server.tool(name, { description: `The ${name}` }, () => name);
    const client = await joint.connect(server);
    const tools = await all(client.tools());
    expect(tools.map(({ name, description }) => [name, description])).toEqual([
      ["zeta", "The zeta"],
      ["alpha", "The alpha"],
      ["mid", "The mid"],
    ]);
  });

  inMemory("a tool that was added from elsewhere is one like any other", REVISIONS, async (joint) => {
    const add = tool("add", { input: z.object({ a: z.number(), b: z.number() }) }, ({ a, b }) => `${a + b}`);
    const client = await joint.connect(joint.server().add(add));
    expect(await client.call("add", { a: 1, b: 2 })).toBe("3");
  });
});

describe("TOOL-2: names", () => {
  inMemory("SEC-11: names of what every object has are names like any other", REVISIONS, async (joint) => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "then"];
    const server = joint.server();
    for (const name of names) {
      server.tool(name, {}, () => `I am ${name}`);
      server.prompt(name, { input: z.object({ constructor: z.string().optional() }) }, () => name);
    }
    const client = await joint.connect(server);
    expect((await all(client.tools())).map(({ name }) => name)).toEqual(names);
    for (const name of names) expect(await client.call(name)).toBe(`I am ${name}`);
    expect((await client.getPrompt("__proto__", { constructor: "x" })).messages).toHaveLength(1);
  });

  inMemory("SEC-11: none of those that are not registered exists", REVISIONS, async (joint) => {
    const client = await joint.connect<Server>(
      joint
        .server()
        .tool("a", {}, () => "x")
        .prompt("p", {}, () => "x"),
    );
    for (const name of ["__proto__", "constructor", "toString", "a ", "A", ""]) {
      await expect(client.call(name)).rejects.toBeInstanceOf(InvalidParamsError);
      await expect(client.getPrompt(name)).rejects.toBeInstanceOf(InvalidParamsError);
    }
  });

  inMemory("SEC-11: arguments with such names reach the handler as data", REVISIONS, async (joint) => {
    const server = joint.server().tool("a", { input: { type: "object" } }, (input) => {
      const polluted = ({} as { polluted?: unknown }).polluted;
      return `${JSON.stringify(input)} ${polluted} ${Object.getPrototypeOf(input) === Object.prototype}`;
    });
    const raw = await joint.raw(server);
    const args = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    const { result } = await raw.request("tools/call", { name: "a", arguments: args });
    const [block] = (result as { content: { text: string }[] }).content;
    expect(block?.text).toContain('"__proto__":{"polluted":1}');
    expect(block?.text).toContain("undefined");
    expect(block?.text).toContain("true");
  });
});

describe("TOOL-3: the schema of the arguments", () => {
  everywhere("is written as it was given, every keyword of it", {}, async (joint) => {
    const input = {
      type: "object",
      $defs: { id: { $anchor: "id", type: "string", pattern: "^[a-z]+$" } },
      properties: {
        a: { $ref: "#id", "x-mcp-header": "A" },
        b: { oneOf: [{ type: "string" }, { type: "integer", minimum: 1 }] },
      },
      if: { required: ["a"] },
      // A keyword of JSON Schema, not a promise.
      ["then"]: { required: ["b"] },
      dependentRequired: { b: ["a"] },
      "x-anything": { deep: [1, null] },
      required: ["a"],
    } as const;
    const client = await joint.connect(joint.server().tool("a", { input }, () => "x"));
    const [listed] = await all(client.tools());
    expect(listed?.inputSchema).toEqual(input);
  });

  everywhere("has the type object at its root, also for a tool without arguments", {}, async (joint) => {
    const server = joint
      .server()
      .tool("none", {}, () => "x")
      .tool("zod", { input: z.object({ a: z.string().describe("An a") }) }, () => "x")
      .tool(
        "union",
        { input: z.discriminatedUnion("k", [z.object({ k: z.literal("a") }), z.object({ k: z.literal("b") })]) },
        () => "x",
      );
    const client = await joint.connect(server);
    const [none, zod, union] = await all(client.tools());
    expect(none?.inputSchema).toEqual({ type: "object", additionalProperties: false });
    expect(zod?.inputSchema).toMatchObject({
      type: "object",
      properties: { a: { type: "string", description: "An a" } },
    });
    expect(union?.inputSchema.type).toBe("object");
  });
});

describe("TOOL-4: structured content", () => {
  const output = z.object({ n: z.number() });

  everywhere("is checked, and comes with a block of text", {}, async (joint) => {
    const client = await joint.connect(joint.server().tool("a", { output }, () => ({ n: 1 })));
    await all(client.tools());
    const result = await client.callTool("a");
    expect(result.content).toEqual([{ type: "text", text: '{"n":1}' }]);
    const structured = joint.revision >= "2025-06-18";
    expect(result.structuredContent).toEqual(structured ? { n: 1 } : undefined);
    expect(await client.call("a")).toEqual(structured ? { n: 1 } : '{"n":1}');
  });

  inMemory("may be any JSON value, null as well", MODERN, async (joint) => {
    const server = joint
      .server()
      .tool("nothing", { output: z.null() }, () => null)
      .tool("list", { output: z.array(z.number()) }, () => [1, 2])
      .tool("text", { output: z.string() }, () => "x")
      .tool("zero", { output: z.number() }, () => 0);
    const client = await joint.connect(server);
    await all(client.tools());
    for (const [name, value] of [
      ["nothing", null],
      ["list", [1, 2]],
      ["text", "x"],
      ["zero", 0],
    ] as const) {
      const result = await client.callTool(name);
      expect(result).toMatchObject({
        structuredContent: value,
        content: [{ type: "text", text: JSON.stringify(value) }],
      });
      expect(await client.call(name)).toEqual(value);
    }
  });

  inMemory(
    "that breaks the schema is the server's fault, and the peer hears nothing of it",
    REVISIONS,
    async (joint) => {
      const server = joint.server().tool("a", { output }, () => ({ n: "secret" }) as never);
      const client = await joint.connect(server);
      const failure = await client.callTool("a").catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: -32603, message: "Internal error" });
      expect(String(joint.reports[0])).toContain("output schema");
    },
  );

  inMemory(
    "is checked by the client, too, where the server is a stranger",
    [...MODERN, "2025-06-18"],
    async (joint) => {
      const listed = { name: "a", inputSchema: { type: "object" }, outputSchema: { type: "object", required: ["n"] } };
      const results: object[] = [
        { structuredContent: { m: 1 } },
        {},
        { isError: true },
        { structuredContent: { n: 1 } },
      ];
      const hints = joint.revision === "2026-07-28" ? { ttlMs: 0, cacheScope: "private" } : {};
      const { client } = await joint.connectTo({
        "tools/list": () => ({ tools: [listed], ...hints }),
        "tools/call": () => ({ content: [], ...results.shift() }),
      });
      await all(client.tools());
      await expect(client.callTool("a")).rejects.toMatchObject({ name: "LocalError", code: "schema" });
      await expect(client.callTool("a")).rejects.toMatchObject({ name: "LocalError", code: "schema" });
      expect((await client.callTool("a")).isError).toBe(true);
      expect((await client.callTool("a")).structuredContent).toEqual({ n: 1 });
    },
  );

  inMemory("is not checked by a client that was told so", MODERN, async (joint) => {
    const listed = { name: "a", inputSchema: { type: "object" }, outputSchema: { type: "object", required: ["n"] } };
    const { client } = await joint.connectTo(
      {
        "tools/list": () => ({ tools: [listed], ttlMs: 0, cacheScope: "private" }),
        "tools/call": () => ({ content: [], structuredContent: { m: 1 } }),
      },
      { checkOutput: false },
    );
    await all(client.tools());
    expect((await client.callTool("a")).structuredContent).toEqual({ m: 1 });
  });
});

describe("TOOL-5: schemas of a stranger", () => {
  inMemory("one broken tool does not hide the others", REVISIONS, async (joint) => {
    const good: Tool = { name: "good", inputSchema: { type: "object" } };
    const tools = [{ name: 5 }, good, null, { name: "none" }, { name: "list", inputSchema: [] }];
    const hints = joint.revision === "2026-07-28" ? { ttlMs: 0, cacheScope: "private" } : {};
    const { client } = await joint.connectTo({
      "tools/list": (_params, { id }, server) => {
        const type = joint.revision === "2026-07-28" ? { resultType: "complete" } : {};
        server.bad({ jsonrpc: "2.0", id, result: { tools, ...hints, ...type } });
      },
    });
    expect(await all(client.tools())).toEqual([good]);
    expect(joint.warnings).toHaveLength(4);
  });

  inMemory("a reference to the network is never followed", MODERN, async (joint) => {
    const outputSchema = { $ref: "https://example.com/schema.json" };
    const { client } = await joint.connectTo({
      "tools/list": () => ({
        tools: [{ name: "a", inputSchema: { type: "object" }, outputSchema }],
        ttlMs: 0,
        cacheScope: "private",
      }),
      "tools/call": () => ({ content: [], structuredContent: {} }),
    });
    await all(client.tools());
    await expect(client.callTool("a")).rejects.toMatchObject({ name: "LocalError", code: "schema" });
  });
});

describe("arguments that are no JSON", () => {
  everywhere("reject the call at once; nothing is sent, and the connection lives on", {}, async (joint) => {
    const client = await joint.connect<Server>(joint.server().tool("a", { input: { type: "object" } }, () => "x"));
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const fail = (): never => {
      throw new Error("mine");
    };
    for (const args of [
      { n: 5n },
      cycle,
      { toJSON: fail },
      {
        get x() {
          return fail();
        },
      },
    ]) {
      await expect(client.callTool("a", args)).rejects.toBeInstanceOf(Error);
    }
    expect(joint.tap.from("client", "tools/call")).toEqual([]);
    expect(await client.call("a", { left: undefined, out: () => {} })).toBe("x");
  });
});

describe("TOOL-6: errors of a call", () => {
  everywhere("an unknown tool is -32602", {}, async (joint) => {
    const client = await joint.connect(joint.server().tool("a", {}, () => "x"));
    await expect(client.callTool("b")).rejects.toMatchObject({ name: "InvalidParamsError", code: -32602 });
  });

  everywhere("arguments that do not fit are a result that the model can read", {}, async (joint) => {
    const input = z.object({ city: z.string(), days: z.number().int().max(7) });
    const client = await joint.connect(joint.server().tool("a", { input }, () => "x"));
    for (const args of [{}, { city: 5, days: 1 }, { city: "Oslo", days: 8 }, { city: "Oslo", days: 1.5 }]) {
      const result = await client.callTool("a", args);
      expect(result.isError).toBe(true);
      expect(result.content[0]).toMatchObject({ type: "text", text: expect.stringContaining("Invalid arguments") });
    }
    expect(await client.call("a", { city: "Oslo", days: 7 })).toBe("x");
  });

  inMemory("what the schema makes of the arguments is what the handler gets", REVISIONS, async (joint) => {
    const input = z.object({ n: z.string().transform(Number), unit: z.string().default("C") });
    const server = joint.server().tool("a", { input }, (given) => JSON.stringify(given));
    const client = await joint.connect(server);
    expect(await client.call("a", { n: "5", extra: 1 } as never)).toBe('{"n":5,"unit":"C"}');
  });

  inMemory("arguments for a tool that takes none are a result as well", REVISIONS, async (joint) => {
    const client = await joint.connect(joint.server().tool("a", {}, () => "x"));
    expect(await client.callTool("a", { b: 1 })).toMatchObject({ isError: true });
    expect(await client.call("a", {})).toBe("x");
    const raw = await joint.raw(joint.server().tool("a", {}, () => "x"));
    expect((await raw.request("tools/call", { name: "a" })).result).not.toHaveProperty("isError");
  });

  inMemory("a malformed call is -32602", REVISIONS, async (joint) => {
    const raw = await joint.raw(joint.server().tool("a", {}, () => "x"));
    const bad: object[] = [
      {},
      { name: 5 },
      { name: null },
      { name: ["a"] },
      { name: "a", arguments: [] },
      { name: "a", arguments: "x" },
    ];
    for (const params of bad) {
      expect((await raw.refused("tools/call", params as never, { bad: true })).code).toBe(-32602);
    }
  });

  everywhere("a ToolError is the text that the model reads", {}, async (joint) => {
    const server = joint.server().tool("a", {}, () => {
      throw new ToolError("No city of that name");
    });
    const client = await joint.connect(server);
    expect(await client.callTool("a")).toMatchObject({
      isError: true,
      content: [{ type: "text", text: "No city of that name" }],
    });
    const failure = await client.call("a").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ToolError);
    expect(failure).toMatchObject({ message: "No city of that name", result: { isError: true } });
    expect(joint.reports).toEqual([]);
  });
});
