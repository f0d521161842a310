import { beforeAll, describe, expect, it, vi } from "vitest";
import { Issuer, ProofKey, RESOURCE, seconds } from "./issuer.ts";
import { type Sent, testServer } from "../http/reached.ts";
import { memoryKeyValue } from "../../src/stores/index.ts";
import type { DpopOptions } from "../../src/auth/server/index.ts";

let issuer: Issuer;
let key: ProofKey;
let other: ProofKey;
let bound: string;
beforeAll(async () => {
  [issuer, key, other] = [await Issuer.create(), await ProofKey.create(), await ProofKey.create()];
  bound = await issuer.token(key.cnf);
});

/** An endpoint, and what it says to a request with some headers. */
function asked(dpop?: DpopOptions | false): (headers: Sent) => Promise<[status: number, error: string | undefined]> {
  const reached = issuer.guard(
    testServer().tool("act", {}, () => "done"),
    dpop === undefined ? {} : { dpop },
  );
  return async (headers) => {
    const response = await reached.ask("tools/call", { name: "act" }, { headers });
    const challenge = response.headers.get("www-authenticate") ?? "";
    return [response.status, /^(Bearer|DPoP) (?:error="([^"]*)")?/.exec(challenge)?.slice(1).join(" ")];
  };
}

const REFUSED = [401, "DPoP invalid_dpop_proof"];

describe("DPOP-1 a token that is bound to a key", () => {
  it("lets in who has the key", async () => {
    const ask = asked();
    expect(await ask(await key.headers(bound))).toEqual([200, undefined]);
    expect(await ask({ authorization: `dpop ${bound}`, dpop: await key.proof(bound) })).toEqual([200, undefined]);
  });

  it("is refused as a bearer token, with a proof as well", async () => {
    const authorization = `Bearer ${bound}`;
    expect(await asked()({ authorization })).toEqual([401, "Bearer invalid_token"]);
    expect(await asked()({ authorization, dpop: await key.proof(bound) })).toEqual([401, "Bearer invalid_token"]);
  });

  it("is refused where no key is looked at", async () => {
    expect(await asked(false)(await key.headers(bound))).toEqual([401, "Bearer invalid_token"]);
    expect(await asked(false)({ authorization: `Bearer ${bound}` })).toEqual([401, "Bearer invalid_token"]);
  });

  it("a token that is bound to none is refused with a proof", async () => {
    expect(await asked()(await key.headers(await issuer.token()))).toEqual([401, "DPoP invalid_token"]);
  });

  it("is told of scopes by its own scheme", async () => {
    const reached = issuer.guard(testServer().tool("act", { scopes: ["write"] }, () => "done"));
    const response = await reached.ask("tools/call", { name: "act" }, { headers: await key.headers(bound) });
    expect(response.headers.get("www-authenticate")).toMatch(/^DPoP error="insufficient_scope", .*algs="ES256 /);
  });
});

describe("DPOP-1 a proof (RFC 9449, 4.3)", () => {
  const iat = seconds();
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["of another type", {}, { typ: "JWT" }],
    ["without a type", {}, { typ: undefined }],
    ["without a key", {}, { jwk: undefined }],
    ["with an unknown crit", {}, { crit: ["x"], x: 1 }],
    ["without an id", { jti: undefined }, {}],
    ["with an id that is no text", { jti: 1 }, {}],
    ["with an id that is too long", { jti: "x".repeat(257) }, {}],
    ["for another method", { htm: "GET" }, {}],
    ["without a method", { htm: undefined }, {}],
    ["for another URL", { htu: "http://localhost/other" }, {}],
    ["for another host", { htu: "http://evil.example/mcp" }, {}],
    ["for the same over TLS", { htu: "https://localhost/mcp" }, {}],
    ["without a URL", { htu: undefined }, {}],
    ["with a URL that is none", { htu: "/mcp" }, {}],
    ["without a time", { iat: undefined }, {}],
    ["with a time that is a text", { iat: `${iat}` }, {}],
    ["that is old", { iat: iat - 330 }, {}],
    ["of the future", { iat: iat + 330 }, {}],
    ["for another token", { ath: "x" }, {}],
    ["for no token", { ath: undefined }, {}],
  ])("%s is refused", async (_, claims, header) => {
    const headers = { authorization: `DPoP ${bound}`, dpop: await key.proof(bound, claims, header) };
    expect(await asked()(headers)).toEqual(REFUSED);
  });

  it("with a query, a fragment or the default port in its URL is taken", async () => {
    for (const htu of [`${RESOURCE}?a=1`, `${RESOURCE}#a`, "http://LOCALHOST:80/mcp"]) {
      expect(await asked()(await key.headers(bound, { htu }))).toEqual([200, undefined]);
    }
  });

  it.each<[string, () => Promise<string | undefined>]>([
    ["is missing", async () => undefined],
    ["is none", async () => "abc"],
    ["is too long", async () => "a".repeat(8193)],
    ["stands there twice", async () => `${await key.proof(bound)}, ${await key.proof(bound)}`],
    ["is by another key than that of the token", () => other.proof(bound)],
    ["shows another key than it is made by", () => key.proof(bound, {}, { jwk: other.jwk })],
    ["shows a private key", async () => key.proof(bound, {}, { jwk: await key.secret() })],
    ["has a broken signature", async () => `${(await key.proof(bound)).slice(0, -6)}AAAAAA`],
    ["is not signed", async () => unsigned(await key.proof(bound))],
  ])("that %s is refused", async (_, proof) => {
    expect(await asked()({ authorization: `DPoP ${bound}`, dpop: await proof() })).toEqual(REFUSED);
  });

  it("is taken once, until it is too old for any", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const ask = asked();
    const headers = await key.headers(bound, { iat: seconds() + 299 });
    expect(await ask(headers)).toEqual([200, undefined]);
    expect(await ask(headers)).toEqual(REFUSED);
    vi.setSystemTime(Date.now() + 598_000);
    expect(await ask(headers)).toEqual(REFUSED);
    vi.useRealTimers();
  });

  it("with the same id by another key is another one", async () => {
    const ask = asked();
    expect(await ask(await key.headers(bound, { jti: "1" }))).toEqual([200, undefined]);
    expect(await ask(await other.headers(await issuer.token(other.cnf), { jti: "1" }))).toEqual([200, undefined]);
  });

  it("is taken once by all processes that share a store", async () => {
    const proofs = memoryKeyValue();
    const headers = await key.headers(bound);
    expect(await asked({ proofs })(headers)).toEqual([200, undefined]);
    expect(await asked({ proofs })(headers)).toEqual(REFUSED);
  });

  it("that cannot be remembered is not taken: 429", async () => {
    const ask = asked({ proofs: memoryKeyValue({ entries: 5, entriesPerOwner: 2 }) });
    for (const status of [200, 200, 429, 429]) expect((await ask(await key.headers(bound)))[0]).toBe(status);
    // A key that takes all it may have takes nothing from others.
    expect((await ask(await other.headers(await issuer.token(other.cnf))))[0]).toBe(200);
  });

  it("by another algorithm than those that are taken is refused", async () => {
    expect(await asked({ algorithms: ["ES384"] })(await key.headers(bound))).toEqual(REFUSED);
  });
});

describe("DPOP-1 nonces", () => {
  const first = async (nonces: boolean | string) => {
    const reached = issuer.guard(
      testServer().tool("act", {}, () => "done"),
      { dpop: { nonces } },
    );
    const ask = async (claims: Record<string, unknown> = {}) => {
      const response = await reached.ask("tools/call", { name: "act" }, { headers: await key.headers(bound, claims) });
      const { status, headers } = response;
      return { status, nonce: headers.get("dpop-nonce"), challenge: headers.get("www-authenticate") };
    };
    const { status, nonce, challenge } = await ask();
    expect([status, challenge]).toEqual([401, expect.stringMatching(/^DPoP error="use_dpop_nonce"/)]);
    return { ask, nonce };
  };

  it("are asked for, and taken for some minutes", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { ask, nonce } = await first(true);
    expect(nonce).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect((await ask({ nonce })).status).toBe(200);
    expect((await ask({ nonce: "x" })).nonce).toBe(nonce);
    vi.setSystemTime(Date.now() + 120_000);
    expect((await ask({ nonce })).status).toBe(200);
    vi.setSystemTime(Date.now() + 120_000);
    const old = await ask({ nonce });
    expect([old.status, old.nonce === nonce]).toEqual([401, false]);
    expect((await ask({ nonce: old.nonce })).status).toBe(200);
    vi.useRealTimers();
  });

  it("of one process are those of another one with the same secret, and of no other", async () => {
    const secret = "s".repeat(32);
    const [one, two, three] = [await first(secret), await first(secret), await first(true)];
    expect((await two.ask({ nonce: one.nonce })).status).toBe(200);
    expect((await three.ask({ nonce: one.nonce })).status).toBe(401);
  });
});

describe("DPOP-1 where tokens must be bound", () => {
  it("others are refused, and the challenge and the metadata say so", async () => {
    const reached = issuer.guard(
      testServer().tool("act", {}, () => "done"),
      { dpop: { required: true } },
    );
    const nobody = await reached.ask("tools/call", { name: "act" });
    expect(nobody.headers.get("www-authenticate")).toMatch(/^DPoP resource_metadata="[^"]*", algs="[^"]*"$/);
    const unbound = await reached.ask("tools/call", { name: "act" }, { headers: await issuer.bearer() });
    expect([unbound.status, unbound.headers.get("www-authenticate")]).toEqual([401, expect.stringContaining("DPoP ")]);
    const metadata = await reached.handler(new Request("http://localhost/.well-known/oauth-protected-resource"));
    expect(await metadata.json()).toMatchObject({ dpop_bound_access_tokens_required: true });
    expect((await reached.ask("tools/call", { name: "act" }, { headers: await key.headers(bound) })).status).toBe(200);
  });
});

/** A proof that says it has no signature. */
function unsigned(proof: string): string {
  const [header = "", payload] = proof.split(".");
  const said = JSON.parse(Buffer.from(header, "base64url").toString()) as object;
  return `${Buffer.from(JSON.stringify({ ...said, alg: "none" })).toString("base64url")}.${payload}.`;
}
