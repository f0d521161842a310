import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSender } from "../../src/client/http/sender-node.ts";
import { LegacyStream } from "../../src/client/http/legacy-stream.ts";
import type { HttpOptions, StreamStatus } from "../../src/client/http/index.ts";
import { PACING, type Pacing } from "../../src/client/http/pacing.ts";
import { HttpTransport } from "../../src/client/http/transport.ts";
import { Client, type ClientOptions } from "../../src/client/index.ts";
import { LocalError } from "../../src/errors.ts";
import { LEGACY } from "../behaviour/bindings.ts";
import { closeAll, serving } from "./both.ts";
import { type Asked, type Script, type Scripted, stateful } from "./scripted.ts";

afterEach(closeAll);

/** Pauses of some milliseconds: what is tested is what follows them. */
const QUICK: Pacing = { retryLeast: 5, retryMost: 20, reconnects: 5, steady: 30_000, random: () => 0 };

const text = (said: string) => ({ content: [{ type: "text", text: said }] });

/** A client with short pauses, what it was told of its stream, and of problems. */
async function connected(server: Scripted, httpOptions: HttpOptions = {}, options: ClientOptions = {}) {
  const problems: { message: string; cause?: any }[] = [];
  const statuses: StreamStatus[] = [];
  const url = new URL(server.url);
  const onStatus = (status: StreamStatus): void => void statuses.push(status);
  const onProblem = (problem: unknown): void => void problems.push(problem as Error);
  const transport = new HttpTransport(url, createSender(url, {}), { onStatus, ...httpOptions }, { onProblem }, QUICK);
  const client = await Client.connect(transport, { revisions: LEGACY, ...options });
  return { client, problems, statuses };
}

const answer = (asked: Asked, said = "done"): object => ({ jsonrpc: "2.0", id: asked.message.id, result: text(said) });

describe("REL-20: the stream of a request that breaks off", () => {
  it("is read on with GET where it had an event with an id, and honours no other stream", async () => {
    let call: Asked | undefined;
    const server = await serving(
      stateful(
        (asked) => {
          call = asked;
          asked.stream();
          asked.write("id: e1\ndata:\n\n");
          asked.event({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: 1 } }, "e2");
          asked.break();
        },
        {
          get: (asked) => {
            if (asked.headers["last-event-id"] === undefined) return asked.reply(405);
            asked.stream();
            asked.event({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: 2 } }, "e3");
            asked.event(answer(call as Asked), "e4");
            asked.end();
          },
        },
      ),
    );
    const heard: unknown[] = [];
    const { client } = await connected(server, {}, { on: { "notifications/message": ({ data }) => heard.push(data) } });
    expect(await client.call("work")).toBe("done");
    expect(heard).toEqual([1, 2]);
    const [resumed] = server.by("GET").filter(({ headers }) => headers["last-event-id"] !== undefined);
    expect(resumed?.headers).toMatchObject({
      "last-event-id": "e2",
      "mcp-session-id": "s1",
      accept: "text/event-stream",
    });
    await client.close();
  });

  it("T-53: may be polled: each time a first event alone, then the answer", async () => {
    let call: Asked | undefined;
    let polls = 0;
    const poll: Script = (asked) => {
      asked.stream();
      asked.write(`retry: 5\nid: p${++polls}\ndata: \n\n`);
      if (polls === 8) asked.event(answer(call as Asked));
      asked.end();
    };
    const get: Script = (asked) => (asked.headers["last-event-id"] === undefined ? asked.reply(405) : poll(asked));
    const server = await serving(stateful((asked) => poll((call = asked)), { get }));
    const { client } = await connected(server);
    expect(await client.call("work")).toBe("done");
    const ids = server.by("GET").flatMap(({ headers }) => headers["last-event-id"] ?? []);
    expect(ids).toEqual(["p1", "p2", "p3", "p4", "p5", "p6", "p7"]);
    await client.close();
  });

  it("may be that of the handshake", async () => {
    let handshake: Asked | undefined;
    const server = await serving((asked) => {
      if (asked.method === "GET" && asked.headers["last-event-id"] === "h1") {
        asked.stream();
        const result = { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "s", version: "0" } };
        asked.event({ jsonrpc: "2.0", id: handshake?.message.id, result });
        asked.end();
      } else if (asked.message.method === "initialize") {
        handshake = asked;
        asked.stream({ "mcp-session-id": "s1" });
        asked.write("id: h1\ndata:\n\n");
        asked.end();
      } else asked.reply(asked.method === "GET" ? 405 : 202);
    });
    const { client } = await connected(server);
    expect(client.version).toBe("2025-11-25");
    expect(server.by("GET")[0]?.headers["mcp-session-id"]).toBe("s1");
    await client.close();
  });

  it("T-54: without an id the answer is lost", async () => {
    const server = await serving(
      stateful((asked) => {
        asked.stream();
        asked.event({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: 1 } });
        asked.end();
      }),
    );
    const { client } = await connected(server);
    await expect(client.call("work")).rejects.toMatchObject({
      code: "closed",
      message: expect.stringContaining("lost"),
    });
    await client.close();
  });

  it.each(["", "\u00e9", "x".repeat(1025)])("an id that no header can say is none: %j", async (id) => {
    const server = await serving(
      stateful((asked) => {
        asked.stream();
        asked.write(`id: e1\ndata:\n\nid: ${id}\ndata:\n\n`);
        asked.end();
      }),
    );
    const { client } = await connected(server);
    await expect(client.call("work")).rejects.toMatchObject({ code: "closed" });
    expect(server.by("GET").filter(({ headers }) => headers["last-event-id"] !== undefined)).toEqual([]);
    await client.close();
  });

  it.each([400, 404, 405])("REL-23: a server that no longer has the rest says so: %i", async (status) => {
    const begun: Script = (asked) => {
      asked.stream();
      asked.write("id: e1\ndata:\n\n");
      asked.end();
    };
    const server = await serving(stateful(begun, { get: (asked) => asked.reply(status) }));
    const { client } = await connected(server);
    await expect(client.call("work")).rejects.toMatchObject({
      code: "closed",
      message: expect.stringContaining(String(status)),
    });
    await client.close();
  });

  it("a server that fails is asked some more times", async () => {
    const begun: Script = (asked) => {
      asked.stream();
      asked.write("id: e1\ndata:\n\n");
      asked.end();
    };
    let resumed = 0;
    const get: Script = (asked) => {
      if (asked.headers["last-event-id"] === undefined) return asked.reply(405);
      resumed++;
      asked.reply(503);
    };
    const server = await serving(stateful(begun, { get }));
    const { client } = await connected(server);
    await expect(client.call("work")).rejects.toMatchObject({ code: "closed" });
    expect(resumed).toBe(5);
    await client.close();
  });

  it("is given up with its request", async () => {
    const server = await serving(
      stateful(
        (asked) => {
          asked.stream();
          asked.write("id: e1\ndata:\n\n");
          asked.end();
        },
        { get: (asked) => (asked.headers["last-event-id"] === undefined ? asked.reply(405) : asked.stream()) },
      ),
    );
    const { client } = await connected(server);
    const controller = new AbortController();
    const call = client.call("work", {}, { signal: controller.signal });
    const resumed = await server.until(({ headers }) => headers["last-event-id"] === "e1");
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "aborted" });
    await resumed.gone;
    await client.close();
  });
});

describe("the stream on which a server speaks unasked", () => {
  it("is opened again at its last event", async () => {
    let opened = 0;
    const get: Script = (asked) => {
      asked.stream();
      asked.event(
        { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: ++opened } },
        `e${opened}`,
      );
      if (opened < 3) asked.end();
    };
    const server = await serving(stateful((asked) => asked.result(text("hi")), { get }));
    const heard: unknown[] = [];
    const { client, statuses } = await connected(
      server,
      {},
      { on: { "notifications/message": ({ data }) => heard.push(data) } },
    );
    await vi.waitFor(() => expect(heard).toEqual([1, 2, 3]));
    expect(server.by("GET").map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "e1", "e2"]);
    expect(statuses.map(({ state }) => state)).toEqual([
      "connected",
      "reconnecting",
      "connected",
      "reconnecting",
      "connected",
    ]);
    await client.close();
  });

  it.each([
    [
      "ends at once",
      (asked: Asked) => {
        asked.stream();
        asked.end();
      },
    ],
    ["is no stream", (asked: Asked) => asked.reply(200, { "content-type": "text/plain" }, "hello")],
    [
      "breaks",
      (asked: Asked) => {
        asked.stream();
        asked.break();
      },
    ],
    ["fails", (asked: Asked) => asked.reply(500)],
  ])("REL-26, REL-27: one that %s is given up after five more tries, and requests work on", async (_name, get) => {
    const server = await serving(stateful((asked) => asked.result(text("hi")), { get }));
    const { client, statuses, problems } = await connected(server);
    await vi.waitFor(() => expect(statuses.at(-1)?.state).toBe("lost"));
    expect(server.by("GET")).toHaveLength(6);
    expect(problems).toHaveLength(1);
    expect(await client.call("greet")).toBe("hi");
    expect(server.by("GET")).toHaveLength(6);
    await client.close();
  });

  it.each([404, 405, 406])("REL-28: %i says that there is none", async (status) => {
    const server = await serving(
      stateful((asked) => asked.result(text("hi")), { get: (asked) => asked.reply(status) }),
    );
    const { client, statuses, problems } = await connected(server);
    await server.until(({ method }) => method === "GET");
    expect(await client.call("greet")).toBe("hi");
    await client.close();
    expect(server.by("GET")).toHaveLength(1);
    expect([statuses, problems]).toEqual([[], []]);
  });

  it.each([401, 403])("REL-28: %i is told, and not asked again", async (status) => {
    const server = await serving(
      stateful((asked) => asked.result(text("hi")), { get: (asked) => asked.reply(status) }),
    );
    const { client, statuses, problems } = await connected(server);
    await vi.waitFor(() => expect(statuses).toEqual([{ state: "lost", error: expect.any(LocalError) }]));
    expect(problems[0]?.cause).toMatchObject({ code: "http", data: { status } });
    expect(server.by("GET")).toHaveLength(1);
    await client.close();
  });

  it("REL-21: an event that is too long ends it for good", async () => {
    const get: Script = (asked) => {
      asked.stream();
      asked.write(`data: ${"x".repeat(5000)}`);
    };
    const server = await serving(stateful((asked) => asked.result(text("hi")), { get }));
    const { client, statuses } = await connected(server, { eventBytes: 1000 });
    await vi.waitFor(() => expect(statuses.at(-1)?.state).toBe("lost"));
    expect(statuses.at(-1)).toMatchObject({ error: { code: "limit", data: { limit: "eventBytes" } } });
    await server.by("GET")[0]?.gone;
    expect(server.by("GET")).toHaveLength(1);
    await client.close();
  });

  it("ends with its session, and begins anew with the next", async () => {
    let known = "s1";
    const get: Script = (asked) => asked.stream();
    const server = await serving(
      stateful((asked) => (asked.headers["mcp-session-id"] === known ? asked.result(text("hi")) : asked.reply(404)), {
        get,
      }),
    );
    const { client } = await connected(server);
    const first = await server.until(({ method }) => method === "GET");
    known = "s2";
    expect(await client.call("greet")).toBe("hi");
    await first.gone;
    await server.until(({ method, headers }) => method === "GET" && headers["mcp-session-id"] === "s2");
    await client.close();
  });

  it("an onStatus that throws is told, and breaks nothing", async () => {
    const server = await serving(stateful((asked) => asked.result(text("hi")), { get: (asked) => asked.stream() }));
    const onStatus = (): never => {
      throw new Error("not today");
    };
    const { client, problems } = await connected(server, { onStatus });
    await vi.waitFor(() => expect(problems).toHaveLength(1));
    expect(await client.call("greet")).toBe("hi");
    await client.close();
  });
});

describe("REL-19: pauses", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A stream that ends whenever it is opened, and the pauses before it is opened again. */
  function pauses(each: (stream: LegacyStream) => void, pacing: Partial<Pacing> = {}): number[] {
    const delays: number[] = [];
    const lost: Error[] = [];
    const stream: LegacyStream = new LegacyStream(
      {
        endless: true,
        get: () => ({ stop() {} }),
        take() {},
        done: () => false,
        body: () => false,
        reconnecting: (_attempt, delay) => delays.push(delay),
        lost: (error) => lost.push(error),
      },
      { ...PACING, random: () => 0, ...pacing },
    );
    stream.open();
    for (let times = 0; times < 10 && lost.length === 0; times++) {
      each(stream);
      vi.advanceTimersByTime(delays.at(-1) ?? 0);
    }
    stream.stop();
    return delays;
  }

  it("grow, and end after five", () => {
    expect(pauses((stream) => stream.end())).toEqual([500, 1000, 2000, 4000, 8000]);
  });

  it("are longer by chance, by up to a quarter", () => {
    expect(pauses((stream) => stream.end(), { random: () => 1 })).toEqual([625, 1250, 2500, 5000, 10_000]);
  });

  it.each([
    [0, 500],
    [3000, 3000],
    [1e9, 60_000],
    [Number.MAX_VALUE, 60_000],
  ])("a retry of %i is one of %i", (retry, first) => {
    const [delay] = pauses((stream) => {
      stream.retry(retry);
      stream.end();
    });
    expect(delay).toBe(first);
  });

  it("grow also where each time a first event comes and nothing else, so that there is no storm", () => {
    const delays = pauses((stream) => {
      stream.event({ id: "1", data: "" });
      stream.end();
    });
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it("begin anew with a message, and with a stream that stayed open", () => {
    expect(
      pauses((stream) => {
        stream.event({ data: "{}" });
        stream.end();
      }),
    ).toEqual(Array.from({ length: 10 }, () => 500));
    expect(
      pauses((stream) => {
        stream.head(200, () => undefined);
        vi.advanceTimersByTime(30_000);
        stream.end();
      }),
    ).toEqual(Array.from({ length: 10 }, () => 500));
  });

  it("are as long as a server that has too much to do asks for", () => {
    const reply = { status: 429, text: "", header: (name: string) => (name === "retry-after" ? "7" : undefined) };
    expect(pauses((stream) => stream.body(reply)).slice(0, 2)).toEqual([7000, 7000]);
  });
});
