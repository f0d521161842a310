/** 5.5: what a guarded server says to who is not let in. */
import { once } from "node:events";
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type ProtectOptions, protect } from "../../../src/auth/server/index.ts";
import { challenge } from "../../../src/auth/server/challenge.ts";
import { nodeHandler } from "../../../src/node/index.ts";
import type { HttpRefusal } from "../../../src/server/http/index.ts";
import { Issuer, ISSUER, METADATA } from "../../auth-server/issuer.ts";
import { modern, POSTED, testServer } from "../../http/reached.ts";

let issuer: Issuer;
beforeAll(async () => {
  issuer = await Issuer.create();
});

const server = () =>
  testServer()
    .tool("one", { scopes: ["one", "two"] }, () => "1")
    .tool("other", { scopes: ["three"] }, () => "2");

/** The parameters of the challenges in a header, read by their grammar (RFC 9110, 11.6.1). */
function challenges(header: string): { scheme: string; parameters: Record<string, string> }[] {
  const found: { scheme: string; parameters: Record<string, string> }[] = [];
  const parts = /(?:^|, )(?:([A-Za-z]+) )?([a-z_]+)="((?:[^"\\]|\\.)*)"/y;
  while (parts.lastIndex < header.length) {
    const [, scheme, name, value] = parts.exec(header) ?? [];
    if (name === undefined || value === undefined) throw new Error(`No challenge: ${header}`);
    if (scheme !== undefined) found.push({ scheme, parameters: {} });
    const last = found.at(-1);
    if (last === undefined) throw new Error(`No scheme: ${header}`);
    last.parameters[name] = value.replaceAll(/\\(.)/g, "$1");
  }
  return found;
}

describe("SEC-104 lacking scopes", () => {
  it.each([
    ["", "one", "base one two"],
    ["base", "one", "base one two"],
    ["one two", "one", "base one two"],
    ["base one", "one", "base one two"],
    ["three", "one", "base one two"],
    ["base one two", "other", "base three"],
  ])("with %j for %s: all that this call needs at once, and nothing that others need", async (scope, name, needed) => {
    const reached = issuer.guard(server(), { scopes: ["base"] });
    const response = await reached.ask("tools/call", { name }, { headers: await issuer.bearer({ scope }) });
    expect(response.status).toBe(403);
    const [first, ...others] = challenges(response.headers.get("www-authenticate") ?? "");
    expect(first).toMatchObject({ scheme: "Bearer", parameters: { error: "insufficient_scope", scope: needed } });
    expect(others).toEqual([]);
  });
});

describe("SEC-105 what stands in a challenge", () => {
  const unit = fc.constantFrom("a", '"', "\\", "\r", "\n", ",", "=", " ", "\u0000", "é", "😀", "\u007f");
  const text = fc.string({ unit });

  it("is escaped or dropped, so that nobody can put a header or a parameter there", () => {
    fc.assert(
      fc.property(text, text, fc.array(text, { minLength: 1 }), (error, description, scope) => {
        const header = challenge("Bearer", METADATA, { error, description, scope });
        expect(header).toMatch(/^[\x20-\x7e]*$/);
        expect(new Headers({ "www-authenticate": header }).get("www-authenticate")).toBe(header);
        const kept = (value: string) => value.replace(/[^\x20-\x7e]/g, "");
        const parameters = {
          error: kept(error),
          error_description: kept(description),
          scope: kept(scope.join(" ")),
          resource_metadata: METADATA,
        };
        expect(challenges(header)).toEqual([{ scheme: "Bearer", parameters }]);
      }),
      { numRuns: 2000, seed: 20_260_728 },
    );
  });

  it("is nothing of what a request says", async () => {
    const { authenticate } = protect({
      resource: "https://mcp.example/mcp",
      authorizationServers: [ISSUER],
      verify: issuer.verify(),
    });
    const answered = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("", "Bearer ", "DPoP ", "Basic "), text, text, async (scheme, token, target) => {
        const header = (name: string) => (name === "authorization" ? scheme + token : target);
        const refused = (await authenticate({ method: target, target, header }).catch(
          (it: unknown) => it,
        )) as HttpRefusal;
        answered.add(`${refused.status} ${refused.headers["www-authenticate"]}`);
      }),
      { numRuns: 500, seed: 20_260_728 },
    );
    // None, malformed, and not accepted by either scheme.
    expect(answered.size).toBeLessThanOrEqual(4);
  });
});

/** A guarded server that listens, and what raw requests to it are answered. */
async function listening(options: Partial<ProtectOptions> = {}) {
  const handler = nodeHandler(server(), issuer.protection(options));
  const node = createServer(handler);
  await once(node.listen(0, "127.0.0.1"), "listening");
  const { port } = node.address() as AddressInfo;
  return {
    async ask(method: string, path: string, headers: readonly string[], body?: string) {
      const outgoing = send({ port, host: "127.0.0.1", method, path, headers: headers as string[] });
      outgoing.end(body);
      const [response] = await once(outgoing, "response");
      let text = "";
      for await (const chunk of response) text += chunk;
      return { status: response.statusCode as number, headers: response.headers, text };
    },
    async close() {
      await handler.close({ graceTimeout: 0 });
      node.closeAllConnections();
      await new Promise((resolve) => node.close(resolve));
    },
  };
}

describe("SEC-108 the metadata", () => {
  it.each([
    ["of another host", "evil.example"],
    ["with a user", "localhost@evil.example"],
    ["of a longer name", "localhost.evil.example"],
    ["of nothing", ""],
  ])("asked for by a Host %s is not given, and never made of it", async (_, host) => {
    const at = await listening();
    const reply = await at.ask("GET", "/.well-known/oauth-protected-resource/mcp", ["Host", host]);
    expect([400, 403]).toContain(reply.status);
    expect(reply.text).not.toContain('resource":');
    await at.close();
  });

  it("is that of the configured URL, whatever the request says of itself", async () => {
    const at = await listening({ resource: "https://mcp.example/mcp" });
    const forwarded = [
      "X-Forwarded-Host",
      "evil.example",
      "Forwarded",
      "host=evil.example",
      "X-Forwarded-Proto",
      "http",
    ];
    const reply = await at.ask("GET", "/.well-known/oauth-protected-resource?resource=https://evil.example", [
      "Host",
      "mcp.example",
      ...forwarded,
    ]);
    expect([reply.status, reply.text]).toEqual([200, expect.stringContaining('"resource":"https://mcp.example/mcp"')]);
    expect(reply.text).not.toContain("evil");
    const nobody = await at.ask(
      "POST",
      "/mcp",
      ["Host", "mcp.example", ...forwarded, ...Object.entries(POSTED).flat()],
      "{}",
    );
    expect(nobody.status).toBe(401);
    expect(JSON.stringify(nobody.headers)).not.toContain("evil");
    await at.close();
  });
});

describe("SEC-106 several ways to say who one is", () => {
  it("are none: two Authorization headers are refused, of which one would be let in", async () => {
    const at = await listening();
    const [ann, bob] = [await issuer.token({ scope: "one two" }), await issuer.token({ sub: "bob" })];
    const said = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "one", ...POSTED };
    const headers = ["Host", "localhost", ...Object.entries(said).flat()];
    const body = JSON.stringify(modern("tools/call", { name: "one" }));
    const call = (...more: string[]) => at.ask("POST", "/mcp", [...headers, ...more], body);
    expect((await call("Authorization", `Bearer ${ann}`)).status).toBe(200);
    expect((await call("Authorization", `Bearer ${ann}`, "Authorization", `Bearer ${bob}`)).status).toBe(400);
    expect((await call("Authorization", `Bearer ${bob}`, "authorization", `Bearer ${ann}`)).status).toBe(400);
    await at.close();
  });

  it("no token, whole or in part, is in any reply", async () => {
    const at = await listening();
    const token = await issuer.token({ aud: "https://other.example" });
    for (const authorization of [`Bearer ${token}`, `Bearer ${token} x`, `DPoP ${token}`, token]) {
      const reply = await at.ask(
        "POST",
        "/mcp",
        ["Host", "localhost", "Authorization", authorization, ...Object.entries(POSTED).flat()],
        "{}",
      );
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify([reply.headers, reply.text])).not.toContain(token.slice(0, 20));
    }
    await at.close();
  });
});
