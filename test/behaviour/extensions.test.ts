import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { z } from "zod";
import { clientSide } from "../../src/client/extensions/index.ts";
import { DefinitionError, LocalError } from "../../src/errors.ts";
import { extension } from "../../src/index.ts";
import type { Params } from "../../src/jsonrpc/index.ts";
import { isModern, LATEST_LEGACY_REVISION, REVISIONS } from "../../src/protocol/index.ts";
import { methodsOf } from "../../src/protocol/methods/index.ts";
import { serverSide } from "../../src/server/extensions/index.ts";
import { inputRequired, result, Server, type ToolClaim, type ToolOptionClaim } from "../../src/server/index.ts";
import { BOTH_ERAS, CHANNELS, everywhere, inMemory, LEGACY, MODERN } from "./bindings.ts";
import { all } from "./collect.ts";
import { extensionMethods } from "./extension-methods.ts";

declare module "../../src/server/index.ts" {
  interface ClaimedToolOptions {
    readonly stamp?: string;
    readonly ticket?: true;
  }
}

const ID = "com.example/shop";

/** What the tests extend the protocol with. */
const shop = extension({
  id: ID,
  requests: {
    "shop/get": {
      params: z.object({ shelf: z.string(), amount: z.number().default(1) }),
      result: z.object({ items: z.array(z.string()) }),
      mcpName: "shelf",
      cacheable: true,
    },
    "shop/open": { required: false },
    "shop/wrong": { result: { type: "object", properties: { a: { type: "string" } }, required: ["a"] } },
  },
  notifications: {
    "notifications/shop/sold": { params: z.object({ item: z.string() }) },
    "notifications/shop/bell": {},
  },
});

extensionMethods.set("shop/get", "shelf");
for (const name of ["shop/open", "shop/wrong", "notifications/shop/sold", "notifications/shop/bell"]) {
  extensionMethods.set(name, undefined);
}

function items({ shelf, amount }: { shelf: string; amount: number }): { items: string[] } {
  return { items: Array.from({ length: amount }, (_, at) => `${shelf} ${at}`) };
}

const declaring = { extensions: { [ID]: {} } };

describe("EXT-1: negotiation", () => {
  everywhere(
    "both sides declare the extension with its settings, and its requests work",
    { remembers: true },
    async (joint) => {
      const seen: unknown[] = [];
      const server = joint.server().use(
        serverSide(shop, {
          settings: { currency: "EUR" },
          on: {
            "shop/get": (params, { client }) => {
              seen.push(client.capabilities.extensions?.[ID]);
              return items(params);
            },
          },
        }),
      );
      const client = await joint.connect(server, { extensions: [clientSide(shop, { settings: { loud: true } })] });
      const theirs = client.extension(shop);
      const got = await theirs.request("shop/get", { shelf: "ä b", amount: 2 });
      expect(got.items).toEqual(["ä b 0", "ä b 1"]);
      expect((await theirs.request("shop/get", { shelf: "x" })).items).toEqual(["x 0"]);
      expect(seen).toEqual([{ loud: true }, { loud: true }]);
      expect(theirs.settings).toEqual({ currency: "EUR" });
      expectTypeOf(got).toEqualTypeOf<{ items: string[] }>();
    },
  );

  inMemory("nothing is declared, and nothing is there, unless a server uses it", REVISIONS, async (joint) => {
    const server = joint.server();
    const client = await joint.connect(server, { extensions: [clientSide(shop)] });
    expect(client.server.capabilities.extensions).toBeUndefined();
    expect(client.extension(shop).settings).toBeUndefined();
    const refused = client.extension(shop).request("shop/get", { shelf: "x" });
    await expect(refused).rejects.toMatchObject({ code: "not_supported", data: { capability: ["extensions", ID] } });
    expect(joint.tap.from("client", "shop/get")).toEqual([]);
    const raw = await joint.raw(server, declaring);
    expect((await raw.refused("shop/get", { shelf: "x" })).code).toBe(-32601);
  });

  inMemory("a client without it is answered -32021 with what it must declare", MODERN, async (joint) => {
    const raw = await joint.raw(joint.server().use(serverSide(shop, { on: { "shop/get": items } })));
    const { code, data } = await raw.refused("shop/get", { shelf: "x" });
    expect(code).toBe(-32021);
    expect(data).toEqual({ requiredCapabilities: { extensions: { [ID]: {} } } });
  });

  inMemory("before 2026-07-28 that code has no meaning, and -32600 stands for it", LEGACY, async (joint) => {
    const raw = await joint.raw(joint.server().use(serverSide(shop, { on: { "shop/get": items } })));
    expect((await raw.refused("shop/get", { shelf: "x" })).code).toBe(-32600);
  });

  inMemory("a request may do without the client's declaration", REVISIONS, async (joint) => {
    const server = joint.server().use(serverSide(shop, { on: { "shop/open": () => ({ open: true }) } }));
    const raw = await joint.raw(server);
    expect((await raw.request("shop/open")).result).toMatchObject({ open: true });
  });

  inMemory("settings of extensions that nobody knows are preserved", REVISIONS, async (joint) => {
    const unknown = { "org.example/unknown": { a: [1] } };
    const seen: unknown[] = [];
    const server = joint.server().tool("look", {}, (_, { client }) => {
      seen.push(client.capabilities.extensions);
      return "x";
    });
    const client = await joint.connect(server, {
      capabilities: { extensions: unknown },
      extensions: [clientSide(shop)],
    });
    await client.call("look");
    expect(seen).toEqual([{ ...unknown, [ID]: {} }]);
  });

  inMemory("an extension has the revisions that it says it has", REVISIONS, async (joint) => {
    const late = extension({
      id: "com.example/late",
      since: "2026-07-28",
      requests: { "late/all": {}, "late/early": { since: "2025-11-25", until: "2025-11-25", required: false } },
    });
    extensionMethods.set("late/all", undefined);
    extensionMethods.set("late/early", undefined);
    const server = joint.server().use(serverSide(late, { on: { "late/all": () => ({}), "late/early": () => ({}) } }));
    const client = await joint.connect(server, { extensions: [clientSide(late)] });
    const modern = isModern(joint.revision);
    expect(client.server.capabilities.extensions).toEqual(modern ? { "com.example/late": {} } : undefined);
    const raw = await joint.raw(server, modern ? { extensions: { "com.example/late": {} } } : {});
    const answered = async (name: string): Promise<boolean> => (await raw.request(name)).error?.code !== -32601;
    expect(await answered("late/all")).toBe(modern);
    expect(await answered("late/early")).toBe(joint.revision === LATEST_LEGACY_REVISION);
  });
});

describe("requests of an extension", () => {
  const server = (joint: { server(): Server }): Server =>
    joint.server().use(
      serverSide(shop, {
        on: { "shop/get": (params) => items(params), "shop/wrong": () => ({ a: 1 }) },
      }),
    );

  everywhere("parameters that the schema refuses are answered -32602", { remembers: true }, async (joint) => {
    const raw = await joint.raw(server(joint), declaring);
    const { code, message } = await raw.refused("shop/get", { shelf: "x", amount: "two" });
    expect(code).toBe(-32602);
    expect(message).toContain("/amount");
  });

  inMemory("a result that the schema refuses is -32603, and the author hears of it", REVISIONS, async (joint) => {
    const raw = await joint.raw(server(joint), declaring);
    expect((await raw.refused("shop/wrong")).code).toBe(-32603);
    expect(joint.reports).toEqual([expect.objectContaining({ name: "DefinitionError" })]);
  });

  inMemory("a client refuses a result that the schema refuses", REVISIONS, async (joint) => {
    const script = {
      "server/discover": () => ({
        supportedVersions: [joint.revision],
        capabilities: declaring,
        ttlMs: 0,
        cacheScope: "private",
      }),
      initialize: () => ({
        protocolVersion: joint.revision,
        capabilities: declaring,
        serverInfo: { name: "raw", version: "0" },
      }),
      "shop/get": () => ({ items: [1] }),
    };
    const { client } = await joint.connectTo(script, { extensions: [clientSide(shop)] });
    const refused = client.extension(shop).request("shop/get", { shelf: "x" });
    await expect(refused).rejects.toMatchObject({ code: "invalid_response" });
  });

  inMemory("CACHE-1: a cacheable result carries ttlMs and cacheScope", MODERN, async (joint) => {
    const raw = await joint.raw(server(joint), declaring);
    const { result: got } = await raw.request("shop/get", { shelf: "x" });
    expect(got).toMatchObject({ items: ["x 0"], ttlMs: 0, cacheScope: "private", resultType: "complete" });
  });

  everywhere("pass middleware like all others", { revisions: BOTH_ERAS }, async (joint) => {
    const seen: string[] = [];
    const wrapped = server(joint).use((next) => (request, call) => {
      seen.push(request.method);
      return next(request, call);
    });
    const client = await joint.connect(wrapped, { extensions: [clientSide(shop)] });
    await client.request("shop/get", { shelf: "x" }).catch(() => {});
    expect(seen).toContain("shop/get");
  });
});

describe("notifications of an extension", () => {
  everywhere("a server sends them with a request, in order, checked", { remembers: true }, async (joint) => {
    const heard: unknown[] = [];
    const server = joint
      .server()
      .use(serverSide(shop))
      .tool("sell", {}, async (_, context) => {
        await context.emit(shop.notification("notifications/shop/sold", { item: "a" }));
        await context.emit({ jsonrpc: "2.0", method: "notifications/shop/sold", params: { item: 7 } });
        await context.emit(shop.notification("notifications/shop/bell", { rings: 2 }));
        return "sold";
      });
    let bell = (): void => {};
    const rang = new Promise<void>((resolve) => {
      bell = resolve;
    });
    const on = {
      "notifications/shop/sold": ({ item }: { item: string }) => heard.push(item),
      "notifications/shop/bell": (params: object) => {
        heard.push(params);
        bell();
      },
    };
    const client = await joint.connect(server, { extensions: [clientSide(shop, { on })] });
    await client.call("sell");
    await rang;
    expect(heard).toEqual(["a", { rings: 2 }]);
    expect(joint.warnings).toHaveLength(1);
  });

  everywhere("a client sends them", {}, async (joint) => {
    let heard: (all: unknown[]) => void = () => {};
    const first = new Promise<unknown[]>((resolve) => {
      heard = resolve;
    });
    const server = joint.server().use(
      serverSide(shop, {
        on: { "notifications/shop/sold": ({ item }, client) => heard([item, client?.info?.name]) },
      }),
    );
    const client = await joint.connect(server, { info: { name: "c", version: "1" }, extensions: [clientSide(shop)] });
    await client.extension(shop).notify("notifications/shop/sold", { item: 1 as never });
    await client.extension(shop).notify("notifications/shop/sold", { item: "b" });
    const [item, name] = await first;
    expect(item).toBe("b");
    if (!isModern(joint.revision) && joint.binding.remembers) expect(name).toBe("c");
    await vi.waitFor(() => expect(joint.reports).toHaveLength(1));
  });
});

const stamping: ToolOptionClaim = (value, { name }): ToolClaim => {
  if (typeof value !== "string") throw new DefinitionError(`stamp of ${name} must be text`);
  return {
    async around(work, context) {
      const made = await work();
      return { ...made, _meta: { "example.com/stamp": `${value} ${context.client.version}` } };
    },
    members: (revision) => (isModern(revision) ? { "com.example/stamped": value } : undefined),
  };
};
const ticketing: ToolOptionClaim = () => ({
  around: async (work, { client }) =>
    client.capabilities.extensions?.[ID] === undefined
      ? work()
      : ({ resultType: "ticket", number: 7, content: (await work()).content } as never),
});
const FORM = { type: "object", properties: { name: { type: "string" } } } as const;
const claiming = () => serverSide(shop, { toolOptions: { stamp: stamping, ticket: ticketing } });

describe("options of tools that an extension claims", () => {
  everywhere("stand around the call, and add to the entry in lists", {}, async (joint) => {
    const server = joint
      .server()
      .use(claiming())
      .tool(
        "add",
        { input: z.object({ a: z.number() }), output: z.object({ sum: z.number() }), stamp: "s" },
        ({ a }) => {
          if (a < 0) throw new Error("secret");
          return { sum: a + 1 };
        },
      );
    const client = await joint.connect<Server>(server);
    const [tool] = await all(client.tools());
    expect(tool).not.toHaveProperty("stamp");
    expect((tool as { "com.example/stamped"?: string })["com.example/stamped"]).toBe(
      isModern(joint.revision) ? "s" : undefined,
    );
    const stamp = { "example.com/stamp": `s ${joint.revision}` };
    const made = await client.callTool("add", { a: 1 });
    expect(made).toMatchObject({ content: [{ type: "text", text: '{"sum":2}' }], _meta: stamp });
    expect(made.isError).toBeUndefined();
    expect(await client.callTool("add", { a: -1 })).toMatchObject({ isError: true, _meta: stamp });
    expect(joint.reports).toHaveLength(1);
    // What never reached the handler is not stamped.
    expect(await client.callTool("add", { a: "x" })).not.toHaveProperty("_meta.example.com/stamp");
  });

  everywhere("leave questions what they are", { bindings: CHANNELS, revisions: BOTH_ERAS }, async (joint) => {
    const stamp = { "example.com/stamp": `s ${joint.revision}` };
    const question = { method: "elicitation/create", params: { message: "Who?", requestedSchema: FORM } } as const;
    const server = joint
      .server()
      .use(claiming())
      .tool("ask", { stamp: "s" }, async (_, context) => {
        const { name } = await context.require("Who?", z.object({ name: z.string() }));
        return `Hello ${name}`;
      })
      .tool("byHand", { stamp: "s" }, (_, { inputResponses }) =>
        inputResponses === undefined
          ? inputRequired({ inputRequests: { who: question } })
          : JSON.stringify(inputResponses["who"]),
      );
    const answer = { action: "accept", content: { name: "Ada" } };
    const raw = await joint.raw(server, { elicitation: {} });
    raw.on("elicitation/create", () => answer);
    const finish = async (name: string): Promise<unknown> => {
      const params = { name, arguments: {} };
      const { result: first } = await raw.request("tools/call", params);
      const { inputRequests, requestState } = first as { inputRequests?: object; requestState?: string };
      if (inputRequests === undefined) return first;
      const inputResponses = Object.fromEntries(Object.keys(inputRequests).map((key) => [key, answer]));
      return (await raw.request("tools/call", { ...params, inputResponses, requestState } as Params)).result;
    };
    expect(await finish("ask")).toMatchObject({ content: [{ text: "Hello Ada" }], _meta: stamp });
    expect(await finish("byHand")).toMatchObject({ content: [{ text: JSON.stringify(answer) }], _meta: stamp });
  });

  it("are refused before the extension is used, with what to do", () => {
    const server = new Server({ name: "s", version: "1" });
    expect(() => server.tool("a", { stamp: "s" }, () => "x")).toThrow(/put server\.use\(\.\.\.\) before the tool/);
    server.use(claiming()).tool("a", { stamp: "s" }, () => "x");
    expect(() => server.tool("b", { stamp: 1 as never }, () => "x")).toThrow("stamp of b must be text");
    expect(() => server.tool("c", { stump: 1 } as object, () => "x")).toThrow(DefinitionError);
  });
});

describe("results of a kind that an extension adds", () => {
  const server = (joint: { server(): Server }): Server =>
    joint
      .server()
      .use(claiming())
      .tool("buy", { ticket: true }, () => "bought")
      .tool("raw", {}, () => result({ resultType: "ticket", number: 8 } as never));

  everywhere("are made into results by the client that claims them", { revisions: MODERN }, async (joint) => {
    const asked: unknown[] = [];
    const side = clientSide(shop, {
      results: {
        "tools/call": {
          ticket: async ({ number }: { number: number }, { method, params, link }) => {
            asked.push(method, params["name"]);
            const tools = (await link.request("tools/list", {})) as { tools: unknown[] };
            return { content: [{ type: "text", text: `${number} of ${tools.tools.length}` }] };
          },
        },
      },
    });
    const client = await joint.connect(server(joint), { extensions: [side] });
    expect(await client.call("buy")).toBe("7 of 2");
    expect(await client.call("raw")).toBe("8 of 2");
    expect(asked).toEqual(["tools/call", "buy", "tools/call", "raw"]);
  });

  inMemory("a client that claims none refuses them", MODERN, async (joint) => {
    const client = await joint.connect(server(joint), { extensions: [clientSide(shop)] });
    await expect(client.call("buy")).rejects.toBeInstanceOf(LocalError);
  });

  inMemory("a server gives none to a client that did not declare the extension", MODERN, async (joint) => {
    const client = await joint.connect(server(joint));
    expect(await client.call("buy")).toBe("bought");
  });

  inMemory("carry no hints for caches", MODERN, async (joint) => {
    const other = joint
      .server()
      .use(serverSide(shop, { on: { "shop/get": () => ({ resultType: "later", items: [] }) as never } }));
    const raw = await joint.raw(other, declaring);
    const { result: got } = await raw.request("shop/get", { shelf: "x" });
    expect(got).toMatchObject({ resultType: "later" });
    expect(got).not.toHaveProperty("ttlMs");
  });
});

describe("definitions", () => {
  it("EXT-1: an id is a _meta key with a prefix", () => {
    for (const id of ["shop", "/shop", "com.example/", "com..example/shop", "com.example/shop/more", 7]) {
      expect(() => extension({ id: id as string })).toThrow(DefinitionError);
    }
  });

  it("a method of the protocol, one of another extension, or no method at all is refused", () => {
    for (const name of REVISIONS.flatMap((revision) => [...methodsOf(revision).client.keys()])) {
      const taking = extension({ id: "com.example/a", requests: { [name]: {} } });
      expect(() => serverSide(taking)).toThrow(/the protocol has that method/);
      expect(() => clientSide(taking)).toThrow(/the protocol has that method/);
    }
    expect(() => serverSide(shop, { on: { "shop/none": () => ({}) } as object })).toThrow(/shop\/none/);
    const server = new Server({ name: "s", version: "1" }).use(serverSide(shop, { on: { "shop/get": items } }));
    expect(() => server.use(serverSide(shop))).toThrow(/an extension of that id/);
    const other = extension({ id: "com.example/b", requests: { "shop/get": {} } });
    expect(() => server.use(serverSide(other, { on: { "shop/get": () => ({}) } }))).toThrow(/a method "shop\/get"/);
  });

  inMemory("a client has the extensions that it was connected with, and no others", BOTH_ERAS, async (joint) => {
    const client = await joint.connect(joint.server());
    expect(() => client.extension(shop)).toThrow(/extensions: \[clientSide/);
  });
});

describe("types", () => {
  it("parameters and results are those of the schemas", () => {
    serverSide(shop, {
      on: {
        "shop/get": (params) => {
          expectTypeOf(params).toEqualTypeOf<{ shelf: string; amount: number }>();
          return { items: [] };
        },
        // @ts-expect-error: the result has items
        "shop/wrong": () => "x",
      },
    });
    // @ts-expect-error: there is no such method
    expect(() => serverSide(shop, { on: { "shop/none": () => ({}) } })).toThrow(/none/);
  });
});
