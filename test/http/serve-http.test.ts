import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it, vi } from "vitest";
import { DefinitionError } from "../../src/errors.ts";
import { type HttpServing, serveHttp, type ServeHttpOptions } from "../../src/node/index.ts";
import { Events } from "./events.ts";
import { callAt, closing, listening, messageOf, rawCall, textAt } from "./listening.ts";
import { gate, json, modern, MODERN, POSTED, testServer } from "./reached.ts";

const echo = () => testServer().tool("echo", {}, () => "done");

async function serving(options: ServeHttpOptions = {}, server = echo()): Promise<HttpServing> {
  const started = await serveHttp(server, { port: 0, exit: false, log: () => {}, graceTimeout: 0, ...options });
  closing(() => started.close());
  return started;
}

const origin = (url: string): string => new URL(url).origin;

describe("serveHttp", () => {
  it("listens on a free port of this machine for port 0, and says where", async () => {
    const { url, server } = await serving();
    expect(url).toBe(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
    expect(await textAt(url, "echo")).toBe("done");
  });

  it("logs one line, with the server's name and the URL; by default to stderr", async () => {
    const lines: string[] = [];
    const { url } = await serving({ log: (line) => lines.push(line) });
    expect(lines).toEqual([`mcplex: test-server listens on ${url}`]);
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const other = await serveHttp(echo(), { port: 0, exit: false });
    closing(() => other.close());
    expect(error.mock.calls).toEqual([[`mcplex: test-server listens on ${other.url}`]]);
  });

  it("serves its path alone, with or without a query; everything else is 404", async () => {
    const { url } = await serving({ path: "/api/mcp" });
    expect(await textAt(`${url}?x=1`, "echo")).toBe("done");
    for (const path of ["/", "/mcp", "/api/mcp/", "/api/mcp/x", "/api", "/API/MCP", "/api%2Fmcp"]) {
      expect((await callAt(origin(url) + path, "echo")).status).toBe(404);
    }
  });

  it("answers at its health path, which can be another one or none", async () => {
    const health = async (options: ServeHttpOptions, path: string) =>
      (await fetch(origin((await serving(options)).url) + path)).status;
    expect(await health({}, "/health")).toBe(200);
    expect(await health({ healthPath: "/up" }, "/up")).toBe(200);
    expect(await health({ healthPath: "/up" }, "/health")).toBe(404);
    expect(await health({ healthPath: false }, "/health")).toBe(404);
  });

  it("refuses to listen where others reach it, until it is told under which names", async () => {
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "mcp.example.com", "127.example.com"]) {
      await expect(serveHttp(echo(), { port: 0, host })).rejects.toThrow(DefinitionError);
    }
    const { server } = await serving({ host: "0.0.0.0", hosts: ["mcp.example.com"] });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
    expect((await callAt(url, "echo")).status).toBe(403);
    const named = ["mcp-protocol-version", MODERN, "mcp-method", "tools/call", "mcp-name", "echo"];
    const reply = await rawCall(url, [...named, "content-type", "application/json"]);
    expect(messageOf(reply).error?.message).toContain("hosts");
  });

  it("HTTP-20: on this machine answers to no foreign name", async () => {
    const { url } = await serving();
    const status = await new Promise((resolve) => {
      const headers = { ...POSTED, host: "evil.example" };
      const asked = request(url, { method: "POST", headers, agent: false }, (response) => {
        resolve(response.statusCode);
        response.resume();
      });
      asked.end("{}");
    });
    expect(status).toBe(403);
  });

  it("rejects with the error of Node when the port is taken, and leaves nothing behind", async () => {
    const url = await listening(createServer());
    const before = process.listenerCount("SIGTERM");
    const failed = serveHttp(echo(), { port: Number(new URL(url).port), log: () => {} });
    await expect(failed).rejects.toMatchObject({ code: "EADDRINUSE" });
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });

  it("LHTTP-9: has a path for clients of 2024-11-05 where it is told one, and tells others that they are wrong there", async () => {
    const { url } = await serving({ ssePath: "/sse" });
    const response = await fetch(`${origin(url)}/sse`, { headers: { accept: "text/event-stream" } });
    const events = new Events(response);
    const endpoint = await events.next();
    expect([endpoint?.event, endpoint?.data]).toEqual(["endpoint", expect.stringMatching(/^\/sse\?sessionId=/)]);
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
    const posted = await fetch(origin(url) + endpoint?.data, { method: "POST", headers: POSTED, body });
    expect(posted.status).toBe(202);
    expect(await events.message()).toEqual({ jsonrpc: "2.0", id: 1, result: {} });
    expect((await fetch(`${origin(url)}/sse`, { method: "POST", headers: POSTED, body })).status).toBe(405);
    expect(await textAt(url, "echo")).toBe("done");
    await events.leave();
    expect((await fetch(`${origin((await serving()).url)}/sse`)).status).toBe(404);
  });

  it.each<[title: string, options: object]>([
    ["an unknown option", { ports: 3000 }],
    ["a host that is none", { hosts: ["https://x"] }],
  ])("refuses %s", async (_title, options) => {
    await expect(serveHttp(echo(), { port: 0, ...options })).rejects.toThrow(DefinitionError);
  });

  it("listens for signals while it is open, where it is to exit", async () => {
    const before = ["SIGTERM", "SIGINT"].map((signal) => process.listenerCount(signal));
    const one = await serving({ exit: true });
    const two = await serving({ exit: true });
    expect(["SIGTERM", "SIGINT"].map((signal) => process.listenerCount(signal))).toEqual(before.map((n) => n + 1));
    await one.close();
    await two.close();
    expect(["SIGTERM", "SIGINT"].map((signal) => process.listenerCount(signal))).toEqual(before);
  });

  it.skipIf(process.platform === "win32")("listens on a Unix socket, where no name is checked", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mcplex-serve-"));
    try {
      const socketPath = join(folder, "s");
      const started = await serving({ socketPath });
      expect(started.url).toBe(`unix:${socketPath}`);
      const named = ["mcp-protocol-version", MODERN, "mcp-method", "tools/call", "mcp-name", "echo"];
      const typed = ["content-type", "application/json"];
      const reply = await rawCall("http://whatever.example/mcp", [...named, ...typed], { socketPath });
      expect([reply.status, messageOf(reply).result?.["resultType"]]).toEqual([200, "complete"]);
      await started.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("serveHttp, when it closes", () => {
  it("answers what runs, ends subscriptions with their result, and refuses what is new", async () => {
    const started = gate();
    const go = gate();
    const server = echo().tool("wait", {}, async () => {
      started.open();
      await go.opened;
      return "waited";
    });
    const serves = await serving({ graceTimeout: 5000 }, server);
    const { url } = serves;
    const listen = { "mcp-protocol-version": MODERN, "mcp-method": "subscriptions/listen" };
    const asked = JSON.stringify(
      modern("subscriptions/listen", { notifications: { toolsListChanged: true } }, { id: "s" }),
    );
    const events = new Events(await fetch(url, { method: "POST", headers: { ...POSTED, ...listen }, body: asked }));
    await events.message();
    const running = textAt(url, "wait");
    await started.opened;
    // This connection is there already when the end begins.
    const idle = await fetch(`${origin(url)}/health`);
    expect(await idle.text()).toContain("ok");
    let over = false;
    const closed = serves.close().then(() => (over = true));
    expect((await events.rest()).map(({ id }) => id)).toEqual(["s"]);
    await expect(fetch(`${origin(url)}/health`, { headers: { connection: "close" } })).rejects.toThrow(TypeError);
    expect(over).toBe(false);
    go.open();
    expect(await running).toBe("waited");
    await closed;
  });

  it("says 503 on connections that are still there, at its health path too", async () => {
    const started = gate();
    const go = gate();
    const server = echo().tool("wait", {}, async (_, context) => {
      await context.progress(1);
      started.open();
      await go.opened;
      return "waited";
    });
    const serves = await serving({ graceTimeout: 5000 }, server);
    const { url, server: node } = serves;
    const replies: string[] = [];
    const running = new Events(await callAt(url, "wait", {}, { progressToken: 1 }));
    await started.opened;
    const accepted = once(node, "connection") as Promise<[Socket]>;
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const host = new URL(url).host;
    // A request that has begun keeps its connection open.
    socket.write(`GET /health HTTP/1.1\r\nhost: ${host}\r\n`);
    socket.setEncoding("utf8").on("data", (text: string) => replies.push(text));
    const [other] = await accepted;
    await vi.waitFor(() => expect(other.bytesRead).toBeGreaterThan(0));
    const closed = serves.close();
    socket.write("\r\n");
    await vi.waitFor(() => expect(replies.join("")).toContain("HTTP/1.1 503"));
    socket.destroy();
    go.open();
    expect((await running.rest()).length).toBe(2);
    await closed;
  });

  it("cuts off what is not answered within graceTimeout, and stops its handler", async () => {
    const stopped = gate();
    const server = echo().tool("wait", {}, async (_, { signal }) => {
      signal.addEventListener("abort", () => stopped.open());
      await stopped.opened;
      return "late";
    });
    const started = await serving({ graceTimeout: 20 }, server);
    const reply = callAt(started.url, "wait").catch(() => "cut off");
    await vi.waitFor(async () => {
      const count = await new Promise((resolve) => started.server.getConnections((_error, n) => resolve(n)));
      expect(count).toBe(1);
    });
    await started.close();
    await stopped.opened;
    expect(await reply).toBe("cut off");
  });

  it("closes once, however often it is asked, and by await using", async () => {
    let url: string;
    {
      await using started = await serving();
      url = started.url;
      expect(started.close()).toBe(started.close());
    }
    await expect(json(callAt(url, "echo"))).rejects.toThrow(TypeError);
  });
});
