import { describe, expect, it } from "vitest";
import type { HttpOptions } from "../../../src/server/http/index.ts";
import { memoryKeyValue } from "../../../src/stores/index.ts";
import { Conversation, initialize } from "../conversation.ts";
import { messages } from "../events.ts";
import { json, META, MODERN, modern, Reached, refusal, reports, testServer } from "../reached.ts";

const server = () => testServer().tool("echo", {}, () => "done");
const REVISIONS = ["2025-03-26", "2025-06-18", "2025-11-25"];

describe("LHTTP-6 the id of a session", () => {
  it.each(REVISIONS)("comes with the answer to initialize and with nothing else [%s]", async (version) => {
    const reached = new Reached(server());
    const opened = await reached.post(initialize(version));
    const id = opened.headers.get("mcp-session-id") ?? "";
    expect(opened.status).toBe(200);
    expect(id).toMatch(/^[\u0021-\u007e]{16,}$/);
    expect((await json(opened)).result).toMatchObject({ protocolVersion: version });
    const session = new Conversation(reached, { "mcp-session-id": id });
    for (const response of [
      await session.notify("notifications/initialized"),
      await session.request("ping"),
      await session.call("echo"),
      await session.get(),
      await session.delete(),
    ]) {
      expect(response.headers.has("mcp-session-id")).toBe(false);
      await response.body?.cancel();
    }
  });

  it("T-56: comes with an answer on a stream as well", async () => {
    const response = await new Reached(server()).post(initialize(), { accept: "text/event-stream" });
    expect(response.headers.get("mcp-session-id")).not.toBeNull();
    expect((await messages(response)).length).toBe(1);
  });

  it("is another one each time", async () => {
    const reached = new Reached(server());
    const ids = new Set<string | null>();
    for (let n = 0; n < 50; n++) ids.add((await reached.post(initialize())).headers.get("mcp-session-id"));
    expect(ids.size).toBe(50);
  });

  it("is not given with a refused handshake, which leaves nothing behind", async () => {
    const store = memoryKeyValue({ entries: 1 });
    const reached = new Reached(server(), { sessions: { store } });
    const broken = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25" } };
    const response = await reached.post(broken);
    expect(response.headers.has("mcp-session-id")).toBe(false);
    expect((await json(response)).error?.code).toBe(-32602);
    expect((await reached.post(initialize())).headers.has("mcp-session-id")).toBe(true);
  });

  it("missing: 400, and the message says how to get one", async () => {
    const reached = new Reached(server());
    const response = await reached.post({ jsonrpc: "2.0", id: 7, method: "tools/list" });
    expect(response.status).toBe(400);
    expect(await json(response)).toMatchObject({
      id: 7,
      error: { code: -32600, message: expect.stringContaining("initialize") },
    });
    expect((await reached.post({ jsonrpc: "2.0", method: "notifications/initialized" })).status).toBe(400);
    expect((await reached.post({ jsonrpc: "2.0", id: 7, result: {} })).status).toBe(400);
    expect((await reached.send("GET", { accept: "text/event-stream" })).status).toBe(400);
    expect((await reached.send("DELETE", {})).status).toBe(400);
  });

  it.each(["x", "x".repeat(22), "../".repeat(7), "x".repeat(10_000), "a b", ""])(
    "T-55: unknown: 404, for every method: %j",
    async (id) => {
      const session = new Conversation(new Reached(server()), { "mcp-session-id": id });
      const statuses = [await session.request("ping"), await session.notify("notifications/initialized")];
      statuses.push(await session.get(), await session.delete());
      expect(statuses.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    },
  );

  it("of another case or with more around it is unknown", async () => {
    const session = await Conversation.with(server());
    const id = `${session.headers["mcp-session-id"]}`;
    for (const other of [`${id}x`, id.slice(1), `${id}, ${id}`]) {
      expect((await session.post({ jsonrpc: "2.0", id: 1, method: "ping" }, { "mcp-session-id": other })).status).toBe(
        404,
      );
    }
  });
});

describe("the end of a session", () => {
  it("T-56: after DELETE everything in it is 404, DELETE too", async () => {
    const session = await Conversation.with(server());
    const ended = await session.delete();
    expect([ended.ok, await ended.text()]).toEqual([true, ""]);
    const statuses = [
      await session.request("ping"),
      await session.notify("x"),
      await session.get(),
      await session.delete(),
    ];
    expect(statuses.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  });

  it("leaves other sessions alone", async () => {
    const one = await Conversation.with(server());
    const two = await Conversation.at(one.reached);
    await one.delete();
    expect((await two.request("ping")).status).toBe(200);
  });

  it("ends its stream and what runs in it", async () => {
    let aborted: unknown;
    const waiting = server().tool("wait", {}, async (_, context) => {
      await context.log("info", "here");
      await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      aborted = context.signal.reason;
      return "late";
    });
    const session = await Conversation.with(waiting);
    const stream = await session.stream();
    const call = await session.call("wait");
    await session.delete();
    expect(await stream.rest()).toEqual([]);
    expect((await messages(call)).map(({ method }) => method)).toEqual(["notifications/message"]);
    expect(aborted).toMatchObject({ code: "closed" });
    expect(reports).toEqual([]);
  });
});

describe("LHTTP-7 a session belongs to its principal", () => {
  const authenticate: HttpOptions["authenticate"] = (request) => ({ id: request.header("authorization") ?? "?" });

  it("and is as unknown to every other one as if it were not there", async () => {
    const ann = await Conversation.with(server(), { options: { authenticate }, headers: { authorization: "ann" } });
    const bob = new Conversation(ann.reached, { ...ann.headers, authorization: "bob" });
    const unknown = new Conversation(ann.reached, { ...bob.headers, "mcp-session-id": "x".repeat(22) });
    for (const act of ["request", "get", "delete"] as const) {
      const [stranger, nobody] = [await bob[act]("ping" as never), await unknown[act]("ping" as never)];
      expect(stranger.status).toBe(404);
      expect(await stranger.text()).toBe((await nobody.text()).replaceAll(/"id":\d+/g, `"id":101`));
    }
    expect((await ann.request("ping")).status).toBe(200);
  });
});

describe("LIFE-1 the handshake", () => {
  it("twice in one session is refused, and the session goes on as it was", async () => {
    const session = await Conversation.with(server(), { version: "2025-06-18" });
    const again = await session.post(initialize("2025-11-25"));
    expect(again.headers.has("mcp-session-id")).toBe(false);
    expect((await json(again)).error?.code).toBe(-32600);
    expect((await session.request("ping")).status).toBe(200);
  });

  it("under an unknown session is 404 and opens none", async () => {
    expect((await new Reached(server()).post(initialize(), { "mcp-session-id": "x" })).status).toBe(404);
  });

  it.each([MODERN, "2099-01-01", "1.0"])("T-5: %s is countered with the newest of its kind", async (asked) => {
    const { result } = await json(new Reached(server()).post(initialize(asked)));
    expect(result?.["protocolVersion"]).toBe("2025-11-25");
  });

  it("T-5: the envelope of a stateless request in a session makes it stateless", async () => {
    const session = await Conversation.with(server());
    const headers = { "mcp-protocol-version": MODERN, "mcp-method": "tools/list" };
    expect((await json(session.post(modern("tools/list"), headers))).result).toMatchObject({ resultType: "complete" });
  });

  it("T-11: initialize with the envelope of a stateless revision is an unknown method", async () => {
    const headers = { "mcp-protocol-version": MODERN, "mcp-method": "initialize" };
    expect(await refusal(new Reached(server()).post(modern("initialize"), headers))).toEqual([404, -32601]);
  });

  it("a stateless method without its envelope is refused for that, and not for a session", async () => {
    const body = { jsonrpc: "2.0", id: 1, method: "server/discover", params: { _meta: { [`${META}x`]: 1 } } };
    expect(await refusal(new Reached(server()).post(body))).toEqual([400, -32602]);
  });
});

describe("LIFE-4 MCP-Protocol-Version after the handshake", () => {
  it.each(["2025-06-18", "2025-11-25"])("is taken, and may be missing [%s]", async (version) => {
    const session = await Conversation.with(server(), { version });
    expect((await session.request("ping")).status).toBe(200);
    expect(
      (await session.post({ jsonrpc: "2.0", id: 1, method: "ping" }, { "mcp-protocol-version": null })).status,
    ).toBe(200);
  });

  it.each(["1999-01-01", "latest", "", "2025-11-25, 2025-11-25"])(
    "is refused with 400 where it is none: %j",
    async (value) => {
      const session = await Conversation.with(server());
      const headers = { "mcp-protocol-version": value };
      const statuses = [
        await session.post({ jsonrpc: "2.0", id: 1, method: "ping" }, headers),
        await session.post({ jsonrpc: "2.0", method: "notifications/x" }, headers),
        await session.get(headers),
        await session.delete(headers),
      ];
      expect(statuses.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
      expect((await session.request("ping")).status).toBe(200);
    },
  );

  it("names the revisions that are spoken, and is refused where a revision is switched off", async () => {
    const some = testServer({ revisions: ["2025-03-26", "2025-11-25"] });
    const session = await Conversation.with(some);
    const response = await session.post(
      { jsonrpc: "2.0", id: 1, method: "ping" },
      { "mcp-protocol-version": "2025-06-18" },
    );
    expect(response.status).toBe(400);
    expect(await json(response)).toMatchObject({
      id: 1,
      error: { code: -32022, data: { supported: ["2025-03-26", "2025-11-25"], requested: "2025-06-18" } },
    });
  });
});

describe("caps on sessions", () => {
  it("too many: 503 with Retry-After, no live one is put out, and an ended one makes room", async () => {
    const options = { sessions: { store: memoryKeyValue({ entries: 2 }) } };
    const first = await Conversation.with(server(), { options });
    await Conversation.at(first.reached);
    const refused = await first.reached.post(initialize());
    expect([refused.status, refused.headers.get("retry-after"), refused.headers.has("mcp-session-id")]).toEqual([
      503,
      "1",
      false,
    ]);
    expect((await json(refused)).error).toMatchObject({ code: -32603, data: { limit: "sessions" } });
    expect((await first.request("ping")).status).toBe(200);
    await first.delete();
    expect((await first.reached.post(initialize())).status).toBe(200);
  });
});
