import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { authorizationCode, withOAuth } from "../../../src/auth/client/index.ts";
import { browse } from "../../auth/authority.ts";
import { anAuthority, post, REDIRECT, world } from "../../auth/world.ts";

describe("SEC-71: the state of a callback", () => {
  it.each<[string, (parameters: URLSearchParams) => void]>([
    ["is missing", (parameters) => parameters.delete("state")],
    ["is empty", (parameters) => parameters.set("state", "")],
    ["is another one", (parameters) => parameters.set("state", "x".repeat(43))],
    ["is longer", (parameters) => parameters.set("state", `${parameters.get("state")}x`)],
    ["is shorter", (parameters) => parameters.set("state", parameters.get("state")?.slice(1) ?? "")],
    ["is there twice", (parameters) => parameters.append("state", "x")],
  ])("that %s: no code is sent", async (_, change) => {
    const here = await world({ callback: change });
    await expect(post(here.enter(), here)).rejects.toMatchObject({ code: "state" });
    expect(here.authority.forms).toEqual([]);
  });

  it("belongs to one authorization: that of another one, or of an earlier one, is refused", async () => {
    const here = await world();
    const callbacks: URL[] = [];
    const one = here.enter({}, { authorize: async (url) => callbacks[callbacks.push(await browse(url)) - 1] as URL });
    await post(one, here);
    const other = here.enter({}, { authorize: async (url) => (await browse(url), callbacks[0] as URL) });
    await expect(post(other, here)).rejects.toMatchObject({ code: "state" });
    await one.forget();
    const again = here.enter({}, { authorize: async (url) => (await browse(url), callbacks[0] as URL) });
    await expect(post(again, here)).rejects.toMatchObject({ code: "state" });
    expect(here.authority.forms).toHaveLength(1);
  });

  it("is over after five minutes, by the clock of the user", async () => {
    let now = 1_700_000_000_000;
    const here = await world();
    const fetch = here.enter(
      { now: () => now },
      {
        async authorize(url) {
          now += 300_001;
          return browse(url);
        },
      },
    );
    await expect(post(fetch, here)).rejects.toMatchObject({ code: "timeout" });
    expect(here.authority.forms).toEqual([]);
  });

  it("is not waited for longer than that", async () => {
    const here = await world();
    let signal: AbortSignal | undefined;
    const fetch = here.enter(
      {},
      {
        patience: 50,
        authorize: (_, context) => {
          ({ signal } = context);
          return new Promise(() => {});
        },
      },
    );
    await expect(post(fetch, here)).rejects.toMatchObject({ code: "timeout" });
    expect(signal?.aborted).toBe(true);
  });
});

describe("SEC-75: the verifier", () => {
  it("is new each time, has the length that is wanted, and stands in no URL", async () => {
    const here = await world({ refreshTokens: false });
    const fetch = here.enter();
    for (let at = 0; at < 20; at++) {
      await post(fetch, here);
      await fetch.forget();
    }
    const verifiers = here.authority.forms.map((form) => form.get("code_verifier") ?? "");
    expect(new Set(verifiers).size).toBe(20);
    for (const verifier of verifiers) expect(verifier).toMatch(/^[\w\-.~]{43,128}$/);
    const urls = [...here.authority.scripted.asked, ...here.server.scripted.asked].map(({ path }) => path).join(" ");
    for (const verifier of verifiers) expect(urls).not.toContain(verifier);
    const states = here.authority.authorizations.map((one) => one.get("state"));
    expect(new Set(states).size).toBe(20);
    for (const verifier of verifiers) expect(inspect(fetch, { depth: 20, showHidden: true })).not.toContain(verifier);
  });
});

describe("SEC-77: the issuer of a callback", () => {
  const table: [string, boolean | undefined, (issuer: string) => string | null, boolean][] = [
    ["is the right one, and announced", true, (issuer) => issuer, true],
    ["is the right one, and not announced", false, (issuer) => issuer, true],
    ["is absent, though announced", true, () => null, false],
    ["is absent, and not announced", false, () => null, true],
    ["is absent, and nothing is said of it", undefined, () => null, true],
    ["is another one, and announced", true, () => "https://evil.example", false],
    ["is another one, and not announced", undefined, () => "https://evil.example", false],
    ["has a slash more", true, (issuer) => `${issuer}/`, false],
    ["is written in capitals", true, (issuer) => issuer.toUpperCase(), false],
    ["is encoded once more", true, (issuer) => encodeURIComponent(issuer), false],
    ["is empty", true, () => "", false],
  ];
  const metadata = (announced: boolean | undefined) => ({ authorization_response_iss_parameter_supported: announced });
  const put = (parameters: URLSearchParams, value: string | null): void => {
    if (value === null) parameters.delete("iss");
    else parameters.set("iss", value);
  };

  it.each(table)("AUTH-19: that %s", async (_, announced, issuer, taken) => {
    const here = await world({ metadata: metadata(announced) });
    here.authority.habits = {
      metadata: metadata(announced),
      callback: (parameters) => put(parameters, issuer(here.authority.issuer)),
    };
    const outcome = await post(here.enter(), here).catch((error: unknown) => error);
    if (taken) expect(outcome).toMatchObject({ status: 200 });
    else expect(outcome).toMatchObject({ code: "issuer_mismatch" });
    expect(here.authority.forms).toHaveLength(taken ? 1 : 0);
  });

  it.each(table.filter(([, , , taken]) => !taken))(
    "AUTH-19: that %s: what an error says is not shown",
    async (_, announced, issuer) => {
      const here = await world();
      here.authority.habits = {
        metadata: metadata(announced),
        callback(parameters) {
          put(parameters, issuer(here.authority.issuer));
          parameters.delete("code");
          parameters.set("error", "access_denied");
          parameters.set("error_description", "call this number");
        },
      };
      const failure = await post(here.enter(), here).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "issuer_mismatch" });
      expect(inspect(failure)).not.toMatch(/access_denied|call this number/);
    },
  );

  it("AUTH-19: with a state that is another one, an error says nothing either", async () => {
    const here = await world({
      callback(parameters) {
        parameters.set("state", "x");
        parameters.set("error", "call this number");
      },
    });
    const failure = await post(here.enter(), here).catch((error: unknown) => error);
    expect(inspect(failure)).not.toContain("call this number");
  });
});

it("SEC-78: a code of an honest issuer never reaches a hostile one", async () => {
  const honest = await anAuthority();
  const here = await world();
  // The hostile one sends the user on to the honest one, and waits for the code at its own token endpoint.
  const { authority: hostile } = here;
  for (const announced of [undefined, false, true]) {
    hostile.habits = {
      metadata: {
        authorization_endpoint: `${honest.origin}/authorize`,
        authorization_response_iss_parameter_supported: announced,
      },
    };
    const grant = authorizationCode({ redirectUri: REDIRECT, authorize: browse });
    const fetch = withOAuth(globalThis.fetch, { grant });
    await expect(post(fetch, here)).rejects.toMatchObject({ code: "issuer_mismatch" });
  }
  expect(honest.authorizations).toHaveLength(3);
  expect(hostile.forms).toEqual([]);
});

it("SEC-74: a client whose authorization server does not know S256 asks for no code", async () => {
  for (const methods of [undefined, [], ["plain"], ["s256"], "S256", { S256: true }, null]) {
    const here = await world({ metadata: { code_challenge_methods_supported: methods } });
    await expect(post(here.enter(), here)).rejects.toMatchObject({ code: "pkce" });
    expect(here.authority.authorizations).toEqual([]);
  }
});

it("what authorize throws reaches who asked", async () => {
  const here = await world();
  const authorize = (): Promise<URL> => Promise.reject(new Error("no browser"));
  await expect(post(here.enter({}, { authorize }), here)).rejects.toThrow("no browser");
});
