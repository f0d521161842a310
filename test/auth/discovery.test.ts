import { describe, expect, it } from "vitest";
import { anAuthority, post, world } from "./world.ts";

const ROOT = "/.well-known/oauth-protected-resource";

describe("the metadata of the resource", () => {
  it("AUTH-10: is where the header says, whatever the path is", async () => {
    const here = await world({}, { metadataPath: "/somewhere/else" });
    expect((await post(here.enter(), here)).status).toBe(200);
    expect(here.server.scripted.asked.map(({ path }) => path)).toEqual(["/mcp", "/somewhere/else", "/mcp"]);
  });

  it("AUTH-10: is looked for at the path and then at the root where no header says", async () => {
    const here = await world({}, { metadataPath: ROOT, challenge: "Bearer" });
    expect((await post(here.enter(), here)).status).toBe(200);
    expect(here.server.scripted.asked.map(({ path }) => path)).toEqual(["/mcp", `${ROOT}/mcp`, ROOT, "/mcp"]);
  });

  it("is not looked for elsewhere where the header named a place and it is not there", async () => {
    const here = await world({}, { metadata: null });
    await expect(post(here.enter(), here)).rejects.toMatchObject({ name: "AuthError", code: "discovery" });
    expect(here.server.scripted.asked).toHaveLength(2);
  });

  it("T-45: gives the value of resource, and that of the server's root is one too", async () => {
    const here = await world();
    here.server.manners.metadata = { resource: `${here.server.origin}/` };
    expect((await post(here.enter(), here)).status).toBe(200);
    expect(here.authority.authorizations[0]?.get("resource")).toBe(`${here.server.origin}/`);
    expect(here.authority.forms[0]?.get("resource")).toBe(`${here.server.origin}/`);
  });

  it("names no authorization server: that is an error that says so", async () => {
    const here = await world({}, { metadata: { authorization_servers: [] } });
    await expect(post(here.enter(), here)).rejects.toThrow("names no authorization server");
  });

  it("AUTH-23: requests for it say the protocol version, and no other header of the request", async () => {
    const here = await world();
    const fetch = here.enter();
    const headers = { "mcp-protocol-version": "2025-03-26", "x-key": "secret" };
    await fetch(here.server.url, { method: "POST", headers, body: "{}" });
    const [, asked] = here.server.scripted.asked;
    expect(asked?.headers).toMatchObject({ "mcp-protocol-version": "2025-03-26" });
    expect(asked?.headers).not.toHaveProperty("x-key");
  });
});

describe("the metadata of the authorization server", () => {
  const places = (issuerPath: string): string[] => [
    `/.well-known/oauth-authorization-server${issuerPath}`,
    `/.well-known/openid-configuration${issuerPath}`,
    ...(issuerPath === "" ? [] : [`${issuerPath}/.well-known/openid-configuration`]),
  ];

  it.each([
    ["", 0],
    ["", 1],
    ["/tenant", 0],
    ["/tenant", 1],
    ["/tenant", 2],
  ] as const)(
    "AUTH-12: of an issuer with the path %j is found at place %i, in the order of the specification",
    async (path, at) => {
      const here = await world({ path });
      const order = places(path);
      const [first = ""] = order;
      if (at > 0) {
        here.authority.habits = {
          path,
          instead: {
            [first]: (asked) => {
              asked.reply(404);
              return true;
            },
            [order[at] as string]: (asked) => {
              const { origin, issuer } = here.authority;
              asked.json({
                issuer,
                authorization_endpoint: `${origin}/authorize`,
                token_endpoint: `${origin}/token`,
                registration_endpoint: `${origin}/register`,
                code_challenge_methods_supported: ["S256"],
              });
              return true;
            },
          },
        };
      }
      expect((await post(here.enter(), here)).status).toBe(200);
      expect(here.authority.paths.slice(0, at + 2)).toEqual([...order.slice(0, at + 1), "/register"]);
    },
  );

  it("AUTH-12: is nowhere: the root is not asked where the issuer has a path", async () => {
    const here = await world({ path: "/tenant" });
    here.authority.habits = { path: "/other" };
    here.server.manners.metadata = { authorization_servers: [`${here.authority.origin}/tenant`] };
    await expect(post(here.enter(), here)).rejects.toMatchObject({ code: "discovery" });
    expect(here.authority.paths).toEqual(places("/tenant"));
  });

  it.each([
    ["AUTH-13", "is absent", undefined],
    ["AUTH-13", "knows only plain", ["plain"]],
    ["AUTH-13", "is empty", []],
    ["AUTH-13", "is no list", "S256"],
  ])("%s: a client refuses where code_challenge_methods_supported %s", async (_, __, methods) => {
    const here = await world({ metadata: { code_challenge_methods_supported: methods } });
    await expect(post(here.enter(), here)).rejects.toMatchObject({ code: "pkce" });
    expect(here.authority.authorizations).toEqual([]);
  });

  it("T-49: assumePkce goes on where it is absent, and only there", async () => {
    const here = await world({ metadata: { code_challenge_methods_supported: undefined } });
    expect((await post(here.enter({}, { assumePkce: true }), here)).status).toBe(200);
    expect(here.authority.authorizations[0]?.get("code_challenge_method")).toBe("S256");
    const plain = await world({ metadata: { code_challenge_methods_supported: ["plain"] } });
    await expect(post(plain.enter({}, { assumePkce: true }), plain)).rejects.toMatchObject({ code: "pkce" });
  });
});

describe("a server of 2025-03-26, which has no metadata of a resource", () => {
  const bare = { metadata: null, challenge: null };

  it.each(["", "/"])(
    "AUTH-23: has the metadata of its authorization server at the root of its origin; issuer with %j",
    async (slash) => {
      const here = await world({}, bare);
      const elsewhere = here.authority.origin;
      here.server.manners.instead = {
        "/.well-known/oauth-authorization-server": (asked) => {
          asked.json({
            issuer: here.server.origin + slash,
            authorization_endpoint: `${elsewhere}/authorize`,
            token_endpoint: `${elsewhere}/token`,
            registration_endpoint: `${elsewhere}/register`,
            code_challenge_methods_supported: ["S256"],
          });
          return true;
        },
      };
      here.authority.habits = { callback: (parameters) => parameters.delete("iss") };
      expect((await post(here.enter(), here)).status).toBe(200);
      expect(here.authority.forms[0]?.get("resource")).toBe(here.server.url);
    },
  );

  it("AUTH-23: or else has its endpoints at their default places", async () => {
    const here = await world({ callback: (parameters) => parameters.delete("iss") }, bare);
    const forward = (path: string) => (asked: Parameters<typeof here.authority.scripted.take>[0]) => {
      here.authority.scripted.script(asked);
      here.authority.scripted.asked.push(asked);
      return path !== "";
    };
    here.server.manners.instead = {
      "/authorize": forward("/authorize"),
      "/token": forward("/token"),
      "/register": forward("/register"),
    };
    expect((await post(here.enter(), here)).status).toBe(200);
    expect(here.authority.paths).toEqual(["/register", "/authorize", "/token"]);
  });
});

describe("a server that moves to another authorization server", () => {
  it("AUTH-15: is registered with anew, and nothing of the old one goes to the new one", async () => {
    const here = await world();
    const fetch = here.enter();
    await post(fetch, here);
    const next = await anAuthority();
    // Another id for another registration.
    await globalThis.fetch(`${next.origin}/register`, { method: "POST", body: "{}" });
    const before = here.authority;
    here.server.authority = next;
    expect((await post(fetch, here)).status).toBe(200);
    expect(here.events.map(({ type }) => type)).toEqual([
      "registered",
      "authorized",
      "moved",
      "registered",
      "authorized",
    ]);
    expect(next.forms.map((form) => form.get("grant_type"))).toEqual(["authorization_code"]);
    expect(next.forms[0]?.get("client_id")).toBe("client-2");
    expect(before.forms).toHaveLength(1);
  });

  it("AUTH-15: is an error for a client that was registered by hand, and its secret stays home", async () => {
    const here = await world();
    const fetch = here.enter({}, { client: { clientId: "known", clientSecret: "known-secret" } });
    expect((await post(fetch, here)).status).toBe(200);
    const next = await anAuthority();
    here.server.authority = next;
    await expect(post(fetch, here)).rejects.toMatchObject({ code: "issuer_mismatch" });
    expect(next.paths).toEqual(["/.well-known/oauth-authorization-server"]);
  });

  it("T-48: a client that names its issuer is used with that one alone", async () => {
    const other = await anAuthority();
    const here = await world();
    const client = { clientId: "known", clientSecret: "known-secret", issuer: here.authority.issuer };
    here.server.manners.metadata = { authorization_servers: [other.issuer, here.authority.issuer] };
    expect((await post(here.enter({}, { client }), here)).status).toBe(200);
    expect(other.paths).toEqual([]);
    here.server.manners.metadata = { authorization_servers: [other.issuer] };
    await expect(post(here.enter({}, { client }), here)).rejects.toMatchObject({ code: "issuer_mismatch" });
    expect(other.forms).toEqual([]);
  });
});
