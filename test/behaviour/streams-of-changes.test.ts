import { describe, expect } from "vitest";
import { everywhere, inMemory, MODERN } from "./bindings.ts";
import { all } from "./collect.ts";
import { changes, full, ID, idOf, listen } from "./subscribing.ts";

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
      // Each may come on a stream of its own.
      expect(new Set(changes(raw).map(idOf))).toEqual(new Set([0, "0", "", "a b", 77]));
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
    await raw.notifications("notifications/resources/updated", 4);
    const told = changes(raw).map((change) => [idOf(change), change.params?.["uri"]] as const);
    expect(told.toSorted(([one], [other]) => String(one).localeCompare(String(other)))).toEqual([
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

  inMemory("or acknowledges what is no filter fails the listening, with a cancellation", MODERN, async (joint) => {
    let notifications: unknown;
    const { client, server } = await joint.connectTo({
      "subscriptions/listen": (_params, { id }, by) =>
        by.bad({ ...acknowledge, params: { _meta: { [ID]: id }, notifications } }),
    });
    const wrong = [
      "all",
      [],
      { resourceSubscriptions: null },
      { resourceSubscriptions: 5 },
      { resourceSubscriptions: [5] },
    ];
    for (const [at, one] of wrong.entries()) {
      notifications = one;
      const listening = client.listen({ resourceSubscriptions: ["r:1"] });
      await expect(listening).rejects.toMatchObject({ code: "invalid_response" });
      await server.notifications("notifications/cancelled", at + 1);
    }
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
