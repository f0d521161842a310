import { afterEach, describe, expect, it } from "vitest";
import { LEGACY } from "../behaviour/bindings.ts";
import { closeAll, connected, SENDERS, serving } from "./both.ts";
import { initialized, stateful } from "./scripted.ts";

afterEach(closeAll);

const text = (said: string) => ({ content: [{ type: "text", text: said }] });
const asking = { revisions: LEGACY } as const;

describe.each(SENDERS)("a session of an older revision, by %s", (_name, options) => {
  it("LHTTP-6, LIFE-4: every request after the handshake says session and revision, and DELETE ends it", async () => {
    const server = await serving(stateful((asked) => asked.result(text("hi"))));
    const { client } = await connected(server, options, asking);
    expect(await client.call("greet")).toBe("hi");
    await client.rootsChanged();
    await client.close();
    const [initialize, ...later] = server.asked;
    expect(initialize?.headers).not.toHaveProperty("mcp-session-id");
    expect(initialize?.headers).not.toHaveProperty("mcp-protocol-version");
    expect(later.map(({ method }) => method).toSorted()).toEqual(["DELETE", "GET", "POST", "POST", "POST"]);
    for (const { headers } of later) {
      expect(headers).toMatchObject({ "mcp-session-id": "s1", "mcp-protocol-version": "2025-11-25" });
      expect(headers).not.toHaveProperty("mcp-method");
    }
    expect(server.by("GET")[0]?.headers.accept).toBe("text/event-stream");
  });

  it("VER-11: a client of both eras falls back where the probe is refused", async () => {
    const server = await serving(stateful((asked) => asked.result(text("hi"))));
    const { client } = await connected(server, options);
    expect(client.version).toBe("2025-11-25");
    expect(server.methods).toEqual(["server/discover", "initialize", "notifications/initialized"]);
  });

  it("answers what the server asks, on the stream of a request and on its own", async () => {
    const server = await serving(
      stateful(
        (asked) => {
          asked.stream();
          asked.event({ jsonrpc: "2.0", id: 1, method: "elicitation/create", params: form });
          void server
            .until(({ method, message }) => method === "POST" && message.result?.action === "decline")
            .then(() => {
              asked.event({ jsonrpc: "2.0", id: asked.message.id, result: text("asked") });
              asked.end();
            });
        },
        {
          get: (asked) => {
            asked.stream();
            asked.event({ jsonrpc: "2.0", id: "ping-1", method: "ping" });
            asked.event({
              jsonrpc: "2.0",
              method: "notifications/message",
              params: { level: "info", data: "unasked" },
            });
          },
        },
      ),
    );
    const form = { message: "?", requestedSchema: { type: "object", properties: {} } };
    const heard: unknown[] = [];
    const { client } = await connected(server, options, {
      ...asking,
      on: {
        "elicitation/create": () => ({ action: "decline" }),
        "notifications/message": ({ data }) => heard.push(data),
      },
    });
    expect(await client.call("ask")).toBe("asked");
    const pong = await server.until(({ method, text: body }) => method === "POST" && body.includes("ping-1"));
    expect(pong.message).toEqual({ jsonrpc: "2.0", id: "ping-1", result: {} });
    expect(pong.headers["mcp-session-id"]).toBe("s1");
    expect(heard).toEqual(["unasked"]);
  });

  it("LHTTP-5: an aborted call is cancelled by a notification", async () => {
    const server = await serving(stateful((asked) => asked.stream()));
    const { client } = await connected(server, options, asking);
    const controller = new AbortController();
    const call = client.call("wait", {}, { signal: controller.signal });
    const asked = await server.until(({ method, message }) => method === "POST" && message.method === "tools/call");
    controller.abort("enough");
    await expect(call).rejects.toMatchObject({ code: "aborted" });
    const told = await server.until(
      ({ method, message }) => method === "POST" && message.method === "notifications/cancelled",
    );
    expect(told.message.params).toEqual({ requestId: asked.message.id, reason: "enough" });
  });

  it("the server cancels what it asked: nothing is answered, and the handler hears of it", async () => {
    let stream: { event(message: object): void } | undefined;
    const server = await serving(
      stateful((asked) => asked.result(text("done")), {
        get: (asked) => {
          asked.stream();
          asked.event({ jsonrpc: "2.0", id: 9, method: "roots/list" });
          stream = asked;
        },
      }),
    );
    let stopped: (() => void) | undefined;
    const aborted = new Promise<void>((resolve) => {
      stopped = resolve;
    });
    const { client } = await connected(server, options, {
      ...asking,
      on: {
        "roots/list": (_params, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener("abort", () => {
              stopped?.();
              resolve({ roots: [] });
            });
            stream?.event({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 9 } });
          }),
      },
    });
    await aborted;
    await client.call("any");
    expect(server.methods).not.toContain("response");
  });

  it("REL-29: an answer on another stream settles its request; twice, or unknown, it is told and ignored", async () => {
    let stream: { event(message: object): void } | undefined;
    const server = await serving(
      stateful(
        (asked) => {
          asked.stream();
          const answer = { jsonrpc: "2.0", id: asked.message.id, result: text("elsewhere") };
          stream?.event(answer);
          stream?.event(answer);
          stream?.event({ jsonrpc: "2.0", id: 999, result: {} });
        },
        {
          get: (asked) => {
            asked.stream();
            stream = asked;
          },
        },
      ),
    );
    const { client, problems } = await connected(server, options, asking);
    await server.until(({ method }) => method === "GET");
    expect(await client.call("any")).toBe("elsewhere");
    await client.call("any");
    expect(problems.length).toBeGreaterThanOrEqual(2);
  });

  it("LHTTP-6: a session id that no header can have is refused, and so is one that is too long", async () => {
    for (const id of ["with space", "x".repeat(257)]) {
      const server = await serving((asked) => asked.result(initialized("2025-11-25"), { "mcp-session-id": id }));
      await expect(connected(server, options, asking)).rejects.toMatchObject({ code: "invalid_response" });
    }
  });

  it("works without a session, and without a stream", async () => {
    const server = await serving((asked) => {
      if (asked.method !== "POST") return asked.reply(405);
      if (asked.message.method === "initialize") return asked.result(initialized("2025-06-18", { tools: {} }));
      if (asked.message.id === undefined) return asked.reply(202);
      asked.result(text("hi"));
    });
    const { client, problems } = await connected(server, options, asking);
    expect(await client.call("greet")).toBe("hi");
    await server.until(({ method }) => method === "GET");
    await client.close();
    expect(server.by("DELETE")).toEqual([]);
    expect(server.of("tools/call")[0]?.headers["mcp-protocol-version"]).toBe("2025-06-18");
    expect(problems).toEqual([]);
  });

  it("the oldest of these revisions has no header for itself, and has batches", async () => {
    const server = await serving(
      stateful(
        (asked) => {
          const { id } = asked.message;
          const log = {
            jsonrpc: "2.0",
            method: "notifications/message",
            params: { level: "info", data: "in a batch" },
          };
          asked.json([log, { jsonrpc: "2.0", id, result: text("batched") }]);
        },
        { version: "2025-03-26" },
      ),
    );
    const heard: unknown[] = [];
    const on = { "notifications/message": ({ data }: { data: unknown }) => void heard.push(data) };
    const { client } = await connected(server, options, { revisions: ["2025-03-26"], on });
    expect(await client.call("any")).toBe("batched");
    expect(heard).toEqual(["in a batch"]);
    expect(server.of("tools/call")[0]?.headers).not.toHaveProperty("mcp-protocol-version");
  });

  it("a batch is no answer in later revisions", async () => {
    const server = await serving(
      stateful((asked) => asked.json([{ jsonrpc: "2.0", id: asked.message.id, result: text("batched") }])),
    );
    const { client } = await connected(server, options, asking);
    await expect(client.call("any")).rejects.toMatchObject({ code: "invalid_response" });
  });

  it("DELETE that is refused, or never answered, holds up nothing for long", async () => {
    const server = await serving((asked) => {
      if (asked.method !== "DELETE") stateful(() => {})(asked);
    });
    const { client } = await connected(server, options, asking);
    const started = performance.now();
    await client.close();
    expect(performance.now() - started).toBeLessThan(3000);
    expect(server.by("DELETE")).toHaveLength(1);
  });
});

describe("a lost session", () => {
  it("T-55: is opened anew once for all who miss it, and their requests are sent again", async () => {
    let known = "s1";
    const inner = stateful(
      (asked) => {
        if (asked.headers["mcp-session-id"] !== known) {
          return asked.json(
            { jsonrpc: "2.0", id: null, error: { code: -32001, message: "Session not found" } },
            {},
            404,
          );
        }
        const { method, params } = asked.message;
        asked.result(method === "tools/call" ? text(params?.["name"]) : {});
      },
      {
        capabilities: { tools: { listChanged: true }, logging: {}, resources: { subscribe: true, listChanged: true } },
      },
    );
    const server = await serving(inner);
    const heard: string[] = [];
    const { client, problems } = await connected(
      server,
      {},
      {
        ...asking,
        on: {
          "notifications/tools/list_changed": () => heard.push("tools"),
          "notifications/resources/list_changed": () => heard.push("resources"),
          "notifications/resources/updated": ({ uri }) => heard.push(uri),
        },
      },
    );
    await client.setLogLevel("debug");
    await client.request("resources/subscribe", { uri: "x:1" });
    await client.request("resources/subscribe", { uri: "x:2" });
    await client.request("resources/unsubscribe", { uri: "x:2" });
    known = "s2";
    const names = ["a", "b", "c", "d", "e"];
    expect(await Promise.all(names.map((name) => client.call(name)))).toEqual(names);
    expect(server.of("initialize")).toHaveLength(2);
    expect(server.of("initialize")[1]?.headers).not.toHaveProperty("mcp-session-id");
    expect(server.of("notifications/initialized")[1]?.headers["mcp-session-id"]).toBe("s2");
    expect(server.of("logging/setLevel").at(-1)?.headers["mcp-session-id"]).toBe("s2");
    const again = server.of("resources/subscribe").filter(({ headers }) => headers["mcp-session-id"] === "s2");
    expect(again.map(({ message }) => message.params)).toEqual([{ uri: "x:1" }]);
    expect(heard.toSorted()).toEqual(["resources", "tools", "x:1"]);
    expect(problems).toEqual([]);
  });

  it("is found by a notification, too, and the notification is sent again", async () => {
    let known = "s1";
    const inner = stateful(() => {});
    const server = await serving((asked) => {
      const session = asked.headers["mcp-session-id"];
      if (asked.method === "POST" && session !== undefined && session !== known) asked.reply(404);
      else inner(asked);
    });
    const { client } = await connected(server, {}, asking);
    known = "s2";
    await client.rootsChanged();
    const told = server.of("notifications/roots/list_changed");
    expect(told.map(({ headers }) => headers["mcp-session-id"])).toEqual(["s1", "s2"]);
  });

  it("is given up where the new one is lost at once", async () => {
    const server = await serving(stateful((asked) => asked.reply(404)));
    const { client } = await connected(server, {}, asking);
    await expect(client.call("any")).rejects.toMatchObject({ code: "http", data: { status: 404 } });
    expect(server.of("tools/call")).toHaveLength(2);
    expect(server.of("initialize")).toHaveLength(2);
  });

  it("is an error for all where no other is opened", async () => {
    let opened = 0;
    const inner = stateful((asked) => asked.reply(404));
    const server = await serving((asked) => {
      if (asked.method === "POST" && asked.message.method === "initialize" && ++opened > 1) return asked.reply(503);
      inner(asked);
    });
    const { client } = await connected(server, {}, asking);
    const outcomes = await Promise.allSettled([client.call("a"), client.call("b")]);
    expect(outcomes.map((one) => one.status === "rejected" && one.reason.data)).toEqual([
      { status: 503 },
      { status: 503 },
    ]);
  });

  it("is not opened in another revision than the client speaks", async () => {
    let version = "2025-11-25";
    const server = await serving((asked) => stateful((one) => one.reply(404), { version })(asked));
    const { client } = await connected(server, {}, asking);
    version = "2025-06-18";
    await expect(client.call("a")).rejects.toMatchObject({
      code: "closed",
      message: expect.stringContaining("session"),
    });
    expect(server.of("initialize")[1]?.message.params).toMatchObject({ protocolVersion: "2025-11-25" });
  });

  it("a 404 that says that the method is unknown is an answer, and so is any 400", async () => {
    let status = 404;
    const server = await serving(stateful((asked) => asked.error(-32601, undefined, status)));
    const { client } = await connected(server, {}, asking);
    await expect(client.call("a")).rejects.toMatchObject({ code: -32601 });
    status = 400;
    await expect(client.call("a")).rejects.toMatchObject({ code: -32601 });
    expect(server.of("initialize")).toHaveLength(1);
  });
});
