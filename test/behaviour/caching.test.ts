import { afterEach, beforeEach, describe, expect, vi } from "vitest";
import type { ClientOptions } from "../../src/client/index.ts";
import type { Request, RequestId } from "../../src/jsonrpc/index.ts";
import { limits } from "../../src/limits.ts";
import { inputRequired, type Server } from "../../src/server/index.ts";
import { CHANNELS, everywhere, inMemory, LEGACY, MODERN } from "./bindings.ts";
import type { Script } from "./by-hand.ts";
import { all } from "./collect.ts";
import type { Joint } from "./joint.ts";
import { ID } from "./subscribing.ts";

const START = 1_800_000_000_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (milliseconds: number): void => void vi.setSystemTime(Date.now() + milliseconds);

const HINT = { ttlMs: 1000, cacheScope: "private" } as const;
const ALL_LISTS = { tools: HINT, prompts: HINT, resources: HINT, resourceTemplates: HINT, discover: HINT };

/** How often a method was asked. */
const asked = (joint: Joint, method: string): number => joint.tap.from("client", method).length;

/** A server that says of everything that it may be kept for a second. */
function hinting(joint: Joint): Server {
  let reads = 0;
  return joint
    .server({ cache: ALL_LISTS })
    .tool("t", {}, () => "x")
    .prompt("p", {}, () => "x")
    .resource("r:1", () => `${++reads}`, { cache: HINT })
    .resource("r:2", () => `${++reads}`)
    .resource("dir:/a/{+path}", () => `${++reads}`, { cache: HINT });
}

const textOf = (result: { readonly contents: readonly object[] }): unknown =>
  (result.contents[0] as { text: string }).text;

const LISTS = [
  ["tools/list", (client: Awaited<ReturnType<Joint["connect"]>>) => client.tools()],
  ["prompts/list", (client: Awaited<ReturnType<Joint["connect"]>>) => client.prompts()],
  ["resources/list", (client: Awaited<ReturnType<Joint["connect"]>>) => client.resources()],
  ["resources/templates/list", (client: Awaited<ReturnType<Joint["connect"]>>) => client.resourceTemplates()],
] as const;

describe("CACHE-2: what is fresh is given again", () => {
  everywhere(
    "until the time of the server is over, and not a millisecond longer",
    { revisions: MODERN },
    async (joint) => {
      const client = await joint.connect(hinting(joint));
      for (const [method, list] of LISTS) {
        const first = await all<{ name: string }>(list(client));
        pass(999);
        expect(await all<{ name: string }>(list(client))).toEqual(first);
        expect([method, asked(joint, method)]).toEqual([method, 1]);
        pass(1);
        await all<{ name: string }>(list(client));
        expect([method, asked(joint, method)]).toEqual([method, 2]);
      }
      const reads = [await client.readResource("r:1"), await client.readResource("r:1")];
      expect(reads.map(textOf)).toEqual(["1", "1"]);
      pass(1000);
      expect(textOf(await client.readResource("r:1"))).toBe("2");
      expect([textOf(await client.readResource("r:2")), textOf(await client.readResource("r:2"))]).toEqual(["3", "4"]);
    },
  );

  everywhere("nothing on revisions that say no time", { revisions: LEGACY }, async (joint) => {
    const client = await joint.connect(hinting(joint));
    for (const [method, list] of LISTS) {
      await all<{ name: string }>(list(client));
      await all<{ name: string }>(list(client));
      expect([method, asked(joint, method)]).toEqual([method, 2]);
    }
    expect(textOf(await client.readResource("r:1"))).toBe("1");
    expect(textOf(await client.readResource("r:1"))).toBe("2");
  });

  everywhere("nothing when the cache is off", { revisions: MODERN, bindings: CHANNELS }, async (joint) => {
    const client = await joint.connect(hinting(joint), { cache: false });
    await all(client.tools());
    await all(client.tools());
    expect(asked(joint, "tools/list")).toBe(2);
  });

  inMemory(
    "a time that is missing, negative or no number is 0, and none is longer than a day",
    MODERN,
    async (joint) => {
      let ttlMs: unknown;
      const { client, server } = await tools(joint, () => ({ ttlMs }));
      for (const wrong of [undefined, null, -1, "5000", Number.NaN, {}]) {
        ttlMs = wrong;
        joint.tap.forgive((message) => "result" in message);
        const before = asked(joint, "tools/list");
        await client.request("tools/list", {}, { cache: "reload" });
        await client.request("tools/list", {});
        expect([wrong, asked(joint, "tools/list") - before]).toEqual([wrong, 2]);
      }
      ttlMs = Number.MAX_SAFE_INTEGER;
      await client.request("tools/list", {});
      const before = asked(joint, "tools/list");
      pass(limits.cacheTime - 1);
      await client.request("tools/list", {});
      expect(asked(joint, "tools/list")).toBe(before);
      pass(1);
      await client.request("tools/list", {});
      expect(asked(joint, "tools/list")).toBe(before + 1);
      await server.close();
    },
  );

  inMemory("a clock that is set back makes nothing fresh", MODERN, async (joint) => {
    const client = await joint.connect(hinting(joint));
    await client.request("tools/list", {});
    pass(-1);
    await client.request("tools/list", {});
    expect(asked(joint, "tools/list")).toBe(2);
  });

  everywhere(
    "reload asks all the same, and keeps what came",
    { revisions: MODERN, bindings: CHANNELS },
    async (joint) => {
      const client = await joint.connect(hinting(joint));
      expect(textOf(await client.readResource("r:1"))).toBe("1");
      expect(textOf(await client.readResource("r:1", { cache: "reload" }))).toBe("2");
      expect(textOf(await client.readResource("r:1"))).toBe("2");
    },
  );

  inMemory("ping asks whatever is kept", MODERN, async (joint) => {
    const client = await joint.connect(hinting(joint));
    const before = asked(joint, "server/discover");
    await client.discover();
    await client.ping();
    await client.ping();
    expect(asked(joint, "server/discover") - before).toBe(3);
  });

  inMemory("nobody can change what another one gets", MODERN, async (joint) => {
    const client = await joint.connect(hinting(joint));
    const read = (): Promise<{ contents: any }> => client.readResource("r:1") as never;
    for (let at = 0; at < 3; at++) {
      const result = await read();
      expect(textOf(result)).toBe("1");
      result.contents[0].text = "changed";
      result.contents.push("more");
    }
    const together = await Promise.all([read(), read()]);
    expect(together[0].contents[0]).not.toBe(together[1].contents[0]);
  });
});

/** A server by hand of which the list of tools comes with these members. */
function tools(joint: Joint, more: () => object, options: ClientOptions = {}, script: Script = {}) {
  const listed = { "tools/list": () => ({ tools: [], ttlMs: 1000, cacheScope: "private", ...more() }), ...script };
  return joint.connectTo(listed, options);
}

/** A server by hand that answers requests of one method when it is told to. */
async function slow(joint: Joint, method: string, options: ClientOptions = {}) {
  const waiting: RequestId[] = [];
  const { client, server } = await joint.connectTo(
    {
      [method]: (_params, { id }) => void waiting.push(id),
      "subscriptions/listen": ({ notifications }, { id }, by) =>
        by.notify("notifications/subscriptions/acknowledged", { _meta: { [ID]: id }, notifications }),
    },
    options,
  );
  const answer = (result: object): void =>
    server.answer(waiting.shift() as RequestId, { ttlMs: 1000, cacheScope: "private", ...result });
  const next = async (count = 1): Promise<void> => {
    while (waiting.length < count) await new Promise(setImmediate);
  };
  return { client, server, waiting, answer, next };
}

describe("CACHE-3: an answer belongs to its question", () => {
  inMemory(
    "another URI, another cursor or another parameter is another question; _meta is not",
    MODERN,
    async (joint) => {
      const count = { "resources/read": 0, "tools/list": 0 };
      const { client } = await joint.connectTo({
        "resources/read": ({ uri }) => ({ contents: [{ uri, text: `${++count["resources/read"]}` }], ...HINT }),
        "tools/list": ({ cursor }) => {
          count["tools/list"]++;
          return { tools: [], ...HINT, ...(cursor === "b" ? {} : { nextCursor: cursor === undefined ? "a" : "b" }) };
        },
      });
      for (let round = 0; round < 2; round++) {
        expect(textOf(await client.readResource("r:1"))).toBe("1");
        expect(textOf(await client.readResource("r:2"))).toBe("2");
        expect(await client.request("tools/list", {})).toMatchObject({ nextCursor: "a" });
        expect(await client.request("tools/list", { cursor: "a" })).toMatchObject({ nextCursor: "b" });
        expect(await client.request("tools/list", { cursor: "b" })).not.toHaveProperty("nextCursor");
        expect(textOf(await client.readResource("r:1", { meta: { "example.com/a": round } }))).toBe("1");
        const _meta = { "example.com/b": round };
        expect(textOf(await client.request("resources/read", { uri: "r:1", _meta }))).toBe("1");
      }
      expect(count).toEqual({ "resources/read": 2, "tools/list": 3 });
      await client.request("tools/list", { "example.com/only": "some" } as object);
      expect(count["tools/list"]).toBe(4);
    },
  );

  inMemory("MRTR-8: the answer of a retried request is not kept", MODERN, async (joint) => {
    let reads = 0;
    const inputRequests = { roots: { method: "roots/list" as const } };
    const { client } = await joint.connectTo(
      {
        "resources/read": ({ uri, inputResponses }) =>
          inputResponses === undefined
            ? { resultType: "input_required", inputRequests }
            : { contents: [{ uri, text: `${++reads}` }], ...HINT },
      },
      { on: { "roots/list": () => ({ roots: [] }) } },
    );
    expect(textOf(await client.readResource("r:1"))).toBe("1");
    expect(textOf(await client.readResource("r:1"))).toBe("2");
    const inputResponses = { roots: { roots: [] } };
    expect(textOf(await client.readResource("r:1", { inputResponses }))).toBe("3");
    expect(textOf(await client.readResource("r:1", { inputResponses }))).toBe("4");
    expect(asked(joint, "resources/read")).toBe(6);
  });

  everywhere("MRTR-8: nor of our own server's", { revisions: MODERN, bindings: CHANNELS }, async (joint) => {
    let reads = 0;
    const inputRequests = { roots: { method: "roots/list" as const } };
    const server = joint
      .server()
      .resource(
        "r:1",
        (_, context) => (context.inputResponses === undefined ? inputRequired({ inputRequests }) : `${++reads}`),
        { cache: HINT },
      );
    const client = await joint.connect(server, { on: { "roots/list": () => ({ roots: [] }) } });
    expect(textOf(await client.readResource("r:1"))).toBe("1");
    expect(textOf(await client.readResource("r:1"))).toBe("2");
  });

  inMemory("what answers a question of a caller's own is no answer to keep", MODERN, async (joint) => {
    const inputRequests = { roots: { method: "roots/list" as const } };
    const server = joint.server().resource("r:1", () => inputRequired({ inputRequests }), { cache: HINT });
    const client = await joint.connect(server, { on: { "roots/list": () => ({ roots: [] }) } });
    for (let round = 0; round < 2; round++) {
      const result = await client.request("resources/read", { uri: "r:1" }, { input: "manual" } as never);
      expect(result).toMatchObject({ resultType: "input_required" });
    }
    expect(asked(joint, "resources/read")).toBe(2);
  });

  inMemory("whatever hints it carries", MODERN, async (joint) => {
    const inputRequests = { roots: { method: "roots/list" as const } };
    const question = { resultType: "input_required", inputRequests, ...HINT };
    const { client } = await joint.connectTo({ "resources/read": () => question });
    joint.tap.forgive((message) => "result" in message);
    for (let round = 0; round < 2; round++) {
      await client.request("resources/read", { uri: "r:1" }, { input: "manual" } as never);
    }
    expect(asked(joint, "resources/read")).toBe(2);
  });
});

describe("CACHE-4: what changed is not fresh", () => {
  everywhere("a list that its server says has changed", { revisions: MODERN }, async (joint) => {
    const server = hinting(joint);
    const client = await joint.connect(server);
    const changes = await client.listen({
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
    });
    const iterator = changes[Symbol.asyncIterator]();
    const names = async (list: AsyncIterable<{ name: string }>): Promise<number> => (await all(list)).length;
    expect([await names(client.tools()), await names(client.prompts())]).toEqual([1, 1]);
    expect([await names(client.resources()), await names(client.resourceTemplates())]).toEqual([2, 1]);
    server.tool("u", {}, () => "x");
    await iterator.next();
    expect([await names(client.tools()), await names(client.prompts())]).toEqual([2, 1]);
    expect(asked(joint, "prompts/list")).toBe(1);
    server.resource("m:{id}", () => "x");
    await iterator.next();
    expect([await names(client.resources()), await names(client.resourceTemplates())]).toEqual([2, 2]);
    expect(asked(joint, "resources/list")).toBe(2);
    await iterator.return?.();
  });

  everywhere("a resource that its server says can be read anew", { revisions: MODERN }, async (joint) => {
    const server = hinting(joint);
    const client = await joint.connect(server);
    const changes = await client.listen({ resourceSubscriptions: ["r:1"] });
    const iterator = changes[Symbol.asyncIterator]();
    expect(textOf(await client.readResource("r:1"))).toBe("1");
    server.updated("r:1");
    await iterator.next();
    expect(textOf(await client.readResource("r:1"))).toBe("2");
    expect(textOf(await client.readResource("r:1"))).toBe("2");
    await iterator.return?.();
  });

  everywhere(
    "a part of a watched resource, and the whole that it is a part of",
    { revisions: MODERN, bindings: CHANNELS },
    async (joint) => {
      const server = hinting(joint);
      const client = await joint.connect(server);
      const changes = await client.listen({ resourceSubscriptions: ["dir:/a/b"] });
      const iterator = changes[Symbol.asyncIterator]();
      const read = async (uri: string): Promise<unknown> => textOf(await client.readResource(uri));
      expect([await read("dir:/a/b"), await read("dir:/a/b/c"), await read("dir:/a/bc")]).toEqual(["1", "2", "3"]);
      server.updated("dir:/a/b/c");
      await iterator.next();
      expect([await read("dir:/a/bc"), await read("dir:/a/b"), await read("dir:/a/b/c")]).toEqual(["3", "4", "5"]);
      server.updated("dir:/a/b");
      await iterator.next();
      expect([await read("dir:/a/bc"), await read("dir:/a/b"), await read("dir:/a/b/c")]).toEqual(["3", "6", "7"]);
      await iterator.return?.();
    },
  );

  everywhere(
    "what a subscription covered, once it is over",
    { revisions: MODERN, bindings: CHANNELS },
    async (joint) => {
      const client = await joint.connect(hinting(joint));
      const changes = await client.listen({ toolsListChanged: true, resourceSubscriptions: ["r:1"] });
      await all(client.tools());
      await all(client.prompts());
      await client.readResource("r:1");
      await client.readResource("dir:/a/b");
      changes.close();
      await client.ping();
      await all(client.tools());
      await all(client.prompts());
      await client.readResource("r:1");
      await client.readResource("dir:/a/b");
      expect([asked(joint, "tools/list"), asked(joint, "prompts/list"), asked(joint, "resources/read")]).toEqual([
        2, 1, 3,
      ]);
    },
  );

  everywhere("what a subscription covers, once it begins", { revisions: MODERN, bindings: CHANNELS }, async (joint) => {
    const client = await joint.connect(hinting(joint));
    await all(client.tools());
    await all(client.prompts());
    await client.listen({ toolsListChanged: true });
    await all(client.tools());
    await all(client.prompts());
    expect([asked(joint, "tools/list"), asked(joint, "prompts/list")]).toEqual([2, 1]);
  });

  inMemory("T-41: an answer that was under way when its notification came is not kept", MODERN, async (joint) => {
    const { client, server, answer, next } = await slow(joint, "tools/list");
    const changes = await client.listen({ toolsListChanged: true });
    const { id } = await server.asked("subscriptions/listen");
    const first = client.request("tools/list", {});
    await next();
    server.notify("notifications/tools/list_changed", { _meta: { [ID]: id } });
    answer({ tools: [{ name: "old", inputSchema: { type: "object" } }] });
    expect(await first).toMatchObject({ tools: [{ name: "old" }] });
    const second = client.request("tools/list", {});
    await next();
    answer({ tools: [] });
    expect(await second).toMatchObject({ tools: [] });
    expect(await client.request("tools/list", {})).toMatchObject({ tools: [] });
    expect(asked(joint, "tools/list")).toBe(2);
    changes.close();
  });

  inMemory("T-41: nor is one that was under way when a newer one was asked for", MODERN, async (joint) => {
    const { client, waiting, server, next } = await slow(joint, "resources/read");
    const read = (text: string) => ({ contents: [{ uri: "r:1", text }], ...HINT });
    const first = client.readResource("r:1");
    await next();
    const newer = client.readResource("r:1", { cache: "reload" });
    await next(2);
    server.answer(waiting[1] as RequestId, read("new"));
    expect(textOf(await newer)).toBe("new");
    server.answer(waiting[0] as RequestId, read("old"));
    expect(textOf(await first)).toBe("old");
    expect(textOf(await client.readResource("r:1"))).toBe("new");
  });

  inMemory("what an older server tells unasked", LEGACY, async (joint) => {
    let lists = 0;
    const { client, server } = await joint.connectTo({
      "tools/list": (_params, { id }, by) => {
        // The specification gives hints no meaning here, and a server may send them all the same.
        by.bad({ jsonrpc: "2.0", id, result: { tools: [], ttlMs: 1000, cacheScope: "private", count: ++lists } });
      },
    });
    const list = async (): Promise<unknown> => ((await client.request("tools/list", {})) as { count?: number }).count;
    expect([await list(), await list()]).toEqual([1, 1]);
    server.notify("notifications/tools/list_changed");
    await client.ping();
    expect([await list(), await list()]).toEqual([2, 2]);
  });

  inMemory(
    "PAG: a cursor that is no longer valid drops all pages, and the list is read anew",
    MODERN,
    async (joint) => {
      let edition = 1;
      const tool = (name: string) => ({ name, inputSchema: { type: "object" } });
      const { client } = await joint.connectTo({
        "tools/list": ({ cursor }) => {
          if (cursor === undefined)
            return { tools: [tool("a"), tool(`b${edition}`)], nextCursor: `${edition}`, ...HINT };
          if (cursor !== `${edition}`) return { error: { code: -32602, message: "no such page" } };
          return { tools: [tool("c")], ttlMs: 0, cacheScope: "private" };
        },
      });
      const names = async (): Promise<string[]> => (await all(client.tools())).map(({ name }) => name);
      expect(await names()).toEqual(["a", "b1", "c"]);
      edition = 2;
      expect(await names()).toEqual(["a", "b1", "b2", "c"]);
      expect(await names()).toEqual(["a", "b2", "c"]);
      const cursors = joint.tap.from("client", "tools/list").map((message) => (message as Request).params?.["cursor"]);
      expect(cursors).toEqual([undefined, "1", "1", undefined, "2", "2"]);
    },
  );

  inMemory("a server that refuses its own cursors is asked twice, and no more", MODERN, async (joint) => {
    const { client } = await joint.connectTo({
      "tools/list": ({ cursor }) =>
        cursor === undefined
          ? { tools: [], nextCursor: "1", ...HINT }
          : { error: { code: -32602, message: "no such page" } },
    });
    await expect(all(client.tools())).rejects.toMatchObject({ code: -32602 });
    expect(asked(joint, "tools/list")).toBe(4);
  });
});
