import { afterEach, beforeEach, describe, expect, vi } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import type { Request, RequestId } from "../../src/jsonrpc/index.ts";
import { inMemory, LEGACY } from "./bindings.ts";
import type { RawServer } from "./by-hand.ts";
import type { Joint } from "./joint.ts";
import { isModern, REVISIONS } from "../../src/protocol/index.ts";
import type { ClientOptions } from "../../src/client/index.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A client, and a server that never answers tools/call by itself. */
async function silent(joint: Joint, options: ClientOptions = {}) {
  const { client, server } = await joint.connectTo({ "tools/call": () => undefined }, options);
  return { client, server };
}

/** Lets what was sent arrive. */
const turn = async (): Promise<void> => {
  for (let at = 0; at < 20; at++) await Promise.resolve();
};

/** How a promise stands. */
function watch(promise: Promise<unknown>): { readonly outcome: unknown } {
  const state: { outcome: unknown } = { outcome: "waiting" };
  promise.then(
    (value) => {
      state.outcome = value;
    },
    (error: unknown) => {
      state.outcome = error;
    },
  );
  return state;
}

async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await turn();
}

const progress = (server: RawServer, request: Request, value: number): void => {
  const { progressToken } = (request.params as { _meta: { progressToken: RequestId } })._meta;
  server.notify("notifications/progress", { progressToken, progress: value });
};

describe("TIME-1: patience with a request", () => {
  inMemory("ends after 60 s without a sign, with a cancellation", REVISIONS, async (joint) => {
    const { client, server } = await silent(joint);
    const call = watch(client.callTool("a"));
    await pass(59_999);
    expect(call.outcome).toBe("waiting");
    await pass(1);
    expect(call.outcome).toMatchObject({
      name: "LocalError",
      code: "timeout",
      data: { method: "tools/call", timeout: 60_000 },
    });
    const { id } = await server.asked("tools/call");
    const [cancelled] = await server.notifications("notifications/cancelled");
    expect(cancelled?.params).toMatchObject({ requestId: id, reason: expect.stringContaining("tools/call") });
  });

  inMemory("is set for the client and for each request", REVISIONS, async (joint) => {
    const { client } = await silent(joint, { timeout: 5000 });
    const [usual, short, long] = [
      watch(client.callTool("a")),
      watch(client.callTool("a", {}, { timeout: 10 })),
      watch(client.callTool("a", {}, { timeout: 9000 })),
    ];
    await pass(10);
    expect([usual.outcome, short.outcome, long.outcome]).toEqual([
      "waiting",
      expect.objectContaining({ code: "timeout" }),
      "waiting",
    ]);
    await pass(4990);
    expect([usual.outcome, long.outcome]).toEqual([expect.objectContaining({ code: "timeout" }), "waiting"]);
    await pass(4000);
    expect(long.outcome).toMatchObject({ code: "timeout", data: { timeout: 9000 } });
  });

  inMemory("starts anew with progress, and ends after 10 min whatever happens", REVISIONS, async (joint) => {
    const { client, server } = await silent(joint);
    const call = watch(client.callTool("a", {}, { resetOnProgress: true }));
    await turn();
    const request = await server.asked("tools/call");
    for (let minute = 1; minute < 11; minute++) {
      await pass(59_000);
      expect(call.outcome).toBe("waiting");
      progress(server, request, minute);
      await turn();
    }
    await pass(9_999);
    expect(call.outcome).toBe("waiting");
    await pass(1);
    expect(call.outcome).toMatchObject({ code: "timeout", data: { timeout: 600_000 } });
  });

  inMemory("in all is set for the client and for each request", REVISIONS, async (joint) => {
    const { client, server } = await silent(joint, { totalTimeout: 100_000 });
    const [usual, short] = [
      watch(client.callTool("a", {}, { resetOnProgress: true })),
      watch(client.callTool("b", {}, { resetOnProgress: true, totalTimeout: 70_000 })),
    ];
    await turn();
    const requests = server.received.filter(
      (message) => "method" in message && message.method === "tools/call",
    ) as Request[];
    await pass(50_000);
    for (const request of requests) progress(server, request, 1);
    await pass(20_000);
    expect([usual.outcome, short.outcome]).toEqual(["waiting", expect.objectContaining({ code: "timeout" })]);
    await pass(30_000);
    expect(usual.outcome).toMatchObject({ code: "timeout", data: { timeout: 100_000 } });
  });

  inMemory("does not run while it is the server that waits, for an answer of this side", LEGACY, async (joint) => {
    let answer: (() => void) | undefined;
    const on: ClientOptions["on"] = {
      "roots/list": () =>
        new Promise((resolve) => {
          answer = () => resolve({ roots: [] });
        }),
    };
    const { client, server } = await silent(joint, { on });
    const [usual, short] = [watch(client.callTool("a")), watch(client.callTool("b", {}, { totalTimeout: 100_000 }))];
    await pass(59_000);
    server.send({ jsonrpc: "2.0", id: "q", method: "roots/list" });
    await vi.waitFor(() => expect(answer).toBeDefined());
    await pass(90_000);
    expect(usual.outcome).toBe("waiting");
    expect(short.outcome).toMatchObject({ code: "timeout", data: { timeout: 100_000 } });
    answer?.();
    await pass(59_000);
    expect(usual.outcome).toBe("waiting");
    await pass(2000);
    expect(usual.outcome).toMatchObject({ code: "timeout", data: { timeout: 60_000 } });
  });

  inMemory(
    "does not start anew with the progress of another request, or with log messages",
    REVISIONS,
    async (joint) => {
      const { client, server } = await silent(joint, { logLevel: "debug" });
      const [one, other] = [
        watch(client.callTool("a", {}, { resetOnProgress: true })),
        watch(client.callTool("b", {}, { resetOnProgress: true })),
      ];
      await turn();
      const request = await server.asked("tools/call");
      await pass(59_000);
      progress(server, request, 1);
      server.notify("notifications/message", { level: "info", data: "x" });
      await pass(1000);
      expect([one.outcome, other.outcome]).toEqual(["waiting", expect.objectContaining({ code: "timeout" })]);
    },
  );

  inMemory("above 60 s asks for progress by itself", REVISIONS, async (joint) => {
    const { client, server } = await silent(joint);
    const call = watch(client.callTool("a", {}, { timeout: 61_000 }));
    await turn();
    const request = await server.asked("tools/call");
    expect(request.params?.["_meta"]).toMatchObject({ progressToken: expect.anything() });
    await pass(60_000);
    progress(server, request, 1);
    await pass(60_999);
    expect(call.outcome).toBe("waiting");
    await pass(1);
    expect(call.outcome).toMatchObject({ code: "timeout" });
  });

  inMemory("can be without an end, and longer than a timer counts", REVISIONS, async (joint) => {
    const { client, server } = await silent(joint);
    const endless = { timeout: Number.POSITIVE_INFINITY, totalTimeout: Number.POSITIVE_INFINITY };
    const calls = [
      watch(client.callTool("a", {}, endless)),
      watch(client.callTool("b", {}, { timeout: 2 ** 40, totalTimeout: 2 ** 40 })),
    ];
    await pass(2 ** 31);
    expect(calls.map(({ outcome }) => outcome)).toEqual(["waiting", "waiting"]);
    for (const message of server.received) {
      if ("method" in message && message.method === "tools/call")
        server.answer((message as Request).id, { content: [] });
    }
    await turn();
    expect(calls.map(({ outcome }) => outcome)).toEqual([expect.anything(), expect.anything()]);
    expect(calls.some(({ outcome }) => outcome === "waiting")).toBe(false);
  });

  inMemory("that is no patience is a mistake of the program", REVISIONS, async (joint) => {
    const { client } = await silent(joint);
    for (const timeout of [0, -1, Number.NaN, "5" as never]) {
      await expect(client.callTool("a", {}, { timeout })).rejects.toBeInstanceOf(DefinitionError);
      await expect(client.callTool("a", {}, { totalTimeout: timeout })).rejects.toBeInstanceOf(DefinitionError);
    }
  });

  inMemory("REL-42: for connecting and for listening is never over at once", REVISIONS, async (joint) => {
    for (const timeout of [Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 40]) {
      const server = joint.server().tool("a", {}, () => "x");
      const connecting = joint.connect(server, { timeout, totalTimeout: timeout, probeTimeout: timeout });
      await pass(5);
      const client = await connecting;
      const listening = client.listen({ toolsListChanged: true });
      await pass(5);
      (await listening).close();
    }
    const late = joint.connectTo(
      {
        initialize: (_params, { id }, server) => {
          const serverInfo = { name: "slow", version: "0" };
          setTimeout(() => server.answer(id, { protocolVersion: joint.revision, capabilities: {}, serverInfo }), 100);
        },
        "server/discover": (_params, { id }, server) => {
          const hints = { ttlMs: 0, cacheScope: "private" };
          setTimeout(() => server.answer(id, { supportedVersions: [joint.revision], capabilities: {}, ...hints }), 100);
        },
      },
      { timeout: Number.POSITIVE_INFINITY, probeTimeout: Number.POSITIVE_INFINITY },
    );
    const outcome = watch(late);
    await pass(200);
    expect(outcome.outcome).toMatchObject({ client: expect.anything() });
  });

  inMemory("REL-42: for an acknowledgement is never over at once", REVISIONS.filter(isModern), async (joint) => {
    const { client } = await joint.connectTo({
      "subscriptions/listen": (_params, { id }, server) => {
        const _meta = { "io.modelcontextprotocol/subscriptionId": id };
        const params = { _meta, notifications: {} };
        setTimeout(() => server.notify("notifications/subscriptions/acknowledged", params), 100);
      },
    });
    for (const timeout of [Number.POSITIVE_INFINITY, 2 ** 31]) {
      const listening = watch(client.listen({ toolsListChanged: true }, { timeout }));
      await pass(50);
      expect(listening.outcome).toBe("waiting");
      await pass(50);
      expect(listening.outcome).toMatchObject({ acknowledged: {} });
    }
  });

  inMemory("an answer in time leaves no timer behind", REVISIONS, async (joint) => {
    const { client, server } = await silent(joint);
    const call = client.callTool("a");
    await turn();
    server.answer((await server.asked("tools/call")).id, { content: [] });
    await call;
    // At the end of the turn, since another request often follows in it.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(vi.getTimerCount()).toBe(0);
  });

  inMemory("T-13b: does not apply to a subscription", REVISIONS.filter(isModern), async (joint) => {
    const client = await joint.connect(joint.server().tool("a", {}, () => "x"));
    const subscription = await client.listen({ toolsListChanged: true });
    await pass(24 * 3_600_000);
    expect(subscription.signal.aborted).toBe(false);
    expect(joint.tap.from("client", "notifications/cancelled")).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    subscription.close();
  });
});

describe("a server's patience with its handlers", () => {
  inMemory("ends with the signal, and a second later with -32603", REVISIONS, async (joint) => {
    let reason: unknown;
    const server = joint.server({ timeout: 3000 }).tool("hang", {}, (_, { signal }) => {
      signal.addEventListener("abort", () => {
        reason = signal.reason;
      });
      return new Promise<string>(() => {});
    });
    const client = await joint.connect(server);
    const call = watch(client.callTool("hang"));
    await pass(2999);
    expect(reason).toBeUndefined();
    await pass(1);
    expect(reason).toMatchObject({ name: "LocalError", code: "timeout" });
    await pass(999);
    expect(call.outcome).toBe("waiting");
    await pass(1);
    expect(call.outcome).toMatchObject({ code: -32603 });
    expect(vi.getTimerCount()).toBe(0);
  });

  inMemory("lets last words through, and drops what comes after", REVISIONS, async (joint) => {
    const late: ((text: string) => void)[] = [];
    const server = joint
      .server({ timeout: 3000 })
      .tool(
        "words",
        {},
        (_, { signal }) =>
          new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve("last words"))),
      )
      .tool("late", {}, () => new Promise<string>((resolve) => late.push(resolve)))
      .tool("quick", {}, () => "x");
    const client = await joint.connect(server);
    const words = watch(client.call("words"));
    const call = watch(client.call("late"));
    expect(await client.call("quick")).toBe("x");
    await pass(3000);
    expect(words.outcome).toBe("last words");
    await pass(1000);
    expect(call.outcome).toMatchObject({ code: -32603 });
    late[0]?.("too late");
    await turn();
    await client.ping();
  });

  inMemory("REL-42: can be longer than a timer counts, and without an end", REVISIONS, async (joint) => {
    for (const timeout of [2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY]) {
      let finish: ((text: string) => void) | undefined;
      const server = joint.server({ timeout }).tool("slow", {}, (_, { signal }) => {
        signal.addEventListener("abort", () => finish?.("stopped"));
        return new Promise<string>((resolve) => {
          finish = resolve;
        });
      });
      const client = await joint.connect(server);
      const call = watch(client.call("slow"));
      await pass(5000);
      expect(call.outcome).toBe("waiting");
      finish?.("done");
      await turn();
      expect(call.outcome).toBe("done");
    }
  });

  inMemory("does not apply to subscriptions", REVISIONS.filter(isModern), async (joint) => {
    const server = joint.server({ timeout: 3000 }).tool("a", {}, () => "x");
    const client = await joint.connect(server);
    const subscription = await client.listen({ toolsListChanged: true });
    await pass(60_000);
    server.tool("b", {}, () => "x");
    const { value } = await subscription[Symbol.asyncIterator]().next();
    expect(value).toEqual({ type: "tools" });
    subscription.close();
  });

  inMemory("a cancelled handler that hangs gets no response and holds no timer", REVISIONS, async (joint) => {
    const server = joint.server({ timeout: 3000 }).tool("hang", {}, () => new Promise<string>(() => {}));
    const raw = await joint.raw(server);
    raw.send(raw.compose("tools/call", { name: "hang" }, "x"));
    await turn();
    raw.notify("notifications/cancelled", { requestId: "x" });
    await pass(10_000);
    expect(raw.responses("x")).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
