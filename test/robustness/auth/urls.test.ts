import type * as dns from "node:dns/promises";
import { lookup } from "node:dns/promises";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { guardedFetch, lookup as addressesOf } from "../../../src/auth/client/guarded-fetch-node.ts";
import { reachOf, UrlGuard } from "../../../src/auth/client/url-guard.ts";
import { post, world } from "../../auth/world.ts";
import { connections, recordConnections, strangers } from "./connections.ts";
import { enter, FAR, far, ISSUER } from "./far.ts";

vi.mock("node:dns/promises", async (original) => {
  const real = await original<typeof dns>();
  return { ...real, lookup: vi.fn<typeof real.lookup>(real.lookup) };
});

/** Ways to write an address that is not public, or no address at all. */
const FORBIDDEN = [
  "http://169.254.169.254/latest",
  "https://169.254.169.254/",
  "https://[::ffff:a9fe:a9fe]/",
  "https://[::ffff:169.254.169.254]/",
  "https://2852039166/",
  "https://0xa9fea9fe/",
  "https://0xa9.0xfe.0xa9.0xfe/",
  "https://0251.0376.0251.0376/",
  "https://169.254.43518/",
  "http://127.0.0.1:6379/",
  "https://127.0.0.1/",
  "https://127.1/",
  "https://127.255.255.254/",
  "https://2130706433/",
  "https://0x7f.1/",
  "https://0177.0.0.1/",
  "https://0x7f000001/",
  "http://localhost:6379/",
  "https://localhost/",
  "https://LOCALHOST/",
  "https://localhost./",
  "https://app.localhost/",
  "https://0.0.0.0/",
  "https://0/",
  "https://10.0.0.1/",
  "https://10.1/",
  "https://172.16.0.1/",
  "https://172.31.255.255/",
  "https://192.168.1.1/",
  "https://100.64.0.1/",
  "https://100.127.255.255/",
  "https://198.18.0.1/",
  "https://192.0.0.8/",
  "https://224.0.0.1/",
  "https://240.0.0.1/",
  "https://255.255.255.255/",
  "https://[::]/",
  "https://[::1]/",
  "http://[::1]:6379/",
  "https://[::127.0.0.1]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[::ffff:7f00:1]/",
  "https://[::ffff:0:127.0.0.1]/",
  "https://[64:ff9b::127.0.0.1]/",
  "https://[64:ff9b::a00:1]/",
  "https://[64:ff9b:1::1]/",
  "https://[2002:7f00:1::]/",
  "https://[2002:a9fe:a9fe::]/",
  "https://[2001::1]/",
  "https://[fe80::1]/",
  "https://[febf::1]/",
  "https://[fec0::1]/",
  "https://[fc00::1]/",
  "https://[fd00:ec2::254]/",
  "https://[ff02::1]/",
  "https://①②⑦.0.0.1/",
  "https://user:password@as.example/",
  "https://as.example@169.254.169.254/",
  "http://as.example/",
  "file:///etc/passwd",
  "gopher://127.0.0.1:6379/_",
  "ftp://as.example/",
  "data:application/json,{}",
  "javascript:alert(1)",
  "//as.example/",
  "/relative",
  "",
  "https://",
  "https://as.example/\nx",
  "https://as .example/",
];

const PUBLIC = [
  "https://as.example/",
  "https://93.184.216.34/",
  "https://172.15.0.1/",
  "https://172.32.0.1/",
  "https://100.63.0.1/",
  "https://100.128.0.1/",
  "https://192.0.2.1/",
  "https://[2606:4700::1111]/",
  "https://[::ffff:93.184.216.34]/",
  "https://[64:ff9b::5db8:d822]/",
  "https://as.example.:8443/path?query=1",
];

describe("SEC-63, SEC-64, SEC-81: a URL that a server out there names", () => {
  const guard = (): UrlGuard => new UrlGuard(new URL(FAR), [], async () => ["93.184.216.34"]);

  it.each(FORBIDDEN)("%j is refused", async (url) => {
    await expect(guard().check(url, "URL")).rejects.toMatchObject({ name: "AuthError", code: "unsafe_url" });
  });

  it.each(PUBLIC)("%j is taken", async (url) => {
    expect((await guard().check(url, "URL")).href).toBe(new URL(url).href);
  });

  it.each(FORBIDDEN.filter((url) => /^[!#-~ ]*$/.test(url)))("resource_metadata %j: no request leaves", async (url) => {
    const there = far({ challenge: `Bearer resource_metadata="${url}"` });
    await expect(enter(there)).rejects.toMatchObject({ code: "unsafe_url" });
    expect(there.sent).toEqual([`POST ${FAR}`]);
  });

  it("SEC-63: resource_metadata at another origin: no request leaves, unless the user named the host", async () => {
    const challenge = 'Bearer resource_metadata="https://other.example/meta"';
    const there = far({ challenge });
    await expect(enter(there)).rejects.toMatchObject({ code: "unsafe_url" });
    expect(there.sent).toEqual([`POST ${FAR}`]);
    const instead = (url: URL): Response | undefined =>
      url.host === "other.example" ? Response.json({ resource: FAR, authorization_servers: [ISSUER] }) : undefined;
    expect((await enter(far({ challenge, instead }, { hosts: ["other.example"] }))).status).toBe(200);
  });

  const reached = 2;

  it.each(FORBIDDEN.filter((url) => url !== ""))("authorization_servers %j: no request leaves", async (url) => {
    const there = far({ resource: { authorization_servers: [url] } });
    await expect(enter(there)).rejects.toMatchObject({ code: "unsafe_url" });
    expect(there.sent).toHaveLength(reached);
  });

  it.each(FORBIDDEN)("registration_endpoint %j: no request leaves", async (url) => {
    const there = far({ metadata: { registration_endpoint: url } });
    await expect(enter(there)).rejects.toMatchObject({ code: "unsafe_url" });
    expect(there.sent).toHaveLength(reached + 1);
  });

  it.each(FORBIDDEN)("token_endpoint %j: no request leaves", async (url) => {
    const there = far({ metadata: { token_endpoint: url } });
    await expect(enter(there)).rejects.toMatchObject({ name: "AuthError" });
    expect(there.sent).toHaveLength(reached + 2);
  });

  it("icons, jwks_uri and revocation_endpoint are never asked for", async () => {
    const bad = "https://10.0.0.1/";
    const there = far({
      metadata: { jwks_uri: bad, revocation_endpoint: bad },
      resource: { resource_documentation: bad },
    });
    expect((await enter(there)).status).toBe(200);
    expect(there.sent.join(" ")).not.toContain("10.0.0.1");
  });
});

describe("SEC-69: what is shown to a browser", () => {
  it.each([
    ...FORBIDDEN,
    "vbscript:msgbox(1)",
    "ms-settings:",
    "-flag",
    "--help",
    "$(calc)",
    '"&calc',
    "https://as.example/$(calc)",
    "https://$(calc).example/",
    'https://as.example/"&calc',
    "https://as.example/`calc`",
    "https://as.example/|calc",
    "https://as.example/^&calc",
    "https://as.example/ -flag",
    "https://as.example/\r\nx",
    "https://as.example/\u0000",
    "https://as.example\\@evil.example/",
    "HTTPS://u@as.example/",
    ["https://as.example/"],
    undefined,
  ])("%j never gets to authorize", async (url) => {
    const there = far({ metadata: { authorization_endpoint: url } });
    await expect(enter(there)).rejects.toMatchObject({ code: "unsafe_url" });
    expect(there.shown).toEqual([]);
  });
});

describe("a server on this machine", () => {
  recordConnections();

  it.each(["http://10.0.0.1/", "https://10.0.0.1/", "https://192.168.0.1/", "http://169.254.169.254/"])(
    "SEC-63: may name others on this machine, and not %s",
    async (url) => {
      const here = await world({}, { metadata: { authorization_servers: [url] } });
      await expect(post(here.enter(), here)).rejects.toMatchObject({ code: "unsafe_url" });
      expect(strangers(here.server.origin)).toEqual([]);
    },
  );

  it("SEC-64: reaches what the user named", async () => {
    const guard = new UrlGuard(new URL("http://127.0.0.1/mcp"), ["10.0.0.1", "Intra.Example"], addressesOf);
    await guard.check("https://10.0.0.1/", "URL");
    await guard.admit("intra.example", "10.0.0.9");
    await expect(guard.admit("other.example", "10.0.0.9")).rejects.toMatchObject({ code: "unsafe_url" });
    await expect(guard.check("http://10.0.0.1/", "URL")).rejects.toMatchObject({ code: "unsafe_url" });
  });
});

describe("SEC-63: a name", () => {
  recordConnections();
  const found = new Map<string, string[]>();
  beforeEach(() => {
    found.clear();
    vi.mocked(lookup).mockImplementation((async (host: string) => {
      const addresses = found.get(host) ?? [];
      return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    }) as never);
  });

  const ask = (guard: UrlGuard, url: string): Promise<Response> =>
    guardedFetch(guard)(new URL(url), { method: "GET", headers: {}, signal: AbortSignal.timeout(5000) });

  it.each([
    ["10.0.0.1"],
    ["127.0.0.1"],
    ["::1"],
    ["169.254.169.254"],
    ["::ffff:10.0.0.1"],
    ["fe80::1%eth0"],
    ["93.184.216.34", "10.0.0.1"],
  ])("that leads to %s is refused as it is connected to: nothing is sent", async (...addresses) => {
    found.set("evil.example", addresses);
    found.set("mcp.example", ["93.184.216.34"]);
    const guard = new UrlGuard(new URL(FAR), [], addressesOf);
    await guard.check("https://evil.example/", "URL");
    await expect(ask(guard, "https://evil.example/")).rejects.toMatchObject({ code: "unsafe_url" });
    expect(connections.filter((one) => !one.startsWith("evil.example"))).toEqual([]);
  });

  it("may be in the network that the server itself is in", async () => {
    found.set("mcp.example", ["10.0.0.1"]);
    const guard = new UrlGuard(new URL(FAR), [], addressesOf);
    await guard.admit("as.example", "10.0.0.2");
    await guard.check("https://10.0.0.2/", "URL");
    await expect(guard.admit("as.example", "127.0.0.1")).rejects.toMatchObject({ code: "unsafe_url" });
    await expect(guard.admit("as.example", "169.254.169.254")).rejects.toMatchObject({ code: "unsafe_url" });
  });

  it.each([["127.0.0.1"], ["::1"], ["169.254.169.254"], ["10.0.0.1", "127.0.0.1"], ["93.184.216.34", "10.0.0.1"]])(
    "of the server that leads to %s opens no way there: whoever owns the name could say so",
    async (...addresses) => {
      found.set("mcp.example", addresses);
      const guard = new UrlGuard(new URL(FAR), [], addressesOf);
      for (const address of ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254"]) {
        await expect(guard.admit("as.example", address)).rejects.toMatchObject({ code: "unsafe_url" });
      }
    },
  );

  it("is looked up once for its connection, which goes to the address that was checked", async () => {
    const here = await world();
    const { port } = new URL(here.server.origin);
    let times = 0;
    vi.mocked(lookup).mockImplementation((async () => {
      times++;
      return [{ address: times === 1 ? "127.0.0.1" : "10.0.0.1", family: 4 }];
    }) as never);
    const guard = new UrlGuard(new URL("http://127.0.0.1/mcp"), [], addressesOf);
    expect((await ask(guard, `http://rebinding.example:${port}/mcp`)).status).toBe(401);
    expect(times).toBe(1);
  });
});

it("SEC-63: every spelling of an address is known", () => {
  expect(
    ["[::1]", "[::ffff:1.2.3.4]", "[fd12::]", "[2a00::1]", "as.example", "1.2.3.4", "10.2.3.4"].map(reachOf),
  ).toEqual(["loopback", "public", "private", "public", undefined, "public", "private"]);
});
