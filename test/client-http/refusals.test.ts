import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { http } from "../../src/client/http/index.ts";
import { Client } from "../../src/client/index.ts";
import { DefinitionError } from "../../src/errors.ts";
import { MODERN } from "../behaviour/bindings.ts";
import { closeAll, connected, SENDERS, serving } from "./both.ts";
import { type Asked, DISCOVERED, initialized, stateful, stateless } from "./scripted.ts";

afterEach(closeAll);

const ok = { resultType: "complete", content: [{ type: "text", text: "ok" }] };

describe.each(SENDERS)("what is no answer, by %s", (_name, options) => {
  it.each([
    [400, "MCP endpoint"],
    [401, "authorization"],
    [403, "refuses"],
    [404, "MCP endpoint"],
    [413, "too large"],
    [418, "refuses the request"],
    [429, "later"],
    [500, "failed"],
    [503, "failed"],
  ])("HTTP %i is an error that says what it means", async (status, words) => {
    const server = await serving(
      stateless((asked) => asked.reply(status, { "content-type": "text/plain" }, `because\u0007 ${"x".repeat(500)}`)),
    );
    const { client } = await connected(server, options);
    const failed = client.call("x");
    await expect(failed).rejects.toMatchObject({ name: "LocalError", code: "http", data: { status } });
    await expect(failed).rejects.toThrow(words);
    const { message } = (await failed.catch((error: unknown) => error)) as Error;
    expect(message).toMatch(/It says: because {1,2}x{190,199}$/);
  });

  it("a page for people is not shown", async () => {
    const server = await serving(stateless((asked) => asked.reply(404, { "content-type": "text/html" }, "<b>no</b>")));
    const { client } = await connected(server, options);
    const { message } = (await client.call("x").catch((error: unknown) => error)) as Error;
    expect(message).not.toContain("no</b>");
  });

  it("no secret reaches an error, though the server repeats it", async () => {
    const headers = { authorization: "Bearer sesame-open", "x-key": "another-secret" };
    const server = await serving(
      stateless((asked) =>
        asked.reply(
          403,
          { "content-type": "text/plain" },
          `${asked.headers.authorization} ${asked.headers["x-key"]} sesame-open`,
        ),
      ),
    );
    const { client } = await connected(server, { ...options, headers });
    const error = await client.call("x").catch((thrown: Error) => thrown);
    expect(inspect(error, { depth: 10 })).not.toMatch(/sesame|another/);
    const given = await connected(server, { ...options, headers: async () => headers });
    const second = await given.client.call("x").catch((thrown: Error) => thrown);
    expect(inspect(second, { depth: 10 })).not.toMatch(/sesame|another/);
    expect(inspect(client, { depth: 10, showHidden: true })).not.toMatch(/sesame|another/);
    expect(inspect(http(server.url, { ...options, headers }), { depth: 10 })).not.toMatch(/sesame/);
  });

  it("a server that cannot be reached is an error at once, in every era", async () => {
    const server = await serving(() => {});
    const { url } = server;
    await closeAll();
    const failed = Client.connect(http(url, options));
    await expect(failed).rejects.toMatchObject({ code: "http", data: { code: "ECONNREFUSED" } });
    await expect(failed).rejects.toThrow("nothing listens there");
  });

  it.each([307, 308])("a redirect %i to the same origin is followed, once", async (status) => {
    const server = await serving((asked) => {
      if (asked.path === "/mcp") asked.reply(status, { location: "/mcp/" });
      else if (asked.message.params?.["name"] === "loop") asked.reply(status, { location: "/mcp/" });
      else asked.result(asked.message.method === "server/discover" ? DISCOVERED : ok);
    });
    const { client } = await connected(server, { ...options, headers: { authorization: "Bearer x" } });
    expect(await client.call("x")).toBe("ok");
    expect(server.asked.at(-1)).toMatchObject({ path: "/mcp/", method: "POST" });
    expect(server.asked.at(-1)?.headers).toMatchObject({ authorization: "Bearer x", "mcp-method": "tools/call" });
    await expect(client.call("loop")).rejects.toMatchObject({ code: "http", data: { status } });
  });

  it.each([
    [301, "same"],
    [302, "same"],
    [303, "same"],
    [307, "other"],
    [308, "other"],
    [307, "user"],
    [307, "none"],
  ])("a redirect %i to %s is not: nothing is sent there", async (status, where) => {
    const other = await serving((asked) => asked.result(ok));
    const target = { same: "/elsewhere", other: other.url, none: undefined, user: "http://a:b@127.0.0.1/" }[where];
    const server = await serving(
      stateless((asked) => asked.reply(status, target === undefined ? {} : { location: target })),
    );
    const { client } = await connected(server, options);
    await expect(client.call("x")).rejects.toMatchObject({ code: "http", data: { status } });
    expect(other.asked).toEqual([]);
    expect(server.asked).toHaveLength(2);
  });

  it("a redirect that is not followed is told, without its query", async () => {
    const server = await serving(
      stateless((asked) => asked.reply(302, { location: "https://login.example/start?secret-state" })),
    );
    const { client } = await connected(server, options);
    const failed = client.call("x");
    await expect(failed).rejects.toThrow("redirects to https://login.example/start, which is not followed");
    await expect(failed).rejects.not.toThrow("secret-state");
  });

  it.each([
    ["endless", undefined],
    ["as long as it says", "1000000"],
  ])("REL-22: a reply that is too large is not read: %s", async (_name, length) => {
    const server = await serving(
      stateless((asked) => {
        const headers = {
          "content-type": "application/json",
          ...(length !== undefined && { "content-length": length }),
        };
        asked.response.writeHead(200, headers);
        flood(asked);
      }),
    );
    const { client } = await connected(server, { ...options, replyBytes: 100_000 });
    await expect(client.call("x")).rejects.toMatchObject({ code: "limit", data: { limit: "replyBytes" } });
    await server.asked[1]?.gone;
  });

  it("REL-22: an endless reply that says that something went wrong is read in part", async () => {
    const server = await serving(
      stateless((asked) => {
        asked.response.writeHead(404, { "content-type": "text/plain" });
        flood(asked);
      }),
    );
    const { client } = await connected(server, options);
    await expect(client.call("x")).rejects.toMatchObject({ code: "http", data: { status: 404 } });
    await server.asked[1]?.gone;
  });

  it("REL-21: an event that is too long ends its stream", async () => {
    const server = await serving(
      stateless((asked) => {
        asked.stream();
        asked.write("data: ");
        flood(asked);
      }),
    );
    const { client } = await connected(server, { ...options, eventBytes: 100_000 });
    await expect(client.call("x")).rejects.toMatchObject({ code: "limit", data: { limit: "eventBytes" } });
    await server.asked[1]?.gone;
  });

  it("headers can be made for each request", async () => {
    let made = 0;
    const headers = async (): Promise<Record<string, string>> => ({ "x-number": String(++made) });
    const server = await serving(stateless((asked) => asked.result(ok)));
    const { client } = await connected(server, { ...options, headers });
    await client.call("x");
    expect(server.asked.map((asked) => asked.headers["x-number"])).toEqual(["1", "2"]);
  });

  it("headers that cannot be made fail the request, with what went wrong", async () => {
    const wrong = (): Record<string, string> => ({ "mcp-name": "x" });
    const broken = (): never => {
      throw new Error("no token today");
    };
    const server = await serving(stateless((asked) => asked.result(ok)));
    await expect(connected(server, { ...options, headers: wrong })).rejects.toThrow(DefinitionError);
    await expect(connected(server, { ...options, headers: broken })).rejects.toThrow("no token today");
    expect(server.asked).toEqual([]);
  });

  it("a call that is aborted while its headers are made sends nothing", async () => {
    let wait = false;
    const headers = (): Promise<Record<string, string>> => (wait ? new Promise(() => {}) : Promise.resolve({}));
    const server = await serving(stateless((asked) => asked.result(ok)));
    const { client } = await connected(server, { ...options, headers });
    wait = true;
    const controller = new AbortController();
    const call = client.call("x", {}, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(call).rejects.toMatchObject({ code: "aborted" });
    expect(server.asked).toHaveLength(1);
  });
});

/** Sends without end, as fast as it is read. */
function flood(asked: Asked): void {
  const chunk = Buffer.alloc(65_536, "x");
  const more = (): void => {
    while (!asked.response.destroyed && asked.response.write(chunk));
    if (!asked.response.destroyed) asked.response.once("drain", more);
  };
  more();
}

describe("T-2, VER-11: what a refused probe says of the server", () => {
  const refusing = (refuse: (asked: Asked) => void) => (asked: Asked) => {
    if (asked.method === "POST" && asked.message.method === "server/discover") refuse(asked);
    else stateful(() => {})(asked);
  };

  it.each([400, 402, 404, 405, 406, 415, 422])("HTTP %i: an older one", async (status) => {
    for (const body of ["", "Not found", "{}", '{"error":"invalid session"}']) {
      const server = await serving(refusing((asked) => asked.reply(status, { "content-type": "text/plain" }, body)));
      const { client } = await connected(server);
      expect(client.version).toBe("2025-11-25");
    }
  });

  it.each([
    [400, -32000],
    [400, -32600],
    [404, -32601],
    [200, -32601],
    [200, -32602],
  ])("HTTP %i with the error %i: an older one", async (status, code) => {
    const server = await serving(refusing((asked) => asked.error(code, undefined, status)));
    expect((await connected(server)).client.version).toBe("2025-11-25");
  });

  it("a page for people, with 200: an older one, as far as that tells", async () => {
    const server = await serving(refusing((asked) => asked.reply(200, { "content-type": "text/html" }, "<html>")));
    expect((await connected(server)).client.version).toBe("2025-11-25");
  });

  it.each([401, 403, 407, 408, 429, 500, 502, 503, 504])("HTTP %i: nothing, and it is told", async (status) => {
    for (const body of ["", '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"no"}}']) {
      // These answers are errors whatever the server speaks.
      if (body !== "" && [407, 408, 429].includes(status)) continue;
      const server = await serving(
        refusing((asked) => asked.reply(status, { "content-type": "application/json" }, body)),
      );
      await expect(connected(server)).rejects.toMatchObject({ code: "http", data: { status } });
      expect(server.methods).toEqual(["server/discover"]);
    }
  });

  it("silence, and a connection that breaks: nothing, and it is told", async () => {
    const silent = await serving(refusing(() => {}));
    await expect(connected(silent, {}, { probeTimeout: 30 })).rejects.toMatchObject({ code: "timeout" });
    const breaking = await serving(refusing((asked) => asked.break()));
    await expect(connected(breaking)).rejects.toMatchObject({ code: "closed" });
    expect([...silent.methods, ...breaking.methods]).toEqual(["server/discover", "server/discover"]);
  });

  it("-32022 with versions, -32020 and -32021: a stateless one", async () => {
    let asked22 = 0;
    const server = await serving((asked) => {
      if (++asked22 > 1) return asked.result(DISCOVERED);
      asked.error(-32022, { supported: MODERN, requested: "x" }, 400);
    });
    expect((await connected(server)).client.version).toBe("2026-07-28");
    for (const code of [-32020, -32021]) {
      const other = await serving((asked) => asked.error(code, {}, 400));
      await expect(connected(other)).rejects.toMatchObject({ code });
      expect(other.methods).toEqual(["server/discover"]);
    }
  });

  it("a client of stateless revisions alone tells the refusal", async () => {
    const server = await serving((asked) => asked.reply(404));
    await expect(connected(server, {}, { revisions: MODERN })).rejects.toMatchObject({
      code: "http",
      data: { status: 404 },
    });
    expect(server.asked).toHaveLength(1);
  });

  it("T-7: in a browser a failure without a reason may be a refused header: an older one is tried", async () => {
    Object.assign(globalThis, { document: {} });
    try {
      const asked: string[] = [];
      const fetch = (async (_url: string, { body }: RequestInit) => {
        const { method, id } = JSON.parse(String(body));
        asked.push(method);
        if (method === "server/discover") throw new TypeError("Failed to fetch");
        if (id === undefined) return new Response(null, { status: 202 });
        return Response.json({ jsonrpc: "2.0", id, result: initialized("2025-11-25") });
      }) as typeof globalThis.fetch;
      const client = await Client.connect(http("https://example.com/mcp", { fetch }));
      expect(client.version).toBe("2025-11-25");
      expect(asked.slice(0, 2)).toEqual(["server/discover", "initialize"]);
      await client.close();
    } finally {
      Reflect.deleteProperty(globalThis, "document");
    }
  });
});

it("a browser shows a redirect without its status", async () => {
  const fetch = (async (_url: string, { body }: RequestInit) => {
    const { method, id } = JSON.parse(String(body));
    if (method === "server/discover") return Response.json({ jsonrpc: "2.0", id, result: DISCOVERED });
    return Response.error();
  }) as typeof globalThis.fetch;
  const client = await Client.connect(http("https://example.com/mcp", { fetch }));
  await expect(client.call("x")).rejects.toMatchObject({ code: "http", data: { status: 0 } });
  await client.close();
});

describe("what http() refuses", () => {
  it.each([
    ["not a url"],
    ["ftp://example.com/"],
    ["file:///etc/passwd"],
    ["javascript:alert(1)"],
    [undefined as never],
    ["https://user:secret-word@example.com/"],
  ])("the URL %s", (url) => {
    expect(() => http(url)).toThrow(DefinitionError);
    expect(() => http(url)).not.toThrow(/secret-word/);
  });

  it.each([
    "Accept",
    "content-type",
    "Content-Length",
    "HOST",
    "connection",
    "transfer-encoding",
    "mcp-session-id",
    "Mcp-Anything",
    "last-event-id",
    "with space",
    "",
  ])("the header %j", (name) => {
    expect(() => http("http://localhost/", { headers: { [name]: "x" } })).toThrow(DefinitionError);
  });

  it("headers that are no plain object", () => {
    for (const headers of [new Headers({ a: "b" }), [["a", "b"]], new Map()]) {
      expect(() => http("http://localhost/", { headers: headers as never })).toThrow(DefinitionError);
    }
  });

  it.each(["a\r\nb: c", "a\0", "\u0100", 5 as never])("the value %j, without telling it", (value) => {
    expect(() => http("http://localhost/", { headers: { authorization: value } })).toThrow(
      'The header "authorization" has a value that cannot stand in HTTP',
    );
  });

  it.each([
    { replyBytes: 0 },
    { eventBytes: Number.NaN },
    { fetch, tls: {} },
    { fetch, socketPath: "/tmp/x" },
    { tls: { rejectUnauthorized: false } },
  ])("the options %o for http:", (options) => {
    expect(() => http("http://localhost/", options)).toThrow(DefinitionError);
  });
});
