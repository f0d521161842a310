/** 5.5: keys that change, and issuers that fail. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InvalidTokenError, TokenCheckUnavailableError } from "../../../src/auth/server/index.ts";
import { limits } from "../../../src/limits.ts";
import { Issuer, ISSUER } from "../../auth-server/issuer.ts";
import { testServer } from "../../http/reached.ts";

const JWKS = `${ISSUER}/jwks`;
const PAUSE = 30_000;
let issuer: Issuer;
let problems: unknown[];
let verify: ReturnType<Issuer["verify"]>;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
  issuer = await Issuer.create();
  problems = [];
  verify = issuer.verify({ jwks: JWKS, fetch: issuer.fetch, onError: (problem) => problems.push(problem) });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What becomes of a token. */
async function outcome(token: string): Promise<string> {
  try {
    await verify(token);
    return "in";
  } catch (problem) {
    if (problem instanceof InvalidTokenError) return "refused";
    if (problem instanceof TokenCheckUnavailableError) return "unavailable";
    throw problem;
  }
}

function later(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

/** So long that what was begun in the background is done. */
async function settled(): Promise<void> {
  for (let n = 0; n < 50; n++) await new Promise((resolve) => setImmediate(resolve));
}

const long = { exp: 4_000_000_000 };

describe("SEC-98 keys behind a URL", () => {
  it("are asked for once by all who come first, and kept", async () => {
    const token = await issuer.token();
    expect(issuer.asked).toBe(0);
    expect(await Promise.all([outcome(token), outcome(token), outcome(token)])).toEqual(["in", "in", "in"]);
    expect(await outcome(token)).toBe("in");
    expect(issuer.asked).toBe(1);
  });

  it("that rotate are asked for when a token names a new one, but not before the pause is over", async () => {
    const old = await issuer.token(long);
    expect(await outcome(old)).toBe("in");
    await issuer.rotate("second");
    const fresh = await issuer.token(long);
    expect(await outcome(fresh)).toBe("refused");
    later(PAUSE);
    expect(await outcome(fresh)).toBe("in");
    expect(await outcome(old)).toBe("in");
    expect(issuer.asked).toBe(2);
  });

  it("are not asked for by a flood of tokens that name keys which are not there: once in 30 s", async () => {
    const stranger = await Issuer.create();
    const flood = async () => {
      const tokens = await Promise.all(Array.from({ length: 500 }, (_, n) => stranger.token(long, { kid: `k${n}` })));
      return new Set(await Promise.all(tokens.map(outcome)));
    };
    expect(await flood()).toEqual(new Set(["refused"]));
    expect(issuer.asked).toBe(1);
    later(PAUSE - 1);
    expect(await flood()).toEqual(new Set(["refused"]));
    expect(issuer.asked).toBe(1);
    later(1);
    expect(await flood()).toEqual(new Set(["refused"]));
    expect(issuer.asked).toBe(2);
    // Who has a good token is let in meanwhile.
    expect(await outcome(await issuer.token(long))).toBe("in");
  });

  it("are asked for anew when they are 10 minutes old, and nobody waits for it", async () => {
    const token = await issuer.token(long);
    expect(await outcome(token)).toBe("in");
    later(600_001);
    let answer!: (response: Response) => void;
    issuer.instead = () => new Promise((resolve) => (answer = resolve));
    expect(await outcome(token)).toBe("in");
    expect(issuer.asked).toBe(2);
    await issuer.rotate("second", "ES256", true);
    answer(Response.json(issuer.keys));
    await settled();
    expect(await outcome(token)).toBe("refused");
    expect(await outcome(await issuer.token(long))).toBe("in");
  });

  it("go on to be used while they cannot be had anew, until they are a day old", async () => {
    const token = await issuer.token(long);
    expect(await outcome(token)).toBe("in");
    issuer.instead = () => new Response("", { status: 500 });
    later(600_001);
    for (let n = 0; n < 100; n++) expect(await outcome(token)).toBe("in");
    await settled();
    expect([issuer.asked, problems.length]).toEqual([2, 1]);
    expect(String(problems[0])).toContain(`${ISSUER} answered with status 500`);
    later(24 * 3_600_000);
    expect(await outcome(token)).toBe("unavailable");
    issuer.instead = undefined;
    later(PAUSE);
    expect(await outcome(token)).toBe("in");
  });

  it("that are not there let nobody in, and nobody asks again within the pause", async () => {
    issuer.instead = () => Promise.reject(new TypeError("fetch failed"));
    const token = await issuer.token(long);
    for (let n = 0; n < 100; n++) expect(await outcome(token)).toBe("unavailable");
    expect([issuer.asked, problems.length]).toEqual([1, 1]);
    issuer.instead = undefined;
    expect(await outcome(token)).toBe("unavailable");
    later(PAUSE);
    expect(await outcome(token)).toBe("in");
  });

  it("of which nobody knows whether there are new ones: a token by an unknown one is not refused for good", async () => {
    expect(await outcome(await issuer.token(long))).toBe("in");
    await issuer.rotate("second");
    issuer.instead = () => new Response("", { status: 503 });
    later(PAUSE);
    expect(await outcome(await issuer.token(long))).toBe("unavailable");
    expect(await outcome(await issuer.token(long))).toBe("unavailable");
    expect(issuer.asked).toBe(2);
  });

  it.each<[string, () => Response]>([
    ["are no JSON", () => new Response("<html>")],
    ["are no list", () => Response.json({ keys: {} })],
    ["are nothing", () => Response.json(null)],
    ["are more than 64", () => Response.json({ keys: Array.from({ length: 65 }, () => issuer.signing.jwk) })],
    ["are huge", () => new Response("[".repeat(limits.oauthBytes + 1))],
    ["are somewhere else", () => new Response("", { status: 302, headers: { location: "https://evil.example/" } })],
    ["have members that are none", () => Response.json({ keys: [1, null] })],
  ])("that %s are none: 503, and it is told to the author alone", async (_, instead) => {
    issuer.instead = instead;
    const reached = issuer.guard(
      testServer().tool("act", {}, () => "x"),
      { verify },
    );
    const response = await reached.ask("tools/call", { name: "act" }, { headers: await issuer.bearer() });
    expect([response.status, response.headers.get("retry-after"), await response.text()]).toEqual([
      503,
      "30",
      JSON.stringify({ jsonrpc: "2.0", error: { code: -32603, message: "Access tokens cannot be checked now" } }),
    ]);
    expect(problems.length).toBe(1);
  });

  it("that do not end are not waited for", async () => {
    vi.useRealTimers();
    const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
      expect(milliseconds).toBe(limits.oauthTimeout);
      return AbortSignal.abort(new DOMException("late", "TimeoutError"));
    });
    const slow = issuer.verify({ jwks: JWKS, onError: (problem) => problems.push(problem) });
    await expect(slow(await issuer.token())).rejects.toBeInstanceOf(TokenCheckUnavailableError);
    expect(timeout).toHaveBeenCalledTimes(1);
  });
});
