import { describe, expect, it } from "vitest";
import type { AuthError } from "../../../src/auth-error.ts";
import type { Asked } from "../../client-http/scripted.ts";
import { post, world } from "../../auth/world.ts";
import { enter, FAR, far, ISSUER } from "./far.ts";

describe("SEC-66: the resource that metadata names", () => {
  it.each([
    "https://other.example/mcp",
    "https://mcp.example/other",
    "https://mcp.example/mcp/deeper",
    "https://mcp.example/mc",
    "https://mcp.example/mcp//",
    "https://mcp.example/MCP",
    "https://mcp.example/mcp?a=1",
    "https://mcp.example/mcp#a",
    "https://mcp.example.evil/mcp",
    "https://mcp.example@evil.example/mcp",
    "https://user@mcp.example/mcp",
    "https://mcp.example:444/mcp",
    "http://mcp.example/mcp",
    "https://evil.example/https://mcp.example/mcp",
    "",
    "mcp",
    undefined,
    null,
    ["https://mcp.example/mcp"],
    { href: "https://mcp.example/mcp" },
  ])("%j is not the server: nothing is asked of its authorization server", async (resource) => {
    const there = far({ resource: { resource } });
    await expect(enter(there)).rejects.toMatchObject({ code: "resource_mismatch" });
    expect(there.sent).toHaveLength(2);
  });

  it.each([
    FAR,
    "https://mcp.example/mcp/",
    "https://mcp.example",
    "https://mcp.example/",
    "HTTPS://MCP.EXAMPLE/mcp",
    "https://mcp.example:443/mcp",
  ])(
    "%j is: the same by the rules of URLs, a slash at the end aside, or what its path begins with",
    async (resource) => {
      const there = far({ resource: { resource } });
      expect((await enter(there)).status).toBe(200);
      expect(there.shown[0]?.searchParams.get("resource")).toBe(resource);
    },
  );
});

describe("SEC-76: the issuer that metadata names", () => {
  it.each([
    `${ISSUER}/`,
    "https://AS.example",
    "https://as.example:443",
    "http://as.example",
    "https://as.example/.",
    "https://evil.example",
    "",
    undefined,
    null,
    [ISSUER],
  ])("%j is another one: nothing more is asked", async (issuer) => {
    const there = far({ metadata: { issuer } });
    await expect(enter(there)).rejects.toMatchObject({ code: "issuer_mismatch" });
    expect(there.sent).toHaveLength(3);
    expect(there.shown).toEqual([]);
  });
});

const METADATA = "/.well-known/oauth-authorization-server";

/** The error of a client whose authorization server answers so at one path. */
async function failureAt(path: string, answer: (asked: Asked) => void, timeout = 10_000): Promise<AuthError> {
  const here = await world({
    instead: {
      [path]: (asked) => {
        answer(asked);
        return true;
      },
    },
  });
  const failure = await post(here.enter({ timeout }), here).catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: "AuthError" });
  return failure as AuthError;
}

describe("SEC-67: a redirect", () => {
  const to = (location: string) => (asked: Asked) => asked.reply(302, { location });

  it.each([METADATA, "/register", "/token"])("of %s is not followed, wherever it leads", async (path) => {
    for (const location of [path, "https://other.example/", "http://169.254.169.254/", "http://127.0.0.1:1/", "/x"]) {
      expect((await failureAt(path, to(location))).code).toBe("unsafe_url");
    }
  });

  it("of the resource's metadata is not followed", async () => {
    const here = await world();
    const place = "/.well-known/oauth-protected-resource/mcp";
    here.server.manners.instead = {
      [place]: (asked) => {
        asked.reply(301, { location: "/mcp" });
        return true;
      },
    };
    await expect(post(here.enter(), here)).rejects.toMatchObject({ code: "unsafe_url" });
    expect(here.server.scripted.asked).toHaveLength(2);
  });
});

describe("SEC-68: a document", () => {
  const limit = 256 * 1024;

  it("of more than 256 KiB is given up as soon as that is known", async () => {
    const failure = await failureAt(METADATA, (asked) => asked.json({ a: "x".repeat(limit) }));
    expect(failure).toMatchObject({ code: "discovery", data: { limit: "oauthBytes" } });
  });

  it("that never ends is given up, and its connection is closed", async () => {
    let gone: Promise<void> | undefined;
    const failure = await failureAt(METADATA, (asked) => {
      ({ gone } = asked);
      asked.response.writeHead(200, { "content-type": "application/json" });
      const fill = (): void => {
        while (!asked.response.destroyed && asked.response.write(" ".repeat(16 * 1024)));
      };
      asked.response.on("drain", fill);
      fill();
    });
    expect(failure).toMatchObject({ code: "discovery", data: { limit: "oauthBytes" } });
    await gone;
  });

  it("that comes byte by byte is given up when its time is over", async () => {
    const failure = await failureAt(
      METADATA,
      (asked) => {
        asked.response.writeHead(200, { "content-type": "application/json" });
        const timer = setInterval(() => asked.response.write(" "), 20);
        void asked.gone.then(() => clearInterval(timer));
      },
      300,
    );
    expect(failure).toMatchObject({ code: "unavailable", message: expect.stringContaining("300 ms were not enough") });
  });

  it("that breaks off is no document", async () => {
    const failure = await failureAt(METADATA, (asked) => {
      asked.response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      asked.response.write('{"issuer":');
      asked.break();
    });
    expect(failure.code).toBe("unavailable");
  });

  it.each([
    ["deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "discovery"],
    ["an array", "[]", "discovery"],
    ["null", "null", "discovery"],
    ["a text", '"x"', "discovery"],
    ["no JSON", "<html>", "discovery"],
    ["empty", "", "discovery"],
    ["with its issuer twice", '{"issuer":"x","issuer":"y"}', "issuer_mismatch"],
  ])("that is %s is refused", async (_, text, code) => {
    const failure = await failureAt(METADATA, (asked) =>
      asked.reply(200, { "content-type": "application/json" }, text),
    );
    expect(failure.code).toBe(code);
  });

  it.each([
    ["/token", 500, "unavailable"],
    ["/token", 429, "unavailable"],
    ["/token", 404, "token"],
    ["/register", 503, "unavailable"],
    ["/register", 403, "registration"],
    [METADATA, 500, "unavailable"],
  ])("of %s that is an answer with status %i is %s", async (path, status, code) => {
    expect((await failureAt(path, (asked) => asked.reply(status, {}, "<html>"))).code).toBe(code);
  });
});
