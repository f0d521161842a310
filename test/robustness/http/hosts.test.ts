/** 5.2: under which names a server is reached, and from which pages. */
import { once } from "node:events";
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { describe, expect, it } from "vitest";
import { DefinitionError } from "../../../src/errors.ts";
import { serveHttp } from "../../../src/node/index.ts";
import { Server } from "../../../src/server/index.ts";
import { EVERY_HOST } from "../harness/host-names.ts";
import { bytesOf, call, type Headers, withHeaders } from "../harness/messages.ts";
import type { Reply } from "../harness/reply.ts";
import { serverUnderTest, type Target } from "../harness/server.ts";
import { until, within } from "../harness/waiting.ts";

const under = serverUnderTest();

/** Calls the tool that must not run where a request is refused. */
const marker = (headers: Headers) => withHeaders(call(1, "marker"), headers);

/** Sends a head that promises a body, and no body: who is refused is so before it comes. */
async function withoutBody(target: Target, headers: Headers): Promise<Reply> {
  const connection = await target.connect();
  connection.write(bytesOf({ headers: { ...call(1, "marker").headers, "Content-Length": "1000", ...headers } }));
  const reply = await connection.reply();
  connection.destroy();
  if (reply === undefined) throw new Error("No reply");
  return reply;
}

describe.each(EVERY_HOST)("%s", (host) => {
  it.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example:80",
    "localhost:99999",
    "127.0.0.2",
    "0.0.0.0",
    "[::2]",
    "localhost.",
    "xn--lcalhost-x3a",
  ])("SEC-24 Host: %s is refused before the body is read", async (value) => {
    const target = await under.server.target(host);
    const reply = await withoutBody(target, { Host: value });
    expect(reply.outcome).toEqual([403, -32600]);
    // The author is told what to write.
    expect(reply.message.error?.message).toContain("hosts");
    expect((await target.send(marker({ Host: value }))).status).toBe(403);
  });

  it.each([
    ["two", ["localhost", "evil.example"]],
    ["two that are equal", ["localhost", "localhost"]],
    ["two, the good one last", ["evil.example", "localhost"]],
    ["two in one", "localhost, evil.example"],
    ["one with a path", "localhost/evil.example"],
    ["one with a user", "localhost@evil.example"],
    ["one with white space", "localhost evil.example"],
    ["an empty one", ""],
    ["one of raw bytes", "localhost\u00ff"],
    ["a very long one", "a".repeat(300)],
    ["none", undefined],
  ])("SEC-24 Host: %s is refused", async (_title, value) => {
    const reply = await (await under.server.target(host)).send(marker({ Host: value }));
    expect([400, 403]).toContain(reply.status);
  });

  it.each(["localhost", "LOCALHOST", "127.0.0.1", "localhost:4711", "127.0.0.1:1", "[::1]", "[::1]:4711"])(
    "SEC-24 Host: %s is this machine",
    async (value) => {
      const reply = await (await under.server.target(host)).send(withHeaders(call(1, "echo"), { Host: value }));
      expect(reply.status).toBe(200);
    },
  );

  it("SEC-24 an address of another host as target is refused, whatever Host says", async () => {
    const target = await under.server.target(host);
    const reply = await target.send({ ...marker({}), target: "http://evil.example/mcp" });
    expect([400, 403, 404]).toContain(reply.status);
  });

  it("SEC-24 a request of HTTP/1.0 without Host is refused", async () => {
    const connection = await (await under.server.target(host)).connect();
    const bytes = bytesOf(marker({ Host: undefined }))
      .toString("latin1")
      .replace("HTTP/1.1", "HTTP/1.0");
    connection.write(bytes);
    expect((await connection.reply())?.status).toBe(403);
    connection.destroy();
  });

  it.each([
    ["another one", "http://evil.example"],
    ["null", "null"],
    ["one that begins like this one", "http://localhost.evil.example"],
    ["this one with TLS", "https://localhost"],
    ["a file", "file://"],
    ["an extension", "chrome-extension://abcdefghijklmnop"],
    ["this one on another port", "http://localhost:81"],
    ["this one with a user", "http://user@localhost"],
    ["this one with a slash", "http://localhost/"],
    ["an empty one", ""],
    ["two", ["http://localhost", "http://evil.example"]],
    ["two that are equal", ["http://localhost", "http://localhost"]],
  ])("SEC-26 Origin: %s is refused before the body is read", async (_title, origin) => {
    const target = await under.server.target(host);
    expect((await withoutBody(target, { Origin: origin })).outcome).toEqual([403, -32600]);
    expect((await target.send(marker({ Origin: origin }))).status).toBe(403);
    for (const method of ["GET", "DELETE", "OPTIONS"]) {
      expect((await target.send({ method, headers: { Origin: origin } })).status, method).toBe(403);
    }
  });

  it("SEC-26 no Origin is no page, and its own page is no other", async () => {
    const target = await under.server.target(host);
    for (const Origin of [undefined, "http://localhost"]) {
      expect((await target.send(withHeaders(call(1, "echo"), { Origin }))).status).toBe(200);
    }
  });

  it("SEC-31 says nothing to browsers unless it is told to", async () => {
    const target = await under.server.target(host);
    const asked = { Origin: "http://localhost", "Access-Control-Request-Method": "POST" };
    for (const parts of [
      { method: "OPTIONS", headers: asked },
      withHeaders(call(1, "echo"), { Origin: asked.Origin }),
    ]) {
      const reply = await target.send(parts);
      expect(reply.headerNames.filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
  });

  const PAGE = "https://app.example.com";

  it("SEC-31 tells the pages that it was told of, and no other", async () => {
    const target = await under.server.target(host, { origins: [PAGE] });
    const preflight = await target.send({
      method: "OPTIONS",
      headers: {
        Origin: PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, mcp-param-region, x-evil",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.header("access-control-allow-origin")).toBe(PAGE);
    expect(preflight.header("access-control-allow-headers")).toContain("mcp-param-region");
    expect(preflight.header("access-control-allow-headers")).not.toContain("x-evil");
    const replies = [
      preflight,
      await target.send(withHeaders(call(1, "echo"), { Origin: PAGE })),
      // A page may read why it was refused.
      await target.send(withHeaders(call(1, "echo"), { Origin: PAGE, "Content-Type": "text/plain" })),
      await target.send(withHeaders(call(1, "echo"), { Origin: PAGE, "Mcp-Method": "nope" })),
    ];
    for (const reply of replies) {
      expect(reply.header("access-control-allow-origin")).toBe(PAGE);
      expect(reply.header("vary")).toBe("Origin");
      expect(reply.header("access-control-expose-headers")).toContain("Mcp-Session-Id");
      expect(reply.header("access-control-allow-credentials")).toBeUndefined();
    }
    for (const Origin of [
      "https://app.example.com.evil.example",
      "http://app.example.com",
      "https://APP.example.com",
    ]) {
      const reply = await target.send(withHeaders(call(1, "marker"), { Origin }));
      expect(reply.status).toBe(403);
      expect(reply.header("access-control-allow-origin")).toBeUndefined();
    }
  });

  it("SEC-31 never allows all pages with one sign", async () => {
    const target = await under.server.target(host, { origins: "any" });
    const reply = await target.send(withHeaders(call(1, "echo"), { Origin: "http://evil.example" }));
    expect(reply.header("access-control-allow-origin")).toBe("http://evil.example");
    expect(reply.header("access-control-allow-credentials")).toBeUndefined();
  });
});

describe("SEC-25 HTTP/2", () => {
  const { body, headers } = call(1, "marker");
  const good: OutgoingHttpHeaders = {
    ":method": "POST",
    ":path": "/mcp",
    ":authority": "localhost",
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    ...(headers as OutgoingHttpHeaders),
  };

  async function status(session: ClientHttp2Session, more: OutgoingHttpHeaders): Promise<unknown> {
    const stream = session.request({ ...good, ...more });
    stream.on("error", () => {});
    stream.end(body);
    const [reply] = (await within(5000, once(stream, "response"), "a reply")) as [IncomingHttpHeaders];
    stream.resume();
    return reply[":status"];
  }

  async function connected(): Promise<ClientHttp2Session> {
    const { port } = await under.server.target("http2");
    return connect(`http://localhost:${port}`);
  }

  it("another :authority is refused, whatever host says", async () => {
    const session = await connected();
    expect(await status(session, { ":authority": "evil.example", host: "localhost" })).toBe(403);
    expect(await status(session, { ":authority": "localhost.evil.example" })).toBe(403);
    expect(await status(session, { origin: "http://evil.example" })).toBe(403);
    expect(await status(session, { "Mcp-Name": "nobody" })).toBe(400);
    session.destroy();
  });

  it("a long body is refused, and other requests on the connection go on", async () => {
    const session = await connected();
    const waiting = session.request({ ...good, "Mcp-Name": "wait" });
    waiting.end(call(2, "wait").body);
    const answered = once(waiting, "response") as Promise<[IncomingHttpHeaders]>;
    const endless: readonly [status: number, headers: OutgoingHttpHeaders][] = [
      [413, { "content-length": "5000000" }],
      [403, { origin: "http://evil.example" }],
    ];
    for (const [status, headers] of endless) {
      const refused = session.request({ ...good, ...headers });
      refused.on("error", () => {});
      refused.write("x");
      const [head] = (await within(5000, once(refused, "response"), "a reply")) as [IncomingHttpHeaders];
      expect(head[":status"]).toBe(status);
      // What the client still sends is not waited for.
      await within(5000, once(refused.resume(), "close"), "the end of the refused request");
    }
    await until(async () => (await under.server.report()).waiting === 1, "the call that runs");
    await under.server.ask({ kind: "release" });
    expect((await within(5000, answered, "the answer to the other request"))[0][":status"]).toBe(200);
    session.destroy();
  });
});

describe("SEC-27 an address that others can reach", () => {
  const server = new Server({ name: "open", version: "1" });
  const quiet = { port: 0, exit: false, log: () => {} };

  it.each(["0.0.0.0", "::", "127.evil.example", "192.0.2.1"])("%s needs to be told its names", async (host) => {
    const started = serveHttp(server, { ...quiet, host });
    await expect(started).rejects.toThrow(DefinitionError);
    await expect(started).rejects.toThrow(/hosts: \[/);
  });

  it("is served under those alone", async () => {
    const serving = await serveHttp(server, { ...quiet, host: "0.0.0.0", hosts: ["mcp.example.com"] });
    try {
      const url = serving.url.replace("0.0.0.0", "127.0.0.1");
      expect((await fetch(url, { method: "POST" })).status).toBe(403);
    } finally {
      await serving.close();
    }
  });
});
