import { describe, expect, it } from "vitest";
import { clientCredentials } from "../../src/auth/client/index.ts";
import { post, world } from "./world.ts";

const challenge = 'Bearer scope="tools:read"';
const scopesOf = (list: readonly URLSearchParams[]): (string | null)[] => list.map((one) => one.get("scope"));

describe("the scopes that are asked for", () => {
  it("AUTH-17: are those of the challenge", async () => {
    const here = await world({}, { challenge, metadata: { scopes_supported: ["a", "b"] } });
    await post(here.enter(), here);
    expect(scopesOf(here.authority.authorizations)).toEqual(["tools:read"]);
  });

  it("AUTH-17: are else all that the resource names, and those that the user adds", async () => {
    const here = await world({}, { metadata: { scopes_supported: ["a", "b"] } });
    await post(here.enter({ scope: "b c" }), here);
    expect(scopesOf(here.authority.authorizations)).toEqual(["a b c"]);
  });

  it.each([
    [["offline_access", "a"], "a offline_access"],
    [["a"], "a"],
    [undefined, "a"],
  ])("AUTH-17: have offline_access only where the authorization server names it: %j", async (supported, asked) => {
    const here = await world({ metadata: { scopes_supported: supported } }, { metadata: { scopes_supported: ["a"] } });
    await post(here.enter(), here);
    expect(scopesOf(here.authority.authorizations)).toEqual([asked]);
    expect(here.authority.authorizations[0]?.get("prompt")).toBe(asked === "a" ? null : "consent");
  });

  it("AUTH-17: have no offline_access for a program without a user", async () => {
    const here = await world(
      { metadata: { scopes_supported: ["offline_access"] } },
      { metadata: { scopes_supported: ["a"] } },
    );
    const grant = clientCredentials({ client: { clientId: "known", clientSecret: "known-secret" } });
    expect((await post(here.enter({ grant }), here)).status).toBe(200);
    expect(scopesOf(here.authority.forms)).toEqual(["a"]);
  });
});

describe("a request that needs more scopes", () => {
  const scope = ({ text }: { text: string }): string => (text === "{}" ? "read" : text.replaceAll('"', ""));

  it("AUTH-18: is sent again after one more authorization, for all scopes together", async () => {
    const here = await world({}, { challenge: 'Bearer scope="read"', scope });
    const fetch = here.enter();
    expect((await post(fetch, here)).status).toBe(200);
    expect((await post(fetch, here, '"write"')).status).toBe(200);
    expect(scopesOf(here.authority.authorizations)).toEqual(["read", "read write"]);
    expect(scopesOf(here.authority.forms)).toEqual([null, null]);
    expect(here.authority.forms.map((form) => form.get("resource"))).toEqual([here.server.url, here.server.url]);
    expect((await post(fetch, here)).status).toBe(200);
    expect(here.authority.authorizations).toHaveLength(2);
  });

  it("AUTH-18: asks once for many that need the same", async () => {
    const here = await world({}, { challenge: 'Bearer scope="read"', scope });
    const fetch = here.enter();
    await post(fetch, here);
    const replies = await Promise.all(Array.from({ length: 10 }, () => post(fetch, here, '"write"')));
    expect(replies.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(here.authority.authorizations).toHaveLength(2);
  });

  it("T-47: fails where the scopes were asked for already, also the next time, without another authorization", async () => {
    const here = await world({ answer: { scope: "read" } }, { challenge: 'Bearer scope="read"' });
    const fetch = here.enter();
    await post(fetch, here);
    here.server.manners.scope = () => "write";
    for (const token of here.authority.tokens.values()) Object.assign(token, { scope: "read" });
    const give = here.authority.give.bind(here.authority);
    here.authority.give = (asked, given, refreshable) => give(asked, { ...given, scope: "read" }, refreshable);
    for (let at = 0; at < 3; at++) {
      await expect(post(fetch, here)).rejects.toMatchObject({ code: "insufficient_scope", data: { scope: "write" } });
    }
    expect(scopesOf(here.authority.authorizations)).toEqual(["read", "read write"]);
  });

  it("T-50: a refusal that is none for scopes is given to the caller", async () => {
    const here = await world({}, { answer: (asked) => asked.reply(403, { "www-authenticate": "Bearer" }, "no") });
    const reply = await post(here.enter(), here);
    expect([reply.status, await reply.text()]).toEqual([403, "no"]);
    expect(here.authority.authorizations).toHaveLength(1);
  });
});
