/** 5.5: tokens that must not be taken. */
import { createHmac } from "node:crypto";
import * as jose from "jose";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { verifyJwt } from "../../../src/auth/server/index.ts";
import { DefinitionError } from "../../../src/index.ts";
import { type Claims, Issuer, ISSUER, rawToken, RESOURCE, seconds, usualClaims } from "../../auth-server/issuer.ts";
import { reports, testServer } from "../../http/reached.ts";

let issuer: Issuer;
let rsa: Issuer;
beforeAll(async () => {
  [issuer, rsa] = [await Issuer.create(), await Issuer.create("RS256")];
});
afterEach(() => {
  vi.useRealTimers();
});

const ran = vi.fn<() => string>(() => "ran");

/** The status of a call with a token; no handler may have run for one that is refused. */
async function status(token: string, of: Issuer = issuer): Promise<number> {
  ran.mockClear();
  const reached = of.guard(testServer().tool("act", {}, ran));
  const response = await reached.ask("tools/call", { name: "act" }, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  expect(ran.mock.calls.length).toBe(response.status === 200 ? 1 : 0);
  if (response.status !== 200) expect(text).toBe(REFUSAL);
  expect(reports).toEqual([]);
  return response.status;
}

const REFUSAL = JSON.stringify({
  jsonrpc: "2.0",
  error: { code: -32600, message: "The access token is not accepted" },
});
const header = { alg: "ES256", kid: "first", typ: "at+jwt" };

describe("SEC-94 a token", () => {
  const raw = (more: object, claims: object | string = usualClaims()) =>
    rawToken({ ...header, ...more }, claims, issuer.signing.privateKey);

  it("that is right is taken, whatever of its types it has", async () => {
    expect(await status(await issuer.token())).toBe(200);
    for (const typ of ["JWT", "jwt", "application/at+jwt", undefined])
      expect(await status(await raw({ typ }))).toBe(200);
    expect(await status(await rsa.token(), rsa)).toBe(200);
  });

  it.each<[string, object]>([
    ["a type of something else", { typ: "dpop+jwt" }],
    ["the type of a logout", { typ: "logout+jwt" }],
    ["a type that is no text", { typ: 1 }],
    ["an unknown crit", { crit: ["x"], x: 1 }],
    ["an empty crit", { crit: [] }],
    ["b64: false", { crit: ["b64"], b64: false }],
    ["a kid that is a path", { kid: "../../../../dev/null" }],
    ["a kid that is SQL", { kid: "' OR 1=1 --" }],
    ["a kid that is an object", { kid: { $ne: null } }],
    ["a kid of every object", { kid: "__proto__" }],
    ["alg: none", { alg: "none" }],
    ["alg: None", { alg: "None" }],
    ["no alg", { alg: undefined }],
    ["an alg of another family", { alg: "RS256" }],
    ["an alg that is a list", { alg: ["ES256"] }],
    ["compression", { zip: "DEF", crit: ["zip"] }],
  ])("with %s is refused", async (_, more) => {
    expect(await status(await raw(more))).toBe(401);
  });

  it.each<[string, object | string]>([
    ["nothing", ""],
    ["no JSON", "hello"],
    ["null", "null"],
    ["a list", "[]"],
    ["a text", '"x"'],
    ["bytes that are no text", "\u00ff"],
  ])("that says %s is refused", async (_, claims) => {
    expect(await status(await raw({}, claims))).toBe(401);
  });

  it("signed by the published key as a secret is refused", async () => {
    const { publicKey } = await jose.generateKeyPair("RS256");
    const pem = await jose.exportSPKI((await jose.importJWK(rsa.signing.jwk)) as CryptoKey);
    expect(publicKey.type).toBe("public");
    for (const secret of [pem, JSON.stringify(rsa.signing.jwk), ""]) {
      for (const alg of ["HS256", "HS512"]) {
        const signed = [{ ...header, alg }, usualClaims()]
          .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
          .join(".");
        const mac = createHmac(alg === "HS256" ? "sha256" : "sha512", secret)
          .update(signed)
          .digest("base64url");
        expect(await status(`${signed}.${mac}`, rsa)).toBe(401);
      }
    }
  });

  it("by a key that it brings itself is refused, and nothing that it names is fetched", async () => {
    const stranger = await Issuer.create();
    const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json(stranger.keys));
    vi.stubGlobal("fetch", fetch);
    for (const more of [
      { jwk: stranger.signing.jwk },
      { jku: "https://evil.example/jwks" },
      { x5u: "https://evil.example/x5u" },
      { x5c: ["MIIB"] },
    ]) {
      for (const kid of ["first", "other", undefined]) {
        const token = await rawToken({ ...header, kid, ...more }, usualClaims(), stranger.signing.privateKey);
        expect(await status(token)).toBe(401);
      }
    }
    expect(fetch).not.toHaveBeenCalled();
    vi.unstubAllGlobals();
  });

  it("of which a part is missing, changed, or one too many is refused", async () => {
    const token = await issuer.token();
    const [first = "", second = "", third = ""] = token.split(".");
    const other = Buffer.from(JSON.stringify({ ...usualClaims(), sub: "bob" })).toString("base64url");
    const broken = [
      `${first}.${second}.`,
      `${first}.${second}`,
      `${first}.${other}.${third}`,
      `${first}..${third}`,
      `.${second}.${third}`,
      `${token}.${third}`,
      `${token}.x.y`,
      `${first}.${second}.${"A".repeat(86)}`,
      `${first}.${second}.${third.slice(0, 80)}`,
      "..",
      "a.b.c",
    ];
    for (const one of broken) expect(await status(one)).toBe(401);
  });

  it("is found among several keys when it does not say which, and refused when it is by none", async () => {
    const several = await Issuer.create();
    const old = await several.token({}, { kid: undefined });
    await several.rotate("second");
    await several.rotate("third");
    expect(await status(old, several)).toBe(200);
    expect(await status(await several.token({}, { kid: undefined }), several)).toBe(200);
    const stranger = await Issuer.create();
    expect(await status(await stranger.token({}, { kid: undefined }), several)).toBe(401);
    const late = await rawToken({ alg: "ES256" }, { ...usualClaims(), exp: 1 }, several.signing.privateKey);
    expect(await status(late, several)).toBe(401);
  });

  it("must be of the one type that is given, where one is", async () => {
    const strict = (token: string) => issuer.verify({ type: "at+jwt" })(token);
    await strict(await issuer.token());
    for (const typ of ["JWT", undefined]) await expect(strict(await raw({ typ }))).rejects.toThrow(/typ/);
  });
});

describe("SEC-95 the audience", () => {
  it.each<[string, unknown, number]>([
    ["is missing", undefined, 401],
    ["is null", null, 401],
    ["is empty", "", 401],
    ["is an empty list", [], 401],
    ["is another one", "https://other.example", 401],
    ["is a list of others", ["https://other.example", "https://third.example"], 401],
    ["is the beginning of ours", "http://localhost", 401],
    ["begins with ours", `${RESOURCE}.evil.example`, 401],
    ["has ours as its user", `http://localhost@evil.example/mcp`, 401],
    ["is ours with a slash", `${RESOURCE}/`, 401],
    ["is ours in another case", RESOURCE.toUpperCase(), 401],
    ["is an object", { [RESOURCE]: true }, 401],
    ["is ours in a list in a list", [[RESOURCE]], 401],
    ["is the client", "app", 401],
    ["is ours", RESOURCE, 200],
    ["has ours among others", ["https://other.example", RESOURCE], 200],
  ])("%s", async (_, aud, expected) => {
    expect(await status(await issuer.token({ aud }))).toBe(expected);
  });

  it.each([[undefined], [""], [[]], [[""]], [[RESOURCE, undefined]], [7]])("cannot be forgotten: %j", (audience) => {
    const options = { issuer: ISSUER, audience: audience as never, jwks: issuer.keys };
    expect(() => verifyJwt(options)).toThrow(DefinitionError);
    expect(() => verifyJwt(options)).toThrow("verifyJwt needs an audience");
  });

  it.each<[string, unknown]>([
    ["missing", undefined],
    ["another", "https://evil.example"],
    ["ours with a slash", `${ISSUER}/`],
    ["a list with ours", [ISSUER]],
  ])("the issuer %s is refused", async (_, iss) => {
    expect(await status(await issuer.token({ iss }))).toBe(401);
  });

  it.each<[string, object]>([
    ["no issuer", { issuer: "" }],
    ["keys without TLS", { jwks: "http://login.example/jwks" }],
    ["keys that are none", { jwks: { keys: "x" } }],
    ["a list of keys that has others", { jwks: { keys: ["x"] } }],
    ["a secret", { algorithms: ["HS256"] }],
    ["no signature", { algorithms: ["none"] }],
  ])("verifyJwt is refused with %s", (_, options) => {
    expect(() => issuer.verify(options)).toThrow(DefinitionError);
  });
});

describe("SEC-96 the times", () => {
  const now = 1_790_000_000;
  it.each<[string, Claims, number]>([
    ["exp missing", { exp: undefined }, 401],
    ["exp null", { exp: null }, 401],
    ["exp past", { exp: now - 31 }, 401],
    ["exp past within the skew", { exp: now - 29 }, 200],
    ["exp now", { exp: now }, 200],
    ["exp in milliseconds", { exp: (now + 60) * 1000 }, 401],
    ["exp a text", { exp: `${now + 60}` }, 401],
    ["exp 1e300", { exp: 1e300 }, 401],
    ["exp negative", { exp: -now }, 401],
    ["exp a list", { exp: [now + 60] }, 401],
    ["exp a year ahead", { exp: now + 31_536_000 }, 200],
    ["nbf ahead", { nbf: now + 31 }, 401],
    ["nbf ahead within the skew", { nbf: now + 29 }, 200],
    ["nbf a text", { nbf: `${now}` }, 401],
    ["nbf 1e300", { nbf: 1e300 }, 401],
    ["iat ahead", { iat: now + 31 }, 401],
    ["iat ahead within the skew", { iat: now + 29 }, 200],
    ["iat in milliseconds", { iat: now * 1000 }, 401],
    ["iat a text", { iat: `${now}` }, 401],
    ["iat missing", { iat: undefined }, 200],
  ])("%s", async (_, claims, expected) => {
    vi.useFakeTimers({ toFake: ["Date"], now: now * 1000 });
    const usual = { ...usualClaims(), ...claims };
    expect(await status(await rawToken(header, usual, issuer.signing.privateKey))).toBe(expected);
  });

  it("a token that ends is no longer taken", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const token = await issuer.token({ exp: seconds() + 60 });
    expect(await status(token)).toBe(200);
    vi.setSystemTime(Date.now() + 91_000);
    expect(await status(token)).toBe(401);
  });

  it("a token of nobody is refused", async () => {
    expect(await status(await issuer.token({ sub: undefined, client_id: undefined }))).toBe(401);
    expect(await status(await issuer.token({ sub: 7, client_id: { a: 1 } }))).toBe(401);
    expect(await status(await issuer.token({ sub: undefined, client_id: undefined, azp: "app" }))).toBe(200);
  });
});
