import { describe, expect, it } from "vitest";
import { authorizationCode } from "../../src/auth/client/index.ts";
import { DefinitionError } from "../../src/errors.ts";
import { memoryKeyValue } from "../../src/stores/index.ts";
import { post, REDIRECT, world } from "./world.ts";

const DOCUMENT = "https://app.example/client.json";

describe("a client", () => {
  it("AUTH-14: that was registered by hand is used before all else", async () => {
    const here = await world({ metadata: { client_id_metadata_document_supported: true } });
    const client = { clientId: "known", clientSecret: "known-secret" };
    expect((await post(here.enter({}, { client, clientMetadataUrl: DOCUMENT }), here)).status).toBe(200);
    expect(here.authority.authorizations[0]?.get("client_id")).toBe("known");
    expect(here.authority.registrations).toEqual([]);
  });

  it("AUTH-14: is its metadata document where the authorization server reads those", async () => {
    const here = await world({ metadata: { client_id_metadata_document_supported: true } });
    expect((await post(here.enter({}, { clientMetadataUrl: DOCUMENT }), here)).status).toBe(200);
    expect(here.authority.forms[0]?.get("client_id")).toBe(DOCUMENT);
    expect(here.authority.registrations).toEqual([]);
  });

  it("AUTH-14: registers itself otherwise, and says what it is", async () => {
    const here = await world({ metadata: { token_endpoint_auth_methods_supported: ["client_secret_post", "none"] } });
    const clientMetadata = { client_name: "App", software_id: "1" };
    await post(here.enter({}, { clientMetadataUrl: DOCUMENT, clientMetadata }), here);
    expect(here.authority.registrations).toEqual([
      {
        client_name: "App",
        software_id: "1",
        application_type: "native",
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        redirect_uris: [REDIRECT],
        token_endpoint_auth_method: "none",
      },
    ]);
  });

  it.each([
    ["no scope, which could keep it from a later one", undefined],
    ["the scope of its own words alone", "tools:read tools:write"],
  ])("AUTH-14: registers itself with %s, whatever it asks for at first (RFC 7591, 2)", async (_, scope) => {
    const here = await world();
    await post(here.enter({ scope: "tools:read" }, scope === undefined ? {} : { clientMetadata: { scope } }), here);
    expect(here.authority.registrations.map((said) => said["scope"])).toEqual([scope]);
    expect(here.authority.authorizations[0]?.get("scope")).toBe("tools:read");
  });

  it.each([
    ["http://localhost:1/callback", "native"],
    ["com.example.app:/callback", "native"],
    ["https://app.example/callback", "web"],
  ])("AUTH-14: with the redirect URI %s has the application_type %s", async (redirectUri, type) => {
    const here = await world();
    await post(here.enter({}, { redirectUri }), here);
    expect(here.authority.registrations[0]?.["application_type"]).toBe(type);
  });

  it("registers itself once for an issuer, however many processes come to be", async () => {
    const here = await world();
    const store = memoryKeyValue();
    for (let at = 0; at < 3; at++) {
      const fetch = here.enter({ store });
      await post(fetch, here);
      await fetch.forget();
    }
    expect(here.authority.registrations).toHaveLength(1);
    await post(here.enter({ store }, { redirectUri: "http://127.0.0.1:10/callback" }), here);
    expect(here.authority.registrations).toHaveLength(2);
  });

  it("a program with another port each time goes on by its refresh token, as the client that got it", async () => {
    const here = await world();
    const store = memoryKeyValue();
    await post(here.enter({ store }), here);
    await post(here.enter({ store, user: "bob" }, { redirectUri: "http://127.0.0.1:10/callback" }), here);
    for (const token of here.authority.tokens.values()) token.ended = true;
    const again = here.enter({ store }, { redirectUri: "http://127.0.0.1:11/callback" });
    expect((await post(again, here)).status).toBe(200);
    expect(here.authority.forms.at(-1)?.get("client_id")).toBe("client-1");
    expect(here.authority.authorizations).toHaveLength(2);
  });

  it("takes a registration with status 200, and sends the secret that it has as it is told to", async () => {
    const here = await world({
      instead: {
        "/register": (asked) => {
          asked.json({
            client_id: "known",
            client_secret: "known-secret",
            token_endpoint_auth_method: "client_secret_post",
          });
          return true;
        },
      },
    });
    expect((await post(here.enter(), here)).status).toBe(200);
    expect(Object.fromEntries(here.authority.forms[0] ?? [])).toMatchObject({
      client_id: "known",
      client_secret: "known-secret",
    });
  });

  it("registers itself anew when its secret is over", async () => {
    let now = 1_000_000_000_000;
    const here = await world({
      lifetime: 60,
      refreshTokens: false,
      instead: {
        "/register": (asked) => {
          asked.json({ client_id: "known", client_secret: "known-secret", client_secret_expires_at: now / 1000 + 100 });
          return true;
        },
      },
    });
    const fetch = here.enter({ now: () => now });
    await post(fetch, here);
    now += 101_000;
    for (const token of here.authority.tokens.values()) token.ended = true;
    await post(fetch, here);
    expect(here.authority.registrations).toHaveLength(2);
  });

  it("T-46: registers itself anew where it is forgotten, once, and for that issuer only", async () => {
    const here = await world();
    const fetch = here.enter();
    await post(fetch, here);
    here.authority.forgetClients();
    await fetch.forget();
    expect((await post(fetch, here)).status).toBe(200);
    expect(here.authority.registrations).toHaveLength(2);
    expect(here.authority.authorizations).toHaveLength(3);
  });

  it("AUTH-14: says why it was refused, and what to do where it cannot register", async () => {
    const refusing = await world({
      instead: {
        "/register": (asked) => {
          asked.json({ error: "invalid_redirect_uri", error_description: "not this one" }, {}, 400);
          return true;
        },
      },
    });
    await expect(post(refusing.enter(), refusing)).rejects.toMatchObject({
      code: "registration",
      message: expect.stringContaining("invalid_redirect_uri. It says: not this one"),
      data: { error: "invalid_redirect_uri", status: 400 },
    });
    const closed = await world({ metadata: { registration_endpoint: undefined } });
    await expect(post(closed.enter(), closed)).rejects.toMatchObject({
      code: "registration",
      message: expect.stringContaining("register this program there"),
    });
  });

  it.each([
    "http://app.example/a",
    "https://app.example/",
    "https://app.example/a#b",
    "https://u:p@app.example/a",
    "https://app.example",
    "https://APP.example/a",
    "https://10.0.0.1/a",
    "https://localhost/a",
    "https://169.254.169.254/a",
  ])("SEC-92: cannot be %s", (clientMetadataUrl) => {
    const make = () => authorizationCode({ redirectUri: REDIRECT, authorize: async (url) => url, clientMetadataUrl });
    expect(make).toThrow(DefinitionError);
  });
});

describe("how a client proves who it is", () => {
  const client = { clientId: "known", clientSecret: "known-secret" };

  it.each([
    [undefined, "basic"],
    [["client_secret_basic", "client_secret_post"], "basic"],
    [["client_secret_post"], "post"],
  ])("AUTH-21: where the authorization server knows %j", async (supported, way) => {
    const here = await world({ metadata: { token_endpoint_auth_methods_supported: supported } });
    expect((await post(here.enter({}, { client }), here)).status).toBe(200);
    const asked = here.authority.scripted.asked.find(({ path }) => path === "/token");
    expect(asked?.headers.authorization).toBe(way === "basic" ? `Basic ${btoa("known:known-secret")}` : undefined);
    expect(here.authority.forms[0]?.get("client_secret")).toBe(way === "post" ? "known-secret" : null);
  });
});
