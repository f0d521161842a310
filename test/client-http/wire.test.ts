import { afterEach, describe, expect, it } from "vitest";
import fc from "fast-check";
import { OpenCall } from "../../src/jsonrpc/index.ts";
import { createSender } from "../../src/client/http/sender-node.ts";
import { createSender as createFetchSender } from "../../src/client/http/sender-web.ts";
import { HttpTransport } from "../../src/client/http/transport.ts";
import { decodeHeaderValue } from "../../src/protocol/index.ts";
import { closeAll, connected, serving } from "./both.ts";
import { stateful, stateless } from "./scripted.ts";

afterEach(closeAll);

const ok = { resultType: "complete", content: [] };

const quiet = () => new OpenCall({ emit: () => {} });

const _meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };

describe.each([
  ["node:http", createSender],
  ["fetch", createFetchSender],
] as const)("headers on the wire, by %s", (_name, create) => {
  async function sending() {
    const server = await serving((asked) => asked.result(ok));
    const url = new URL(server.url);
    const transport = new HttpTransport(url, create(url, {}));
    const send = (method: string, params: object, version = "2026-07-28") =>
      transport.exchange(
        {
          jsonrpc: "2.0",
          id: 1,
          method,
          params: { ...params, _meta: { ..._meta, "io.modelcontextprotocol/protocolVersion": version } },
        },
        quiet(),
      );
    return { server, transport, send };
  }

  it.each([
    "plain",
    "=?base64?ZWNobw==?=",
    "with\r\nX-Injected: 1",
    "nul\0byte",
    "\ttab",
    " leading and trailing ",
    "emoji 🎉",
    "Ünïcode",
    "",
  ])("SEC-21, SEC-22: the name %j arrives as it is", async (name) => {
    const { server, transport, send } = await sending();
    await send("tools/call", { name });
    await send("resources/read", { uri: name });
    for (const { rawHeaders, headers, message } of server.asked) {
      expect(decodeHeaderValue(headers["mcp-name"] as string)).toBe(name);
      expect(message.params?.["name"] ?? message.params?.["uri"]).toBe(name);
      for (const text of rawHeaders) expect(text).toMatch(/^[ -~]*$/);
      expect(rawHeaders.map((one) => one.toLowerCase())).not.toContain("x-injected");
    }
    await transport.close();
  });

  it("SEC-22: any name does", async () => {
    const { server, transport, send } = await sending();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 40 }), async (name) => {
        await send("prompts/get", { name });
        const { headers } = server.asked.at(-1) as (typeof server.asked)[number];
        expect(decodeHeaderValue(headers["mcp-name"] as string)).toBe(name);
      }),
      { numRuns: 60 },
    );
    await transport.close();
  });

  it("SEC-22: what is too long for a header is refused here, by its name", async () => {
    const { server, transport, send } = await sending();
    const long = "x".repeat(8193);
    await expect(send("tools/call", { name: long })).rejects.toMatchObject({
      code: "limit",
      data: { limit: "headerLength" },
    });
    await expect(send("resources/read", { uri: long })).rejects.toThrow("The uri of resources/read");
    await expect(send("x".repeat(8193), {})).rejects.toThrow("The method");
    expect(server.asked).toEqual([]);
    await send("tools/call", { name: "x".repeat(8192) });
    await transport.close();
  });

  it.each(["a\r\nb", "ümlaut", "with space", ""])(
    "a method or revision that no header can say is refused here: %j",
    async (text) => {
      const { server, transport, send } = await sending();
      await expect(send(text, {})).rejects.toMatchObject({ code: "not_supported" });
      await expect(send("tools/list", {}, text)).rejects.toMatchObject({ code: "not_supported" });
      expect(server.asked).toEqual([]);
      await transport.close();
    },
  );

  it("a request that is no JSON is refused here", async () => {
    const { server, transport, send } = await sending();
    await expect(send("tools/call", { name: "x", arguments: { n: 1n } })).rejects.toThrow(TypeError);
    expect(server.asked).toEqual([]);
    await transport.close();
  });
});

it("ids and progress tokens on the wire are the transport's own, so that sources can share it", async () => {
  const server = await serving((asked) =>
    asked.result({ ...ok, token: asked.message.params?.["_meta"].progressToken }),
  );
  const url = new URL(server.url);
  const transport = new HttpTransport(url, createSender(url, {}));
  const send = (id: string) =>
    transport.exchange(
      { jsonrpc: "2.0", id, method: "tools/list", params: { _meta: { ..._meta, progressToken: "mine" } } },
      quiet(),
    );
  const responses = await Promise.all([send("same"), send("same")]);
  expect(responses.map(({ id }) => id)).toEqual(["same", "same"]);
  expect(new Set(server.asked.map(({ message }) => message.id))).toEqual(new Set([1, 2]));
  for (const { message } of server.asked) expect(message.params?.["_meta"].progressToken).toBe(message.id);
  await transport.close();
});

it("a notification says its method and the revision of the requests before it (HTTP-2)", async () => {
  const server = await serving((asked) => (asked.message.id === undefined ? asked.reply(202) : asked.result(ok)));
  const url = new URL(server.url);
  const transport = new HttpTransport(url, createSender(url, {}));
  await transport.send({ jsonrpc: "2.0", method: "notifications/com.example" });
  expect(server.asked[0]?.headers).toMatchObject({
    "mcp-method": "notifications/com.example",
    "mcp-protocol-version": "2026-07-28",
  });
  await transport.close();
  expect(await transport.closed).toEqual({ kind: "closed" });
});

it("end() lets run what runs, and takes no more", async () => {
  const held: (() => void)[] = [];
  const server = await serving((asked) => held.push(() => asked.result(ok)));
  const url = new URL(server.url);
  const transport = new HttpTransport(url, createSender(url, {}));
  const request = { jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta } } as const;
  const running = transport.exchange(request, quiet());
  await server.until(() => true);
  const ended = transport.end();
  await expect(transport.exchange(request, quiet())).rejects.toMatchObject({ code: "closed" });
  held[0]?.();
  expect((await running).error).toBeUndefined();
  await ended;
  expect(await transport.closed).toEqual({ kind: "closed" });
});

it("end() waits no longer than the grace time", async () => {
  const server = await serving(() => {});
  const url = new URL(server.url);
  const transport = new HttpTransport(url, createSender(url, {}), {}, { graceTimeout: 20 });
  const running = transport.exchange({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta } }, quiet());
  await server.until(() => true);
  const [outcome] = await Promise.allSettled([running, transport.end()]);
  expect(outcome).toMatchObject({ status: "rejected", reason: { code: "closed" } });
});

it("a thousand requests wait, and one more is refused", async () => {
  const server = await serving(stateless(() => {}));
  const { client } = await connected(server, { fetch: slow });
  const waiting = Array.from({ length: 1000 }, () => client.call("x").catch((error: { code: string }) => error.code));
  await expect(client.call("x")).rejects.toMatchObject({ code: "limit", data: { limit: "pending" } });
  await client.close();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(["closed"]));
});

/** Answers the probe and nothing else. */
const slow = ((url: string, init: RequestInit) =>
  String(init.body).includes("server/discover") ? fetch(url, init) : new Promise(() => {})) as typeof fetch;

it("connections are kept: requests one after another share one", async () => {
  const ports = new Set<unknown>();
  const server = await serving(
    stateful((asked) => {
      ports.add(asked.response.socket?.remotePort);
      asked.result(ok);
    }),
  );
  const { client } = await connected(server);
  for (let times = 0; times < 10; times++) await client.call("x");
  expect(ports.size).toBe(1);
});
