/** What a user of the client sees: neither it nor the transport knows of OAuth. */
import { describe, expect, it } from "vitest";
import { Client } from "../../src/client/index.ts";
import { http } from "../../src/client/http/index.ts";
import { AuthError } from "../../src/auth-error.ts";
import { stateful, stateless } from "../client-http/scripted.ts";
import { world } from "./world.ts";

const modern = stateless((asked) => {
  if (asked.message.method === "tools/list") {
    asked.result({ resultType: "complete", tools: [], ttlMs: 0, cacheScope: "private" });
  } else asked.error(-32601);
});

describe("Client.connect with withOAuth", () => {
  it("AUTH-24: speaks the newest revision with a server that refuses the first request", async () => {
    const here = await world({}, { answer: modern });
    const client = await Client.connect(http(here.server.url, { fetch: here.enter() }));
    expect(client.version).toBe("2026-07-28");
    await client.close();
  });

  it("gets in at a server with sessions, and ends the session with a token", async () => {
    const here = await world({}, { answer: stateful((asked) => asked.error(-32601)) });
    const client = await Client.connect(http(here.server.url, { fetch: here.enter() }), { revisions: ["2025-11-25"] });
    await client.close();
    const ended = here.server.scripted.by("DELETE");
    expect(ended.map(({ headers }) => headers.authorization)).toEqual([expect.stringMatching(/^Bearer /)]);
  });

  it("AUTH-24: rejects with the AuthError itself, and tries no older revision", async () => {
    const here = await world({ metadata: { code_challenge_methods_supported: [] } }, { answer: modern });
    const failure = await Client.connect(http(here.server.url, { fetch: here.enter() })).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(AuthError);
    expect(failure).toMatchObject({ code: "pkce" });
    expect(here.server.scripted.methods).toEqual(["server/discover"]);
  });

  it("lets no time-out run while the user logs in", async () => {
    const here = await world({}, { answer: modern });
    const { browse } = await import("./authority.ts");
    const fetch = here.enter(
      {},
      { authorize: (url) => new Promise((resolve) => setTimeout(() => resolve(browse(url)), 400)) },
    );
    const client = await Client.connect(http(here.server.url, { fetch }), { probeTimeout: 100 });
    expect(client.version).toBe("2026-07-28");
    await client.close();
    expect(here.authority.authorizations).toHaveLength(1);
  });

  it("rejects a call with it too", async () => {
    const here = await world({}, { answer: modern });
    const client = await Client.connect(http(here.server.url, { fetch: here.enter() }));
    here.server.manners.scope = () => "more";
    for (const token of here.authority.tokens.values()) Object.assign(token, { scope: "less" });
    const give = here.authority.give.bind(here.authority);
    here.authority.give = (asked, given, again) => give(asked, { ...given, scope: "less" }, again);
    await expect(client.request("tools/list", {})).rejects.toMatchObject({
      name: "AuthError",
      code: "insufficient_scope",
    });
    await client.close();
  });
});
