import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StreamStatus } from "../../src/client/http/index.ts";
import type { Change, Subscription } from "../../src/client/index.ts";
import { LEGACY } from "../behaviour/bindings.ts";
import { closeAll, connected, serving } from "./both.ts";
import { type Asked, DISCOVERED, type Script, stateful } from "./scripted.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(async () => {
  vi.useRealTimers();
  await closeAll();
});

const { setTimeout: really } = globalThis;

/** Waits until something holds. Meanwhile pauses pass a hundred times faster than they should. */
async function until(holds: () => void): Promise<void> {
  for (let left = 4000; ; left--) {
    try {
      return holds();
    } catch (error) {
      if (left === 0) throw error;
    }
    await vi.advanceTimersByTimeAsync(100);
    await new Promise((resolve) => really(resolve, 1));
  }
}

/** Reads a subscription, and keeps what comes. */
function reading(subscription: Subscription): { readonly changes: Change[]; end: unknown } {
  const state: { changes: Change[]; end: unknown } = { changes: [], end: undefined };
  void (async () => {
    try {
      for await (const change of subscription) state.changes.push(change);
      state.end = "ended";
    } catch (error) {
      state.end = error;
    }
  })();
  return state;
}

const ID = "io.modelcontextprotocol/subscriptionId";
const capabilities = { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true } };

function acknowledge(asked: Asked): void {
  const { id, params } = asked.message;
  asked.stream();
  asked.event({
    jsonrpc: "2.0",
    method: "notifications/subscriptions/acknowledged",
    params: { _meta: { [ID]: id }, notifications: params?.["notifications"] },
  });
}

/** Tells on the stream of a request that the tools changed. */
function tell(asked: Asked): void {
  const params = { _meta: { [ID]: asked.message.id } };
  asked.event({ jsonrpc: "2.0", method: "notifications/tools/list_changed", params });
}

describe("SUB-5: a subscription over HTTP", () => {
  const listening = (listen: Script): Script => {
    return (asked) => {
      if (asked.message.method === "server/discover") asked.result({ ...DISCOVERED, capabilities });
      else listen(asked);
    };
  };

  it.each([
    ["breaks", (asked: Asked) => asked.break()],
    ["ends without a result", (asked: Asked) => asked.end()],
  ])("of which the stream %s is opened again", async (_name, lose) => {
    const server = await serving(listening(acknowledge));
    const { client } = await connected(server);
    const seen = reading(await client.listen({ toolsListChanged: true }));
    tell(server.of("subscriptions/listen")[0] as Asked);
    await until(() => expect(seen.changes).toEqual([{ type: "tools" }]));
    lose(server.of("subscriptions/listen")[0] as Asked);
    await until(() => expect(seen.changes).toEqual([{ type: "tools" }, { type: "all" }]));
    tell(server.of("subscriptions/listen")[1] as Asked);
    await until(() => expect(seen.changes).toEqual([{ type: "tools" }, { type: "all" }, { type: "tools" }]));
    expect([server.of("subscriptions/listen").length, seen.end]).toEqual([2, undefined]);
  });

  it("that the server ends with a result is not", async () => {
    const server = await serving(listening(acknowledge));
    const { client } = await connected(server);
    const seen = reading(await client.listen({ toolsListChanged: true }));
    const [asked] = server.of("subscriptions/listen") as [Asked];
    const { id } = asked.message;
    asked.event({ jsonrpc: "2.0", id, result: { resultType: "complete", _meta: { [ID]: id } } });
    asked.end();
    await until(() => expect(seen.end).toBe("ended"));
    await vi.advanceTimersByTimeAsync(120_000);
    expect([server.of("subscriptions/listen").length, seen.changes]).toEqual([1, []]);
  });

  it("outlives a server that is away for a while, and ends where it stays away", async () => {
    let away = false;
    const server = await serving(listening((asked) => (away ? asked.reply(503) : acknowledge(asked))));
    const { client } = await connected(server);
    const seen = reading(await client.listen({ toolsListChanged: true }));
    away = true;
    server.of("subscriptions/listen").at(-1)?.break();
    await until(() => expect(server.of("subscriptions/listen")).toHaveLength(4));
    away = false;
    await until(() => expect(seen.changes).toEqual([{ type: "all" }]));
    away = true;
    server.of("subscriptions/listen").at(-1)?.break();
    await until(() => expect(seen.end).toMatchObject({ name: "LocalError", code: "http", data: { status: 503 } }));
    expect(server.of("subscriptions/listen")).toHaveLength(5 + 5);
  });

  it("ends with the error of a server that no longer takes it", async () => {
    let gone = false;
    const server = await serving(
      listening((asked) => (gone ? asked.error(-32601, undefined, 404) : acknowledge(asked))),
    );
    const { client } = await connected(server);
    const seen = reading(await client.listen({ toolsListChanged: true }));
    gone = true;
    server.of("subscriptions/listen")[0]?.break();
    await until(() => expect(seen.end).toMatchObject({ code: -32601 }));
    expect(server.of("subscriptions/listen")).toHaveLength(2);
  });
});

describe("a subscription in a session of an older revision", () => {
  const LIST_CHANGED = { jsonrpc: "2.0", method: "notifications/tools/list_changed" };
  const filter = { toolsListChanged: true, resourceSubscriptions: ["x:1"] };

  /** A client that listens to a server which knows one session, or all of them, and what is heard. */
  async function listening(get: (asked: Asked, known: boolean) => void) {
    const state: { known: string | undefined } = { known: undefined };
    const isKnown = (asked: Asked): boolean =>
      asked.headers["mcp-session-id"] === (state.known ?? asked.headers["mcp-session-id"]);
    const server = await serving(
      stateful((asked) => (isKnown(asked) ? asked.result({}) : asked.reply(404)), {
        capabilities,
        get: (asked) => get(asked, isKnown(asked)),
      }),
    );
    const onStatus = vi.fn<(status: StreamStatus) => void>();
    const { client, problems } = await connected(server, { onStatus }, { revisions: LEGACY });
    await until(() => expect(onStatus).toHaveBeenCalledWith({ state: "connected" }));
    const subscription = await client.listen(filter);
    return { state, server, client, problems, seen: reading(subscription) };
  }

  const open = (asked: Asked, known: boolean): void => (known ? asked.stream() : asked.reply(404));

  it("that is opened before its stream is hears that everything may have changed", async () => {
    let open = (): void => {};
    const server = await serving(
      stateful((asked) => asked.result({}), {
        capabilities,
        get: (asked) => {
          open = () => asked.stream();
        },
      }),
    );
    const { client } = await connected(server, {}, { revisions: LEGACY });
    const seen = reading(await client.listen(filter));
    await until(() => expect(server.by("GET")).toHaveLength(1));
    expect(seen.changes).toEqual([]);
    open();
    await until(() => expect(seen.changes).toEqual([{ type: "all" }]));
  });

  it("outlives the session when a request finds it lost (LHTTP-6)", async () => {
    const { state, server, client, problems, seen } = await listening(open);
    state.known = "s2";
    await client.ping();
    await until(() => expect(server.by("GET")).toHaveLength(2));
    await until(() => expect(seen.changes).toContainEqual({ type: "all" }));
    expect(seen.changes.every(({ type }) => type === "all")).toBe(true);
    const [, again] = server.of("resources/subscribe");
    expect([again?.headers["mcp-session-id"], again?.message.params]).toEqual(["s2", { uri: "x:1" }]);
    seen.changes.length = 0;
    await until(() => {
      server.by("GET")[1]?.event(LIST_CHANGED);
      expect(seen.changes).toContainEqual({ type: "tools" });
    });
    expect(problems).toEqual([]);
  });

  it("outlives the session when nothing but its stream finds it lost", async () => {
    const { state, server, problems, seen } = await listening(open);
    state.known = "s2";
    server.by("GET")[0]?.break();
    await until(() => expect(server.of("resources/subscribe")).toHaveLength(2));
    await until(() => expect(server.by("GET")).toHaveLength(3));
    // What comes together with the news that everything may have changed is not told by itself.
    await until(() => {
      server.by("GET")[2]?.event(LIST_CHANGED);
      expect(seen.changes.at(-1)).toEqual({ type: "tools" });
    });
    expect(seen.changes[0]).toEqual({ type: "all" });
    expect([server.of("initialize").length, seen.end, problems]).toEqual([2, undefined, []]);
  });

  it("ends with an error where each session is lost at once", async () => {
    const lost = new Set<unknown>();
    const { server, seen } = await listening((asked) => {
      const id = asked.headers["mcp-session-id"];
      if (lost.has(id)) return asked.reply(404);
      lost.add(id);
      asked.stream();
      asked.end();
    });
    await until(() => expect(seen.end).toMatchObject({ name: "LocalError", code: "closed" }));
    const opened = server.of("initialize").length;
    await vi.advanceTimersByTimeAsync(120_000);
    expect([opened, server.of("initialize").length]).toEqual([6, 6]);
  });

  it("hears that everything may have changed when its stream broke, and is not the rest of the one before", async () => {
    const { server, seen } = await listening(open);
    server.by("GET")[0]?.break();
    await until(() => expect(seen.changes).toEqual([{ type: "all" }]));
    server.by("GET")[1]?.event(LIST_CHANGED, "e1");
    await until(() => expect(seen.changes).toEqual([{ type: "all" }, { type: "tools" }]));
    server.by("GET")[1]?.break();
    await until(() => expect(server.by("GET")[2]?.headers["last-event-id"]).toBe("e1"));
    server.by("GET")[2]?.event(LIST_CHANGED, "e2");
    await until(() => expect(seen.changes).toEqual([{ type: "all" }, { type: "tools" }, { type: "tools" }]));
  });

  it("goes on with a new stream where the server no longer has the rest of the one before", async () => {
    const { server, seen } = await listening((asked) =>
      asked.headers["last-event-id"] === undefined ? asked.stream() : asked.reply(400),
    );
    server.by("GET")[0]?.event(LIST_CHANGED, "e1");
    await until(() => expect(seen.changes).toEqual([{ type: "tools" }]));
    server.by("GET")[0]?.break();
    await until(() => expect(seen.changes).toEqual([{ type: "tools" }, { type: "all" }]));
    expect(server.by("GET").map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "e1", undefined]);
  });

  it("ends with an error where its stream is given up, and so does one that is opened then", async () => {
    let away = false;
    const { server, client, seen } = await listening((asked) => (away ? asked.reply(500) : asked.stream()));
    away = true;
    server.by("GET")[0]?.break();
    await until(() => expect(seen.end).toMatchObject({ name: "LocalError", code: "closed" }));
    await expect(client.listen(filter)).rejects.toMatchObject({ code: "closed" });
    await client.ping();
  });
});
