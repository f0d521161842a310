import { describe, expect, it } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import { fetchHandler, HttpRefusal, type HttpOptions } from "../../src/server/http/index.ts";
import { Conversation } from "./conversation.ts";
import { entriesOf, json, modern, MODERN, POSTED, type Sent, testServer } from "./reached.ts";

const server = testServer().tool("echo", {}, () => "done");
const asked = { ...POSTED, "mcp-protocol-version": MODERN, "mcp-method": "tools/list" };

/** The reply to a request that is right but for where it comes from. */
function reply(headers: Sent, options: HttpOptions = {}, url = "http://localhost/mcp"): Promise<Response> {
  const init = {
    method: "POST",
    headers: entriesOf({ ...asked, ...headers }),
    body: JSON.stringify(modern("tools/list")),
  };
  return fetchHandler(server, options)(new Request(url, init));
}

const status = async (...args: Parameters<typeof reply>): Promise<number> => (await reply(...args)).status;

describe("HTTP-20 Host", () => {
  it.each<[host: string, hosts: HttpOptions["hosts"], expected: number]>([
    ["localhost", undefined, 200],
    ["localhost:3000", undefined, 200],
    ["LOCALHOST:3000", undefined, 200],
    ["127.0.0.1", undefined, 200],
    ["127.0.0.1:65535", undefined, 200],
    ["[::1]:8080", undefined, 200],
    ["evil.example", undefined, 403],
    ["localhost.evil.example", undefined, 403],
    ["localhost.", undefined, 403],
    ["127.0.0.2", undefined, 403],
    ["0.0.0.0", undefined, 403],
    ["localhost:99999", undefined, 403],
    ["localhost, evil.example", undefined, 400],
    ["localhost:", undefined, 400],
    ["localhost:80:80", undefined, 400],
    ["user@localhost", undefined, 400],
    ["localhost/path", undefined, 400],
    ["[::1", undefined, 400],
    ["é.example", undefined, 400],
    ["", undefined, 400],
    ["api.example.com", ["api.example.com"], 200],
    ["API.Example.COM:8443", ["api.example.com"], 200],
    ["localhost", ["api.example.com"], 403],
    ["api.example.com:8443", ["api.example.com:8443"], 200],
    ["API.example.com:8443", ["api.example.com:8443"], 200],
    ["api.example.com", ["api.example.com:8443"], 403],
    ["api.example.com:8444", ["api.example.com:8443"], 403],
    ["other.example", ["a.example", "other.example"], 200],
    ["anything.example:1", "any", 200],
    ["not a host", "any", 400],
    ["localhost", [], 403],
  ])("%j with hosts %j: %i", async (host, hosts, expected) => {
    expect(await status({ host }, hosts === undefined ? {} : { hosts })).toBe(expected);
  });

  it("where no header says it, the address does", async () => {
    expect(await status({}, {}, "http://evil.example/mcp")).toBe(403);
    expect(await status({}, { hosts: ["evil.example"] }, "http://evil.example/mcp")).toBe(200);
  });

  it("a refusal says what to write, is a JSON-RPC error without id, and lets no page read it", async () => {
    const response = await reply({ host: "mcp.example.com:8443", origin: "https://mcp.example.com:8443" });
    expect(response.status).toBe(403);
    expect(response.headers.has("access-control-allow-origin")).toBe(false);
    const message = await json(response);
    expect(message).not.toHaveProperty("id");
    expect(message.error?.message).toContain('hosts: ["mcp.example.com"]');
  });

  it("X-Forwarded-Host counts for nothing", async () => {
    expect(await status({ host: "evil.example", "x-forwarded-host": "localhost" })).toBe(403);
  });
});

describe("HTTP-20 Origin", () => {
  const app = "https://app.example.com";
  it.each<[origin: string | null, origins: HttpOptions["origins"], host: string, expected: number]>([
    [null, undefined, "localhost", 200],
    ["http://localhost:3000", undefined, "localhost:3000", 200],
    ["http://localhost:3001", undefined, "localhost:3000", 403],
    ["https://localhost:3000", undefined, "localhost:3000", 403],
    ["http://evil.example", undefined, "localhost", 403],
    ["http://localhost.evil.example", undefined, "localhost", 403],
    ["null", undefined, "localhost", 403],
    ["", undefined, "localhost", 403],
    ["file://", undefined, "localhost", 403],
    [app, [app], "localhost", 200],
    ["https://APP.example.com", [app], "localhost", 403],
    [`${app}:8443`, [app], "localhost", 403],
    ["http://app.example.com", [app], "localhost", 403],
    [`${app}, ${app}`, [app], "localhost", 403],
    [`${app}.evil.example`, [app], "localhost", 403],
    ["https://evil.example", "any", "localhost", 200],
    ["null", "any", "localhost", 200],
  ])("%j with origins %j at %s: %i", async (origin, origins, host, expected) => {
    expect(await status({ origin, host }, origins === undefined ? {} : { origins })).toBe(expected);
  });

  it("a page from the own host passes, also where TLS ends in front", async () => {
    const options = { hosts: ["mcp.example.com"] };
    const headers = { host: "mcp.example.com", origin: "https://mcp.example.com" };
    expect(await status(headers, options)).toBe(200);
    expect(await status({ ...headers, origin: "https://evil.example.com" }, options)).toBe(403);
    expect(await status({ ...headers, origin: "http://mcp.example.com" }, options, "https://mcp.example.com/mcp")).toBe(
      403,
    );
  });

  it("is checked on every method, and on requests of sessions", async () => {
    const session = await Conversation.with(server);
    const headers = { origin: "https://evil.example" };
    const replies = [await session.get(headers), await session.delete(headers)];
    replies.push(await session.post({ jsonrpc: "2.0", id: 1, method: "ping" }, headers));
    expect(replies.map((response) => response.status)).toEqual([403, 403, 403]);
  });

  it("a refusal says what to write, and repeats nothing that is no origin", async () => {
    expect((await json(reply({ origin: "https://a.example" }))).error?.message).toContain(
      'origins: ["https://a.example"]',
    );
    expect((await json(reply({ origin: "<script>" }))).error?.message).not.toContain("<script>");
  });
});

describe("T-7 CORS", () => {
  const origin = "https://app.example.com";
  const options: HttpOptions = { origins: [origin] };
  const preflight = (sent: Sent = {}, given: HttpOptions = options) => {
    const headers = { origin, "access-control-request-method": "POST", ...sent };
    return fetchHandler(
      server,
      given,
    )(new Request("http://localhost/mcp", { method: "OPTIONS", headers: entriesOf(headers) }));
  };
  const names = (response: Response, header: string) =>
    (response.headers.get(header) ?? "").split(",").map((name) => name.trim().toLowerCase());

  it("a preflight is answered with what a page may send, before anybody is asked who they are", async () => {
    const response = await preflight({}, { ...options, authenticate: () => new HttpRefusal(401, "Who are you?") });
    expect([response.status, await response.text()]).toEqual([204, ""]);
    expect(response.headers.get("access-control-allow-origin")).toBe(origin);
    expect(response.headers.get("vary")).toBe("Origin");
    expect(names(response, "access-control-allow-methods")).toEqual(["post", "get", "delete"]);
    expect(names(response, "access-control-allow-headers")).toEqual(
      expect.arrayContaining([
        ...["accept", "authorization", "content-type", "last-event-id"],
        ...["mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id"],
      ]),
    );
    expect(response.headers.has("access-control-allow-credentials")).toBe(false);
  });

  it("allows the headers of single arguments that are asked for, and no others", async () => {
    const asks = "content-type, mcp-param-region, Mcp-Param-Zone, x-evil, mcp-param-, mcp-param-a b";
    const allowed = names(await preflight({ "access-control-request-headers": asks }), "access-control-allow-headers");
    expect(allowed).toEqual(expect.arrayContaining(["mcp-param-region", "mcp-param-zone"]));
    expect(allowed.filter((name) => name.startsWith("x-") || name === "mcp-param-" || name.includes(" "))).toEqual([]);
  });

  it("lets a page read what it needs, on replies and on refusals", async () => {
    for (const sent of [{ origin }, { origin, "mcp-method": "other" }, { origin, accept: "text/html" }]) {
      const response = await reply(sent, options);
      expect(response.headers.get("access-control-allow-origin")).toBe(origin);
      expect(names(response, "access-control-expose-headers")).toEqual(
        expect.arrayContaining(["mcp-session-id", "mcp-protocol-version", "www-authenticate", "retry-after"]),
      );
    }
  });

  it("is not there without the option, for the own pages neither", async () => {
    const own = await reply({ host: "localhost:3000", origin: "http://localhost:3000" });
    expect([...own.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect((await preflight({}, {})).status).toBe(403);
    expect((await preflight({ origin: null }, options)).status).toBe(405);
    expect((await reply({}, options)).headers.has("access-control-allow-origin")).toBe(false);
  });

  it("names the origin that asks, never a list or a star", async () => {
    const response = await reply({ origin: "https://b.example" }, { origins: "any" });
    expect(response.headers.get("access-control-allow-origin")).toBe("https://b.example");
  });

  it("allows the methods that do something", async () => {
    const response = await preflight({}, { ...options, sessions: false });
    expect(names(response, "access-control-allow-methods")).toEqual(["post"]);
  });
});

describe("options that make no sense are refused where they are written", () => {
  it.each<object>([
    { hosts: ["https://api.example.com"] },
    { hosts: ["api.example.com/mcp"] },
    { hosts: ["*.example.com"] },
    { hosts: [""] },
    { origins: ["app.example.com"] },
    { origins: ["https://app.example.com/"] },
    { origins: ["https://app.example.com/path"] },
    { origins: ["*"] },
    { origins: ["null"] },
    { host: ["localhost"] },
    { bodyBytes: 0 },
    { bodyBytes: Number.NaN },
    { requests: -1 },
  ])("%j", (options) => {
    expect(() => fetchHandler(server, options)).toThrow(DefinitionError);
  });
});
