/** 5.5: an authorization server that is asked about tokens, and does not answer well. */
import { describe, expect, it } from "vitest";
import { introspecting, ISSUER, RESOURCE, seconds } from "../../auth-server/issuer.ts";

const ACTIVE = { active: true, aud: RESOURCE, sub: "ann", client_id: "app", scope: "read write" };
const quiet = { onError: () => {} };

describe("SEC-103 verifyByIntrospection does not let in", () => {
  const outcome = async (answer: () => Response | Promise<Response>, options = {}): Promise<unknown> =>
    Promise.resolve(introspecting(answer, { ...quiet, ...options })("t")).then(
      () => "in",
      (problem: Error) => problem.name,
    );

  it.each<[string, object]>([
    ["active: false", { active: false }],
    ["active as a text", { active: "true" }],
    ["active as a number", { active: 1 }],
    ["no active", { active: undefined }],
    ["another audience", { aud: "https://other.example" }],
    ["a longer audience", { aud: `${RESOURCE}.evil.example` }],
    ["no audience", { aud: undefined }],
    ["audiences of which none is ours", { aud: ["a", "b"] }],
    ["a time that is no time", { exp: "tomorrow" }],
    ["a time in milliseconds", { exp: Date.now() + 60_000 }],
    ["a beginning that is still to come", { nbf: seconds() + 60 }],
  ])("an answer with %s", async (_, members) => {
    expect(await outcome(() => Response.json({ ...ACTIVE, ...members }))).toBe("InvalidTokenError");
  });

  it("an answer of another issuer", async () => {
    const answer = () => Response.json({ ...ACTIVE, iss: "https://other.example" });
    expect(await outcome(answer, { issuer: ISSUER })).toBe("InvalidTokenError");
  });

  it.each<[string, () => Response | Promise<Response>]>([
    ["fails", () => new Response("", { status: 500 })],
    ["refuses the client", () => new Response("{}", { status: 401 })],
    ["redirects", () => Response.redirect("https://evil.example/", 302)],
    ["says something else", () => new Response("<html>")],
    ["says a list", () => Response.json([ACTIVE])],
    ["says null", () => Response.json(null)],
    ["says too much", () => Response.json({ ...ACTIVE, x: "x".repeat(300_000) })],
    ["is not there", () => Promise.reject(new TypeError("fetch failed"))],
  ])("anybody while the authorization server %s", async (_, answer) => {
    expect(await outcome(answer)).toBe("TokenCheckUnavailableError");
  });
});
