import { afterEach, describe, expect, it, vi } from "vitest";
import { LEGACY } from "../behaviour/bindings.ts";
import { closeAll, connected, SENDERS, serving } from "./both.ts";
import { type Asked, initialized, type Script } from "./scripted.ts";

afterEach(closeAll);

const text = (said: string) => ({ content: [{ type: "text", text: said }] });

/** A server of the transport of 2024-11-05, at `/sse`, whose messages go to `endpoint`. */
function oldest(
  answer: (asked: Asked, stream: Asked) => void,
  { endpoint = "/messages?session=1", status = 202, lists = false } = {},
): Script {
  let stream: Asked | undefined;
  return (asked) => {
    if (asked.method === "GET") {
      stream = asked;
      asked.stream();
      asked.write(`event: endpoint\ndata: ${endpoint}\n\n`);
    } else if (asked.path === "/mcp") asked.reply(405);
    else {
      asked.reply(status);
      const { id, method } = asked.message;
      if (method === "initialize") {
        const listed = lists ? { tools: { listChanged: true }, resources: { subscribe: true } } : { tools: {} };
        const result = initialized("2024-11-05", listed);
        stream?.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`);
      } else if (id !== undefined && method !== undefined) answer(asked, stream as Asked);
    }
  };
}

const respond = (asked: Asked, stream: Asked, result: object): void =>
  stream.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id: asked.message.id, result })}\n\n`);

describe.each(SENDERS)("a server of the oldest transport, by %s", (_name, options) => {
  it.each([202, 200, 204])(
    "LHTTP-9: is found by initialize, and anything of 2xx accepts a message (T-59): %i",
    async (status) => {
      const server = await serving(oldest((asked, stream) => respond(asked, stream, text("hi")), { status }));
      const { client } = await connected(server, { ...options, headers: { authorization: "Bearer x" } });
      expect(client.version).toBe("2024-11-05");
      expect(await client.call("greet")).toBe("hi");
      const [probe, initialize, get, ...posted] = server.asked;
      expect([probe?.path, initialize?.path, get?.method]).toEqual(["/mcp", "/mcp", "GET"]);
      expect(posted.map(({ path }) => path)).toEqual(Array.from({ length: 3 }, () => "/messages?session=1"));
      expect(posted[0]?.message).toEqual({ ...initialize?.message, id: 1 });
      for (const one of [...posted, get]) expect(one?.headers.authorization).toBe("Bearer x");
      await client.close();
      await get?.gone;
      expect(await client.closed).toEqual({ kind: "closed" });
    },
  );

  it("the server asks, cancels, and tells of progress", async () => {
    const server = await serving(
      oldest((asked, stream) => {
        const progressToken = asked.message.params?.["_meta"]?.progressToken;
        const event = (message: object): void =>
          stream.write(`data: ${JSON.stringify({ jsonrpc: "2.0", ...message })}\n\n`);
        event({ method: "notifications/progress", params: { progressToken, progress: 1 } });
        event({ id: "r", method: "roots/list" });
        void server
          .until(({ text: body }) => body.includes('"result"'))
          .then(() => respond(asked, stream, text("done")));
      }),
    );
    const { client } = await connected(server, options, {
      revisions: LEGACY,
      on: { "roots/list": () => ({ roots: [] }) },
    });
    const seen: number[] = [];
    expect(await client.call("work", {}, { onProgress: ({ progress }) => seen.push(progress) })).toBe("done");
    expect(seen).toEqual([1]);
    expect(server.asked.at(-1)?.message).toEqual({ jsonrpc: "2.0", id: "r", result: { roots: [] } });
  });

  it.each([
    "http://evil.example/messages",
    "//evil.example/messages",
    "https://127.0.0.1/messages",
    "javascript:alert(1)",
    "http://",
    "data:,x",
  ])("SEC-57: the endpoint %s is refused, and nothing is sent there", async (endpoint) => {
    const server = await serving(oldest(() => {}, { endpoint }));
    await expect(connected(server, options, { revisions: LEGACY })).rejects.toMatchObject({ code: "invalid_response" });
    expect(server.asked.map(({ method }) => method)).toEqual(["POST", "GET"]);
    await server.by("GET")[0]?.gone;
  });

  it("SEC-57: one with a user is refused, and so is another port", async () => {
    const other = await serving(() => {});
    const port = { value: 0 };
    for (const endpoint of [() => `http://user@127.0.0.1:${port.value}/`, () => other.url]) {
      const server = await serving((asked) => oldest(() => {}, { endpoint: endpoint() })(asked));
      port.value = server.port;
      await expect(connected(server, options, { revisions: LEGACY })).rejects.toMatchObject({
        code: "invalid_response",
      });
    }
    expect(other.asked).toEqual([]);
  });

  it("a message that is not accepted fails its request, and no other", async () => {
    const inner = oldest((asked, stream) => respond(asked, stream, text("hi")));
    const server = await serving((asked) => {
      if (asked.text.includes('"refused"')) return asked.reply(500);
      inner(asked);
    });
    const { client } = await connected(server, options, { revisions: LEGACY });
    const [refused, answered] = await Promise.allSettled([client.call("refused"), client.call("greet")]);
    expect(refused).toMatchObject({
      reason: { code: "invalid_response", message: expect.stringContaining("HTTP 500") },
    });
    expect(answered).toMatchObject({ value: "hi" });
  });

  it("is opened again when its stream is lost; what was under way is lost", async () => {
    const server = await serving(
      oldest((asked, stream) => {
        if (asked.text.includes('"lost"')) stream.break();
        else respond(asked, stream, text("hi"));
      }),
    );
    const onRestart = vi.fn<(outcome: object) => void>();
    const { client } = await connected(server, options, { revisions: LEGACY, onRestart });
    await expect(client.call("lost")).rejects.toMatchObject({ code: "closed" });
    expect(await client.call("greet")).toBe("hi");
    expect([server.by("GET").length, onRestart.mock.calls]).toEqual([2, [[{ attempt: 1 }]]]);
    await client.close();
    expect(await client.closed).toMatchObject({ kind: "closed" });
  });

  it("SUB-5: and so are subscriptions", async () => {
    const server = await serving(oldest((asked, stream) => respond(asked, stream, {}), { lists: true }));
    const { client } = await connected(server, options, { revisions: LEGACY });
    const changes = await client.listen({ toolsListChanged: true, resourceSubscriptions: ["x:1"] });
    const iterator = changes[Symbol.asyncIterator]();
    server.by("GET")[0]?.break();
    expect((await iterator.next()).value).toEqual({ type: "all" });
    expect(server.of("resources/subscribe").map(({ message }) => message.params)).toEqual([
      { uri: "x:1" },
      { uri: "x:1" },
    ]);
    const changed = { jsonrpc: "2.0", method: "notifications/tools/list_changed" };
    server.by("GET")[1]?.write(`event: message\ndata: ${JSON.stringify(changed)}\n\n`);
    expect((await iterator.next()).value).toEqual({ type: "tools" });
  });

  it("is over when it cannot be opened again", async () => {
    const inner = oldest(() => {});
    let away = false;
    const server = await serving((asked) => (away ? asked.reply(503) : inner(asked)));
    const { client } = await connected(server, options, { revisions: LEGACY });
    const changes = await client.listen({ toolsListChanged: true });
    away = true;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      server.by("GET")[0]?.break();
      const state = { over: false };
      void client.closed.then(() => (state.over = true));
      while (!state.over) {
        await vi.advanceTimersByTimeAsync(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await client.closed).toMatchObject({ kind: "error" });
      await expect(changes[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "closed" });
      await expect(client.call("any")).rejects.toMatchObject({ code: "closed" });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("initialize that fails", () => {
  it.each([400, 404, 405])("with HTTP %i and no stream either is that failure", async (status) => {
    const server = await serving((asked) => asked.reply(asked.method === "GET" ? 405 : status));
    await expect(connected(server)).rejects.toMatchObject({ code: "http", data: { status } });
    expect(server.asked.map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
  });

  it("with an error of a newer revision is that error, and no stream is tried", async () => {
    const server = await serving((asked) => asked.error(-32022, { supported: ["2026-07-28"], requested: "x" }, 400));
    await expect(connected(server, {}, { revisions: LEGACY })).rejects.toMatchObject({ code: -32022 });
    expect(server.by("GET")).toEqual([]);
  });

  it("with an error in a 400 is that error, after no stream was found", async () => {
    const server = await serving((asked) =>
      asked.method === "GET" ? asked.reply(405) : asked.error(-32000, undefined, 400),
    );
    await expect(connected(server, {}, { revisions: LEGACY })).rejects.toMatchObject({ code: -32000 });
    expect(server.by("GET")).toHaveLength(1);
  });

  it.each([401, 403, 500])("with HTTP %i is that failure at once", async (status) => {
    const server = await serving((asked) => asked.reply(status));
    await expect(connected(server, {}, { revisions: LEGACY })).rejects.toMatchObject({
      code: "http",
      data: { status },
    });
    expect(server.asked).toHaveLength(1);
  });

  it("a stream that never names an endpoint is given up with the client's patience", async () => {
    const server = await serving((asked) => (asked.method === "GET" ? asked.stream() : asked.reply(404)));
    await expect(connected(server, {}, { revisions: LEGACY, timeout: 100 })).rejects.toMatchObject({ code: "timeout" });
    await server.by("GET")[0]?.gone;
  });
});
