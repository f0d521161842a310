import { describe, expect, it } from "vitest";
import { limits } from "../../../src/limits.ts";
import type { HttpOptions } from "../../../src/server/http/index.ts";
import { Conversation, initialize } from "../conversation.ts";
import { Events } from "../events.ts";
import { gate, json, MODERN, modern, Reached, type Received, refusal, testServer, turn } from "../reached.ts";

const version = "2025-03-26";
const ping = (id: string | number) => ({ jsonrpc: "2.0", id, method: "ping" });
const note = { jsonrpc: "2.0", method: "notifications/x" };
const call = (name: string, id: string | number, meta: object = {}) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: {}, _meta: meta },
});

function offering() {
  const go = gate();
  const stopped = gate<unknown>();
  const started = gate();
  const server = testServer()
    .tool("echo", {}, () => "done")
    .tool("progress", {}, async (_, context) => {
      await turn();
      await context.progress(1);
      return "done";
    })
    .tool("wait", {}, async (_, context) => {
      context.signal.addEventListener("abort", () => stopped.open(context.signal.reason));
      started.open();
      await Promise.race([go.opened, stopped.opened]);
      return "waited";
    });
  return { server, go, stopped, started };
}

const batch = async (response: Response | Promise<Response>) => (await json(response)) as unknown as Received[];
const open = (options: HttpOptions = {}) => Conversation.with(offering().server, { version, options });

describe("JRPC-10 batches of 2025-03-26", () => {
  it("of requests are answered with a list, each response under its id and type", async () => {
    const session = await open();
    const response = await session.post([ping(1), ping("1"), call("echo", 0)]);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
    const answers = await batch(response);
    expect(new Set(answers.map(({ id }) => id))).toEqual(new Set([1, "1", 0]));
  });

  it("of one request are answered with a list of one", async () => {
    expect(await batch((await open()).post([ping(1)]))).toEqual([{ jsonrpc: "2.0", id: 1, result: {} }]);
  });

  it("of notifications and responses alone are answered with 202 and no body", async () => {
    const response = await (await open()).post([note, note, { jsonrpc: "2.0", id: 1, result: {} }]);
    expect([response.status, await response.text()]).toEqual([202, ""]);
  });

  it("of all kinds: requests are answered, what is no message is refused alone", async () => {
    const session = await open();
    const mixed = [
      ping("a"),
      note,
      7,
      { jsonrpc: "2.0", id: "b", method: 5 },
      [ping("c")],
      { jsonrpc: "1.0", method: "x" },
    ];
    const answers = await batch(session.post(mixed));
    const told = answers.map(({ id, error }) => [id, error?.code]);
    expect(new Set(told.map(String))).toEqual(new Set(["a,", "b,-32600", ",-32600"]));
    expect(told.length).toBe(4);
  });

  it("with initialize in it: that is refused, and the rest answered", async () => {
    const session = await open();
    const answers = await batch(session.post([initialize(version), ping(5)]));
    expect(answers).toContainEqual({ jsonrpc: "2.0", id: 5, result: {} });
    expect(answers.find(({ id }) => id === 0)?.error?.code).toBe(-32600);
  });

  it("T-58: with initialize in it, before there is a session, are refused and open none", async () => {
    const response = await new Reached(offering().server).post([initialize(version)]);
    expect([response.status, response.headers.has("mcp-session-id")]).toEqual([400, false]);
  });

  it("with an id twice: both are refused, and the rest answered", async () => {
    const answers = await batch((await open()).post([ping(1), ping(2), ping(1)]));
    expect(answers.filter(({ id }) => id === 1).map(({ error }) => error?.code)).toEqual([-32600, -32600]);
    expect(answers).toContainEqual({ jsonrpc: "2.0", id: 2, result: {} });
  });

  it("without a message, or with more than limits.batch, are refused with 400", async () => {
    const session = await open();
    expect(await refusal(session.post([]))).toEqual([400, -32600]);
    const many = Array.from({ length: limits.batch + 1 }, (_, n) => ping(n));
    const refused = await session.post(many);
    expect(refused.status).toBe(400);
    expect((await json(refused)).error?.data).toEqual({ limit: "batch" });
    expect((await batch(session.post(many.slice(1)))).length).toBe(limits.batch);
  });

  it("T-20: one that sends anything before its response makes a stream of all, and none is lost", async () => {
    const session = await open();
    const response = await session.post([
      ping("fast"),
      call("progress", "slow", { progressToken: 1 }),
      call("echo", "x"),
    ]);
    const messages = await new Events(response).rest();
    expect(new Set(messages.map(({ id, method }) => id ?? method))).toEqual(
      new Set(["fast", "x", "notifications/progress", "slow"]),
    );
    expect(messages.length).toBe(4);
  });

  it.each(["application/json, text/event-stream", "application/json", "text/event-stream"])(
    "CAN-1: a cancelled request gets no response, and takes none from the others [%s]",
    async (accept) => {
      const { server, started, stopped } = offering();
      const session = await Conversation.with(server, { version });
      const answered = session.post([ping(1), call("wait", "gone"), ping(2)], { accept });
      await started.opened;
      await session.notify("notifications/cancelled", { requestId: "gone" });
      await stopped.opened;
      const response = await answered;
      const streams = response.headers.get("content-type") === "text/event-stream";
      const messages = streams ? await new Events(response).rest() : await batch(response);
      expect(new Set(messages.map(({ id }) => id))).toEqual(new Set([1, 2]));
    },
  );

  it("of which every request is cancelled ends without a response", async () => {
    const { server, started } = offering();
    const session = await Conversation.with(server, { version });
    const answered = session.post([call("wait", "gone")], { accept: "application/json" });
    await started.opened;
    await session.notify("notifications/cancelled", { requestId: "gone" });
    const response = await answered;
    expect([response.status, await response.text()]).toEqual([202, ""]);
  });
});

describe("JRPC-10 other revisions have none", () => {
  it.each(["2025-06-18", "2025-11-25"])("a batch is refused with 400 and -32600 [%s]", async (other) => {
    const session = await Conversation.with(offering().server, { version: other });
    expect(await refusal(session.post([ping(1)]))).toEqual([400, -32600]);
    expect(await refusal(session.post([note]))).toEqual([400, -32600]);
  });

  it("nor has the stateless one", async () => {
    const reached = new Reached(offering().server);
    const headers = { "mcp-protocol-version": MODERN };
    expect(await refusal(reached.post([modern("tools/list")], headers))).toEqual([400, -32600]);
  });

  it("T-58: without sessions they are legal without a header, and with that of their revision", async () => {
    const reached = new Reached(offering().server, { sessions: false });
    expect((await batch(reached.post([ping(1)]))).length).toBe(1);
    expect((await batch(reached.post([ping(1)], { "mcp-protocol-version": version }))).length).toBe(1);
    expect(await refusal(reached.post([ping(1)], { "mcp-protocol-version": "2025-06-18" }))).toEqual([400, -32600]);
  });
});

describe("requests of one session at once", () => {
  it("above limits.inFlight are refused with 429, and other sessions are not touched", async () => {
    const { server, go } = offering();
    const session = await Conversation.with(server);
    const running = Array.from({ length: limits.inFlight }, (_, id) => session.call("wait", id));
    await turn();
    const refused = await session.request("ping", {}, "more");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await json(refused)).toMatchObject({ id: "more", error: { code: -32603, data: { limit: "inFlight" } } });
    // What wants no answer passes: it may be what the others wait for.
    expect((await session.notify("notifications/x")).status).toBe(202);
    const other = await Conversation.at(session.reached);
    expect((await other.request("ping")).status).toBe(200);
    go.open();
    for (const response of await Promise.all(running)) await response.text();
    await turn();
    expect((await session.request("ping")).status).toBe(200);
  });

  it("count each request of a batch", async () => {
    const { server, go } = offering();
    const session = await Conversation.with(server, { version });
    for (let id = 0; id < limits.inFlight - 2; id++) void session.call("wait", id);
    await turn();
    expect((await session.post([ping("a"), ping("b"), ping("c")])).status).toBe(429);
    expect((await session.post([ping("a"), ping("b")])).status).toBe(200);
    go.open();
  });

  it("of the whole endpoint, above its option: 503 with Retry-After, in every revision", async () => {
    const { server, go } = offering();
    const reached = new Reached(server, { requests: 2 });
    const running = [1, 2].map((id) => reached.ask("tools/call", { name: "wait" }, { id }));
    await turn();
    for (const refused of [await reached.ask("server/discover"), await reached.post(initialize())]) {
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
      expect((await json(refused)).error?.data).toEqual({ limit: "requests" });
    }
    go.open();
    for (const response of running) await (await response).text();
    await turn();
    expect((await reached.ask("server/discover")).status).toBe(200);
  });
});
