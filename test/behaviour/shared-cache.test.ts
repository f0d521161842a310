import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Client, type ClientOptions } from "../../src/client/index.ts";
import { DefinitionError } from "../../src/errors.ts";
import { peer } from "../../src/jsonrpc/channels/index.ts";
import type { Connector, Request, RequestId } from "../../src/jsonrpc/index.ts";
import { limits } from "../../src/limits.ts";
import type { Server } from "../../src/server/index.ts";
import { type Json, type KeyValue, memoryKeyValue } from "../../src/stores/index.ts";
import { CHANNELS, everywhere, inMemory, MODERN } from "./bindings.ts";
import type { Script } from "./by-hand.ts";
import { all } from "./collect.ts";
import type { Joint } from "./joint.ts";
import { ID } from "./subscribing.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (milliseconds: number): void => void vi.setSystemTime(Date.now() + milliseconds);
const HINT = { ttlMs: 1000, cacheScope: "private" } as const;
const PUBLIC = { ttlMs: 1000, cacheScope: "public" } as const;
const SERVER = "https://example.com/mcp";

/** How often a method was asked on all connections. */
const asked = (joint: Joint, method: string): number =>
  joint.taps.reduce((sum, tap) => sum + tap.from("client", method).length, 0);

const textOf = (result: { readonly contents: readonly object[] }): unknown =>
  (result.contents[0] as { text: string }).text;
const read = async (client: Client, uri = "r:1", options = {}): Promise<unknown> =>
  textOf(await client.readResource(uri, options));

/** A server of which every read is another one. */
function counting(joint: Joint, hint: typeof HINT | typeof PUBLIC = HINT): Server {
  let reads = 0;
  return joint
    .server({ cache: { tools: hint } })
    .tool("t", {}, () => "x")
    .resource("r:1", () => `${++reads}`, { cache: hint })
    .resource("r:2", () => `${++reads}`, { cache: hint });
}

/** A server by hand that answers requests of one method when it is told to. */
async function slow(joint: Joint, method: string, options: ClientOptions = {}) {
  const waiting: RequestId[] = [];
  const { client, server } = await joint.connectTo({ [method]: (_params, { id }) => void waiting.push(id) }, options);
  const answer = (result: object): void => server.answer(waiting.shift() as RequestId, { ...HINT, ...result });
  const next = async (count = 1): Promise<void> => {
    while (waiting.length < count) await new Promise(setImmediate);
  };
  return { client, server, waiting, answer, next };
}

/** A store of which a test can play a part. */
function stored(): KeyValue {
  const inner = memoryKeyValue();
  return {
    get: (owner, key) => inner.get(owner, key),
    set: (owner, key, value, ttl) => inner.set(owner, key, value, ttl),
    add: (owner, key, value, ttl) => inner.add(owner, key, value, ttl),
    touch: (owner, key, ttl) => inner.touch(owner, key, ttl),
    delete: (owner, key) => inner.delete(owner, key),
  };
}

/** A server by hand that agrees to every subscription. */
const LISTENED: Script = {
  "subscriptions/listen": ({ notifications }, { id }, by) =>
    by.notify("notifications/subscriptions/acknowledged", { _meta: { [ID]: id }, notifications }),
};

const turn = async (): Promise<void> => {
  for (let at = 0; at < 20; at++) await new Promise(setImmediate);
};

describe("equal requests that are under way at the same time", () => {
  everywhere("share one answer, each its own copy", { revisions: MODERN }, async (joint) => {
    const client = await joint.connect(counting(joint));
    const results = await Promise.all([client.request("tools/list", {}), client.request("tools/list", {})]);
    expect(results[0]).toEqual(results[1]);
    expect(results[0]).not.toBe(results[1]);
    expect(asked(joint, "tools/list")).toBe(1);
    expect(await Promise.all([read(client), read(client), read(client, "r:2")])).toEqual(["1", "1", "2"]);
  });

  everywhere("do not where the answer may not be kept", { revisions: MODERN, bindings: CHANNELS }, async (joint) => {
    let reads = 0;
    const client = await joint.connect(joint.server().resource("r:1", () => `${++reads}`));
    for (let round = 0; round < 2; round++) await Promise.all([read(client), read(client), read(client)]);
    expect(reads).toBe(6);
  });

  inMemory("do not wait for each other once an answer could not be kept", MODERN, async (joint) => {
    const { client, answer, next } = await slow(joint, "tools/list");
    const first = client.request("tools/list", {});
    await next();
    answer({ tools: [], ttlMs: 0 });
    await first;
    const both = Promise.all([client.request("tools/list", {}), client.request("tools/list", {})]);
    await next(2);
    answer({ tools: [] });
    answer({ tools: [] });
    await both;
  });

  inMemory("an abort of one does not fail the others", MODERN, async (joint) => {
    const { client, waiting, answer, next } = await slow(joint, "resources/read");
    const [leader, follower] = [new AbortController(), new AbortController()];
    const first = client.readResource("r:1", { signal: leader.signal }).catch((error: unknown) => error);
    const second = client.readResource("r:1", { signal: follower.signal }).catch((error: unknown) => error);
    const others = [read(client), read(client)];
    await next();
    await turn();
    expect(waiting).toHaveLength(1);
    follower.abort("enough");
    expect(await second).toMatchObject({ code: "aborted", cause: "enough" });
    leader.abort("enough");
    expect(await first).toMatchObject({ code: "aborted", cause: "enough" });
    await next(2);
    await turn();
    expect(waiting).toHaveLength(2);
    waiting.shift();
    answer({ contents: [{ uri: "r:1", text: "late" }] });
    expect(await Promise.all(others)).toEqual(["late", "late"]);
    const over = AbortSignal.abort("over");
    await expect(client.readResource("r:1", { signal: over })).rejects.toMatchObject({ code: "aborted" });
    await expect(Promise.all([read(client), read(client)])).resolves.toEqual(["late", "late"]);
  });

  inMemory("fail together when the server refuses", MODERN, async (joint) => {
    const { client, waiting, server, next } = await slow(joint, "resources/read");
    const both = Promise.allSettled([read(client), read(client)]);
    await next();
    server.answer(waiting.shift() as RequestId, { error: { code: -32603, message: "no" } });
    expect(await both).toMatchObject([{ reason: { code: -32603 } }, { reason: { code: -32603 } }]);
    expect(waiting).toEqual([]);
    const again = read(client);
    await next();
    server.answer(waiting.shift() as RequestId, { contents: [{ uri: "r:1", text: "x" }], ...HINT });
    expect(await again).toBe("x");
  });

  inMemory("go by themselves with options of their own", MODERN, async (joint) => {
    const { client, answer, next } = await slow(joint, "tools/list");
    const all = Promise.all([
      client.request("tools/list", {}),
      client.request("tools/list", {}, { timeout: 5000 }),
      client.request("tools/list", {}, { cache: "reload" }),
    ]);
    await next(3);
    for (let at = 0; at < 3; at++) answer({ tools: [] });
    await all;
  });
});

describe("what is kept is bounded", () => {
  inMemory("by the number of answers: those that were not used longest go first", MODERN, async (joint) => {
    const { client } = await joint.connectTo(
      { "resources/read": ({ uri }) => ({ contents: [{ uri, text: "x" }], ...HINT }) },
      { cache: { entries: 2 } },
    );
    for (const uri of ["r:1", "r:2", "r:1", "r:3", "r:1"]) await read(client, uri);
    expect(asked(joint, "resources/read")).toBe(3);
    await read(client, "r:2");
    expect(asked(joint, "resources/read")).toBe(4);
  });

  inMemory("by their length, and one that is too long is not kept", MODERN, async (joint) => {
    const { client } = await joint.connectTo(
      {
        "resources/read": ({ uri }) => ({
          contents: [{ uri, text: "x".repeat(uri === "r:long" ? 2000 : 300) }],
          ...HINT,
        }),
      },
      { cache: { length: 1000 } },
    );
    for (const uri of ["r:1", "r:2", "r:2", "r:1", "r:long", "r:long"]) await read(client, uri);
    expect(asked(joint, "resources/read")).toBe(4);
    await read(client, "r:3");
    await read(client, "r:4");
    await read(client, "r:5");
    await read(client, "r:5");
    expect(asked(joint, "resources/read")).toBe(7);
    await read(client, "r:1");
    expect(asked(joint, "resources/read")).toBe(8);
  });

  inMemory("by the limit for all, in a store too", MODERN, async (joint) => {
    const text = "x".repeat(limits.cacheLength);
    const store = memoryKeyValue();
    const { client } = await joint.connectTo(
      { "resources/read": ({ uri }) => ({ contents: [{ uri, text }], ...HINT }) },
      { cache: { store, server: SERVER, owner: "ada" } },
    );
    await read(client);
    await read(client);
    expect(asked(joint, "resources/read")).toBe(2);
  });

  inMemory("in a store too where a server gives a list new pages all the time", MODERN, async (joint) => {
    const kept: Json[] = [];
    const store: KeyValue = { ...stored(), set: (_owner, _key, value) => void kept.push(value) };
    store.get = () => kept.at(-1);
    let cursor = 0;
    const { client } = await joint.connectTo(
      { "tools/list": () => ({ tools: [], nextCursor: `${++cursor}`, ...HINT }) },
      { cache: { store, server: SERVER, owner: "ada" } },
    );
    for (let at = 0; at < 2 * limits.pages; at++) await client.request("tools/list", { cursor: `${at}` });
    expect(Math.max(...kept.map((pages) => Object.keys(pages as object).length))).toBe(limits.pages);
    kept.length = 0;
    const long = "x".repeat(limits.cacheLength / 3);
    const { client: other } = await joint.connectTo(
      { "tools/list": () => ({ tools: [], nextCursor: `${++cursor}`, "example.com/long": long, ...HINT }) },
      { cache: { store, server: SERVER, owner: "ada" } },
    );
    for (let at = 0; at < 5; at++) await other.request("tools/list", { cursor: `${at}` });
    expect(Math.max(...kept.map((pages) => JSON.stringify(pages).length))).toBeLessThan(limits.cacheLength * 1.1);
  });
});

describe("CACHE-3: a store that several clients share", () => {
  const to = (store: KeyValue, owner: string, server: string = SERVER): ClientOptions => ({
    cache: { store, server, owner },
  });

  everywhere("gives private answers to their owner alone", { revisions: MODERN }, async (joint) => {
    const store = memoryKeyValue();
    const server = counting(joint);
    const [ada, adasOther, bob] = [
      await joint.connect(server, to(store, "ada")),
      await joint.connect(server, to(store, "ada")),
      await joint.connect(server, to(store, "bob")),
    ];
    expect([await read(ada), await read(adasOther), await read(bob), await read(ada)]).toEqual(["1", "1", "2", "1"]);
  });

  everywhere("gives public answers to everybody", { revisions: MODERN, bindings: CHANNELS }, async (joint) => {
    const store = memoryKeyValue();
    const server = counting(joint, PUBLIC);
    const [ada, bob] = [await joint.connect(server, to(store, "ada")), await joint.connect(server, to(store, "bob"))];
    expect([await read(ada), await read(bob)]).toEqual(["1", "1"]);
    expect((await all(ada.tools())).length + (await all(bob.tools())).length).toBe(2);
    expect(asked(joint, "tools/list")).toBe(1);
  });

  inMemory("a scope that is missing or unknown is private", MODERN, async (joint) => {
    const store = memoryKeyValue();
    const script = {
      "resources/read": ({ uri }: { uri?: unknown }) => ({
        contents: [{ uri, text: "x" }],
        ttlMs: 1000,
        ...(uri === "r:1" ? {} : { cacheScope: "PUBLIC" }),
      }),
    };
    const { client: ada } = await joint.connectTo(script, to(store, "ada"));
    joint.tap.forgive((message) => "result" in message);
    const { client: bob } = await joint.connectTo(script, to(store, "bob"));
    joint.tap.forgive((message) => "result" in message);
    for (const uri of ["r:1", "r:2"]) for (const client of [ada, ada, bob, bob]) await read(client, uri);
    expect(asked(joint, "resources/read")).toBe(4);
  });

  inMemory("keeps servers apart, whatever they call themselves", MODERN, async (joint) => {
    const store = memoryKeyValue();
    const one = await joint.connect(counting(joint, PUBLIC), to(store, "ada", "https://one.example"));
    const other = await joint.connect(counting(joint, PUBLIC), to(store, "ada", "https://other.example"));
    expect([await read(one), await read(one, "r:2"), await read(other, "r:2")]).toEqual(["1", "2", "1"]);
  });

  inMemory("a change that one client hears of is known to all", MODERN, async (joint) => {
    const store = memoryKeyValue();
    const server = counting(joint, PUBLIC);
    const [ada, bob] = [await joint.connect(server, to(store, "ada")), await joint.connect(server, to(store, "bob"))];
    const changes = (await ada.listen({ resourceSubscriptions: ["r:1"] }))[Symbol.asyncIterator]();
    pass(1);
    expect([await read(bob), await read(ada)]).toEqual(["1", "1"]);
    server.updated("r:1");
    await changes.next();
    expect([await read(bob), await read(ada)]).toEqual(["2", "2"]);
    await changes.return?.();
  });

  inMemory("a client that begins or ends to listen doubts what is kept; the others do not", MODERN, async (joint) => {
    const store = memoryKeyValue();
    const server = counting(joint, PUBLIC);
    const [ada, bob] = [await joint.connect(server, to(store, "ada")), await joint.connect(server, to(store, "bob"))];
    expect([await read(bob), await read(ada)]).toEqual(["1", "1"]);
    const changes = await ada.listen({ resourceSubscriptions: ["r:1"] });
    expect([await read(bob), await read(ada)]).toEqual(["1", "2"]);
    pass(1);
    expect(await read(ada, "r:1", { cache: "reload" })).toBe("3");
    expect([await read(bob), await read(ada)]).toEqual(["3", "3"]);
    changes.close();
    await ada.ping();
    expect([await read(bob), await read(ada)]).toEqual(["3", "4"]);
    await ada.close();
    expect(await read(bob)).toBe("4");
  });

  inMemory("the newest answer counts when the scope changes", MODERN, async (joint) => {
    let scope = "private";
    let reads = 0;
    const store = memoryKeyValue();
    const { client } = await joint.connectTo(
      { "resources/read": ({ uri }) => ({ contents: [{ uri, text: `${++reads}` }], ttlMs: 1000, cacheScope: scope }) },
      to(store, "ada"),
    );
    expect(await read(client)).toBe("1");
    scope = "public";
    pass(1);
    expect([await read(client, "r:1", { cache: "reload" }), await read(client)]).toEqual(["2", "2"]);
  });

  inMemory("pages of a list stand side by side, each with its own clock", MODERN, async (joint) => {
    const store = memoryKeyValue({ now: () => Date.now() });
    const { client } = await joint.connectTo(
      {
        "tools/list": ({ cursor }) =>
          cursor === undefined
            ? { tools: [], nextCursor: "2", ...HINT }
            : { tools: [], ttlMs: 5000, cacheScope: "private" },
      },
      to(store, "ada"),
    );
    await all(client.tools());
    pass(999);
    await all(client.tools());
    expect(asked(joint, "tools/list")).toBe(2);
    pass(1);
    await all(client.tools());
    expect(asked(joint, "tools/list")).toBe(3);
    pass(999);
    await all(client.tools());
    expect(asked(joint, "tools/list")).toBe(3);
  });

  inMemory("a store that fails, or has nonsense, costs a request", MODERN, async (joint) => {
    const broken: KeyValue = {
      get: () => Promise.reject(new Error("get")),
      set: () => {
        throw new Error("set");
      },
      add: () => false,
      touch: () => false,
      delete: () => Promise.reject(new Error("delete")),
    };
    const server = counting(joint);
    const client = await joint.connect(server, to(broken, "ada"));
    expect([await read(client), await read(client)]).toEqual(["1", "2"]);
    expect(joint.warnings.flat()).toContainEqual(expect.objectContaining({ message: "set" }));
    const fresh = { at: Date.now(), until: Number.MAX_SAFE_INTEGER };
    const texts = ['{"contents":[', "null", "5"].map((text) => ({ "{}": { ...fresh, text } }));
    for (const nonsense of [5, null, "x", [], { "{}": 5 }, { "{}": fresh }, ...texts]) {
      const odd: KeyValue = { ...broken, get: () => nonsense as never, set: () => {} };
      const other = await joint.connect(server, to(odd, "ada"));
      expect(Number(await read(other))).toBeGreaterThan(2);
    }
  });

  inMemory("a store that is silent costs a moment, and no answer", MODERN, async (joint) => {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
    const silent = (): Promise<never> => new Promise(() => {});
    const store: KeyValue = { ...stored(), get: silent, set: silent, delete: silent };
    const client = await joint.connect(counting(joint), to(store, "ada"));
    for (const expected of ["1", "2"]) {
      let text: unknown;
      void read(client).then((value) => {
        text = value;
      });
      await vi.advanceTimersByTimeAsync(3 * limits.cacheTimeout);
      await turn();
      expect(text).toBe(expected);
    }
    expect(joint.warnings.flat()).toContainEqual(expect.objectContaining({ code: "timeout" }));
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ["owner", { store: memoryKeyValue(), server: SERVER }],
    ["owner", { store: memoryKeyValue(), server: SERVER, owner: "" }],
    ["server", { store: memoryKeyValue(), owner: "ada" }],
  ])("is refused without %s", async (name, cache) => {
    const connecting = Client.connect({ readable: new ReadableStream(), writable: new WritableStream() }, {
      cache,
    } as never);
    await expect(connecting).rejects.toThrow(DefinitionError);
    await expect(connecting).rejects.toThrow(name);
  });
});

describe("T-41: what is known of the server is not known for ever", () => {
  const discovered = (revision: string, capabilities: object, ttlMs: number): object => ({
    supportedVersions: [revision],
    capabilities,
    ttlMs,
    cacheScope: "private",
  });

  inMemory("discover asks unless it is fresh, and renews what the client knows", MODERN, async (joint) => {
    let prompts = {};
    const { client } = await joint.connectTo({
      "server/discover": () => discovered(joint.revision, { tools: {}, ...prompts }, 1000),
    });
    prompts = { prompts: {} };
    expect(client.server.capabilities).toEqual({ tools: {} });
    expect((await client.discover()).capabilities).toEqual({ tools: {}, prompts: {} });
    expect(client.server.capabilities).toEqual({ tools: {}, prompts: {} });
    await client.discover();
    expect(asked(joint, "server/discover")).toBe(2);
    pass(1000);
    await client.discover();
    expect(asked(joint, "server/discover")).toBe(3);
  });

  inMemory("a capability that is missing is looked for again when its time is over", MODERN, async (joint) => {
    let more = {};
    const { client } = await joint.connectTo({
      "server/discover": () => discovered(joint.revision, { tools: {}, ...more }, 1000),
      "prompts/list": () => ({ prompts: [{ name: "p" }], ...HINT }),
      "prompts/get": () => ({ messages: [] }),
    });
    more = { prompts: {} };
    expect(await all(client.prompts())).toEqual([]);
    await expect(client.getPrompt("p")).rejects.toMatchObject({ code: "not_supported" });
    expect(asked(joint, "server/discover")).toBe(1);
    pass(1000);
    expect(await client.getPrompt("p")).toMatchObject({ messages: [] });
    expect(await all(client.prompts())).toEqual([{ name: "p" }]);
    expect(asked(joint, "server/discover")).toBe(2);
  });

  inMemory("a server that gives no time is believed until it is asked", MODERN, async (joint) => {
    const { client } = await joint.connectTo({
      "server/discover": () => discovered(joint.revision, { tools: {} }, 0),
    });
    pass(limits.cacheTime * 10);
    await expect(client.getPrompt("p")).rejects.toMatchObject({ code: "not_supported" });
    expect(asked(joint, "server/discover")).toBe(1);
  });

  inMemory(
    "what an earlier connection learnt is looked up again before a capability is missing",
    MODERN,
    async (joint) => {
      const script = { "server/discover": () => discovered(joint.revision, { tools: {}, prompts: {} }, 0) };
      const { client } = await joint.connectTo(
        { ...script, "prompts/get": () => ({ messages: [] }) },
        {
          prior: {
            version: joint.revision,
            server: { info: undefined, capabilities: { tools: {} }, instructions: undefined },
            at: 0,
          },
        },
      );
      expect(asked(joint, "server/discover")).toBe(0);
      expect(await client.getPrompt("p")).toMatchObject({ messages: [] });
      expect(asked(joint, "server/discover")).toBe(1);
    },
  );
});

describe("tools that come out of the cache", () => {
  const schema = (type: string) => ({ type: "object", properties: { a: { type } }, required: ["a"] });
  const tool = (type: string) => ({ name: "t", inputSchema: { type: "object" }, outputSchema: schema(type) });

  inMemory("have their outputs checked, by another client too, and by the newest schema", MODERN, async (joint) => {
    let type = "number";
    const script = {
      "tools/list": () => ({ tools: [tool(type)], ...PUBLIC }),
      "tools/call": () => ({ content: [], structuredContent: { a: "text" } }),
    };
    const store = memoryKeyValue();
    const cache = { store, server: SERVER, owner: "ada" };
    const { client: first } = await joint.connectTo(script, { cache });
    await all(first.tools());
    const { client } = await joint.connectTo(script, { cache });
    await all(client.tools());
    expect(asked(joint, "tools/list")).toBe(1);
    await expect(client.callTool("t")).rejects.toMatchObject({ code: "schema" });
    await all(client.tools());
    await expect(client.callTool("t")).rejects.toMatchObject({ code: "schema" });
    type = "string";
    pass(1000);
    await all(client.tools());
    expect(await client.callTool("t")).toMatchObject({ structuredContent: { a: "text" } });
  });
});

describe("notifications on the way of an answer", () => {
  inMemory("T-41: one that comes while the store is asked counts", MODERN, async (joint) => {
    const inner = memoryKeyValue();
    let hold: Promise<void> | undefined;
    const store: KeyValue = {
      get: async (owner, key) => {
        const found = await inner.get(owner, key);
        await hold;
        return found;
      },
      set: (owner, key, value, ttl) => inner.set(owner, key, value, ttl),
      add: (owner, key, value, ttl) => inner.add(owner, key, value, ttl),
      touch: (owner, key, ttl) => inner.touch(owner, key, ttl),
      delete: (owner, key) => inner.delete(owner, key),
    };
    let reads = 0;
    const { client, server } = await joint.connectTo(
      {
        "resources/read": ({ uri }) => ({ contents: [{ uri, text: `${++reads}` }], ...HINT }),
        "subscriptions/listen": ({ notifications }, { id }, by) =>
          by.notify("notifications/subscriptions/acknowledged", { _meta: { [ID]: id }, notifications }),
      },
      { cache: { store, server: SERVER, owner: "ada" } },
    );
    const changes = await client.listen({ resourceSubscriptions: ["r:1"] });
    pass(1);
    expect(await read(client)).toBe("1");
    const { id } = (await server.asked("subscriptions/listen")) as Request;
    let release = (): void => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    pass(1);
    const late = read(client);
    await turn();
    server.notify("notifications/resources/updated", { uri: "r:1", _meta: { [ID]: id } });
    await turn();
    hold = undefined;
    release();
    expect(await late).toBe("2");
    changes.close();
  });

  inMemory(
    "T-41: one that comes while an answer is put into the store counts for who asks then",
    MODERN,
    async (joint) => {
      let release = (): void => {};
      const hold = new Promise<void>((resolve) => {
        release = resolve;
      });
      const store: KeyValue = { ...stored(), set: () => hold };
      let reads = 0;
      const { client, server } = await joint.connectTo(
        { "resources/read": ({ uri }) => ({ contents: [{ uri, text: `${++reads}` }], ...HINT }), ...LISTENED },
        { cache: { store, server: SERVER, owner: "ada" } },
      );
      const changes = await client.listen({ resourceSubscriptions: ["r:1"] });
      const { id } = await server.asked("subscriptions/listen");
      const early = read(client);
      await turn();
      server.notify("notifications/resources/updated", { uri: "r:1", _meta: { [ID]: id } });
      await turn();
      const late = read(client);
      await turn();
      release();
      expect([await early, await late]).toEqual(["1", "2"]);
      changes.close();
    },
  );

  inMemory("CACHE-4: one of a whole counts for a part that another process kept", MODERN, async (joint) => {
    const store = memoryKeyValue();
    let reads = 0;
    const script: Script = {
      "resources/read": ({ uri }) => ({ contents: [{ uri, text: `${++reads}` }], ...HINT }),
      ...LISTENED,
    };
    const cache = { store, server: SERVER, owner: "ada" };
    const { client: other } = await joint.connectTo(script, { cache });
    const { client, server } = await joint.connectTo(script, { cache });
    const changes = await client.listen({ resourceSubscriptions: ["dir:/a"] });
    const { id } = await server.asked("subscriptions/listen");
    pass(1);
    expect([await read(other, "dir:/a/1"), await read(other, "dir:/a/2"), await read(other, "dir:/b")]).toEqual([
      "1",
      "2",
      "3",
    ]);
    expect([await read(client, "dir:/a/1"), await read(client, "dir:/b")]).toEqual(["1", "3"]);
    pass(1);
    server.notify("notifications/resources/updated", { uri: "dir:/a", _meta: { [ID]: id } });
    await client.ping();
    expect([await read(client, "dir:/a/1"), await read(client, "dir:/a/2"), await read(client, "dir:/b")]).toEqual([
      "4",
      "5",
      "3",
    ]);
    changes.close();
  });

  inMemory("CACHE-4: one of a whole counts for every part that is kept, however many are", MODERN, async (joint) => {
    let reads = 0;
    const { client, server } = await joint.connectTo(
      { "resources/read": ({ uri }) => ({ contents: [{ uri, text: `${++reads}` }], ...HINT }), ...LISTENED },
      { cache: { entries: limits.cacheEntries + 2 } },
    );
    const changes = await client.listen({ resourceSubscriptions: ["dir:/a"] });
    const { id } = await server.asked("subscriptions/listen");
    expect(await read(client, "dir:/a/1")).toBe("1");
    for (let at = 0; at < limits.cacheEntries; at++) await read(client, `r:${at}`);
    expect(await read(client, "dir:/a/1")).toBe("1");
    server.notify("notifications/resources/updated", { uri: "dir:/a", _meta: { [ID]: id } });
    await client.ping();
    expect(await read(client, "dir:/a/1")).toBe(`${limits.cacheEntries + 2}`);
    changes.close();
  });
});

describe("SUB-5, T-41: a connection that was lost", () => {
  inMemory("leaves no list fresh, and what its own time says of reads", MODERN, async (joint) => {
    const server = counting(joint);
    const crashes: (() => Promise<void>)[] = [];
    const connector: Connector = {
      restart: true,
      async open() {
        const { client, server: end } = joint.ends();
        joint.serve(server, end);
        crashes.push(() => end.close());
        return peer(client);
      },
    };
    let restarted = (): void => {};
    const again = new Promise<void>((resolve) => {
      restarted = resolve;
    });
    const client = await Client.connect(connector, { revisions: [joint.revision], onRestart: () => restarted() });
    joint.closing(() => client.close());
    const state = async (): Promise<unknown[]> => {
      await all(client.tools());
      return [await read(client), await read(client, "r:2"), asked(joint, "tools/list")];
    };
    const subscription = await client.listen({ resourceSubscriptions: ["r:2"] });
    expect([await state(), await state()]).toEqual([
      ["1", "2", 1],
      ["1", "2", 1],
    ]);
    await crashes[0]?.();
    await again;
    expect(await all(subscription, 1)).toEqual([{ type: "all" }]);
    expect([await state(), await state()]).toEqual([
      ["1", "3", 2],
      ["1", "3", 2],
    ]);
  });
});
