import { describe, expect } from "vitest";
import type { Change } from "../../src/client/index.ts";
import type { Notification } from "../../src/jsonrpc/index.ts";
import type { MetaObject, SubscriptionFilter } from "../../src/protocol/index.ts";
import { REVISIONS } from "../../src/protocol/index.ts";
import type { Server } from "../../src/server/index.ts";
import { everywhere, inMemory, LEGACY, MODERN } from "./bindings.ts";
import type { RawClient } from "./by-hand.ts";
import { all } from "./collect.ts";
import type { Joint } from "./joint.ts";

const ID = "io.modelcontextprotocol/subscriptionId";

/** A server with one of everything. */
const full = (joint: Joint): Server =>
  joint
    .server()
    .tool("t", {}, () => "x")
    .prompt("p", {}, () => "x")
    .resource("r:1", () => "x")
    .resource("n://{id}", () => "x");

const idOf = ({ params }: Notification): unknown => (params?.["_meta"] as MetaObject | undefined)?.[ID];

/** Sends subscriptions/listen and waits for the acknowledgement. */
async function listen(raw: RawClient, notifications: SubscriptionFilter, id: string | number): Promise<Notification> {
  raw.send(raw.compose("subscriptions/listen", { notifications }, id));
  return raw.next((message) => "method" in message && idOf(message as Notification) === id);
}

const changes = (raw: RawClient): Notification[] =>
  raw.received.filter(
    (message) => "method" in message && message.method !== "notifications/subscriptions/acknowledged",
  ) as Notification[];

describe("SUB: listening, on either side of the wire", () => {
  everywhere("a client hears of what it asked for, and of nothing else", {}, async (joint) => {
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

  everywhere("every kind of change is told", {}, async (joint) => {
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

  everywhere("what a template lists can be said to have changed", {}, async (joint) => {
    const server = full(joint);
    const client = await joint.connect(server);
    const subscription = await client.listen({ resourcesListChanged: true });
    await client.ping();
    server.listChanged("resources");
    server.listChanged("tools");
    expect(await all(subscription, 1)).toEqual([{ type: "resources" }]);
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

  everywhere("the end of the connection ends the iterator with an error", {}, async (joint) => {
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
    { revisions: MODERN },
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
});

describe("SUB-1 to SUB-3: the stream of a subscription", () => {
  everywhere(
    "begins with the acknowledgement, and every message has its id, of its type",
    { revisions: MODERN },
    async (joint) => {
      const server = full(joint);
      const raw = await joint.raw(server);
      for (const id of [0, "0", "", "a b", 77]) {
        const acknowledged = await listen(raw, { toolsListChanged: true }, id);
        expect(acknowledged).toMatchObject({
          method: "notifications/subscriptions/acknowledged",
          params: { notifications: { toolsListChanged: true } },
        });
      }
      server.tools.remove("t");
      server.tool("t", {}, () => "x");
      await raw.notifications("notifications/tools/list_changed", 5);
      expect(changes(raw).map(idOf)).toEqual([0, "0", "", "a b", 77]);
    },
  );

  inMemory("acknowledges only what the server has (SUB-2)", MODERN, async (joint) => {
    const everything = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: ["r:1"],
    };
    const raw = await joint.raw(joint.server().tool("t", {}, () => "x"));
    const { params } = await listen(raw, everything, 1);
    expect(params?.["notifications"]).toEqual({ toolsListChanged: true });
    const other = await joint.raw(full(joint));
    expect((await listen(other, everything, 1)).params?.["notifications"]).toEqual(everything);
    const none = await listen(other, { toolsListChanged: false }, 2);
    expect(none.params?.["notifications"]).toEqual({});
  });

  inMemory("without a filter is -32602", MODERN, async (joint) => {
    const raw = await joint.raw(full(joint));
    const bad = [
      {},
      { notifications: null },
      { notifications: [] },
      { notifications: { toolsListChanged: "yes" } },
      { notifications: { resourceSubscriptions: [5] } },
    ];
    for (const params of bad)
      expect((await raw.refused("subscriptions/listen", params, { bad: true })).code).toBe(-32602);
  });

  inMemory("T-14: no change between listening and the acknowledgement is lost", MODERN, async (joint) => {
    const server = full(joint);
    const raw = await joint.raw(server);
    raw.send(raw.compose("subscriptions/listen", { notifications: { resourceSubscriptions: ["r:1"] } }, 5));
    await raw.notifications("notifications/subscriptions/acknowledged");
    server.updated("r:1");
    await raw.notifications("notifications/resources/updated");
  });

  everywhere("SUB-4: of several at once each gets its own", { revisions: MODERN }, async (joint) => {
    const server = full(joint);
    const raw = await joint.raw(server);
    await listen(raw, { resourceSubscriptions: ["r:1", "r:2"] }, "one");
    await listen(raw, { resourceSubscriptions: ["r:2", "r:3"] }, "two");
    for (const uri of ["r:1", "r:2", "r:3"]) server.updated(uri);
    await raw.settle();
    expect(changes(raw).map((change) => [idOf(change), change.params?.["uri"]])).toEqual([
      ["one", "r:1"],
      ["one", "r:2"],
      ["two", "r:2"],
      ["two", "r:3"],
    ]);
  });

  everywhere("STDIO-4: ends with a cancellation, without a response", { revisions: MODERN }, async (joint) => {
    const server = full(joint);
    const raw = await joint.raw(server);
    await listen(raw, { toolsListChanged: true }, "x");
    raw.notify("notifications/cancelled", { requestId: "x" });
    await raw.settle();
    server.tool("u", {}, () => "x");
    await raw.settle();
    expect(changes(raw)).toEqual([]);
    expect(raw.responses("x")).toEqual([]);
  });

  inMemory("older changes go to nobody unasked, and other connections hear nothing", MODERN, async (joint) => {
    const server = full(joint);
    const [listening, other] = [await joint.raw(server), await joint.raw(server)];
    await listen(listening, { toolsListChanged: true }, 1);
    server.tool("u", {}, () => "x");
    server.prompt("q", {}, () => "x");
    await listening.notifications("notifications/tools/list_changed");
    await other.settle();
    expect(changes(other)).toEqual([]);
    expect(changes(listening)).toHaveLength(1);
  });

  inMemory("one connection cannot hold more than its share", MODERN, async (joint) => {
    const raw = await joint.raw(full(joint));
    for (let at = 1; at <= 16; at++) await listen(raw, { toolsListChanged: true }, at);
    const error = await raw.refused("subscriptions/listen", { notifications: { toolsListChanged: true } }, { id: 17 });
    expect(error).toMatchObject({ code: -32603, data: { limit: "listens" } });
    raw.notify("notifications/cancelled", { requestId: 3 });
    await raw.settle();
    await listen(raw, { toolsListChanged: true }, 18);
  });
});

describe("T-12: a server by hand that ends a subscription", () => {
  const acknowledge = { method: "notifications/subscriptions/acknowledged", jsonrpc: "2.0" };

  inMemory("with its result ends the iterator", MODERN, async (joint) => {
    const { client, server } = await joint.connectTo({
      "subscriptions/listen": () => undefined,
    });
    const listening = client.listen({ toolsListChanged: true });
    const { id } = await server.asked("subscriptions/listen");
    const _meta = { [ID]: id };
    server.send({ ...acknowledge, params: { _meta, notifications: { toolsListChanged: true } } });
    const subscription = await listening;
    server.answer(id, { _meta });
    expect(await all(subscription)).toEqual([]);
  });

  inMemory("with a cancellation ends the iterator, too", MODERN, async (joint) => {
    const { client, server } = await joint.connectTo({ "subscriptions/listen": () => undefined });
    const listening = client.listen({ toolsListChanged: true });
    const { id } = await server.asked("subscriptions/listen");
    const _meta = { [ID]: id };
    server.send({ ...acknowledge, params: { _meta, notifications: {} } });
    const subscription = await listening;
    expect(subscription.acknowledged).toEqual({});
    server.notify("notifications/cancelled", { requestId: id, reason: "over" });
    expect(await all(subscription)).toEqual([]);
  });

  inMemory("with its result before any acknowledgement fails the listening", MODERN, async (joint) => {
    const { client } = await joint.connectTo({
      "subscriptions/listen": (_params, { id }) => ({ _meta: { [ID]: id } }),
    });
    await expect(client.listen({ toolsListChanged: true })).rejects.toMatchObject({ code: "invalid_response" });
  });

  inMemory("with an error fails the listening", MODERN, async (joint) => {
    const { client } = await joint.connectTo({
      "subscriptions/listen": () => ({ error: { code: -32603, message: "full" } }),
    });
    await expect(client.listen({ toolsListChanged: true })).rejects.toMatchObject({ code: -32603, message: "full" });
  });

  inMemory("or never acknowledges it fails after the time-out, with a cancellation", MODERN, async (joint) => {
    const { client, server } = await joint.connectTo({ "subscriptions/listen": () => undefined });
    await expect(client.listen({ toolsListChanged: true }, { timeout: 20 })).rejects.toMatchObject({ code: "timeout" });
    const { id } = await server.asked("subscriptions/listen");
    const [cancelled] = await server.notifications("notifications/cancelled");
    expect(cancelled?.params?.["requestId"]).toBe(id);
  });

  inMemory("T-13: an id of another type belongs to another", MODERN, async (joint) => {
    const { client, server } = await joint.connectTo({ "subscriptions/listen": () => undefined });
    const listening = client.listen({ toolsListChanged: true });
    const { id } = await server.asked("subscriptions/listen");
    server.send({ ...acknowledge, params: { _meta: { [ID]: id }, notifications: { toolsListChanged: true } } });
    const subscription = await listening;
    server.bad({ jsonrpc: "2.0", method: "notifications/tools/list_changed", params: { _meta: { [ID]: `${id}` } } });
    await client.ping();
    subscription.close();
    expect(await all(subscription)).toEqual([]);
  });
});

describe("subscriptions of older revisions", () => {
  everywhere(
    "resources/subscribe tells of one resource until resources/unsubscribe",
    { revisions: LEGACY },
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

  everywhere("list changes are told unasked (TOOL-10)", { revisions: LEGACY }, async (joint) => {
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
