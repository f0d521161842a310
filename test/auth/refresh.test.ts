import { describe, expect, it } from "vitest";
import { clientCredentials } from "../../src/auth/client/index.ts";
import { memoryKeyValue } from "../../src/stores/index.ts";
import { post, world } from "./world.ts";

/** A clock that a test moves. */
function clock(): { readonly now: () => number; readonly pass: (seconds: number) => void } {
  let time = 1_700_000_000_000;
  return {
    now: () => time,
    pass: (seconds) => {
      time += seconds * 1000;
    },
  };
}

const grants = (forms: readonly URLSearchParams[]): (string | null)[] => forms.map((form) => form.get("grant_type"));

describe("a token that is about to end", () => {
  it("AUTH-21, T-46: is renewed before it does, by the refresh token, for the same resource", async () => {
    const here = await world();
    const { now, pass } = clock();
    const fetch = here.enter({ now });
    await post(fetch, here);
    pass(3600 - 31);
    await post(fetch, here);
    expect(here.authority.forms).toHaveLength(1);
    pass(2);
    expect((await post(fetch, here)).status).toBe(200);
    expect(grants(here.authority.forms)).toEqual(["authorization_code", "refresh_token"]);
    expect(here.authority.forms[1]?.get("resource")).toBe(here.server.url);
    expect(here.server.tokens.filter((token) => token === undefined)).toHaveLength(1);
    pass(3600);
    await post(fetch, here);
    expect(here.authority.forms[2]?.get("refresh_token")).not.toBe(here.authority.forms[1]?.get("refresh_token"));
    expect(here.events.map(({ type }) => type)).toEqual(["registered", "authorized", "refreshed", "refreshed"]);
  });

  it("is renewed once, for all requests that come at the same time", async () => {
    const here = await world();
    const { now, pass } = clock();
    const fetch = here.enter({ now });
    await post(fetch, here);
    pass(3600);
    const replies = await Promise.all(Array.from({ length: 40 }, () => post(fetch, here)));
    expect(replies.map(({ status }) => status)).toEqual(Array(40).fill(200));
    expect(here.authority.forms).toHaveLength(2);
  });

  it("is not renewed for each request where it lasts only a little", async () => {
    const here = await world({ lifetime: 20 });
    const { now, pass } = clock();
    const fetch = here.enter({ now });
    for (let at = 0; at < 3; at++) await post(fetch, here);
    expect(here.authority.forms).toHaveLength(1);
    pass(11);
    for (let at = 0; at < 3; at++) await post(fetch, here);
    expect(here.authority.forms).toHaveLength(2);
  });

  it("is renewed by the grant where there is no user", async () => {
    const here = await world();
    const { now, pass } = clock();
    const grant = clientCredentials({ client: { clientId: "known", clientSecret: "known-secret" } });
    const fetch = here.enter({ now, grant });
    await post(fetch, here);
    pass(3600);
    expect((await post(fetch, here)).status).toBe(200);
    expect(grants(here.authority.forms)).toEqual(["client_credentials", "client_credentials"]);
    expect(here.server.tokens.filter((token) => token === undefined)).toHaveLength(1);
  });

  it("is used to its end where the authorization server cannot be reached a little before", async () => {
    const here = await world();
    const { now, pass } = clock();
    const fetch = here.enter({ now });
    await post(fetch, here);
    here.authority.habits = { instead: { "/token": fails(() => {}) } };
    pass(3600 - 10);
    expect((await post(fetch, here)).status).toBe(200);
    pass(20);
    await expect(post(fetch, here)).rejects.toMatchObject({ code: "unavailable" });
  });
});

function fails(count: () => void) {
  return (asked: { reply(status: number): void }): boolean => {
    count();
    asked.reply(503);
    return true;
  };
}

describe("a token that the server does not take", () => {
  it("is renewed by the refresh token", async () => {
    const here = await world();
    const fetch = here.enter();
    await post(fetch, here);
    for (const token of here.authority.tokens.values()) token.ended = true;
    expect((await post(fetch, here)).status).toBe(200);
    expect(grants(here.authority.forms)).toEqual(["authorization_code", "refresh_token"]);
  });

  it("AUTH-21: is asked for anew where the grant is over, which is told", async () => {
    const here = await world();
    const fetch = here.enter();
    await post(fetch, here);
    for (const token of [...here.authority.tokens.values(), ...here.authority.refreshTokens.values()])
      token.ended = true;
    expect((await post(fetch, here)).status).toBe(200);
    expect(grants(here.authority.forms)).toEqual(["authorization_code", "refresh_token", "authorization_code"]);
    expect(here.events.map(({ type }) => type)).toEqual(["registered", "authorized", "cleared", "authorized"]);
  });

  it("SEC-88: is not forgotten when the authorization server fails: one more try, and then later again", async () => {
    const here = await world();
    const store = memoryKeyValue();
    const fetch = here.enter({ store });
    await post(fetch, here);
    for (const token of here.authority.tokens.values()) token.ended = true;
    let failures = 0;
    here.authority.habits = { instead: { "/token": fails(() => failures++) } };
    await expect(post(fetch, here)).rejects.toMatchObject({ code: "unavailable", data: { status: 503 } });
    expect(failures).toBe(2);
    here.authority.habits = {};
    expect((await post(here.enter({ store }), here)).status).toBe(200);
    expect(here.authority.authorizations).toHaveLength(1);
  });

  it("SEC-89: keeps its refresh token where the answer has none, and the scopes that it was given", async () => {
    const here = await world({}, { challenge: 'Bearer scope="a b"' });
    const fetch = here.enter();
    await post(fetch, here);
    const [refresh = ""] = here.authority.refreshTokens.keys();
    here.authority.habits = { answer: { refresh_token: undefined, scope: "a" } };
    for (let at = 0; at < 2; at++) {
      for (const token of here.authority.tokens.values()) token.ended = true;
      for (const token of here.authority.refreshTokens.values()) token.ended = false;
      expect((await post(fetch, here)).status).toBe(200);
    }
    expect(here.authority.forms.slice(1).map((form) => form.get("refresh_token"))).toEqual([refresh, refresh]);
    expect(here.events.at(-1)).toMatchObject({ type: "refreshed", scope: "a" });
  });
});

describe("a store", () => {
  it("lets another process go on with what one got", async () => {
    const here = await world();
    const store = memoryKeyValue();
    await post(here.enter({ store }), here);
    expect((await post(here.enter({ store }), here)).status).toBe(200);
    expect(here.authority.authorizations).toHaveLength(1);
    expect(here.server.tokens.filter((token) => token === undefined)).toHaveLength(1);
  });

  it("that failed once is asked again", async () => {
    const here = await world();
    const kept = memoryKeyValue();
    let failures = 1;
    const store = {
      get(owner: string, key: string) {
        if (failures-- > 0) throw new Error("not yet");
        return kept.get(owner, key);
      },
      set: kept.set.bind(kept),
      delete: kept.delete.bind(kept),
    };
    const fetch = here.enter({ store });
    await expect(post(fetch, here)).rejects.toMatchObject({ code: "store" });
    expect((await post(fetch, here)).status).toBe(200);
  });

  it("keeps users apart", async () => {
    const here = await world();
    const store = memoryKeyValue();
    await post(here.enter({ store, user: "alice" }), here);
    await post(here.enter({ store, user: "bob" }), here);
    expect(here.authority.authorizations).toHaveLength(2);
    expect(new Set(here.server.tokens.filter((token) => token !== undefined)).size).toBe(2);
  });

  it("SEC-87: where somebody else was first, uses what that got, and does not delete it", async () => {
    const here = await world();
    const store = memoryKeyValue();
    const [one, other] = [here.enter({ store }), here.enter({ store })];
    await post(one, here);
    await post(other, here);
    for (const token of here.authority.tokens.values()) token.ended = true;
    await post(one, here);
    expect((await post(other, here)).status).toBe(200);
    expect(grants(here.authority.forms)).toEqual(["authorization_code", "refresh_token"]);
  });

  it("SEC-87: also where both have sent the same refresh token", async () => {
    const here = await world();
    const store = memoryKeyValue();
    const [one, other] = [here.enter({ store }), here.enter({ store })];
    await post(one, here);
    await post(other, here);
    for (const token of here.authority.tokens.values()) token.ended = true;
    const replies = await Promise.all([post(one, here), post(other, here)]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    expect(here.authority.authorizations).toHaveLength(1);
    expect(here.events.map(({ type }) => type)).not.toContain("cleared");
  });

  it.each([
    ["throws", () => Promise.reject(new Error("disk full: access-"))],
    [
      "throws at once",
      () => {
        throw new Error("disk full: access-");
      },
    ],
  ])("SEC-90: that %s when tokens are saved fails the request, which is not sent with them", async (_, set) => {
    const here = await world();
    const kept = memoryKeyValue();
    const store = {
      get: kept.get.bind(kept),
      delete: kept.delete.bind(kept),
      set: (owner: string, key: string, value: never) =>
        key.startsWith("tokens") ? set() : kept.set(owner, key, value),
    };
    const failure = await post(here.enter({ store }), here).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "AuthError", code: "store" });
    expect(String(failure)).not.toContain("access-");
    expect(here.server.tokens).toEqual([undefined]);
  });
});
