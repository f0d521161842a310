import { afterEach, describe, expect, it, vi } from "vitest";
import { InvalidTokenError, TokenCheckUnavailableError, verifyByIntrospection } from "../../src/auth/server/index.ts";
import { DefinitionError } from "../../src/index.ts";
import { introspecting, ISSUER, RESOURCE, seconds } from "./issuer.ts";

afterEach(() => {
  vi.useRealTimers();
});

const ACTIVE = { active: true, aud: RESOURCE, sub: "ann", client_id: "app", scope: "read write" };

describe("verifyByIntrospection", () => {
  it("asks by its name and secret, and tells what the answer says", async () => {
    const exp = seconds() + 60;
    const verify = introspecting(({ token, authorization }) => {
      expect([token, authorization]).toEqual(["t", `Basic ${btoa("mcp:s%3Ae+c")}`]);
      return Response.json({ ...ACTIVE, exp });
    });
    expect(await verify("t")).toMatchObject({
      issuer: ISSUER,
      clientId: "app",
      subject: "ann",
      scopes: ["read", "write"],
      expiresAt: exp * 1000,
    });
  });

  it("takes one of several audiences, and an issuer that is the right one", async () => {
    await introspecting(() => Response.json({ ...ACTIVE, aud: ["x", RESOURCE], iss: ISSUER }), { issuer: ISSUER })("t");
  });

  it("keeps an answer for some seconds, good or bad, and asks once for all who wait", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    let asked = 0;
    let active = true;
    const verify = introspecting(() => {
      asked++;
      return Response.json({ ...ACTIVE, active });
    });
    await Promise.all([verify("t"), verify("t"), verify("t")]);
    active = false;
    await verify("t");
    expect(asked).toBe(1);
    await expect(verify("other")).rejects.toBeInstanceOf(InvalidTokenError);
    await expect(verify("other")).rejects.toBeInstanceOf(InvalidTokenError);
    expect(asked).toBe(2);
    vi.setSystemTime(Date.now() + 10_000);
    await expect(verify("t")).rejects.toBeInstanceOf(InvalidTokenError);
    expect(asked).toBe(3);
  });

  it("keeps nothing where it shall not, and nothing of an answer that did not come", async () => {
    let asked = 0;
    const verify = introspecting(() => Response.json({ ...ACTIVE, asked: ++asked }), { cache: 0 });
    await verify("t");
    await verify("t");
    expect(asked).toBe(2);
    let fails = true;
    const problems: unknown[] = [];
    const flaky = introspecting(() => (fails ? new Response("", { status: 500 }) : Response.json(ACTIVE)), {
      onError: (problem) => problems.push(problem),
    });
    await expect(flaky("t")).rejects.toBeInstanceOf(TokenCheckUnavailableError);
    expect(problems).toEqual([new Error(`${ISSUER} answered with status 500`)]);
    fails = false;
    await flaky("t");
  });

  it("keeps at most 1000 answers", async () => {
    let asked = 0;
    const verify = introspecting(() => Response.json({ ...ACTIVE, asked: ++asked }));
    for (let n = 0; n <= 1000; n++) await verify(`t${n}`);
    await verify("t1");
    expect(asked).toBe(1001);
    await verify("t0");
    expect(asked).toBe(1002);
  });

  it.each<[string, object]>([
    ["another URL than https", { url: "http://login.example/introspect" }],
    ["no audience", { audience: undefined }],
    ["an empty audience", { audience: [] }],
    ["no client", { client: undefined }],
    ["no secret", { client: { id: "x" } }],
    ["a cache that is no time", { cache: -1 }],
  ])("is refused with %s", (_, options) => {
    const all = { url: `${ISSUER}/introspect`, client: { id: "a", secret: "b" }, audience: RESOURCE, ...options };
    expect(() => verifyByIntrospection(all as never)).toThrow(DefinitionError);
  });
});
