import { describe, expect } from "vitest";
import { InternalError, InvalidParamsError, MissingRequiredClientCapabilityError } from "../../src/errors.ts";
import type { Notification } from "../../src/jsonrpc/index.ts";
import type { FilterKey, Server } from "../../src/server/index.ts";
import { memoryPubSub } from "../../src/stores/index.ts";
import { everywhere, inMemory, LEGACY, MODERN } from "./bindings.ts";
import { all } from "./collect.ts";
import { extensionMethods } from "./extension-methods.ts";
import type { Joint } from "./joint.ts";
import { changes, full, idOf, listen } from "./subscribing.ts";

const EXTENSION = "com.example/rooms";

/** An extension's key: the rooms of which a client wants to hear, where it may. */
const rooms: FilterKey<readonly string[]> = {
  key: "rooms",
  async honoured(asked, { client }) {
    if (client.capabilities.extensions?.[EXTENSION] === undefined) {
      const requiredCapabilities = { extensions: { [EXTENSION]: {} } };
      throw new MissingRequiredClientCapabilityError("Declare rooms", { requiredCapabilities });
    }
    if (!Array.isArray(asked)) throw new InvalidParamsError("rooms must be a list");
    const open = asked.filter((room) => room !== "secret");
    return open.length === 0 ? undefined : open;
  },
  wants: (open, { method, params }) => method === SAID && open.includes(params?.["room"] as string),
};

const SAID = "notifications/com.example/said";
extensionMethods.set(SAID, undefined);
const said = (room: string): Notification => ({ jsonrpc: "2.0", method: SAID, params: { room } });

function withRooms(joint: Joint): Server {
  const server = full(joint);
  server.changes.serve(rooms);
  return server;
}

const declared = { extensions: { [EXTENSION]: {} } };

describe("TASK-4: a key of the filter that an extension serves", () => {
  everywhere(
    "is acknowledged, and its notifications come with the subscription's id",
    { revisions: MODERN },
    async (joint) => {
      const server = withRooms(joint);
      const raw = await joint.raw(server, declared);
      const one = await listen(raw, { rooms: ["a", "secret"], toolsListChanged: true }, "one");
      expect(one.params?.["notifications"]).toEqual({ rooms: ["a"], toolsListChanged: true });
      const none = await listen(raw, { rooms: ["secret"] }, "none");
      expect(none.params?.["notifications"]).toEqual({});
      for (const room of ["b", "secret", "a"]) server.changes.send(said(room));
      await raw.notifications(SAID);
      await raw.settle();
      expect(changes(raw).map((change) => [idOf(change), change.params?.["room"]])).toEqual([["one", "a"]]);
    },
  );

  everywhere("reaches the iterator of a client", { revisions: MODERN }, async (joint) => {
    const server = withRooms(joint);
    const client = await joint.connect(server, { capabilities: declared });
    const subscription = await client.listen({ rooms: ["a"], toolsListChanged: true });
    expect(subscription.acknowledged).toEqual({ rooms: ["a"], toolsListChanged: true });
    const iterator = subscription[Symbol.asyncIterator]();
    for (const room of ["a", "b", "a"]) server.changes.send(said(room));
    for (let at = 0; at < 2; at++) {
      expect((await iterator.next()).value).toMatchObject({
        type: "notification",
        notification: { method: SAID, params: { room: "a" } },
      });
    }
    server.tools.disable("t");
    expect((await iterator.next()).value).toEqual({ type: "tools" });
    await iterator.return?.();
  });

  everywhere("may refuse the subscription", { revisions: MODERN }, async (joint) => {
    const raw = await joint.raw(withRooms(joint));
    const notifications = { rooms: ["a"] };
    expect(await raw.refused("subscriptions/listen", { notifications })).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: declared },
    });
    await listen(raw, { toolsListChanged: true }, "x");
  });

  inMemory("that nobody serves is not acknowledged", MODERN, async (joint) => {
    const raw = await joint.raw(full(joint), declared);
    const { params } = await listen(raw, { rooms: ["a"], toolsListChanged: true }, 1);
    expect(params?.["notifications"]).toEqual({ toolsListChanged: true });
  });

  inMemory("is there once", MODERN, async (joint) => {
    const { changes: served } = withRooms(joint);
    expect(() => served.serve(rooms)).toThrow(/"rooms"/);
    expect(() => served.serve({ ...rooms, key: "toolsListChanged" })).toThrow(/"toolsListChanged"/);
  });

  inMemory("and that fails is reported: it refuses, or wants nothing", MODERN, async (joint) => {
    const server = full(joint);
    const mine = new Error("mine");
    const failing = (): never => {
      throw mine;
    };
    server.changes.serve({ key: "asked", honoured: failing, wants: () => true });
    server.changes.serve({ key: "told", honoured: () => true, wants: failing });
    const raw = await joint.raw(server);
    expect(await raw.refused("subscriptions/listen", { notifications: { asked: 1 } })).toEqual(
      new InternalError().toJSON(),
    );
    await listen(raw, { told: 1, toolsListChanged: true }, 5);
    server.changes.send(said("a"));
    server.tools.disable("t");
    await raw.notifications("notifications/tools/list_changed");
    expect(changes(raw)).toHaveLength(1);
    expect(joint.reports).toEqual([mine, mine]);
  });

  inMemory("a subscription that is over before the key has answered tells nothing", MODERN, async (joint) => {
    const server = full(joint);
    let answer = (_open: unknown): void => {};
    const honoured = (): Promise<unknown> => new Promise((resolve) => (answer = resolve));
    server.changes.serve({ key: "slow", honoured, wants: () => true });
    const raw = await joint.raw(server);
    raw.send(raw.compose("subscriptions/listen", { notifications: { slow: 1 } }, "x"));
    await raw.settle();
    raw.notify("notifications/cancelled", { requestId: "x" });
    await raw.settle();
    answer(1);
    server.changes.send(said("a"));
    await raw.settle();
    expect(raw.received.filter((message) => "method" in message)).toEqual([]);
    expect(raw.responses("x")).toEqual([]);
    for (let at = 0; at < 16; at++) await listen(raw, { toolsListChanged: true }, at);
  });

  inMemory("its notifications reach the subscribers of other processes", MODERN, async (joint) => {
    const pubsub = memoryPubSub();
    const [here, there] = [0, 1].map(() => {
      const server = joint.server({ changes: { pubsub } });
      server.changes.serve(rooms);
      return server;
    }) as [Server, Server];
    const client = await joint.connect(here, { capabilities: declared });
    const subscription = await client.listen({ rooms: ["a"] });
    there.changes.send(said("a"));
    expect(await all(subscription, 1)).toMatchObject([{ type: "notification", notification: { method: SAID } }]);
  });

  inMemory("older revisions have no filters: nobody there hears of it", LEGACY, async (joint) => {
    const server = withRooms(joint);
    const client = await joint.connect(server);
    const subscription = await client.listen({ rooms: ["a"] });
    expect(subscription.acknowledged).toEqual({});
    server.changes.send(said("a"));
    await client.ping();
    expect(joint.tap.from("server", SAID)).toEqual([]);
    subscription.close();
  });
});
