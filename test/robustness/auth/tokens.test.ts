import { describe, expect, it } from "vitest";
import { memoryKeyValue } from "../../../src/stores/index.ts";
import type { Asked } from "../../client-http/scripted.ts";
import { anAuthority, post, world } from "../../auth/world.ts";
import { recordConnections, strangers } from "./connections.ts";

describe("SEC-80: an answer with a token", () => {
  it.each<[string, Record<string, unknown>]>([
    ["of the type mac", { token_type: "mac" }],
    ["of no type", { token_type: undefined }],
    ["without a token", { access_token: undefined }],
    ["with an empty token", { access_token: "" }],
    ["with a token that is no text", { access_token: { a: 1 } }],
    ["with a line break in its token", { access_token: "a\r\nx-evil: 1" }],
    ["with a space in its token", { access_token: "a b" }],
    ["with other letters in its token", { access_token: "é" }],
    ["with a token of 64 KiB", { access_token: "a".repeat(64 * 1024) }],
    ["with a refresh token that breaks lines", { refresh_token: "a\nb" }],
    ["with a refresh token that is no text", { refresh_token: 1 }],
    ["with a negative time", { expires_in: -1 }],
    ["with a time that is a word", { expires_in: "soon" }],
    ["with a time that is none", { expires_in: null }],
    ["with scopes that are no text", { scope: ["a"] }],
  ])("%s is refused, and nothing of it is kept or sent", async (_, answer) => {
    const here = await world({ answer });
    const store = memoryKeyValue();
    const failure = await post(here.enter({ store }), here).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "AuthError", code: "token" });
    expect(here.server.tokens).toEqual([undefined]);
    expect(await store.get("oauth ", `tokens ${here.server.url}`)).toBeUndefined();
  });

  it.each([
    ["1e300", 1e300],
    ["a number in a text", "3600"],
  ])("with the time %s is taken, and not believed for ever", async (_, expires_in) => {
    const here = await world({ answer: { expires_in } });
    let now = 1_700_000_000_000;
    const fetch = here.enter({ now: () => now });
    expect((await post(fetch, here)).status).toBe(200);
    now += 367 * 24 * 3600 * 1000;
    expect((await post(fetch, here)).status).toBe(200);
    expect(here.authority.forms).toHaveLength(2);
  });

  it("that is over as it comes is used once, and does not loop", async () => {
    const here = await world({ answer: { expires_in: 0 } });
    const fetch = here.enter();
    expect((await post(fetch, here)).status).toBe(200);
    expect((await post(fetch, here)).status).toBe(200);
    expect(here.authority.forms.length).toBeLessThanOrEqual(2);
  });
});

describe("SEC-82: a redirect of the MCP server", () => {
  recordConnections();

  it.each([301, 302, 303, 307, 308])(
    "with status %i is not followed: token, session and body stay home",
    async (status) => {
      const other = await anAuthority();
      const here = await world({}, { answer: (asked) => asked.reply(status, { location: `${other.origin}/mcp` }) });
      const headers = { "mcp-session-id": "s", "x-key": "k" };
      const reply = await here.enter()(here.server.url, { method: "POST", headers, body: "secret" });
      expect(reply.status).toBe(status);
      expect(other.paths).toEqual([]);
      expect(strangers(here.server.origin, here.authority.origin)).toEqual([]);
    },
  );
});

it("SEC-83: headers that the user gave for MCP are on no request of OAuth", async () => {
  const here = await world();
  const headers = { "x-api-key": "k", cookie: "c=1", "mcp-session-id": "s", authorization: "Basic mine" };
  await here.enter()(here.server.url, { method: "POST", headers, body: "{}" });
  const asked = [...here.authority.scripted.asked, ...here.server.scripted.asked.filter(({ path }) => path !== "/mcp")];
  for (const { path, headers: sent } of asked) {
    if (path.startsWith("/authorize")) continue;
    for (const name of Object.keys(headers)) expect(sent).not.toHaveProperty(name);
  }
  expect(here.server.tokens.at(-1)).toMatch(/^Bearer access-/);
});

describe("SEC-84: a server that is never content", () => {
  const refuse = (field: string, status: number) => (asked: Asked) =>
    asked.reply(status, { "www-authenticate": field });

  it("with any token: one authorization, and then an error", async () => {
    const here = await world({}, { answer: refuse("Bearer", 401) });
    await expect(post(here.enter(), here)).rejects.toMatchObject({ code: "rejected" });
    expect(here.authority.authorizations).toHaveLength(1);
    expect(here.server.tokens).toHaveLength(2);
  });

  it("with a token that it took before: one refresh, one authorization, and then an error", async () => {
    const here = await world();
    const fetch = here.enter();
    await post(fetch, here);
    here.server.manners.answer = refuse("Bearer", 401);
    await expect(post(fetch, here)).rejects.toMatchObject({ code: "rejected" });
    expect(here.authority.forms.map((form) => form.get("grant_type"))).toEqual([
      "authorization_code",
      "refresh_token",
      "authorization_code",
    ]);
    expect(here.server.tokens).toHaveLength(2 + 3);
  });

  it("with the same scopes: one step-up, and then an error", async () => {
    const here = await world({}, { answer: refuse('Bearer error="insufficient_scope", scope="a"', 403) });
    const fetch = here.enter();
    for (let at = 0; at < 3; at++) {
      await expect(post(fetch, here)).rejects.toMatchObject({ code: "insufficient_scope" });
    }
    expect(here.authority.authorizations).toHaveLength(2);
  });

  it("with scopes that grow each time: one step-up for each request", async () => {
    let count = 0;
    const here = await world(
      {},
      { answer: (asked) => refuse(`Bearer error="insufficient_scope", scope="s${++count}"`, 403)(asked) },
    );
    const fetch = here.enter();
    await expect(post(fetch, here)).rejects.toMatchObject({ code: "insufficient_scope" });
    expect(here.authority.authorizations).toHaveLength(2);
    await expect(post(fetch, here)).rejects.toMatchObject({ code: "insufficient_scope" });
    expect(here.authority.authorizations).toHaveLength(3);
  });

  it("and changes between the two: it ends all the same", async () => {
    let count = 0;
    const here = await world(
      {},
      {
        answer: (asked) =>
          ++count % 2 === 0
            ? refuse("Bearer", 401)(asked)
            : refuse(`Bearer error="insufficient_scope", scope="s${count}"`, 403)(asked),
      },
    );
    await expect(post(here.enter(), here)).rejects.toMatchObject({ name: "AuthError" });
    expect(here.authority.authorizations.length).toBeLessThanOrEqual(3);
  });

  it("without saying which scopes: an error at once", async () => {
    const here = await world({}, { answer: refuse('Bearer error="insufficient_scope"', 403) });
    await expect(post(here.enter(), here)).rejects.toMatchObject({ code: "insufficient_scope" });
    expect(here.authority.authorizations).toHaveLength(1);
  });

  it("with nonces that change each time: an error, and no loop", async () => {
    const here = await world({ answer: { token_type: "DPoP" } });
    let count = 0;
    here.server.manners.instead = {
      "/mcp": (asked) => {
        if (asked.headers.authorization === undefined) return false;
        asked.reply(401, { "www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": `n${++count}` });
        return true;
      },
    };
    await expect(post(here.enter({ dpop: true }), here)).rejects.toMatchObject({ name: "AuthError" });
    expect(count).toBeLessThanOrEqual(6);
  });
});

describe("SEC-88: a refresh that fails on the way", () => {
  async function about(fault: (asked: Asked, times: number) => void) {
    const here = await world();
    const store = memoryKeyValue();
    const fetch = here.enter({ store, timeout: 300 });
    await post(fetch, here);
    for (const token of here.authority.tokens.values()) token.ended = true;
    const kept = await store.get("oauth ", `tokens ${here.server.url}`);
    let times = 0;
    here.authority.habits = {
      instead: {
        "/token": (asked) => {
          fault(asked, ++times);
          return true;
        },
      },
    };
    return { here, store, fetch, kept, times: () => times };
  }

  it.each<[string, (asked: Asked) => void]>([
    ["with status 500", (asked) => asked.reply(500)],
    ["without an answer in time", () => {}],
    [
      "in the middle of the answer",
      (asked) => {
        asked.response.writeHead(200, { "content-type": "application/json", "content-length": "500" });
        asked.write('{"access_token":"');
        asked.break();
      },
    ],
    ["before the answer", (asked) => void asked.response.destroy()],
  ])("%s is tried once more, and nothing is forgotten", async (_, fault) => {
    const { here, store, fetch, kept, times } = await about(fault);
    await expect(post(fetch, here)).rejects.toMatchObject({ code: "unavailable" });
    expect(times()).toBe(2);
    expect(await store.get("oauth ", `tokens ${here.server.url}`)).toEqual(kept);
    here.authority.habits = {};
    expect((await post(fetch, here)).status).toBe(200);
    expect(here.authority.authorizations).toHaveLength(1);
  });

  it("after the authorization server has used it up: the user is asked again, which is told", async () => {
    const here = await world();
    const fetch = here.enter();
    await post(fetch, here);
    for (const token of here.authority.tokens.values()) token.ended = true;
    let refreshes = 0;
    here.authority.habits = {
      instead: {
        "/token": (asked) => {
          if (!asked.text.includes("grant_type=refresh_token")) return false;
          if (++refreshes === 1) asked.response.destroy();
          else asked.json({ error: "invalid_grant" }, {}, 400);
          return true;
        },
      },
    };
    expect((await post(fetch, here)).status).toBe(200);
    expect(refreshes).toBe(2);
    expect(here.events.map(({ type }) => type)).toEqual(["registered", "authorized", "cleared", "authorized"]);
  });

  it.each(["invalid_request", "invalid_scope", "temporarily_unavailable", "slow_down", "Invalid_Grant", ""])(
    "with the code %j is told, and nothing is forgotten: only invalid_grant does that",
    async (error) => {
      const { here, store, fetch, kept } = await about((asked) => asked.json({ error }, {}, 400));
      await expect(post(fetch, here)).rejects.toMatchObject({ code: "token" });
      expect(await store.get("oauth ", `tokens ${here.server.url}`)).toEqual(kept);
    },
  );
});

describe("SEC-90: a store", () => {
  it("that never answers fails the request in time, and it is not sent with what was lost", {
    timeout: 20_000,
  }, async () => {
    const here = await world();
    const kept = memoryKeyValue();
    const store = {
      get: kept.get.bind(kept),
      delete: kept.delete.bind(kept),
      set: (owner: string, key: string, value: never): Promise<void> =>
        key.startsWith("tokens") ? new Promise(() => {}) : Promise.resolve(kept.set(owner, key, value)),
    };
    await expect(post(here.enter({ store }), here)).rejects.toMatchObject({ code: "store" });
    expect(here.server.tokens).toEqual([undefined]);
  });

  it.each([null, 7, "text", [], {}, { accessToken: 1 }])(
    "that gives %j in place of tokens is one without any",
    async (value) => {
      const here = await world();
      const store = memoryKeyValue();
      await store.set("oauth ", `tokens ${here.server.url}`, value as never);
      expect((await post(here.enter({ store }), here)).status).toBe(200);
    },
  );
});
