/** Clients of another author at a guarded server, with an authorization server of a third one. */
import {
  ClientCredentialsProvider as ModernProvider,
  Client as ModernClient,
  DpopSession,
  StreamableHTTPClientTransport as ModernHttp,
} from "@modelcontextprotocol/client";
import { ClientCredentialsProvider as FirstProvider } from "@modelcontextprotocol/sdk/client/auth-extensions.js";
import { Client as FirstClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as FirstHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterEach, describe, expect, it } from "vitest";
import { type Guarded, guarded, type Guarding } from "../auth-server/guarded.ts";

const info = { name: "another client", version: "1.0.0" };
let server: Guarded;
afterEach(() => server.close());

const credentials = () => ({
  clientId: "machine",
  clientSecret: "machine-secret",
  expectedIssuer: server.authority.issuer,
});

/** Gets in by client credentials, with a key where one is wanted. */
class KeyProvider extends ModernProvider {
  readonly #session = DpopSession.create();

  dpop(): Promise<DpopSession> {
    return this.#session;
  }
}

async function modern(provider: ModernProvider): Promise<ModernClient> {
  const client = new ModernClient(info);
  await client.connect(new ModernHttp(new URL(server.url), { authProvider: provider }));
  return client;
}

async function first(): Promise<FirstClient> {
  const client = new FirstClient(info);
  // As a program it asks for the scopes that its author writes, and not for those of the challenge.
  const authProvider = new FirstProvider({ ...credentials(), scope: "tools" });
  const transport = new FirstHttp(new URL(server.url), { authProvider });
  await client.connect(transport as Parameters<FirstClient["connect"]>[0]);
  return client;
}

const texts = { content: [{ type: "text", text: "machine tools" }] };

describe("AUTH-1 AUTH-3 a client of another author", () => {
  it("of today gets in", async () => {
    server = await guarded();
    const client = await modern(new ModernProvider(credentials()));
    expect(await client.callTool({ name: "who", arguments: {} })).toMatchObject(texts);
    await client.close();
  });

  it("of 2025 gets in", async () => {
    server = await guarded();
    const client = await first();
    expect(await client.callTool({ name: "who", arguments: {} })).toMatchObject(texts);
    await client.close();
  });

  it.each<[string, Guarding]>([
    ["", {}],
    [", which is demanded", { dpop: { required: true } }],
    [", with nonces", { dpop: { required: true, nonces: true } }],
  ])("DPOP-1 gets in with a key%s", async (_, guarding) => {
    server = await guarded(guarding);
    const client = await modern(new KeyProvider(credentials()));
    for (let n = 0; n < 3; n++) {
      expect(await client.callTool({ name: "who", arguments: {} })).toMatchObject(texts);
    }
    await client.close();
    expect(server.refused.filter((reason) => reason !== "There is no token").length).toBeLessThanOrEqual(1);
  });

  it("AUTH-4 learns which scopes are missing", async () => {
    server = await guarded();
    const client = await modern(new ModernProvider(credentials()));
    await expect(client.callTool({ name: "more", arguments: {} })).rejects.toThrow("403 insufficient_scope");
    expect(server.refused).toContain("It needs the scopes: tools root");
    await client.close();
  });
});
