/** Our client, our server, and an authorization server of another author between them. */
import { once } from "node:events";
import { createServer, type Server as NodeServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { authorizationCode, clientCredentials, type OAuthOptions, withOAuth } from "../../src/auth/client/index.ts";
import { type DpopOptions, protect, verifyByIntrospection } from "../../src/auth/server/index.ts";
import { http } from "../../src/client/http/index.ts";
import { Client } from "../../src/client/index.ts";
import { AuthError } from "../../src/errors.ts";
import { type NodeHandler, nodeHandler } from "../../src/node/index.ts";
import { browseAll, type Honest, honest } from "../auth/provider.ts";
import { REDIRECT } from "../auth/world.ts";
import { testServer } from "../http/reached.ts";

let node: NodeServer;
let url: string;
let provider: Honest;
let handler: NodeHandler;
const refused: string[] = [];

beforeEach(async () => {
  refused.length = 0;
  node = createServer();
  await once(node.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${(node.address() as AddressInfo).port}/mcp`;
  provider = await honest(() => url);
});

afterEach(async () => {
  await handler.close({ graceTimeout: 0 });
  node.closeAllConnections();
  await new Promise((resolve) => node.close(resolve));
  await provider.close();
});

function guard(dpop: DpopOptions = {}, cache = 10_000): void {
  const server = testServer()
    .tool("who", {}, (_, { auth }) => `${auth?.subject ?? auth?.clientId} ${auth?.scopes.join(" ")}`)
    .tool("more", { scopes: ["root"] }, () => "never");
  const { issuer } = provider;
  const verify = verifyByIntrospection({
    url: `${issuer}/token/introspection`,
    client: { id: "machine", secret: "machine-secret" },
    audience: url,
    issuer,
    cache,
  });
  const onRefused = (reason: string) => refused.push(reason);
  const options = { resource: url, authorizationServers: [issuer], scopes: ["tools"], verify, dpop, onRefused };
  handler = nodeHandler(server, protect(options));
  node.on("request", handler);
}

const byUser = () => authorizationCode({ redirectUri: REDIRECT, authorize: browseAll });
const byMachine = () => clientCredentials({ client: { clientId: "machine", clientSecret: "machine-secret" } });

async function enter(options: OAuthOptions, revision: "2025-11-25" | "2026-07-28"): Promise<Client> {
  const fetch = withOAuth(globalThis.fetch, options);
  return Client.connect(http(url, { fetch }), { revisions: [revision] });
}

describe.each(["2026-07-28", "2025-11-25"] as const)("in %s", (revision) => {
  it.each<[string, string, () => OAuthOptions, DpopOptions]>([
    ["a user", "alice", () => ({ grant: byUser() }), {}],
    ["a user with a key", "alice", () => ({ grant: byUser(), dpop: true }), { required: true }],
    ["a user with a key and nonces", "alice", () => ({ grant: byUser(), dpop: true }), { nonces: true }],
    ["a program with a key", "machine", () => ({ grant: byMachine(), dpop: true }), { required: true, nonces: true }],
  ])("AUTH-1 AUTH-3 DPOP-1 %s gets in", async (_, subject, options, dpop) => {
    guard(dpop);
    const client = await enter(options(), revision);
    for (let n = 0; n < 3; n++) expect(await client.call("who")).toBe(`${subject} tools`);
    await client.close();
    // Without a token at first, and once without a nonce.
    expect(refused.filter((reason) => reason !== "There is no token").length).toBeLessThanOrEqual(1);
  });

  it("AUTH-4 is told which scopes are missing, and goes on", async () => {
    guard();
    const client = await enter({ grant: byMachine() }, revision);
    await expect(client.call("more")).rejects.toBeInstanceOf(AuthError);
    expect(refused.at(-1)).toBe("It needs the scopes: tools root");
    await client.close();
  });
});

it("a token that was revoked is refused, and the client gets another one", async () => {
  guard({}, 0);
  const tokens: string[] = [];
  const heard: typeof globalThis.fetch = (input, init) => {
    const token = new Headers(init?.headers).get("authorization")?.replace("Bearer ", "");
    if (token !== undefined && !tokens.includes(token)) tokens.push(token);
    return fetch(input, init);
  };
  const client = await Client.connect(http(url, { fetch: withOAuth(heard, { grant: byMachine() }) }));
  expect(await client.call("who")).toBe("machine tools");
  const [token = ""] = tokens.filter((one) => !one.startsWith("Basic "));
  await (await provider.provider.ClientCredentials.find(token))?.destroy();
  expect(await client.call("who")).toBe("machine tools");
  expect(refused.at(-1)).toBe("It is not active");
  expect(tokens.filter((one) => !one.startsWith("Basic ")).length).toBe(2);
  await client.close();
});
