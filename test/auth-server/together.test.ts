/** Our client, our server, and an authorization server of another author between them. */
import { afterEach, describe, expect, it } from "vitest";
import { authorizationCode, clientCredentials, type OAuthOptions, withOAuth } from "../../src/auth/client/index.ts";
import type { DpopOptions } from "../../src/auth/server/index.ts";
import { http } from "../../src/client/http/index.ts";
import { Client } from "../../src/client/index.ts";
import { AuthError } from "../../src/auth-error.ts";
import { browseAll } from "../auth/provider.ts";
import { REDIRECT } from "../auth/world.ts";
import { type Guarded, guarded } from "./guarded.ts";

let server: Guarded;
afterEach(() => server.close());

const byUser = () => authorizationCode({ redirectUri: REDIRECT, authorize: browseAll });
const byMachine = () => clientCredentials({ client: { clientId: "machine", clientSecret: "machine-secret" } });

async function enter(options: OAuthOptions, revision: "2025-11-25" | "2026-07-28"): Promise<Client> {
  const fetch = withOAuth(globalThis.fetch, options);
  return Client.connect(http(server.url, { fetch }), { revisions: [revision] });
}

describe.each(["2026-07-28", "2025-11-25"] as const)("in %s", (revision) => {
  it.each<[string, string, () => OAuthOptions, DpopOptions]>([
    ["a user", "alice", () => ({ grant: byUser() }), {}],
    ["a user with a key", "alice", () => ({ grant: byUser(), dpop: true }), { required: true }],
    ["a user with a key and nonces", "alice", () => ({ grant: byUser(), dpop: true }), { nonces: true }],
    ["a program with a key", "machine", () => ({ grant: byMachine(), dpop: true }), { required: true, nonces: true }],
  ])("AUTH-1 AUTH-3 DPOP-1 %s gets in", async (_, subject, options, dpop) => {
    server = await guarded({ dpop });
    const client = await enter(options(), revision);
    for (let n = 0; n < 3; n++) expect(await client.call("who")).toBe(`${subject} tools`);
    await client.close();
    // Without a token at first, and once without a nonce.
    expect(server.refused.filter((reason) => reason !== "There is no token").length).toBeLessThanOrEqual(1);
  });

  it("AUTH-4 is told which scopes are missing, and goes on", async () => {
    server = await guarded();
    const client = await enter({ grant: byMachine() }, revision);
    await expect(client.call("more")).rejects.toBeInstanceOf(AuthError);
    expect(server.refused.at(-1)).toBe("It needs the scopes: tools root");
    await client.close();
  });
});

it("a token that was revoked is refused, and the client gets another one", async () => {
  server = await guarded({ cache: 0 });
  const tokens: string[] = [];
  const heard: typeof globalThis.fetch = (input, init) => {
    const token = new Headers(init?.headers).get("authorization")?.replace("Bearer ", "");
    if (token !== undefined && !tokens.includes(token)) tokens.push(token);
    return fetch(input, init);
  };
  const client = await Client.connect(http(server.url, { fetch: withOAuth(heard, { grant: byMachine() }) }));
  expect(await client.call("who")).toBe("machine tools");
  const [token = ""] = tokens.filter((one) => !one.startsWith("Basic "));
  await (await server.authority.provider.ClientCredentials.find(token))?.destroy();
  expect(await client.call("who")).toBe("machine tools");
  expect(server.refused.at(-1)).toBe("It is not active");
  expect(tokens.filter((one) => !one.startsWith("Basic ")).length).toBe(2);
  await client.close();
});
