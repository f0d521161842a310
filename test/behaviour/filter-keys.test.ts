import { describe, expect } from "vitest";
import { InternalError, InvalidParamsError } from "../../src/errors.ts";
import { extension } from "../../src/index.ts";
import { serverSide } from "../../src/server/extensions/index.ts";
import type { FilterKey, Server } from "../../src/server/index.ts";
import { memoryPubSub } from "../../src/stores/index.ts";
import { everywhere, inMemory, LEGACY, MODERN } from "./bindings.ts";
import { all } from "./collect.ts";
import { extensionMethods } from "./extension-methods.ts";
import type { Joint } from "./joint.ts";
import { changes, full, idOf, listen } from "./subscribing.ts";

const EXTENSION = "com.example/rooms";

/** An extension's key: the rooms of which a client wants to hear, where it may. */
const key: FilterKey<readonly string[]> = {
  key: "rooms",
  async honoured(asked) {
    if (!Array.isArray(asked)) throw new InvalidParamsError("rooms must be a list");
    const open = asked.filter((room) => room !== "secret");
    return open.length === 0 ? undefined : open;
  },
  wants: (open, { method, params }) => method === SAID && open.includes(params?.["room"] as string),
};
const rooms = extension({ id: EXTENSION });

const SAID = "notifications/com.example/said";
extensionMethods.set(SAID, undefined);

function withRooms(joint: Joint): Server {
  return full(joint).use(serverSide(rooms, { filterKeys: [key] }));
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
      for (const room of ["b", "secret", "a"]) server.notify(SAID, { room: room });
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
    for (const room of ["a", "b", "a"]) server.notify(SAID, { room: room });
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
    const use = (id: string, ...filterKeys: FilterKey[]) =>
      withRooms(joint).use(serverSide(extension({ id }), { filterKeys }));
    expect(() => use("com.example/other", key)).toThrow(/"rooms"/);
    expect(() => use("com.example/other", { ...key, key: "toolsListChanged" })).toThrow(/"toolsListChanged"/);
    expect(() => use("com.example/other", { ...key, key: "others" })).not.toThrow();
  });

  inMemory("and that fails is reported: it refuses, or wants nothing", MODERN, async (joint) => {
    const server = full(joint);
    const mine = new Error("mine");
    const failing = (): never => {
      throw mine;
    };
    const filterKeys = [
      { key: "asked", honoured: failing, wants: () => true },
      { key: "told", honoured: () => true, wants: failing },
    ];
    server.use(serverSide(rooms, { filterKeys }));
    const raw = await joint.raw(server, declared);
    expect(await raw.refused("subscriptions/listen", { notifications: { asked: 1 } })).toEqual(
      new InternalError().toJSON(),
    );
    await listen(raw, { told: 1, toolsListChanged: true }, 5);
    server.notify(SAID, { room: "a" });
    server.tools.disable("t");
    await raw.notifications("notifications/tools/list_changed");
    expect(changes(raw)).toHaveLength(1);
    expect(joint.reports).toEqual([mine, mine]);
  });

  inMemory("a subscription that is over before the key has answered tells nothing", MODERN, async (joint) => {
    const server = full(joint);
    let answer = (_open: unknown): void => {};
    const honoured = (): Promise<unknown> => new Promise((resolve) => (answer = resolve));
    server.use(serverSide(rooms, { filterKeys: [{ key: "slow", honoured, wants: () => true }] }));
    const raw = await joint.raw(server, declared);
    raw.send(raw.compose("subscriptions/listen", { notifications: { slow: 1 } }, "x"));
    await raw.settle();
    raw.notify("notifications/cancelled", { requestId: "x" });
    await raw.settle();
    answer(1);
    server.notify(SAID, { room: "a" });
    await raw.settle();
    expect(raw.received.filter((message) => "method" in message)).toEqual([]);
    expect(raw.responses("x")).toEqual([]);
    for (let at = 0; at < 16; at++) await listen(raw, { toolsListChanged: true }, at);
  });

  inMemory("one that refuses a subscription which there is no room for harms nobody", MODERN, async (joint) => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", hear);
    try {
      const raw = await joint.raw(withRooms(joint), declared);
      for (let at = 0; at < 16; at++) await listen(raw, { toolsListChanged: true }, at);
      const error = await raw.refused("subscriptions/listen", { notifications: { rooms: 5 } as never }, { id: 16 });
      expect(error).toMatchObject({ code: -32603, data: { limit: "listens" } });
      await new Promise(setImmediate);
      expect(unhandled).toEqual([]);
    } finally {
      process.off("unhandledRejection", hear);
    }
  });

  inMemory("its notifications reach the subscribers of other processes", MODERN, async (joint) => {
    const pubsub = memoryPubSub();
    const [here, there] = [0, 1].map(() => {
      const server = joint.server({ changes: { pubsub } });
      return server.use(serverSide(rooms, { filterKeys: [key] }));
    }) as [Server, Server];
    const client = await joint.connect(here, { capabilities: declared });
    const subscription = await client.listen({ rooms: ["a"] });
    there.notify(SAID, { room: "a" });
    expect(await all(subscription, 1)).toMatchObject([{ type: "notification", notification: { method: SAID } }]);
  });

  inMemory("older revisions have no filters: nobody there hears of it", LEGACY, async (joint) => {
    const server = withRooms(joint);
    const client = await joint.connect(server);
    const subscription = await client.listen({ rooms: ["a"] });
    expect(subscription.acknowledged).toEqual({});
    server.notify(SAID, { room: "a" });
    await client.ping();
    expect(joint.tap.from("server", SAID)).toEqual([]);
    subscription.close();
  });
});
