import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { authorizationCode, clientCredentials, type OAuthOptions, withOAuth } from "../../src/auth/client/index.ts";
import { Client } from "../../src/client/index.ts";
import { http } from "../../src/client/http/index.ts";
import { type Asked, initialized, Scripted, stateless } from "../client-http/scripted.ts";
import { browseAll, type Honest, honest } from "./provider.ts";
import { REDIRECT } from "./world.ts";

const DOCUMENT = {
  client_id: "https://app.example/client.json",
  client_name: "App",
  redirect_uris: [REDIRECT],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "none",
  application_type: "native",
};

let provider: Honest;
let server: Scripted;

async function start(options: Parameters<typeof honest>[1] = {}): Promise<void> {
  provider = await honest(() => server.url, options);
}

/** Lets in whose token the provider knows, with the scheme that it was given for. */
async function admit(asked: Asked): Promise<void> {
  if (asked.path.startsWith("/.well-known/oauth-protected-resource/mcp")) {
    return asked.json({ resource: server.url, authorization_servers: [provider.issuer], scopes_supported: ["tools"] });
  }
  if (asked.path !== "/mcp") return asked.reply(404);
  const [scheme = "", token = ""] = (asked.headers.authorization ?? "").split(" ");
  const found =
    (await provider.provider.AccessToken.find(token)) ?? (await provider.provider.ClientCredentials.find(token));
  const bound = found !== undefined && "jkt" in found && found.jkt !== undefined;
  if (found?.aud !== server.url || (bound ? "DPoP" : "Bearer") !== scheme || bound !== "dpop" in asked.headers) {
    return asked.reply(401, { "www-authenticate": 'Bearer error="invalid_token"' });
  }
  answer(asked);
}

const answer = stateless((asked) => {
  const { method } = asked.message;
  if (method === "initialize") asked.result(initialized("2025-11-25"));
  else if (method === "tools/list")
    asked.result({ resultType: "complete", tools: [], ttlMs: 0, cacheScope: "private" });
  else if (asked.message.id === undefined) asked.reply(202);
  else asked.error(-32601);
});

beforeEach(async () => {
  server = await Scripted.start((asked) => void admit(asked));
});

afterEach(async () => {
  await provider.close();
  await server.close();
});

const byUser = (more: object = {}): OAuthOptions["grant"] =>
  authorizationCode({ redirectUri: REDIRECT, authorize: browseAll, ...more });
const machine = clientCredentials({ client: { clientId: "machine", clientSecret: "machine-secret" } });

/** Connects in a revision, and lists the tools. */
async function use(options: OAuthOptions, revision: "2025-11-25" | "2026-07-28"): Promise<unknown> {
  const fetch = withOAuth(globalThis.fetch, options);
  const client = await Client.connect(http(server.url, { fetch }), { revisions: [revision] });
  const tools = [];
  for await (const tool of client.tools()) tools.push(tool);
  await client.close();
  return tools;
}

describe.each(["2026-07-28", "2025-11-25"] as const)(
  "with an authorization server of another author, in %s",
  (revision) => {
    it("gets in by a user, registered for the occasion", async () => {
      await start();
      expect(await use({ grant: byUser() }, revision)).toEqual([]);
    });

    it("gets in by a user, with a Client ID Metadata Document", async () => {
      await start({ document: DOCUMENT });
      expect(await use({ grant: byUser({ clientMetadataUrl: DOCUMENT.client_id }) }, revision)).toEqual([]);
    });

    it("gets in as a program", async () => {
      await start();
      expect(await use({ grant: machine }, revision)).toEqual([]);
    });

    it("DPOP-1: gets in with tokens that are bound to a key", async () => {
      await start();
      expect(await use({ grant: byUser(), dpop: true }, revision)).toEqual([]);
      const proofs = server.asked.filter(({ path }) => path === "/mcp").map(({ headers }) => headers["dpop"]);
      const sent = proofs.filter((proof) => proof !== undefined);
      expect(new Set(sent).size).toBe(sent.length);
    });

    it("DPOP-1: gets in where the authorization server wants nonces in proofs", async () => {
      await start({ nonces: true });
      expect(await use({ grant: machine, dpop: true }, revision)).toEqual([]);
    });
  },
);

it("goes on by refresh tokens, which are good for one use", async () => {
  await start();
  let now = Date.now();
  const events: string[] = [];
  const fetch = withOAuth(globalThis.fetch, {
    grant: byUser(),
    now: () => now,
    onEvent: ({ type }) => events.push(type),
  });
  const post = () => fetch(server.url, { method: "POST", body: '{"id":1,"method":"tools/list"}' });
  for (let at = 0; at < 3; at++) {
    expect((await post()).status).toBe(200);
    now += 3600_000;
  }
  expect(events).toEqual(["registered", "authorized", "refreshed", "refreshed"]);
});
