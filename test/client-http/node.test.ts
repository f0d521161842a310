import { createServer } from "node:http";
import { connect as connectSocket, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { http } from "../../src/client/http/index.ts";
import { Client } from "../../src/client/index.ts";
import { DefinitionError } from "../../src/errors.ts";
import { connect, createFetch } from "../../src/node/index.ts";
import { closeAll, serving } from "./both.ts";
import { type Certificates, certificates } from "./certificates.ts";
import { stateless } from "./scripted.ts";

afterEach(closeAll);

const says = (said: (asked: Parameters<ReturnType<typeof stateless>>[0]) => string) =>
  stateless((asked) => asked.result({ resultType: "complete", content: [{ type: "text", text: said(asked) }] }));

describe("connect()", () => {
  it.each([(url: string) => url, (url: string) => new URL(url)])("takes a URL", async (form) => {
    const server = await serving(says(() => "hi"));
    await using client = await connect(form(server.url), { info: { name: "me", version: "1" } });
    expect(await client.call("x")).toBe("hi");
    expect(JSON.stringify(server.asked[0]?.message)).toContain('"name":"me"');
  });
});

describe("createFetch()", () => {
  let made: Certificates;
  beforeAll(async () => {
    made = await certificates();
  });

  it("trusts an authority, and shows a certificate", async () => {
    const server = await serving(
      says((asked) => String((asked.response.socket as TLSSocket).getPeerCertificate().subject?.CN)),
      { tls: { ...made.server, ca: made.ca, requestCert: true, rejectUnauthorized: true } },
    );
    const url = `https://127.0.0.1:${server.port}/mcp`;
    const fetch = createFetch({ ca: made.ca, ...made.client });
    const client = await Client.connect(http(url, { fetch }));
    expect(await client.call("who")).toBe("client");
    await client.close();
    await expect(Client.connect(http(url, { fetch: createFetch({}) }))).rejects.toMatchObject({ name: "LocalError" });
  });

  it("goes through a proxy, with its password", async () => {
    const server = await serving(says(() => "through"));
    const seen: (string | undefined)[] = [];
    const sockets: Socket[] = [];
    const proxy = createServer().on("connect", (asked, socket: Socket) => {
      seen.push(`${asked.url} ${asked.headers["proxy-authorization"]}`);
      const onward = connectSocket(server.port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        onward.pipe(socket).pipe(onward);
      });
      sockets.push(socket, onward);
      for (const one of [socket, onward]) one.on("error", () => {});
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    try {
      const { port } = proxy.address() as AddressInfo;
      const fetch = createFetch({ proxy: `http://user:word@127.0.0.1:${port}` });
      const client = await Client.connect(http(`http://mcp.example:${server.port}/mcp`, { fetch }));
      expect(await client.call("x")).toBe("through");
      await client.close();
      const basic = `Basic ${Buffer.from("user:word").toString("base64")}`;
      expect(new Set(seen)).toEqual(new Set([`mcp.example:${server.port} ${basic}`]));
    } finally {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    }
  });

  it("connects to the address that a name is pinned to, and to no other", async () => {
    const server = await serving(says(({ headers }) => String(headers.host)));
    const asked: string[] = [];
    const fetch = createFetch({
      pin: async (hostname) => {
        asked.push(hostname);
        return "127.0.0.1";
      },
    });
    const client = await Client.connect(http(`http://mcp.example:${server.port}/mcp`, { fetch }));
    expect(await client.call("x")).toBe(`mcp.example:${server.port}`);
    await client.close();
    expect(asked[0]).toBe("mcp.example");
    const wrong = createFetch({ pin: () => "mcp.example" });
    await expect(wrong(`http://mcp.example:${server.port}/`)).rejects.toThrow(TypeError);
  });

  it("checks the certificate by the name and not by the address that it is pinned to", async () => {
    const server = await serving(
      says(() => "hi"),
      { tls: made.server },
    );
    const fetch = createFetch({ ca: made.ca, pin: () => "127.0.0.1" });
    const client = await Client.connect(http(`https://localhost:${server.port}/mcp`, { fetch }));
    expect(await client.call("x")).toBe("hi");
    await client.close();
    const other = Client.connect(http(`https://mcp.example:${server.port}/mcp`, { fetch }));
    await expect(other).rejects.toMatchObject({ data: { code: "ERR_TLS_CERT_ALTNAME_INVALID" } });
  });

  it.skipIf(process.platform === "win32")("connects to a Unix socket", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mcplex-socket-"));
    try {
      const path = join(folder, "s");
      await serving(
        says(() => "hi"),
        { path },
      );
      const client = await Client.connect(http("http://localhost/mcp", { fetch: createFetch({ socketPath: path }) }));
      expect(await client.call("x")).toBe("hi");
      await client.close();
      await closeAll();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it.each([
    { proxy: "nowhere" },
    { proxy: "http://proxy.example", pin: () => "127.0.0.1" },
    { socketPath: "/x", pin: () => "127.0.0.1" },
    { prxoy: "http://proxy.example" } as never,
  ])("refuses %o", (options) => {
    expect(() => createFetch(options)).toThrow(DefinitionError);
  });
});
