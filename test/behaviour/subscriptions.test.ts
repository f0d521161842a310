import { describe, expect } from "vitest";
import type { Change } from "../../src/client/index.ts";
import { REVISIONS } from "../../src/protocol/index.ts";
import { BOTH_ERAS, CHANNELS, everywhere, inMemory, LEGACY, MODERN } from "./bindings.ts";
import { all } from "./collect.ts";
import { changes, full, ID } from "./subscribing.ts";

describe("SUB: listening, on either side of the wire", () => {
  everywhere("a client hears of what it asked for, and of nothing else", { remembers: true }, async (joint) => {
    const server = full(joint);
    const client = await joint.connect(server);
    const subscription = await client.listen({ toolsListChanged: true, resourceSubscriptions: ["r:1"] });
    expect(subscription.acknowledged).toEqual({ toolsListChanged: true, resourceSubscriptions: ["r:1"] });
    server.prompt("q", {}, () => "x");
    server.resource("r:2", () => "x");
    server.updated("r:2");
    server.updated("r:1");
    server.tool("u", {}, () => "x");
    expect(new Set(await all(subscription, 2))).toEqual(
      new Set<Change>([{ type: "resource", uri: "r:1" }, { type: "tools" }]),
    );
    await client.ping();
    expect(joint.tap.violations).toEqual([]);
  });

  everywhere("every kind of change is told", { remembers: true }, async (joint) => {
    const server = full(joint);
    const client = await joint.connect(server);
    const subscription = await client.listen({
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
    });
    // An older server tells of nothing before it has heard that the client is ready.
    await client.ping();
    const iterator = subscription[Symbol.asyncIterator]();
    for (const [change, act] of [
      ["tools", () => server.tool("u", {}, () => "x")],
      ["prompts", () => server.prompts.disable("p")],
      ["resources", () => server.resources.remove("r:1")],
      ["resources", () => server.resource("m://{id}", () => "x")],
      ["tools", () => server.tools.remove("t")],
    ] as const) {
      act();
      expect((await iterator.next()).value).toEqual({ type: change });
    }
    await iterator.return?.();
  });

  everywhere("what a template lists can be said to have changed", { remembers: true }, async (joint) => {
    const server = full(joint);
    const client = await joint.connect(server);
    const subscription = await client.listen({ resourcesListChanged: true });
    await client.ping();
    server.listChanged("resources");
    server.listChanged("tools");
    expect(await all(subscription, 1)).toEqual([{ type: "resources" }]);
  });

  everywhere("SUB-6: a part of a watched resource is told by its own URI", { remembers: true }, async (joint) => {
    const server = full(joint);
    const client = await joint.connect(server);
    const subscription = await client.listen({ resourceSubscriptions: ["file:///a", "file:///c/"] });
    await client.ping();
    for (const uri of ["file:///ab", "file:///a/b", "file:///", "file:///c", "file:///c/d/e", "file:///a"]) {
      server.updated(uri);
    }
    const told = ["file:///a/b", "file:///c/d/e", "file:///a"].map((uri): Change => ({ type: "resource", uri }));
    expect(new Set(await all(subscription, 3))).toEqual(new Set(told));
    await client.ping();
  });

  inMemory("a change that nobody took is not told twice", REVISIONS, async (joint) => {
    const server = full(joint);
    const client = await joint.connect(server);
    const subscription = await client.listen({ toolsListChanged: true });
    for (let at = 0; at < 50; at++) {
      server.tool(`t${at}`, {}, () => "x");
      await client.ping();
    }
    const iterator = subscription[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toEqual({ type: "tools" });
    subscription.close();
    expect(await iterator.next()).toMatchObject({ done: true });
  });

  everywhere("a closed subscription hears no more, and its iterator ends", {}, async (joint) => {
    const server = full(joint);
    const client = await joint.connect(server);
    const subscription = await client.listen({ toolsListChanged: true, resourceSubscriptions: ["r:1"] });
    subscription.close();
    expect(await all(subscription)).toEqual([]);
    await client.ping();
    const heard = joint.tap.from("server").length;
    server.updated("r:1");
    if (joint.revision === "2026-07-28") server.tool("u", {}, () => "x");
    await client.ping();
    expect(joint.tap.from("server").length).toBe(heard + 1);
  });

  inMemory("what is asked for while the client closes, or later, is refused", REVISIONS, async (joint) => {
    const client = await joint.connect(full(joint));
    const listening = client.listen({ toolsListChanged: true });
    await client.close();
    await expect(listening).rejects.toMatchObject({ name: "LocalError", code: "closed" });
    await expect(client.listen({ toolsListChanged: true })).rejects.toMatchObject({ code: "closed" });
  });

  everywhere("the end of the connection ends the iterator with an error", { bindings: CHANNELS }, async (joint) => {
    const server = full(joint);
    const { client: channel, server: end } = joint.ends();
    const serving = joint.serve(server, end);
    const client = await joint.open(channel);
    const subscription = await client.listen({ toolsListChanged: true });
    const reading = all(subscription).catch((error: unknown) => error);
    await end.close();
    expect(await reading).toMatchObject({ name: "LocalError", code: "closed" });
    await serving.closed;
  });

  everywhere(
    "SUB-5: a server that winds down ends its subscriptions, not with an error",
    { revisions: MODERN, bindings: CHANNELS },
    async (joint) => {
      const server = full(joint);
      const { client: channel, server: end } = joint.ends();
      const serving = joint.serve(server, end);
      const client = await joint.open(channel);
      const subscription = await client.listen({ toolsListChanged: true });
      const reading = all(subscription);
      await serving.close();
      expect(await reading).toEqual([]);
      const result = joint.tap.from("server").at(-1);
      expect(result).toMatchObject({ result: { resultType: "complete", _meta: { [ID]: expect.anything() } } });
    },
  );

  inMemory("two who read one subscription share its changes, and both end with it", BOTH_ERAS, async (joint) => {
    const server = full(joint);
    const client = await joint.connect(server);
    const subscription = await client.listen({ toolsListChanged: true, promptsListChanged: true });
    const [one, other] = [subscription[Symbol.asyncIterator](), subscription[Symbol.asyncIterator]()];
    const first = Promise.all([one.next(), other.next()]);
    await client.ping();
    server.tool("u", {}, () => "x").prompt("q", {}, () => "x");
    expect((await first).map(({ value }) => value)).toEqual([{ type: "tools" }, { type: "prompts" }]);
    const last = Promise.all([one.next(), other.next()]);
    await client.ping();
    subscription.close();
    expect((await last).map(({ done }) => done)).toEqual([true, true]);
  });
});

describe("subscriptions of older revisions", () => {
  everywhere(
    "resources/subscribe tells of one resource until resources/unsubscribe",
    { revisions: LEGACY, remembers: true },
    async (joint) => {
      const server = full(joint);
      const raw = await joint.raw(server);
      expect((await raw.request("resources/subscribe", { uri: "r:1" })).result).toEqual({});
      server.updated("r:1");
      server.updated("r:2");
      await raw.settle();
      expect(changes(raw)).toEqual([
        { jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri: "r:1" } },
      ]);
      expect((await raw.request("resources/unsubscribe", { uri: "r:1" })).result).toEqual({});
      server.updated("r:1");
      await raw.settle();
      expect(changes(raw)).toHaveLength(1);
    },
  );

  everywhere("list changes are told unasked (TOOL-10)", { revisions: LEGACY, remembers: true }, async (joint) => {
    const server = full(joint);
    const told: string[] = [];
    const client = await joint.connect(server, {
      on: {
        "notifications/tools/list_changed": () => told.push("tools"),
        "notifications/prompts/list_changed": () => told.push("prompts"),
        "notifications/resources/list_changed": () => told.push("resources"),
      },
    });
    await client.ping();
    server
      .tool("u", {}, () => "x")
      .tool("v", {}, () => "x")
      .prompt("q", {}, () => "x");
    await client.ping();
    expect(told).toEqual(["tools", "prompts"]);
  });

  inMemory("two subscriptions to one resource share one on the wire until both are closed", LEGACY, async (joint) => {
    const server = full(joint);
    const client = await joint.connect(server);
    const [one, two] = [
      await client.listen({ resourceSubscriptions: ["r:1"] }),
      await client.listen({ resourceSubscriptions: ["r:1"] }),
    ];
    one.close();
    await client.ping();
    expect(joint.tap.from("client", "resources/unsubscribe")).toEqual([]);
    server.updated("r:1");
    expect(await all(two, 1)).toEqual([{ type: "resource", uri: "r:1" }]);
    await client.ping();
    expect(joint.tap.from("client", "resources/unsubscribe")).toHaveLength(1);
  });

  inMemory(
    "LIFE-3: a list that the server did not declare is not acknowledged, and not told",
    LEGACY,
    async (joint) => {
      const serverInfo = { name: "raw", version: "0" };
      const { client, server } = await joint.connectTo({
        initialize: () => ({ protocolVersion: joint.revision, capabilities: { tools: {} }, serverInfo }),
      });
      const subscription = await client.listen({ toolsListChanged: true, resourceSubscriptions: ["r:1"] });
      expect(subscription.acknowledged).toEqual({});
      server.notify("notifications/tools/list_changed");
      await client.ping();
      subscription.close();
      expect(await all(subscription)).toEqual([]);
    },
  );

  inMemory("LIFE-3: a server that did not declare tools tells of none", LEGACY, async (joint) => {
    const server = joint.server();
    const raw = await joint.raw(server);
    await raw.settle();
    server.tool("late", {}, () => "x");
    await raw.settle();
    expect(changes(raw)).toEqual([]);
  });

  inMemory("a session cannot watch more resources than its share", LEGACY, async (joint) => {
    const raw = await joint.raw(full(joint));
    for (let at = 0; at < 256; at++) await raw.request("resources/subscribe", { uri: `r:${at}` });
    expect(await raw.refused("resources/subscribe", { uri: "r:256" })).toMatchObject({
      code: -32603,
      data: { limit: "listenUris" },
    });
  });
});
