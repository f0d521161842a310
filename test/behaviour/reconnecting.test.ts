import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Change, Client, type ClientOptions, type Subscription } from "../../src/client/index.ts";
import { peer } from "../../src/jsonrpc/channels/index.ts";
import type { Connector, Middleware, Transport } from "../../src/jsonrpc/index.ts";
import type { Server, Serving } from "../../src/server/index.ts";
import { BOTH_ERAS, MEMORY } from "./bindings.ts";
import { Joint } from "./joint.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = async (milliseconds: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(milliseconds);
  for (let at = 0; at < 40; at++) await Promise.resolve();
};

/** A server that can crash, behind a connector that starts it again, and a client of it. */
async function restartable(joint: Joint, options: ClientOptions = {}, restart = true) {
  const server: Server = joint
    .server()
    .tool("a", {}, () => "x")
    .tool("hang", {}, () => new Promise<string>(() => {}))
    .resource("r:1", () => "x");
  const started: { serving: Serving; crash(): Promise<void> }[] = [];
  const state = { broken: false, open: 0 };
  let starting: Promise<void> | undefined;
  const connector: Connector = {
    restart,
    async open(): Promise<Transport> {
      if (state.broken) throw new Error("will not start");
      await starting;
      const { client, server: end } = joint.ends();
      const serving = joint.serve(server, end);
      state.open++;
      void client.closed.then(() => state.open--);
      started.push({ serving, crash: () => end.close() });
      return peer(client);
    },
  };
  const outcomes: { attempt: number; error?: unknown }[] = [];
  const client = await Client.connect(connector, {
    revisions: [joint.revision],
    onRestart: (outcome) => outcomes.push(outcome),
    ...options,
  });
  joint.closing(() => client.close());
  const crash = async (): Promise<void> => {
    await started.at(-1)?.crash();
    await pass(0);
  };
  /** From here on a server takes until the function that this gives is called to start. */
  const hold = (): (() => void) => {
    let release = (): void => {};
    starting = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  };
  return { client, server, started, outcomes, state, crash, hold };
}

function each(title: string, body: (joint: Joint) => Promise<void>): void {
  it.each(BOTH_ERAS)(
    `${title} [%s]`,
    async (revision) => {
      const joint = new Joint(MEMORY[0] as (typeof MEMORY)[number], revision);
      try {
        await body(joint);
      } finally {
        vi.useRealTimers();
        await joint.close();
      }
      joint.verify();
    },
    3000,
  );
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

describe("STDIO-7: a server that crashes", () => {
  each("is started again after a pause; what was under way is lost", async (joint) => {
    const { client, started, outcomes, crash } = await restartable(joint);
    const lost = client.call("hang").catch((error: unknown) => error);
    await pass(0);
    await crash();
    expect(await lost).toMatchObject({ name: "LocalError", code: "closed" });
    expect(started).toHaveLength(1);
    await pass(500);
    expect(started).toHaveLength(2);
    expect(outcomes).toEqual([{ attempt: 1 }]);
    expect(await client.call("a")).toBe("x");
  });

  each("gets the requests that were made in between", async (joint) => {
    const { client, crash } = await restartable(joint);
    await crash();
    const call = client.call("a");
    await pass(500);
    expect(await call).toBe("x");
  });

  each("that does not start is tried again with growing pauses, and given up in the end", async (joint) => {
    const { client, state, outcomes, crash } = await restartable(joint);
    state.broken = true;
    await crash();
    const call = client.call("a").catch((error: unknown) => error);
    let over = false;
    void client.closed.then(() => {
      over = true;
    });
    for (const [milliseconds, attempts] of [
      [500, 1],
      [1000, 2],
      [2000, 3],
      [4000, 4],
    ] as const) {
      await pass(milliseconds - 1);
      expect(outcomes).toHaveLength(attempts - 1);
      await pass(1);
      expect(outcomes).toHaveLength(attempts);
    }
    expect(over).toBe(false);
    await pass(120_000);
    expect(over).toBe(true);
    expect(outcomes.every(({ error }) => error instanceof Error)).toBe(true);
    expect(await call).toBeInstanceOf(Error);
    await expect(client.call("a")).rejects.toMatchObject({ code: "closed" });
  });

  each("is not started again when the client closed it", async (joint) => {
    const { client, started } = await restartable(joint);
    await client.close();
    await pass(60_000);
    expect(started).toHaveLength(1);
  });

  each("or when its connector does not say so", async (joint) => {
    const { client, started, crash } = await restartable(joint, {}, false);
    await crash();
    await client.closed;
    await pass(60_000);
    expect(started).toHaveLength(1);
    await expect(client.call("a")).rejects.toMatchObject({ code: "closed" });
  });

  each("is closed at once by a client that closes while it waits", async (joint) => {
    const { client, started, crash } = await restartable(joint);
    await crash();
    let closed = false;
    void client.close().then(() => {
      closed = true;
    });
    await pass(0);
    expect(closed).toBe(true);
    await pass(60_000);
    expect(started).toHaveLength(1);
  });
});

describe("a restart that something gets in the way of", () => {
  each("a client that closes while the server starts leaves nothing open", async (joint) => {
    const { client, state, crash, hold } = await restartable(joint);
    const release = hold();
    await crash();
    await pass(500);
    let closed = false;
    void client.close().then(() => {
      closed = true;
    });
    await pass(0);
    release();
    await pass(1000);
    expect(closed).toBe(true);
    expect(state.open).toBe(0);
  });

  each("a client that closes in the moment in which the server is there again is closed", async (joint) => {
    let answered = (): void => {};
    const watching: Middleware = (next) => async (request, call) => {
      const response = await next(request, call);
      if (request.method === "server/discover" || request.method === "initialize") answered();
      return response;
    };
    const { client, state, crash } = await restartable(joint, { middleware: [watching] });
    let closed = false;
    answered = () => {
      void client.close().then(() => {
        closed = true;
      });
    };
    await crash();
    await pass(500);
    expect([closed, state.open]).toEqual([true, 0]);
  });

  each("a server that ends as soon as it is there is started again, and requests wait for that", async (joint) => {
    const server = joint.server().tool("a", {}, () => "x");
    const ends: (() => Promise<void>)[] = [];
    const connector: Connector = {
      restart: true,
      async open() {
        const { client, server: end } = joint.ends();
        joint.serve(server, end);
        ends.push(() => end.close());
        const transport = peer(client);
        if (ends.length !== 2) return transport;
        const over = Promise.resolve({ kind: "end" as const });
        return Object.assign(Object.create(transport) as Transport, {
          closed: over,
          exchange: transport.exchange,
          send: transport.send.bind(transport),
          attach: transport.attach.bind(transport),
          close: () => transport.close(),
        });
      },
    };
    const client = await Client.connect(connector, { revisions: [joint.revision] });
    joint.closing(() => client.close());
    await ends[0]?.();
    await pass(500);
    let result: unknown;
    void client.call("a").then((value) => {
      result = value;
    });
    await pass(0);
    expect([ends.length, result]).toEqual([2, undefined]);
    await pass(500);
    expect([ends.length, result]).toEqual([3, "x"]);
  });

  each("the signal for connecting says nothing of later", async (joint) => {
    const connecting = new AbortController();
    const { client, crash } = await restartable(joint, { signal: connecting.signal });
    connecting.abort();
    expect(await client.call("a")).toBe("x");
    await crash();
    await pass(500);
    expect(await client.call("a")).toBe("x");
  });

  each("an onRestart that throws costs nothing", async (joint) => {
    const onRestart = (): void => {
      throw new Error("mine");
    };
    const { client, state, started, crash } = await restartable(joint, { onRestart });
    await crash();
    await pass(500);
    expect(await client.call("a")).toBe("x");
    state.broken = true;
    await crash();
    await pass(500);
    state.broken = false;
    await pass(1000);
    expect(await client.call("a")).toBe("x");
    expect([started.length, state.open]).toEqual([3, 1]);
  });
});

describe("SUB-5: subscriptions over a restart", () => {
  each("are opened again, and everything they watch may have changed", async (joint) => {
    const { client, server, crash } = await restartable(joint);
    const subscription = await client.listen({ toolsListChanged: true, resourceSubscriptions: ["r:1"] });
    const seen = reading(subscription);
    await crash();
    await pass(500);
    expect(seen.changes).toEqual([{ type: "all" }]);
    seen.changes.length = 0;
    server.updated("r:1");
    await pass(0);
    expect(seen.changes).toEqual([{ type: "resource", uri: "r:1" }]);
    expect(seen.end).toBeUndefined();
    subscription.close();
    await pass(0);
    expect(seen.end).toBe("ended");
  });

  each("that were closed in between are not, and the others are", async (joint) => {
    const { client, server, started, outcomes, state, crash } = await restartable(joint);
    const [gone, kept] = [
      await client.listen({ resourceSubscriptions: ["r:1"] }),
      await client.listen({ toolsListChanged: true }),
    ];
    const seen = reading(kept);
    await crash();
    gone.close();
    await pass(60_000);
    expect(started).toHaveLength(2);
    expect(state.open).toBe(1);
    expect(outcomes).toEqual([{ attempt: 1 }]);
    seen.changes.length = 0;
    server.tool("b", {}, () => "x");
    await pass(0);
    expect(seen.changes).toEqual([{ type: "tools" }]);
    expect(joint.tap.from("client", "resources/subscribe")).toEqual([]);
  });

  each("that the server ended are not opened again", async (joint) => {
    const { client, server, crash, started } = await restartable(joint);
    const ends: (() => void)[] = [];
    server.use((next) => (request, call) => {
      if (request.method !== "subscriptions/listen") return next(request, call);
      const _meta = { "io.modelcontextprotocol/subscriptionId": request.id };
      const params = { _meta, notifications: { toolsListChanged: true } };
      void call.emit({ jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params });
      ends.push(() => {});
      return Promise.resolve({ jsonrpc: "2.0", id: request.id, result: { _meta } });
    });
    const subscription = await client.listen({ toolsListChanged: true });
    const seen = reading(subscription);
    await pass(0);
    const modern = joint.revision === "2026-07-28";
    expect([ends.length, seen.end]).toEqual(modern ? [1, "ended"] : [0, undefined]);
    await crash();
    await pass(500);
    expect(started).toHaveLength(2);
    expect(ends).toHaveLength(modern ? 1 : 0);
  });

  each("end with an error when the server is given up", async (joint) => {
    const { client, state, crash } = await restartable(joint);
    const seen = reading(await client.listen({ toolsListChanged: true }));
    state.broken = true;
    await crash();
    expect(seen.end).toBeUndefined();
    await pass(300_000);
    expect(seen.end).toMatchObject({ name: "LocalError", code: "closed" });
  });

  each("that cannot be opened again end with the error, and the client lives on", async (joint) => {
    const { client, server, state, crash } = await restartable(joint);
    const seen = reading(await client.listen({ resourceSubscriptions: ["r:1"] }));
    server.use(
      (next) => (request, call) =>
        request.method === "subscriptions/listen"
          ? Promise.resolve({ jsonrpc: "2.0", id: request.id, error: { code: 4711, message: "no more" } })
          : next(request, call),
    );
    await crash();
    await pass(500);
    if (joint.revision === "2026-07-28") expect(seen.end).toMatchObject({ code: 4711 });
    expect(state.open).toBe(1);
    expect(await client.call("a")).toBe("x");
  });
});
