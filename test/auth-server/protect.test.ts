import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  InvalidTokenError,
  protect,
  type ProtectOptions,
  TokenCheckUnavailableError,
} from "../../src/auth/server/index.ts";
import { DefinitionError } from "../../src/index.ts";
import { HttpRefusal } from "../../src/server/http/index.ts";
import { HOSTS } from "../behaviour/http-hosts.ts";
import { Conversation } from "../http/conversation.ts";
import { json, modern, POSTED, reports, testServer } from "../http/reached.ts";
import { ISSUER, Issuer, METADATA, RESOURCE } from "./issuer.ts";

let issuer: Issuer;
beforeAll(async () => {
  issuer = await Issuer.create();
});
afterEach(() => {
  vi.useRealTimers();
});

const server = () =>
  testServer()
    .tool("who", {}, (_, { auth }) => JSON.stringify(auth))
    .tool("write", { scopes: ["write", "files"] }, () => "written");

const NEVER = new AbortController().signal;
const asked = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "who" };
const body = JSON.stringify(modern("tools/call", { name: "who" }));

describe.each(HOSTS)("$name", (host) => {
  const carried = () => {
    const carrier = host.carry(server(), issuer.protection({ scopes: ["read"], metadata: { resource_name: "Files" } }));
    return { send: (request: Request) => carrier.send(request, NEVER), close: () => carrier.close() };
  };
  const post = (headers: Record<string, string>) =>
    new Request(RESOURCE, { method: "POST", headers: { ...POSTED, ...asked, host: "localhost", ...headers }, body });

  it("AUTH-1 the metadata is at both well-known places, for everybody", async () => {
    const carrier = carried();
    for (const path of ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"]) {
      const response = await carrier.send(new Request(`http://localhost${path}`));
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
      expect(await response.json()).toEqual({
        resource: RESOURCE,
        authorization_servers: [ISSUER],
        scopes_supported: ["read"],
        bearer_methods_supported: ["header"],
        dpop_signing_alg_values_supported: ["ES256", "ES384", "Ed25519", "EdDSA", "PS256", "RS256"],
        resource_name: "Files",
      });
    }
    await carrier.close();
  });

  it("AUTH-1 AUTH-2 AUTH-3 who has no token is told where to get one, and which", async () => {
    const carrier = carried();
    const response = await carrier.send(post({}));
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe(
      `Bearer scope="read", resource_metadata="${METADATA}", ` +
        `DPoP resource_metadata="${METADATA}", algs="ES256 ES384 Ed25519 EdDSA PS256 RS256"`,
    );
    expect(await json(response)).toEqual({
      jsonrpc: "2.0",
      error: { code: -32600, message: "This needs an access token" },
    });
    await carrier.close();
  });

  it("AUTH-3 who has one gets in, and the handler knows who it is", async () => {
    const carrier = carried();
    const exp = Math.floor(Date.now() / 1000) + 60;
    const token = await issuer.token({ exp, scope: "read write" });
    const response = await carrier.send(post({ authorization: `Bearer ${token}` }));
    expect(response.status).toBe(200);
    const { content } = (await json(response)).result as { content: [{ text: string }] };
    expect(JSON.parse(content[0].text)).toEqual({
      issuer: ISSUER,
      clientId: "app",
      subject: "ann",
      scopes: ["read", "write"],
      expiresAt: exp * 1000,
      claims: expect.objectContaining({ aud: RESOURCE, sub: "ann" }),
    });
    expect(content[0].text).not.toContain(token);
    await carrier.close();
  });

  it("AUTH-4 who lacks scopes is told all that this needs, before the handler runs", async () => {
    const carrier = carried();
    const headers = { ...(await issuer.bearer({ scope: "write" })), "mcp-name": "write" };
    const lacking = new Request(RESOURCE, {
      method: "POST",
      headers: { ...POSTED, ...asked, ...headers },
      body: JSON.stringify(modern("tools/call", { name: "write" }, { id: 7 })),
    });
    const response = await carrier.send(lacking);
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toBe(
      `Bearer error="insufficient_scope", error_description="The token does not have all scopes that this needs", ` +
        `scope="read write files", resource_metadata="${METADATA}"`,
    );
    expect(await json(response)).toMatchObject({ id: 7, error: { code: -32600 } });
    await carrier.close();
  });

  it("two tokens are malformed, and not one of them", async () => {
    const carrier = carried();
    const [ann, bob] = [await issuer.token(), await issuer.token({ sub: "bob" })];
    const response = await carrier.send(post({ authorization: `Bearer ${ann}, Bearer ${bob}` }));
    expect(response.status).toBe(400);
    await carrier.close();
  });
});

describe("AUTH-3 a request that is not let in", () => {
  const status = async (headers: Record<string, string>, url = RESOURCE) => {
    const reached = issuer.guard(server());
    const response = await reached.handler(
      new Request(url, { method: "POST", headers: { ...POSTED, ...asked, ...headers }, body }),
    );
    return [response.status, /error="([^"]*)"/.exec(response.headers.get("www-authenticate") ?? "")?.[1]];
  };

  it.each([
    ["another scheme", "Basic YTpi", 401, undefined],
    ["no scheme", "abc", 401, undefined],
    ["nothing in it", "", 401, undefined],
    ["a scheme without a token", "Bearer", 400, "invalid_request"],
    ["a token with spaces", "Bearer a b", 400, "invalid_request"],
    ["a token with quotes", 'Bearer "a"', 400, "invalid_request"],
    ["a token that is too long", `Bearer ${"a".repeat(16_385)}`, 400, "invalid_request"],
    ["a token that is none", "Bearer abc", 401, "invalid_token"],
    ["a token that is none, in lower case", "bearer abc", 401, "invalid_token"],
  ])("%s", async (_, authorization, expected, error) => {
    expect(await status({ authorization })).toEqual([expected, error]);
  });

  it("AUTH-5 a token in the URL, whatever else there is", async () => {
    const token = await issuer.token();
    const url = `${RESOURCE}?access_token=${token}`;
    expect(await status({}, url)).toEqual([400, "invalid_request"]);
    expect(await status({ authorization: `Bearer ${token}` }, url)).toEqual([400, "invalid_request"]);
  });

  it("says why to the author, and never to who asks", async () => {
    const refused: string[] = [];
    const reached = issuer.guard(server(), { scopes: ["read"], onRefused: (reason) => refused.push(reason) });
    const token = await issuer.token({ aud: "https://other.example" });
    const response = await reached.ask(
      "tools/call",
      { name: "who" },
      { headers: { authorization: `Bearer ${token}` } },
    );
    expect([...response.headers.values(), await response.text()].join()).not.toMatch(/aud/);
    await reached.ask("ping", {});
    await reached.ask("tools/call", { name: "who" }, { headers: await issuer.bearer({ scope: "" }) });
    expect(refused).toEqual(['unexpected "aud" claim value', "There is no token", "It needs the scopes: read"]);
    expect(refused.join()).not.toContain(token);
    expect(reports).toEqual([]);
  });
});

describe("AUTH-3 verify of one's own", () => {
  const asking = (verify: ProtectOptions["verify"]) =>
    issuer
      .guard(server(), { verify })
      .ask("tools/call", { name: "who" }, { headers: { authorization: "Bearer key-1" } });

  it("says who asks", async () => {
    const response = await asking((token) => ({ clientId: token, scopes: [] }));
    expect(response.status).toBe(200);
  });

  it("SEC-106 its errors stay with the author", async () => {
    const reply = await asking(() => {
      throw new Error("the database of keys is at 10.0.0.7");
    });
    expect([reply.status, await reply.text()]).toEqual([500, expect.not.stringContaining("database")]);
    expect(reports).toEqual([new Error("the database of keys is at 10.0.0.7")]);
  });

  it.each([
    ["refuses", new InvalidTokenError("revoked by carol"), 401],
    ["cannot tell", new TokenCheckUnavailableError("carol is on holiday"), 503],
    ["refuses in its own way", new HttpRefusal(403, "Pay first"), 403],
  ])("%s", async (_, problem, expected) => {
    const reply = await asking(() => Promise.reject(problem));
    expect([reply.status, await reply.text()]).toEqual([expected, expect.not.stringContaining("carol")]);
    expect(reply.headers.get("retry-after")).toBe(expected === 503 ? "30" : null);
  });

  it.each([
    ["has ended", { scopes: [], subject: "ann", expiresAt: Date.now() - 30_001 }],
    ["is of nobody", { scopes: [], issuer: ISSUER }],
    [
      "is bound to a certificate, which nobody checks here",
      { scopes: [], subject: "ann", claims: { cnf: { "x5t#S256": "x" } } },
    ],
  ])("does not let in a token that %s", async (_, auth) => {
    expect((await asking(() => auth)).status).toBe(401);
  });
});

describe("AUTH-4 scopes", () => {
  it("have others in them, by the option implied", async () => {
    const reached = issuer.guard(server(), {
      scopes: ["read"],
      implied: { admin: ["write"], write: ["read", "files"], read: ["write"] },
    });
    const headers = await issuer.bearer({ scope: "admin" });
    expect((await reached.ask("tools/call", { name: "write" }, { headers })).status).toBe(200);
  });

  it.each([
    ["a text", { scope: "read files write" }, 200],
    ["a list", { scope: ["read", "files", "write"] }, 200],
    ["scp", { scope: undefined, scp: ["read", "files", "write"] }, 200],
    ["nothing", { scope: undefined }, 403],
    ["a number", { scope: 7 }, 403],
    ["in another case", { scope: "READ files write" }, 403],
    ["one text of them all", { scope: ["read files write"] }, 403],
  ])("are said as %s", async (_, claims, expected) => {
    const reached = issuer.guard(server(), { scopes: ["read"] });
    const response = await reached.ask("tools/call", { name: "write" }, { headers: await issuer.bearer(claims) });
    expect(response.status).toBe(expected);
  });

  it("are needed in a session as well, also by GET and DELETE, and by one call of a batch", async () => {
    const reached = issuer.guard(server(), { scopes: ["read"] });
    const session = await Conversation.at(reached, { version: "2025-03-26", headers: await issuer.bearer() });
    const less = await issuer.bearer({ scope: "write files" });
    expect((await session.get(less)).status).toBe(403);
    expect((await session.delete(less)).status).toBe(403);
    expect((await session.call("who")).status).toBe(200);
    expect((await session.call("write")).status).toBe(403);
    const call = (name: string, id: number) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name } });
    const batch = await session.post([call("who", 1), null, 7, { method: "tools/call" }, call("write", 2)]);
    expect(batch.headers.get("www-authenticate")).toContain('scope="read write files"');
    expect((await session.post([call("who", 1), call("who", 2)])).status).toBe(200);
  });

  it("of a tool that is gone or disabled are needed no more", async () => {
    const one = server();
    const reached = issuer.guard(one);
    one.tools.disable("write");
    const { error } = await json(reached.ask("tools/call", { name: "write" }, { headers: await issuer.bearer() }));
    expect(error).toMatchObject({ code: -32602, message: "Unknown tool: write" });
  });
});

describe("the resource", () => {
  it("names the hosts by which it is reached", async () => {
    expect(issuer.protection().hosts).toEqual(["localhost", "127.0.0.1", "[::1]"]);
    expect(issuer.protection({ resource: "https://mcp.example.com:8443/mcp" }).hosts).toEqual(["mcp.example.com"]);
  });

  it.each([
    ["https://mcp.example.com", "https://mcp.example.com/.well-known/oauth-protected-resource"],
    ["https://mcp.example.com/", "https://mcp.example.com/.well-known/oauth-protected-resource"],
    ["https://mcp.example.com:8443/a/b", "https://mcp.example.com:8443/.well-known/oauth-protected-resource/a/b"],
    ["https://mcp.example.com/a/", "https://mcp.example.com/.well-known/oauth-protected-resource/a/"],
  ])("%s has its metadata at %s", async (resource, url) => {
    const { documents, authenticate } = protect({ resource, authorizationServers: [ISSUER], verify: issuer.verify() });
    expect(Object.keys(documents)).toContain(new URL(url).pathname);
    const refusal = await authenticate({ method: "POST", target: "/", header: () => undefined }).catch(
      (it: unknown) => it,
    );
    expect((refusal as HttpRefusal).headers["www-authenticate"]).toContain(`resource_metadata="${url}"`);
  });

  it.each<[string, Partial<ProtectOptions>, string]>([
    ["no resource", { resource: "mcp" }, "resource must be a URL"],
    ["a resource without TLS", { resource: "http://mcp.example.com/mcp" }, "https:"],
    [
      "a resource with a query",
      { resource: "https://mcp.example.com/mcp?a=1" },
      "must be written as https://mcp.example.com/mcp",
    ],
    ["a resource with a fragment", { resource: "https://mcp.example.com/mcp#a" }, "must be written as"],
    [
      "a resource in another case",
      { resource: "https://MCP.example.com/mcp" },
      "must be written as https://mcp.example.com/mcp",
    ],
    ["no authorization server", { authorizationServers: [] }, "one at least"],
    ["an authorization server without TLS", { authorizationServers: ["http://login.example"] }, "https:"],
    ["a scope with a space", { scopes: ["a b"] }, "scopes must be a list"],
    ["a scope that is none", { scopes: [""] }, "scopes must be a list"],
    ["a scope with a line in it", { scopes: ["a\r\nx: y"] }, "scopes must be a list"],
    ["the scope of refresh tokens", { scopes: ["offline_access"] }, "not offline_access"],
    ["no verify", { verify: undefined as never }, "protect needs verify"],
    ["a short secret of nonces", { dpop: { nonces: "short" } }, "32 characters"],
    ["an option that nothing knows", { audience: "x" } as never, 'no option "audience"'],
  ])("is refused with %s", (_, options, reason) => {
    expect(() => issuer.protection(options)).toThrow(DefinitionError);
    expect(() => issuer.protection(options)).toThrow(reason);
  });
});
