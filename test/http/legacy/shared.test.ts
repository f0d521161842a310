/** Two endpoints with one store, as two processes behind a gateway have them. */
import { describe, expect, it, vi } from "vitest";
import { limits } from "../../../src/limits.ts";
import type { HttpOptions } from "../../../src/server/http/index.ts";
import type { Server } from "../../../src/server/index.ts";
import { type Json, type KeyValue, type Log, memoryKeyValue, memoryLog } from "../../../src/stores/index.ts";
import { Conversation } from "../conversation.ts";
import { Events, messages } from "../events.ts";
import { gate, json, Reached, reports, testServer, turn } from "../reached.ts";

/** A store somewhere else: it answers later, and with a copy. */
function remote(): KeyValue {
  const inner = memoryKeyValue();
  const later = async <T>(value: T): Promise<T> => {
    await turn();
    return value;
  };
  return {
    get: async (owner, key) => later(structuredClone(await inner.get(owner, key))),
    set: async (owner, key, value, ttl) => {
      const copy = structuredClone(value) as Json;
      await later(undefined);
      await inner.set(owner, key, copy, ttl);
    },
    add: async (owner, key, value, ttl) => later(await inner.add(owner, key, structuredClone(value) as Json, ttl)),
    touch: async (owner, key, ttl) => later(await inner.touch(owner, key, ttl)),
    delete: async (owner, key) => later(await inner.delete(owner, key)),
  };
}

function remoteLog(): Log {
  const inner = memoryLog();
  return {
    async append(owner, name, entry) {
      await turn();
      await inner.append(owner, name, entry);
    },
    async after(owner, name, place) {
      await turn();
      return inner.after(owner, name, place);
    },
    async delete(owner, name) {
      await inner.delete(owner, name);
    },
  };
}

function processes(options: HttpOptions = {}): { one: Reached; two: Reached; servers: readonly Server[] } {
  const shared = { sessions: { store: remote() }, replay: remoteLog(), ...options };
  const servers = [1, 2].map((n) =>
    testServer()
      .tool("who", {}, (_, { client }) => `${n} ${client.info?.name} ${client.version}`)
      .tool("log", {}, async (_, context) => {
        await context.log("debug", "fine");
        await context.log("error", "coarse");
        return "done";
      })
      .resource("note://a", () => "text"),
  );
  const [one, two] = servers.map((server) => new Reached(server, shared)) as [Reached, Reached];
  return { one, two, servers };
}

describe("LHTTP-6 a session in a shared store", () => {
  it("is gone on with elsewhere: the handshake is known there", async () => {
    const { one, two } = processes();
    const here = await Conversation.at(one, { version: "2025-06-18" });
    const there = here.elsewhere(two);
    expect(JSON.stringify(await json(here.call("who")))).toContain("1 raw 2025-06-18");
    expect(JSON.stringify(await json(there.call("who")))).toContain("2 raw 2025-06-18");
    expect(JSON.stringify(await json(here.call("who")))).toContain("1 raw 2025-06-18");
  });

  it("is initialized elsewhere: the stream here carries changes", async () => {
    const { one, two, servers } = processes();
    const here = await Conversation.at(one);
    const stream = await here.elsewhere(two).stream();
    servers[1]?.listChanged("tools");
    expect((await stream.message()).method).toBe("notifications/tools/list_changed");
  });

  it("what logging/setLevel chose in one holds in the other, as soon as it is answered", async () => {
    const { one, two } = processes();
    const here = await Conversation.at(one);
    const there = here.elsewhere(two);
    const heard = async (session: Conversation) =>
      (await messages(await session.call("log"))).flatMap(({ params }) => params?.["data"] ?? []);
    await json(here.request("logging/setLevel", { level: "debug" }));
    expect(await heard(there)).toEqual(["fine", "coarse"]);
    await json(there.request("logging/setLevel", { level: "error" }));
    expect(await heard(here)).toEqual(["coarse"]);
  });

  it("what was subscribed to in one is told on the stream of the other", async () => {
    const { one, two, servers } = processes();
    const here = await Conversation.at(one);
    await json(here.request("resources/subscribe", { uri: "note://a" }));
    const there = await here.elsewhere(two).stream();
    servers[1]?.updated("note://a");
    expect((await there.message()).params).toEqual({ uri: "note://a" });
  });

  it("what was subscribed to in one is told on a stream of the other that was open before", async () => {
    vi.useFakeTimers();
    try {
      const pass = (time: number) => vi.advanceTimersByTimeAsync(time);
      const { one, two, servers } = processes();
      const opening = Conversation.at(one);
      await pass(100);
      const here = await opening;
      const streaming = here.stream();
      await pass(100);
      const stream = await streaming;
      const there = here.elsewhere(two);
      for (const [method, params] of [
        ["resources/subscribe", { uri: "note://a" }],
        ["logging/setLevel", { level: "error" }],
      ] as const) {
        const answered = there.request(method, params);
        await pass(100);
        expect(await json(answered)).toHaveProperty("result");
      }
      // By then the stream has shown a sign of life, which must not undo what was chosen elsewhere.
      await pass(limits.keepAlive * 2);
      servers[0]?.updated("note://a");
      expect((await stream.message()).params).toEqual({ uri: "note://a" });
      for (const session of [here, there]) {
        const logging = session.call("log");
        await pass(100);
        const told = await messages(await logging);
        expect(told.flatMap(({ params }) => params?.["data"] ?? [])).toEqual(["coarse"]);
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it("T-56: ended in one, it is 404 in the other", async () => {
    const { one, two } = processes();
    const here = await Conversation.at(one);
    const there = here.elsewhere(two);
    expect((await there.request("ping")).status).toBe(200);
    expect((await there.delete()).ok).toBe(true);
    for (const session of [here, there]) {
      const statuses = [await session.request("ping"), await session.get(), await session.delete()];
      expect(statuses.map(({ status }) => status)).toEqual([404, 404, 404]);
    }
  });

  it("ended in one while the other has its stream: the next request there ends the stream", async () => {
    const { one, two } = processes();
    const here = await Conversation.at(one);
    const stream = await here.stream();
    for (let round = 0; round < 5; round++) await turn();
    await here.elsewhere(two).delete();
    expect((await here.request("ping")).status).toBe(404);
    expect(await stream.rest()).toEqual([]);
  });

  it("ended in one while the other answers a call in it: it stays ended", async () => {
    const go = gate();
    const started = gate();
    const { one, two, servers } = processes();
    servers[0]?.tool("wait", {}, async () => {
      started.open();
      await go.opened;
      return "done";
    });
    const here = await Conversation.at(one);
    const call = here.call("wait");
    await started.opened;
    await here.elsewhere(two).delete();
    go.open();
    await (await call).text();
    for (let round = 0; round < 5; round++) await turn();
    expect((await here.elsewhere(two).request("ping")).status).toBe(404);
    expect((await here.request("ping")).status).toBe(404);
  });

  it("LHTTP-4: a stream that ended in one is had again from the other", async () => {
    const { one, two } = processes();
    const here = await Conversation.at(one);
    const events = new Events(await here.call("log"));
    const priming = await events.next();
    await events.rest();
    const again = await here.elsewhere(two).stream(priming?.id);
    const rest = await again.rest();
    expect(rest.map(({ params, result }) => params?.["data"] ?? Boolean(result))).toEqual(["coarse", true]);
  });

  it("belongs to its principal everywhere", async () => {
    const { one, two } = processes({ authenticate: (request) => ({ id: request.header("authorization") ?? "?" }) });
    const ann = await Conversation.at(one, { headers: { authorization: "ann" } });
    const bob = new Conversation(two, { ...ann.headers, authorization: "bob" });
    expect((await bob.request("ping")).status).toBe(404);
    expect((await ann.elsewhere(two).request("ping")).status).toBe(200);
  });

  it("a store that fails fails the request, and the author is told", async () => {
    const store: KeyValue = {
      get: async () => undefined,
      set: () => Promise.reject(new Error("no store")),
      add: () => Promise.reject(new Error("no store")),
      touch: async () => false,
      delete: async () => false,
    };
    const reached = new Reached(testServer(), { sessions: { store } });
    await expect(Conversation.at(reached)).rejects.toThrow("500");
    expect(reports).toEqual([expect.objectContaining({ message: "no store" })]);
  });
});
