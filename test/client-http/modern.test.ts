import { afterEach, describe, expect, it } from "vitest";
import { LocalError } from "../../src/errors.ts";
import { all } from "../behaviour/collect.ts";
import { closeAll, connected, SENDERS, serving } from "./both.ts";
import { DISCOVERED, stateless } from "./scripted.ts";

afterEach(closeAll);

const text = (said: string) => ({ resultType: "complete", content: [{ type: "text", text: said }] });
const hints = { resultType: "complete", ttlMs: 0, cacheScope: "private" };

describe.each(SENDERS)("a stateless server, by %s", (_name, options) => {
  it("HTTP-1, HTTP-2: each message is a POST that says what is in it", async () => {
    const server = await serving(stateless((asked) => asked.result(text("hi"))));
    const { client } = await connected(server, options);
    expect(client.version).toBe("2026-07-28");
    expect(await client.call("greet", { who: "you" })).toBe("hi");
    const [probe, call] = server.asked;
    expect(probe?.headers).toMatchObject({ "mcp-method": "server/discover", "mcp-protocol-version": "2026-07-28" });
    expect(call?.method).toBe("POST");
    expect(call?.path).toBe("/mcp");
    expect(call?.headers).toMatchObject({
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "content-length": String(call?.text.length),
      "mcp-method": "tools/call",
      "mcp-name": "greet",
      "mcp-protocol-version": "2026-07-28",
    });
    expect(call?.headers).not.toHaveProperty("mcp-session-id");
  });

  it("HTTP-3: takes the answer from a stream, and what belongs to the request before it", async () => {
    const server = await serving(
      stateless((asked) => {
        const { id, params } = asked.message;
        asked.stream();
        asked.write(": a comment\n\nevent: other\ndata: {}\n\n");
        const progressToken = params?.["_meta"].progressToken;
        asked.event({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken, progress: 1 } });
        asked.event({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "working" } });
        asked.event({ jsonrpc: "2.0", id, result: text("done") });
        asked.end();
      }),
    );
    const heard: unknown[] = [];
    const { client } = await connected(server, options, {
      on: { "notifications/message": ({ data }) => heard.push(data) },
    });
    expect(await client.call("work", {}, { onProgress: ({ progress }) => heard.push(progress) })).toBe("done");
    expect(heard).toEqual([1, "working"]);
  });

  it("answers come in any order: nothing waits for another", async () => {
    const held: (() => void)[] = [];
    const server = await serving(
      stateless((asked) => {
        const { name } = asked.message.params ?? {};
        held.push(() => asked.result(text(name)));
        if (held.length === 3) for (const answer of held.toReversed()) answer();
      }),
    );
    const { client } = await connected(server, options);
    expect(await Promise.all(["a", "b", "c"].map((name) => client.call(name)))).toEqual(["a", "b", "c"]);
  });

  it("HTTP-9: an aborted call ends its HTTP request, and sends nothing else", async () => {
    const server = await serving(stateless((asked) => asked.stream()));
    const { client } = await connected(server, options);
    const controller = new AbortController();
    const call = client.call("wait", {}, { signal: controller.signal });
    const asked = await server.until(({ message }) => message.method === "tools/call");
    controller.abort("enough");
    await expect(call).rejects.toMatchObject({ code: "aborted", cause: "enough" });
    await asked.gone;
    expect(server.methods).toEqual(["server/discover", "tools/call"]);
  });

  it("a subscription is a request whose stream stays open", async () => {
    const server = await serving(
      stateless((asked) => {
        const { id, params } = asked.message;
        const _meta = { "io.modelcontextprotocol/subscriptionId": id };
        asked.stream();
        const told = { notifications: params?.["notifications"], _meta };
        asked.event({ jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params: told });
        asked.event({ jsonrpc: "2.0", method: "notifications/tools/list_changed", params: { _meta } });
      }),
    );
    const { client } = await connected(server, options);
    const changes = await client.listen({ toolsListChanged: true });
    for await (const change of changes) {
      expect(change).toEqual({ type: "tools" });
      break;
    }
    await (await server.until(({ message }) => message.method === "subscriptions/listen")).gone;
  });

  it("HTTP-8: a stream that breaks before its answer loses it, and is not resumed", async () => {
    const server = await serving(
      stateless((asked) => {
        asked.stream();
        asked.write("id: 7\ndata:\n\n");
        setImmediate(() => asked.break());
      }),
    );
    const { client } = await connected(server, options);
    const failed = client.call("work");
    await expect(failed).rejects.toThrow(LocalError);
    await expect(failed).rejects.toMatchObject({ code: "closed", message: expect.stringContaining("lost") });
    expect(server.by("GET")).toEqual([]);
  });

  it("a stream that ends well before its answer loses it as well", async () => {
    const server = await serving(
      stateless((asked) => {
        asked.stream();
        asked.end();
      }),
    );
    const { client } = await connected(server, options);
    await expect(client.call("work")).rejects.toMatchObject({
      code: "closed",
      message: expect.stringContaining("lost"),
    });
  });

  it("a stream that stays open after its answer is given up", async () => {
    const server = await serving(
      stateless((asked) => {
        asked.stream();
        asked.event({ jsonrpc: "2.0", id: asked.message.id, result: text("done") });
      }),
    );
    const { client } = await connected(server, options);
    expect(await client.call("work")).toBe("done");
    await server.asked[1]?.gone;
  });

  it("HTTP-30: an error is the answer whatever the status, with its id or without one", async () => {
    let withId = true;
    const server = await serving(
      stateless((asked) => {
        if (withId) asked.error(-32602, undefined, 400);
        else asked.json({ jsonrpc: "2.0", id: null, error: { code: -32600, message: "no" } }, {}, 500);
      }),
    );
    const { client } = await connected(server, options);
    await expect(client.call("x")).rejects.toMatchObject({ code: -32602 });
    withId = false;
    await expect(client.call("x")).rejects.toMatchObject({ code: -32600 });
  });

  it.each([
    [200, "application/json", "nonsense", "invalid_response"],
    [200, "text/html", "<html>", "invalid_response"],
    [202, "application/json", "", "invalid_response"],
    [200, "application/json", '{"jsonrpc":"2.0","id":99,"result":{}}', "invalid_response"],
    [200, "application/json", '{"jsonrpc":"2.0","method":"notifications/message","params":{}}', "invalid_response"],
    [200, "application/json", '{"jsonrpc":"2.0","id":1,"error":{"code":"x"}}', "invalid_response"],
    [200, "application/json", "\u00ff", "invalid_response"],
    [404, "text/plain", "not here", "http"],
    [404, "text/html", "<html>not here", "http"],
    [503, "application/json", "{}", "http"],
  ])("a reply %i %s %j is no answer", async (status, type, body, code) => {
    const server = await serving(
      stateless((asked) => {
        asked.response.writeHead(status, { "content-type": type });
        asked.response.end(Buffer.from(body, "latin1"));
      }),
    );
    const { client } = await connected(server, options);
    await expect(client.request("tools/call", { name: "x" })).rejects.toMatchObject({ name: "LocalError", code });
  });

  it("a server may not ask in this revision", async () => {
    const server = await serving(
      stateless((asked) => {
        asked.stream();
        asked.event({ jsonrpc: "2.0", id: 5, method: "roots/list" });
        asked.event({ jsonrpc: "2.0", id: asked.message.id, result: text("done") });
        asked.end();
      }),
    );
    const { client, problems } = await connected(server, options);
    expect(await client.call("work")).toBe("done");
    expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining("roots/list") })]);
  });

  it("progress for another call is brought to that call", async () => {
    let first: (() => void) | undefined;
    const server = await serving(
      stateless((asked) => {
        const { id, params } = asked.message;
        if (first === undefined) {
          const progressToken = params?.["_meta"].progressToken;
          first = () => asked.result(text("first"));
          held = { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken, progress: 3 } };
          return;
        }
        asked.stream();
        asked.event(held);
        asked.event({ jsonrpc: "2.0", id, result: text("second") });
        asked.end();
      }),
    );
    let held: object = {};
    const { client } = await connected(server, options);
    const seen: number[] = [];
    const one = client.call("one", {}, { onProgress: ({ progress }) => seen.push(progress) });
    await server.until(({ message }) => message.method === "tools/call");
    expect(await client.call("two")).toBe("second");
    expect(seen).toEqual([3]);
    first?.();
    expect(await one).toBe("first");
  });

  it("closing rejects what waits, and ends its HTTP requests", async () => {
    const server = await serving(stateless(() => {}));
    const { client } = await connected(server, options);
    const call = client.call("wait");
    const asked = await server.until(({ message }) => message.method === "tools/call");
    const [outcome] = await Promise.allSettled([call, client.close()]);
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "closed" } });
    await asked.gone;
    await expect(client.call("wait")).rejects.toMatchObject({ code: "closed" });
    expect(await client.closed).toEqual({ kind: "closed" });
    expect(server.by("DELETE")).toEqual([]);
  });
});

describe("x-mcp-header", () => {
  const tool = (name: string, properties: object) => ({ name, inputSchema: { type: "object", properties } });
  const region = { region: { type: "string", "x-mcp-header": "Region" } };
  const nested = { at: { type: "object", properties: { zip: { type: "integer", "x-mcp-header": "Zip" } } } };

  it("HTTP-5: arguments that a list told of are repeated in headers", async () => {
    const server = await serving(
      stateless((asked) => {
        const { method } = asked.message;
        if (method === "tools/list") asked.result({ ...hints, tools: [tool("find", { ...region, ...nested })] });
        else asked.result(text("ok"));
      }),
    );
    const { client } = await connected(server);
    await all(client.tools());
    await client.call("find", { region: "Ærø", at: { zip: 42 } });
    await client.call("find", { region: "", at: null });
    const [first, second] = server.of("tools/call");
    expect(first?.headers).toMatchObject({ "mcp-param-region": "=?base64?w4Zyw7g=?=", "mcp-param-zip": "42" });
    expect(second?.headers["mcp-param-region"]).toBe("");
    expect(second?.headers).not.toHaveProperty("mcp-param-zip");
  });

  it("HTTP-6, SEC-22: an argument that is too long for a header is refused here, by its name", async () => {
    const server = await serving(
      stateless((asked) => {
        const { method } = asked.message;
        asked.result(method === "tools/list" ? { ...hints, tools: [tool("find", region)] } : text("ok"));
      }),
    );
    const { client } = await connected(server);
    await all(client.tools());
    const failed = client.call("find", { region: "ü".repeat(5000) });
    await expect(failed).rejects.toMatchObject({ code: "limit", data: { limit: "headerLength" } });
    await expect(failed).rejects.toThrow("The argument region");
    expect(server.of("tools/call")).toEqual([]);
  });

  it("HTTP-6: a tool with a wrong annotation is left out, and the logger hears why", async () => {
    const wrong = { list: { type: "array", "x-mcp-header": "List" } };
    const server = await serving(
      stateless((asked) => asked.result({ ...hints, tools: [tool("good", region), tool("bad", wrong)] })),
    );
    const { client, problems } = await connected(server);
    expect((await all(client.tools())).map(({ name }) => name)).toEqual(["good"]);
    expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining('"bad"') })]);
  });

  it("HTTP-7, T-19: on -32020 the lists are read again, and the call is made once more", async () => {
    const server = await serving(
      stateless((asked) => {
        const { method, params } = asked.message;
        if (method === "tools/list") {
          const second = params?.["cursor"] === "2";
          asked.result(second ? { ...hints, tools: [tool("find", region)] } : { ...hints, tools: [], nextCursor: "2" });
        } else if (asked.headers["mcp-param-region"] === undefined) asked.error(-32020, undefined, 400);
        else asked.result(text("found"));
      }),
    );
    const { client } = await connected(server);
    expect(await client.call("find", { region: "north" })).toBe("found");
    expect(server.methods).toEqual(["server/discover", "tools/call", "tools/list", "tools/list", "tools/call"]);
    expect(await client.call("find", { region: "south" })).toBe("found");
    expect(server.of("tools/call").at(-1)?.headers["mcp-param-region"]).toBe("south");
  });

  it("HTTP-7: it is made once more only, and not without a list", async () => {
    const server = await serving(
      stateless((asked) => {
        if (asked.message.method === "tools/list") asked.result({ ...hints, tools: [] });
        else asked.error(-32020, undefined, 400);
      }),
    );
    const { client } = await connected(server);
    await expect(client.call("find")).rejects.toMatchObject({ code: -32020 });
    expect(server.of("tools/call")).toHaveLength(2);
    const refusing = await serving(stateless((asked) => asked.error(-32020, undefined, 400)));
    const { client: other } = await connected(refusing);
    await expect(other.call("find")).rejects.toMatchObject({ code: -32020 });
    expect(refusing.of("tools/call")).toHaveLength(1);
  });
});

it("a page of tools that is none is left to whoever checks it", async () => {
  const server = await serving(stateless((asked) => asked.result({ ...DISCOVERED, tools: "none" })));
  const { client } = await connected(server);
  await expect(client.request("tools/list", {})).rejects.toMatchObject({ code: "invalid_response" });
});
