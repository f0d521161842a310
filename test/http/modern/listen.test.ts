import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../../src/limits.ts";
import type { HttpOptions } from "../../../src/server/http/index.ts";
import { Events } from "../events.ts";
import { json, Reached, reports, testServer, turn } from "../reached.ts";

const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";
const listen = "subscriptions/listen";
const notifications = { toolsListChanged: true, resourceSubscriptions: ["note://a"] };

function offering(options: HttpOptions = {}) {
  const server = testServer()
    .tool("one", {}, () => "done")
    .resource("note://a", () => "text");
  return { server, reached: new Reached(server, options) };
}

/** The signal of a web request follows the one it was made with only as long as the request is alive. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let times = 0; times < 2; times++) {
    // What a task still holds is free after it.
    await turn();
    collect();
  }
}

afterEach(() => vi.restoreAllMocks());

describe("2.9 a subscription over HTTP", () => {
  it.each([0, 1, "1", ""])(
    "SUB-2, SUB-3, T-13: the acknowledgement comes first, under the id and its type: %j",
    async (id) => {
      const { server, reached } = offering();
      const events = new Events(await reached.ask(listen, { notifications }, { id }));
      expect(await events.message()).toEqual({
        jsonrpc: "2.0",
        method: "notifications/subscriptions/acknowledged",
        params: { _meta: { [SUBSCRIPTION]: id }, notifications },
      });
      server.updated("note://a");
      expect((await events.message()).params).toEqual({ _meta: { [SUBSCRIPTION]: id }, uri: "note://a" });
    },
  );

  it("T-14: a change in the turn of the request comes behind the acknowledgement", async () => {
    const { server, reached } = offering();
    // What serves is loaded with the first request.
    await reached.ask("server/discover");
    const response = reached.ask(listen, { notifications });
    for (let tick = 0; tick < 20; tick++) {
      server.updated("note://a");
      await Promise.resolve();
    }
    const events = new Events(await response);
    expect((await events.message()).method).toBe("notifications/subscriptions/acknowledged");
    expect((await events.message()).method).toBe("notifications/resources/updated");
  });

  it("SUB-5, T-12: when the endpoint closes, it ends with its result, and no request is taken any more", async () => {
    const { server, reached } = offering();
    const events = new Events(await reached.ask(listen, { notifications }, { id: "sub" }));
    await events.message();
    const closed = reached.handler.close();
    server.updated("note://a");
    expect(await events.rest()).toEqual([
      { jsonrpc: "2.0", id: "sub", result: expect.objectContaining({ resultType: "complete" }) },
    ]);
    expect(events.text).toContain(`"${SUBSCRIPTION}":"sub"`);
    await closed;
    const late = await reached.ask("server/discover");
    expect([late.status, late.headers.get("retry-after")]).toEqual([503, "1"]);
  });

  it("a client that closes the stream hears nothing more, and nothing is left of it", async () => {
    const { server, reached } = offering();
    const events = new Events(await reached.ask(listen, { notifications }));
    await events.message();
    await events.leave();
    await turn();
    server.updated("note://a");
    await reached.handler.close({ graceTimeout: 60_000 });
    expect(reports).toEqual([]);
  });

  it("a host that aborts the signal of a request ends its stream, also long after it dropped the request", async () => {
    const { reached } = offering();
    const leaving = new AbortController();
    const events = new Events(await reached.ask(listen, { notifications }, { signal: leaving.signal }));
    await events.message();
    await collectGarbage();
    leaving.abort();
    // Nothing is left of it by now: else it would end as it should.
    await reached.handler.close();
    await expect(events.rest()).rejects.toThrow();
  });

  it("SUB-4: each of several gets every change, under its own id", async () => {
    const { server, reached } = offering();
    const streams = await Promise.all(
      [1, "1"].map(async (id) => new Events(await reached.ask(listen, { notifications }, { id }))),
    );
    for (const events of streams) await events.message();
    server.updated("note://a");
    const ids = await Promise.all(
      streams.map(
        async (events) => ((await events.message()).params as { _meta: Record<string, unknown> })._meta[SUBSCRIPTION],
      ),
    );
    expect(ids).toEqual([1, "1"]);
  });

  it("who takes no stream cannot be acknowledged, and is refused with 406", async () => {
    const { reached } = offering();
    const response = await reached.ask(listen, { notifications }, { id: 5, headers: { accept: "application/json" } });
    expect(response.status).toBe(406);
    expect((await json(response)).id).toBe(5);
  });
});

describe("caps on subscriptions", () => {
  const authenticate: HttpOptions["authenticate"] = (request) => ({ id: `${request.header("authorization")}` });
  const as = (who: string) => ({ headers: { authorization: who } });

  it("one principal has at most limits.listens; others are not touched, and a closed one makes room", async () => {
    const { reached } = offering({ authenticate });
    const streams = [];
    for (let n = 0; n < limits.listens; n++) {
      streams.push(new Events(await reached.ask(listen, { notifications }, { id: n, ...as("ann") })));
    }
    const refused = await reached.ask(listen, { notifications }, { id: "more", ...as("ann") });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await json(refused)).toMatchObject({ id: "more", error: { code: -32603, data: { limit: "listens" } } });
    expect((await reached.ask(listen, { notifications }, as("bob"))).status).toBe(200);
    await streams[0]?.leave();
    await turn();
    expect((await reached.ask(listen, { notifications }, as("ann"))).status).toBe(200);
  });

  it("the endpoint has at most limits.endpointListens", async () => {
    const { reached } = offering();
    for (let n = 0; n < limits.endpointListens; n++) await reached.ask(listen, { notifications: {} }, { id: n });
    const refused = await reached.ask(listen, { notifications });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect((await json(refused)).error?.data).toEqual({ limit: "endpointListens" });
  });

  it("a refused one leaves nothing behind that would speak later", async () => {
    vi.useFakeTimers();
    try {
      const { reached } = offering({ authenticate });
      for (let n = 0; n < limits.listens; n++) await reached.ask(listen, { notifications }, { id: n, ...as("ann") });
      await json(reached.ask(listen, { notifications }, as("ann")));
      await reached.handler.close({ graceTimeout: 0 });
      await vi.advanceTimersByTimeAsync(3 * limits.keepAlive);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
