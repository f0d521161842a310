import { describe, expect, it, vi } from "vitest";
import { limits } from "../../src/limits.ts";
import { fetchHandler, HttpRefusal, type HttpOptions } from "../../src/server/http/index.ts";
import { Events } from "./events.ts";
import {
  gate,
  json,
  modern,
  MODERN,
  POSTED,
  Reached,
  refusal,
  reports,
  testServer,
  turn,
  URL_OF_ALL,
} from "./reached.ts";

const server = testServer()
  .tool("echo", {}, () => "done")
  .tool("big", {}, () => "x".repeat(300_000))
  .tool("target", {}, (_, { http }) => `${http?.method} ${http?.target} ${http?.header("x-mine")}`);

const headers = { ...POSTED, "mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": "echo" };
const body = modern("tools/call", { name: "echo" });
const request = (init: RequestInit & { duplex?: "half" } = {}) =>
  new Request(URL_OF_ALL, { method: "POST", headers, body: JSON.stringify(body), ...init });
const done = { result: { content: [{ text: "done" }] } };

describe("fetchHandler", () => {
  it("is a function, and an object with fetch, neither bound to the other", async () => {
    const handler = fetchHandler(server);
    const { fetch } = handler;
    expect(await json(handler(request()))).toMatchObject(done);
    expect(await json(fetch(request()))).toMatchObject(done);
    await handler.close();
  });

  it("gives what a host passes beside the request to nobody", async () => {
    // Workers call fetch(request, env, context).
    const serve = fetchHandler(server).fetch as (request: Request, ...more: object[]) => Promise<Response>;
    expect(await json(serve(request(), { body: "no" }, {}))).toMatchObject(done);
  });

  it.each([
    ["text", JSON.stringify(body)],
    ["bytes", new TextEncoder().encode(JSON.stringify(body))],
    ["a Buffer", Buffer.from(JSON.stringify(body))],
    ["parsed JSON", body],
  ])("takes a body that was read already: %s", async (_title, read) => {
    const used = request();
    await used.text();
    expect(await json(fetchHandler(server)(used, { body: read }))).toMatchObject(done);
  });

  it("takes a body that was read already as it is: it has the same limit and the same rules", async () => {
    const handler = fetchHandler(server, { bodyBytes: 50 });
    for (const read of [JSON.stringify(body), new TextEncoder().encode(JSON.stringify(body)), body]) {
      expect((await handler(request(), { body: read })).status).toBe(413);
    }
    expect(await refusal(fetchHandler(server)(request(), { body: new Uint8Array([0xff]) }))).toEqual([400, -32700]);
    expect(await refusal(fetchHandler(server)(request(), { body: "{" }))).toEqual([400, -32700]);
    expect(await refusal(fetchHandler(server)(request(), { body: [] }))).toEqual([400, -32600]);
    expect(await refusal(fetchHandler(server)(request(), { body: null }))).toEqual([400, -32600]);
  });

  it("puts a body together that comes in pieces, also where a piece ends within a character", async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(modern("tools/call", { name: "echo", more: "é😀" })));
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    expect(await json(fetchHandler(server)(request({ body: stream, duplex: "half" })))).toMatchObject(done);
  });

  it("stops reading a body that says nothing of its length when it is too long", async () => {
    let pulled = 0;
    const cancelled = gate();
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(1000).fill(32));
      },
      cancel: () => cancelled.open(),
    });
    const response = await fetchHandler(server, { bodyBytes: 10_000 })(request({ body: stream, duplex: "half" }));
    expect(response.status).toBe(413);
    await cancelled.opened;
    expect(pulled).toBeLessThan(20);
  });

  it("does not read a body at all that says that it is too long", async () => {
    const pull = vi.fn<() => void>();
    const stream = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
    const long = request({ body: stream, duplex: "half", headers: { ...headers, "content-length": "99999" } });
    expect((await fetchHandler(server, { bodyBytes: 10_000 })(long)).status).toBe(413);
    expect(pull).not.toHaveBeenCalled();
  });

  it("a body that breaks off is refused with 400, and is no failure of the server", async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new TypeError("terminated")),
    });
    expect(await refusal(new Reached(testServer()).post(stream))).toEqual([400, -32600]);
    expect(reports).toEqual([]);
  });

  it("a body that does not come is given up after bodyTimeout, with 408", async () => {
    vi.useFakeTimers();
    try {
      const stream = new ReadableStream<Uint8Array>({});
      const reply = fetchHandler(server)(request({ body: stream, duplex: "half" }));
      await vi.advanceTimersByTimeAsync(limits.bodyTimeout + 1);
      expect((await reply).status).toBe(408);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("no body is no JSON", async () => {
    expect(await refusal(new Reached(testServer()).post(undefined))).toEqual([400, -32700]);
  });

  it("gives a result above 64 kB as it is", async () => {
    const { result } = await json(new Reached(server).ask("tools/call", { name: "big" }));
    expect(result).toMatchObject({ content: [{ text: "x".repeat(300_000) }] });
  });

  it("tells handlers of the request that brought them", async () => {
    const reached = new Reached(server, {}, "http://localhost/some/path?x=1");
    const { result } = await json(reached.ask("tools/call", { name: "target" }, { headers: { "x-mine": "yes" } }));
    expect(result).toMatchObject({ content: [{ text: "POST /some/path?x=1 yes" }] });
  });

  it("a request that was aborted already runs nothing and holds up nobody", async () => {
    const run = vi.fn<() => string>(() => "done");
    const reached = new Reached(testServer().tool("run", {}, run));
    const response = await reached
      .ask("tools/call", { name: "run" }, { signal: AbortSignal.abort() })
      .catch(() => undefined);
    expect(response?.ok ?? false).toBe(false);
    expect(run).not.toHaveBeenCalled();
    await reached.handler.close({ graceTimeout: 60_000 });
  });

  it("T-10: a request that is aborted while it runs is cancelled, and its host gets a reply that nobody reads", async () => {
    const started = gate();
    const stopped = gate();
    const waiting = testServer().tool("wait", {}, async (_, { signal }) => {
      signal.addEventListener("abort", () => stopped.open());
      started.open();
      await stopped.opened;
      return "late";
    });
    const leaving = new AbortController();
    const reached = new Reached(waiting);
    const reply = reached.ask("tools/call", { name: "wait" }, { signal: leaving.signal });
    await started.opened;
    leaving.abort();
    await stopped.opened;
    expect((await reply).ok).toBe(false);
  });

  it("a stream that is cut off when the endpoint closes aborts its handler", async () => {
    const stopped = gate();
    const stubborn = testServer().tool("wait", {}, async (_, context) => {
      context.signal.addEventListener("abort", () => stopped.open());
      await context.progress(1);
      await stopped.opened;
      return "late";
    });
    const reached = new Reached(stubborn);
    const events = new Events(await reached.ask("tools/call", { name: "wait" }, { meta: { progressToken: 1 } }));
    await events.message();
    await reached.handler.close({ graceTimeout: 0 });
    await stopped.opened;
    await expect(events.rest()).rejects.toThrow();
  });

  it("a slow reader makes the handler wait, and nothing is lost", async () => {
    let sent = 0;
    const go = gate();
    const flooding = testServer().tool("flood", {}, async (_, context) => {
      for (let n = 0; n < 100; n++) {
        await context.log("info", "x".repeat(20_000));
        sent++;
      }
      go.open();
      return "done";
    });
    const meta = { "io.modelcontextprotocol/logLevel": "info" };
    const response = await new Reached(flooding).ask("tools/call", { name: "flood" }, { meta });
    for (let round = 0; round < 20; round++) await turn();
    expect(sent).toBeLessThan(20);
    const messages = await new Events(response).rest();
    await go.opened;
    expect(messages.length).toBe(101);
  });
});

describe("authenticate", () => {
  const asked = (authenticate: HttpOptions["authenticate"]) =>
    new Reached(server, { authenticate }).ask("tools/call", { name: "echo" });
  const challenge = {
    "www-authenticate": 'Bearer resource_metadata="https://x.example/.well-known"',
    "retry-after": "9",
  };

  it("lets in who it knows, at once or later", async () => {
    expect((await asked(() => ({ id: "ann" }))).status).toBe(200);
    expect((await asked(async () => ({ id: "ann" }))).status).toBe(200);
  });

  it.each<[title: string, authenticate: NonNullable<HttpOptions["authenticate"]>]>([
    ["given", () => new HttpRefusal(401, "Who are you?", challenge)],
    ["given later", async () => new HttpRefusal(401, "Who are you?", challenge)],
    [
      "thrown",
      () => {
        throw new HttpRefusal(401, "Who are you?", challenge);
      },
    ],
    ["rejected", () => Promise.reject(new HttpRefusal(401, "Who are you?", challenge))],
  ])("refuses with the status and headers of its refusal, %s", async (_title, authenticate) => {
    const response = await asked(authenticate);
    expect([response.status, response.headers.get("www-authenticate"), response.headers.get("retry-after")]).toEqual([
      401,
      challenge["www-authenticate"],
      "9",
    ]);
    expect((await json(response)).error).toEqual({ code: -32600, message: "Who are you?" });
    expect(reports).toEqual([]);
  });

  it.each<[title: string, authenticate: NonNullable<HttpOptions["authenticate"]>]>([
    [
      "throws something else",
      () => {
        throw new Error("secret");
      },
    ],
    ["rejects with something else", () => Promise.reject(new Error("secret"))],
    ["gives nobody", () => ({ id: "" })],
    ["gives nothing", () => undefined as never],
    ["refuses with a header that cannot be sent", () => new HttpRefusal(401, "no", { "www-authenticate": "a\nb" })],
  ])("that %s lets nobody in: 500, the author is told and the client not", async (_title, authenticate) => {
    const response = await asked(authenticate);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
    expect(reports.length).toBe(1);
  });

  it("is asked on every request, before the body is read", async () => {
    const authenticate = vi.fn<() => HttpRefusal>(() => new HttpRefusal(401, "Who are you?"));
    const reached = new Reached(server, { authenticate });
    const pull = vi.fn<() => void>();
    const stream = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
    expect((await reached.post(stream)).status).toBe(401);
    expect((await reached.send("GET", {})).status).toBe(401);
    expect([authenticate.mock.calls.length, pull.mock.calls.length]).toEqual([2, 0]);
  });
});
