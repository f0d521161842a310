import { describe, expect, it } from "vitest";
import { authorizationCode, withOAuth } from "../../src/auth/client/index.ts";
import { DefinitionError } from "../../src/errors.ts";
import { REDIRECT, anAuthority, post, world } from "./world.ts";

describe("a client that gets in by a user", () => {
  it("AUTH-10, AUTH-16: reads the challenge, asks at the named places, and sends the request again", async () => {
    const here = await world();
    const fetch = here.enter();
    const reply = await post(fetch, here, '{"first":1}');
    expect(await reply.json()).toEqual({ in: true });
    expect(here.server.scripted.asked.map(({ path }) => path)).toEqual([
      "/mcp",
      "/.well-known/oauth-protected-resource/mcp",
      "/mcp",
    ]);
    expect(here.authority.paths).toEqual([
      "/.well-known/oauth-authorization-server",
      "/register",
      "/authorize",
      "/token",
    ]);
    const [asked] = here.authority.authorizations;
    expect(Object.fromEntries(asked ?? [])).toMatchObject({
      response_type: "code",
      client_id: "client-1",
      redirect_uri: REDIRECT,
      code_challenge_method: "S256",
      resource: here.server.url,
    });
    expect(asked?.has("scope")).toBe(false);
    expect(Object.fromEntries(here.authority.forms[0] ?? [])).toMatchObject({
      grant_type: "authorization_code",
      client_id: "client-1",
      resource: here.server.url,
    });
    expect(here.server.scripted.asked.filter(({ path }) => path === "/mcp").map(({ text }) => text)).toEqual([
      '{"first":1}',
      '{"first":1}',
    ]);
    expect(here.events.map(({ type }) => type)).toEqual(["registered", "authorized"]);
  });

  it("sends the token with every request from then on, and asks for nothing more", async () => {
    const here = await world();
    const fetch = here.enter();
    for (let at = 0; at < 3; at++) expect((await post(fetch, here)).status).toBe(200);
    expect(here.server.tokens.slice(1)).toEqual(Array(3).fill(`Bearer ${[...here.authority.tokens.keys()][0]}`));
    expect(here.authority.forms).toHaveLength(1);
  });

  it("T-52: sends the token with GET and DELETE as well", async () => {
    const here = await world();
    const fetch = here.enter();
    await post(fetch, here);
    for (const method of ["GET", "DELETE"]) expect((await fetch(here.server.url, { method })).status).toBe(200);
  });

  it("authorize gets in before the first request", async () => {
    const here = await world();
    const fetch = here.enter();
    await fetch.authorize(here.server.url);
    await fetch.authorize();
    expect((await post(fetch, here)).status).toBe(200);
    expect(here.server.tokens).toEqual([undefined, expect.stringMatching(/^Bearer /)]);
    await fetch.forget();
    expect((await post(fetch, here)).status).toBe(200);
    expect(here.authority.authorizations).toHaveLength(2);
  });

  it("AUTH-18: asks once for many requests that come at the same time", async () => {
    const here = await world();
    const fetch = here.enter();
    const replies = await Promise.all(Array.from({ length: 20 }, () => post(fetch, here)));
    expect(replies.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(here.authority.authorizations).toHaveLength(1);
    expect(here.authority.forms).toHaveLength(1);
  });

  it("fails them all where the user says no", async () => {
    const here = await world({
      callback: (parameters) => {
        parameters.delete("code");
        parameters.set("error", "access_denied");
      },
    });
    const fetch = here.enter();
    const failures = await Promise.allSettled(Array.from({ length: 5 }, () => post(fetch, here)));
    expect(failures).toHaveLength(5);
    for (const one of failures) {
      expect(one).toMatchObject({ reason: { code: "denied", data: { error: "access_denied" } } });
    }
    expect(here.authority.authorizations).toHaveLength(1);
  });

  it("gives up one request that is aborted, and not what others wait for", async () => {
    const here = await world();
    let comeBack!: () => void;
    const gate = new Promise<void>((resolve) => {
      comeBack = resolve;
    });
    const { browse } = await import("./authority.ts");
    const fetch = here.enter({}, { authorize: (url) => gate.then(() => browse(url)) });
    const controller = new AbortController();
    const one = fetch(here.server.url, { method: "POST", body: "{}", signal: controller.signal });
    const other = post(fetch, here);
    await here.authority.scripted.until(({ path }) => path === "/register");
    controller.abort(new Error("enough"));
    await expect(one).rejects.toThrow("enough");
    comeBack();
    expect((await other).status).toBe(200);
    expect(here.authority.authorizations).toHaveLength(1);
  });

  it("refuses what it could not do, where it is written", async () => {
    const authorize = async (): Promise<URL> => new URL("x:");
    const grant = authorizationCode({ redirectUri: REDIRECT, authorize });
    const wrong = [
      () => withOAuth(fetch, {} as never),
      () => withOAuth(fetch, { grant, resource: "nowhere" }),
      () => withOAuth(fetch, { grant, timeout: 0 }),
      () => withOAuth(fetch, { grant, scopes: [] } as never),
      () => authorizationCode({ redirectUri: "nowhere", authorize }),
      () => authorizationCode({ redirectUri: REDIRECT } as never),
      ...[
        "http://app.example/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "app:/callback",
        `${REDIRECT}#x`,
      ].map((redirectUri) => () => authorizationCode({ redirectUri, authorize })),
      () => authorizationCode({ redirectUri: REDIRECT, authorize, client: { clientId: "" } }),
    ];
    for (const one of wrong) expect(one).toThrow(DefinitionError);
  });

  it("AUTH-20: belongs to one server", async () => {
    const here = await world();
    const fetch = here.enter();
    await post(fetch, here);
    const other = await anAuthority();
    await expect(fetch(other.origin)).rejects.toThrow(DefinitionError);
    expect(other.paths).toEqual([]);
  });
});
