import { generateKeyPairSync } from "node:crypto";
import { jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { clientCredentials, enterprise, jwtBearer } from "../../src/auth/client/index.ts";
import { DefinitionError } from "../../src/errors.ts";
import { anAuthority, post, world } from "./world.ts";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

describe("clientCredentials", () => {
  const secret = { clientId: "known", clientSecret: "known-secret" };

  it("CC-1: gets in with a secret, for the resource and the scopes", async () => {
    const here = await world({}, { challenge: 'Bearer scope="a"' });
    expect((await post(here.enter({ grant: clientCredentials({ client: secret }) }), here)).status).toBe(200);
    expect(here.authority.paths).toEqual(["/.well-known/oauth-authorization-server", "/token"]);
    expect(Object.fromEntries(here.authority.forms[0] ?? [])).toEqual({
      grant_type: "client_credentials",
      resource: here.server.url,
      scope: "a",
    });
  });

  it("CC-1: gets in with assertions that it signs, of which the issuer is the audience", async () => {
    const here = await world();
    const client = { clientId: "known", privateKey: pem, algorithm: "ES256", keyId: "k1" };
    expect((await post(here.enter({ grant: clientCredentials({ client }) }), here)).status).toBe(200);
    const [form] = here.authority.forms;
    expect(form?.get("client_assertion_type")).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    const { payload, protectedHeader } = await jwtVerify(form?.get("client_assertion") ?? "", publicKey);
    expect(protectedHeader).toEqual({ alg: "ES256", kid: "k1" });
    expect(payload).toMatchObject({ iss: "known", sub: "known", aud: here.authority.issuer, jti: expect.any(String) });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(60);
  });

  it("takes a key as the platform has it", async () => {
    const here = await world();
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const { privateKey } = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
    const client = { clientId: "known", privateKey };
    expect((await post(here.enter({ grant: clientCredentials({ client }) }), here)).status).toBe(200);
  });

  it("fails for good where the client is refused: nothing is registered instead", async () => {
    const here = await world();
    const client = { clientId: "known", clientSecret: "wrong" };
    const fetch = here.enter({ grant: clientCredentials({ client }) });
    await expect(post(fetch, here)).rejects.toMatchObject({
      code: "token",
      data: { error: "invalid_client", status: 401 },
    });
    expect(here.authority.forms).toHaveLength(1);
    expect(here.authority.registrations).toEqual([]);
  });

  it("refuses a client that cannot prove anything", () => {
    for (const client of [
      { clientId: "known" },
      { clientId: "", clientSecret: "x" },
      { clientId: "known", clientSecret: "x", privateKey: pem, algorithm: "ES256" },
      { clientId: "known", privateKey: pem },
    ]) {
      expect(() => clientCredentials({ client })).toThrow(DefinitionError);
    }
  });

  it("says that a key is none, and does not show it", async () => {
    const here = await world();
    const client = { clientId: "known", privateKey: "not-a-key", algorithm: "ES256" };
    const failure = await post(here.enter({ grant: clientCredentials({ client }) }), here).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(DefinitionError);
    expect(String(failure)).not.toContain("not-a-key");
  });
});

describe("jwtBearer", () => {
  it("WIF-1: gets in with the platform's token, asked for each time, and no client", async () => {
    const here = await world({ lifetime: 60 });
    let now = 1_700_000_000_000;
    let asked = 0;
    const grant = jwtBearer({ assertion: () => `platform-${++asked}` });
    const fetch = here.enter({ grant, now: () => now });
    await post(fetch, here);
    now += 60_000;
    expect((await post(fetch, here)).status).toBe(200);
    expect(here.authority.forms.map((form) => Object.fromEntries(form))).toEqual([
      { grant_type: JWT_BEARER, assertion: "platform-1", resource: here.server.url },
      { grant_type: JWT_BEARER, assertion: "platform-2", resource: here.server.url },
    ]);
  });

  it.each(["invalid_grant", "invalid_scope", "unauthorized_client"])(
    "WIF-1: %s is told, and nothing else is tried",
    async (error) => {
      const here = await world({
        instead: {
          "/token": (asked) => {
            asked.json({ error }, {}, 400);
            return true;
          },
        },
      });
      const grant = jwtBearer({ assertion: async () => "platform" });
      await expect(post(here.enter({ grant }), here)).rejects.toMatchObject({ code: "token", data: { error } });
      expect(here.authority.paths.filter((path) => path !== "/.well-known/oauth-authorization-server")).toEqual([
        "/token",
      ]);
    },
  );
});

describe("enterprise", () => {
  const client = { clientId: "known", clientSecret: "known-secret" };
  const subject = { type: "id_token", token: "id-token-of-alice" } as const;

  /** An identity provider, and what it gives. */
  async function provider(answer: object = {}) {
    return anAuthority({
      instead: {
        "/token": (asked) => {
          asked.json({
            access_token: "the-id-jag",
            issued_token_type: "urn:ietf:params:oauth:token-type:id-jag",
            token_type: "N_A",
            expires_in: 300,
            ...answer,
          });
          return true;
        },
      },
    });
  }

  it.each([true, false])(
    "EMA-1, T-51: exchanges the login for an ID-JAG, and that for a token; endpoint given: %s",
    async (given) => {
      const here = await world({}, { challenge: 'Bearer scope="a"' });
      const { issuer, origin, ...idp } = await provider().then((one) => ({
        issuer: one.issuer,
        origin: one.origin,
        one,
      }));
      const endpoint = given ? { tokenEndpoint: `${origin}/token` } : {};
      const grant = enterprise({
        provider: { issuer, ...endpoint, client: { clientId: "at-idp", clientSecret: "idp-secret" } },
        subjectToken: () => subject,
        client,
      });
      expect((await post(here.enter({ grant }), here)).status).toBe(200);
      expect(Object.fromEntries(idp.one.forms[0] ?? [])).toEqual({
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        requested_token_type: "urn:ietf:params:oauth:token-type:id-jag",
        audience: here.authority.issuer,
        resource: here.server.url,
        scope: "a",
        subject_token: subject.token,
        subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
      });
      const exchange = idp.one.scripted.asked.find(({ path }) => path === "/token");
      expect(exchange?.headers.authorization).toBe(`Basic ${btoa("at-idp:idp-secret")}`);
      expect(Object.fromEntries(here.authority.forms[0] ?? [])).toEqual({
        grant_type: JWT_BEARER,
        assertion: "the-id-jag",
        resource: here.server.url,
        scope: "a",
      });
      expect(here.authority.authorizations).toEqual([]);
    },
  );

  it("takes nothing but an ID-JAG from there", async () => {
    const here = await world();
    const idp = await provider({ issued_token_type: "urn:ietf:params:oauth:token-type:access_token" });
    const grant = enterprise({
      provider: { issuer: idp.issuer, tokenEndpoint: `${idp.origin}/token`, client: { clientId: "at-idp" } },
      subjectToken: async () => subject,
      client,
    });
    const failure = await post(here.enter({ grant }), here).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "token" });
    expect(String(failure)).not.toContain("the-id-jag");
    expect(here.authority.forms).toEqual([]);
  });

  it("refuses a provider that is not https", () => {
    const make = () =>
      enterprise({ provider: { issuer: "http://idp.example", client }, subjectToken: () => subject, client });
    expect(make).toThrow(DefinitionError);
  });
});

describe("tokens that are bound to a key", () => {
  it("DPOP-1: a server that gives others is refused, and so are such tokens where nobody asked for them", async () => {
    const here = await world();
    await expect(post(here.enter({ dpop: true }), here)).rejects.toMatchObject({
      code: "token",
      message: expect.stringContaining("does not bind tokens"),
    });
    const there = await world({ answer: { token_type: "DPoP" } });
    await expect(post(there.enter(), there)).rejects.toThrow("set the option dpop");
  });

  it("DPOP-1: a proof is fresh for each request, names it and its token, and has the server's nonce", async () => {
    const here = await world({ answer: { token_type: "DPoP" } });
    const nonces = ["n1", "n2"];
    const seen: Record<string, unknown>[] = [];
    here.server.manners.instead = {
      "/mcp": (asked) => {
        const [, payload = ""] = String(asked.headers["dpop"] ?? "").split(".");
        if (payload === "") return false;
        seen.push(JSON.parse(Buffer.from(payload, "base64url").toString()));
        const [nonce = ""] = nonces;
        const fresh = seen.at(-1)?.["nonce"] === nonce;
        if (fresh) asked.json({}, { "dpop-nonce": nonce });
        else asked.reply(401, { "www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": nonce });
        return true;
      },
    };
    const fetch = here.enter({ dpop: true });
    expect((await fetch(`${here.server.url}?a=1`, { method: "POST", body: "{}" })).status).toBe(200);
    expect((await post(fetch, here)).status).toBe(200);
    nonces.shift();
    expect((await post(fetch, here)).status).toBe(200);
    expect(seen.map(({ nonce }) => nonce)).toEqual([undefined, "n1", "n1", "n1", "n2"]);
    expect(new Set(seen.map(({ jti }) => jti)).size).toBe(5);
    expect(seen[0]).toMatchObject({ htm: "POST", htu: here.server.url, ath: expect.any(String) });
    expect(here.authority.forms).toHaveLength(1);
  });

  it("DPOP-1: tokens of another key are not used: they are asked for anew", async () => {
    const here = await world({ answer: { token_type: "DPoP" } });
    const kept = new Map<string, never>();
    const store = {
      get: (_: string, key: string) => kept.get(key),
      set: (_: string, key: string, value: never) => void kept.set(key, value),
      delete: (_: string, key: string) => kept.delete(key),
    };
    here.server.manners.instead = {
      "/mcp": (asked) => {
        if (asked.headers.authorization === undefined) return false;
        asked.json({});
        return true;
      },
    };
    await post(here.enter({ dpop: true, store }), here);
    await post(here.enter({ dpop: true, store }), here);
    expect(here.authority.forms.map((form) => form.get("grant_type"))).toEqual([
      "authorization_code",
      "authorization_code",
    ]);
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    await post(here.enter({ dpop: pair, store }), here);
    await post(here.enter({ dpop: pair, store }), here);
    expect(here.authority.forms).toHaveLength(3);
  });
});
