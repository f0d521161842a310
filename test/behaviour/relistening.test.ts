import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Change, type Subscription } from "../../src/client/index.ts";
import { pauseBefore } from "../../src/client/listening.ts";
import { InternalError, LocalError } from "../../src/errors.ts";
import { peer } from "../../src/jsonrpc/channels/index.ts";
import { failure, OpenCall, type Call, type Transport } from "../../src/jsonrpc/index.ts";
import { limits } from "../../src/limits.ts";
import type { SubscriptionFilter } from "../../src/protocol/index.ts";
import { MEMORY, MODERN } from "./bindings.ts";
import { all } from "./collect.ts";
import { Joint } from "./joint.ts";
import { full } from "./subscribing.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  vi.spyOn(Math, "random").mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const pass = async (milliseconds: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(milliseconds);
  for (let at = 0; at < 40; at++) await Promise.resolve();
};

/** The call of a request whose way back can be cut. */
class CutCall extends OpenCall {
  constructor(call: Call) {
    super(call);
    call.signal.addEventListener("abort", () => this.abort(call.signal.reason));
  }
}

/** What a request that opens a subscription meets: an error instead of a server, or silence. */
type Obstacle = Error | "silence" | undefined;

/** A transport on which the stream of a subscription can break while the rest goes on, as over HTTP. */
class Breaking {
  readonly transport: Transport;
  /** When a subscription was opened, or would have been, in milliseconds from the beginning. */
  readonly at: number[] = [];
  obstacle: Obstacle;
  readonly #cuts = new Set<() => void>();
  readonly #since = performance.now();

  constructor(inner: Transport) {
    this.transport = {
      closed: inner.closed,
      send: (notification) => inner.send(notification),
      attach: (listener) => inner.attach(listener),
      close: () => inner.close(),
      end: () => inner.end(),
      exchange: (request, call) => {
        if (request.method !== "subscriptions/listen") return inner.exchange(request, call);
        this.at.push(performance.now() - this.#since);
        if (this.obstacle instanceof InternalError) return Promise.resolve(failure(request.id, this.obstacle));
        if (this.obstacle instanceof Error) return Promise.reject(this.obstacle);
        const own = new CutCall(call);
        return new Promise((resolve, reject) => {
          own.signal.addEventListener("abort", () => reject(own.signal.reason));
          if (this.obstacle === "silence") return;
          this.#cuts.add(() => {
            reject(new LocalError("closed", "The answer to subscriptions/listen is lost: the reply ended before it"));
            own.abort("cut");
          });
          Promise.resolve(inner.exchange(request, own)).then(resolve, reject);
        });
      },
    };
  }

  /** Breaks every stream. */
  async cut(): Promise<void> {
    const cuts = [...this.#cuts];
    this.#cuts.clear();
    for (const cut of cuts) cut();
    await pass(0);
  }
}

/** A server, and a client that listens to it and of which the stream can break. */
async function listening(joint: Joint, filter: SubscriptionFilter = { toolsListChanged: true }, timeout = 1000) {
  const server = full(joint);
  const { client: channel, server: end } = joint.ends();
  joint.serve(server, end);
  const breaking = new Breaking(peer(channel));
  const client = await joint.open(breaking.transport as never);
  const subscription = await client.listen(filter, { timeout });
  return { server, client, breaking, subscription, seen: reading(subscription) };
}

/** Reads a subscription, and keeps what comes. */
function reading(subscription: Subscription): { readonly changes: Change[]; end: unknown } {
  const state: { changes: Change[]; end: unknown } = { changes: [], end: undefined };
  all({
    async *[Symbol.asyncIterator]() {
      for await (const change of subscription) yield state.changes.push(change);
    },
  }).then(
    () => (state.end = "ended"),
    (error: unknown) => (state.end = error),
  );
  return state;
}

function modern(title: string, body: (joint: Joint) => Promise<void>): void {
  it.each(MODERN)(`${title} [%s]`, async (revision) => {
    const joint = new Joint(MEMORY[0] as (typeof MEMORY)[number], revision);
    try {
      await body(joint);
    } finally {
      vi.useRealTimers();
      await joint.close();
    }
    joint.verify();
  });
}

const unreachable = (): LocalError => new LocalError("http", "refused", { data: { code: "ECONNREFUSED" } });

describe("SUB-5: a subscription of which the stream breaks", () => {
  modern("is opened again, and tells once that everything may have changed", async (joint) => {
    const filter = { toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: ["r:1"] };
    const { server, breaking, seen } = await listening(joint, filter);
    await breaking.cut();
    server.tool("missed", {}, () => "x").updated("r:1");
    await pass(499);
    expect([breaking.at, seen.changes]).toEqual([[0], []]);
    await pass(1);
    expect([breaking.at, seen.changes, seen.end]).toEqual([[0, 500], [{ type: "all" }], undefined]);
    server.updated("r:1");
    await pass(0);
    expect(seen.changes).toEqual([{ type: "all" }, { type: "resource", uri: "r:1" }]);
  });

  modern("is opened again as often as it breaks, after pauses that grow until something changes", async (joint) => {
    const { server, breaking, seen } = await listening(joint);
    for (const pause of [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
      await breaking.cut();
      await pass(pause - 1);
      seen.changes.length = 0;
      await pass(1);
      expect(seen.changes).toEqual([{ type: "all" }]);
    }
    server.tool("u", {}, () => "x");
    await pass(0);
    await breaking.cut();
    await pass(500);
    expect(seen.changes).toEqual([{ type: "all" }, { type: "tools" }, { type: "all" }]);
  });

  modern("is given up after five attempts in a row, with the error", async (joint) => {
    const { client, breaking, seen } = await listening(joint);
    breaking.obstacle = unreachable();
    await breaking.cut();
    await pass(15_499);
    expect([breaking.at, seen.end]).toEqual([[0, 500, 1500, 3500, 7500], undefined]);
    await pass(600_000);
    expect(breaking.at).toEqual([0, 500, 1500, 3500, 7500, 15_500]);
    expect(seen.end).toBe(breaking.obstacle);
    await client.ping();
  });

  modern("counts its attempts anew when one succeeded", async (joint) => {
    const { breaking, seen } = await listening(joint);
    for (let round = 0; round < 3; round++) {
      breaking.obstacle = unreachable();
      await breaking.cut();
      await pass(7500);
      breaking.obstacle = undefined;
      await pass(60_000);
    }
    expect([seen.changes.length, seen.end]).toEqual([3, undefined]);
  });

  modern("is tried again where the server is full for a moment, or silent", async (joint) => {
    const { breaking, seen } = await listening(joint, { toolsListChanged: true }, 1000);
    for (const obstacle of [
      new InternalError("Too many subscriptions", { limit: "listens" }),
      new LocalError("http", "overloaded", { data: { status: 503 } }),
      "silence" as const,
    ]) {
      breaking.obstacle = obstacle;
      await breaking.cut();
      await pass(500);
      breaking.obstacle = undefined;
      await pass(60_000);
      expect(seen.end).toBeUndefined();
    }
    expect(seen.changes).toEqual([{ type: "all" }, { type: "all" }, { type: "all" }]);
  });

  it.each([
    [404, "http"],
    [401, "http"],
    [undefined, "invalid_response"],
  ] as const)("is not tried again after status %s, %s", async (status, code) => {
    const joint = new Joint(MEMORY[0] as (typeof MEMORY)[number], "2026-07-28");
    const { breaking, seen } = await listening(joint);
    breaking.obstacle = new LocalError(code, "no", { data: { status } });
    await breaking.cut();
    await pass(60_000);
    expect([breaking.at, seen.end]).toEqual([[0, 500], breaking.obstacle]);
    vi.useRealTimers();
    await joint.close();
  });

  modern("ends with the error of a server that no longer knows subscriptions", async (joint) => {
    const { server, breaking, seen } = await listening(joint);
    server.use(
      (next) => (request, call) =>
        request.method === "subscriptions/listen"
          ? Promise.resolve({ jsonrpc: "2.0", id: request.id, error: { code: -32601, message: "Method not found" } })
          : next(request, call),
    );
    await breaking.cut();
    await pass(60_000);
    expect(breaking.at).toEqual([0, 500]);
    expect(seen.end).toMatchObject({ name: "MethodNotFoundError", code: -32601 });
  });

  modern("SUB-2: may be agreed to in part the next time, which the client can see", async (joint) => {
    const filter = { toolsListChanged: true, promptsListChanged: true };
    const { server, breaking, subscription } = await listening(joint, filter);
    expect(subscription.acknowledged).toEqual(filter);
    server.prompts.remove("p");
    await breaking.cut();
    await pass(500);
    expect(subscription.acknowledged).toEqual({ toolsListChanged: true });
  });

  modern("and that is closed meanwhile is not opened again", async (joint) => {
    const { client, breaking, subscription, seen } = await listening(joint);
    const other = await client.listen({ promptsListChanged: true });
    const theirs = reading(other);
    await breaking.cut();
    subscription.close();
    await pass(0);
    expect([seen.end, theirs.end]).toEqual(["ended", undefined]);
    await client.close();
    await pass(60_000);
    expect([theirs.end, breaking.at]).toEqual(["ended", [0, 0]]);
  });

  modern("that was never agreed to is not opened again: listening fails", async (joint) => {
    const { client, breaking } = await listening(joint);
    breaking.obstacle = unreachable();
    await expect(client.listen({ toolsListChanged: true })).rejects.toBe(breaking.obstacle);
    await pass(60_000);
    expect(breaking.at).toEqual([0, 0]);
  });
});

describe("pauses before a subscription is opened again", () => {
  it("grow from half a second to a minute, and chance lengthens them by up to a quarter", () => {
    const pauses = (chance: number): number[] => [1, 2, 3, 8, 30].map((attempt) => pauseBefore(attempt, () => chance));
    expect(pauses(0)).toEqual([500, 1000, 2000, 60_000, 60_000]);
    expect(pauses(1)).toEqual([625, 1250, 2500, 60_000, 60_000]);
    expect(pauses(0.5)[0]).toBe(562.5);
  });
});

describe("changes that nobody takes", () => {
  modern("of more than are kept, one is left that stands for all", async (joint) => {
    const { server, client } = await listening(joint);
    const subscription = await client.listen({ toolsListChanged: true, resourceSubscriptions: ["file:///a"] });
    for (let at = 0; at <= limits.untaken; at++) server.updated(`file:///a/${at}`);
    await client.ping();
    server.updated("file:///a/5");
    server.tool("u", {}, () => "x");
    await client.ping();
    subscription.close();
    expect(await all(subscription)).toEqual([{ type: "all" }]);
  });
});
