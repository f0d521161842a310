import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import express from "express";
import { fastify } from "fastify";
import { Hono } from "hono";
import { mcp as expressMcp } from "../../src/express/index.ts";
import { mcp as fastifyMcp } from "../../src/fastify/index.ts";
import { mcp as honoMcp } from "../../src/hono/index.ts";
import { nodeHandler } from "../../src/node/index.ts";
import { HttpRefusal } from "../../src/server/http/index.ts";
import { callAt, closing, listening, messageOf, rawCall, textAt } from "./listening.ts";
import { gate, json, modern, MODERN, POSTED, testServer, URL_OF_ALL } from "./reached.ts";

const server = testServer()
  .tool("echo", {}, () => "done")
  .tool("target", {}, (_, { http }) => `${http?.target}`);

const named = ["mcp-protocol-version", MODERN, "mcp-method", "tools/call"];
const typed = ["content-type", "application/json"];

describe("nodeHandler", () => {
  it("serves under whatever routes to it", async () => {
    const handler = nodeHandler(server);
    const url = await listening((request, response) => {
      if (request.url?.startsWith("/mcp")) handler(request, response);
      else response.writeHead(200).end("mine");
    });
    expect(await textAt(`${url}/mcp`, "echo")).toBe("done");
    expect(await textAt(`${url}/mcp/deep?x=1`, "target")).toBe("/mcp/deep?x=1");
    expect(await (await fetch(url)).text()).toBe("mine");
  });

  it.each<[title: string, headers: string[], status: number, code: number]>([
    ["a name (T-15)", [...named, ...typed, "mcp-name", "echo", "Mcp-Name", "echo"], 400, -32020],
    ["a revision", [...named, ...typed, "mcp-name", "echo", "MCP-Protocol-Version", MODERN], 400, -32020],
    ["a method", [...named, ...typed, "mcp-name", "echo", "Mcp-Method", "tools/call"], 400, -32020],
    ["a host", [...named, ...typed, "mcp-name", "echo", "Host", "localhost"], 400, -32600],
    ["a type", [...named, ...typed, "mcp-name", "echo", "Content-Type", "application/json"], 415, -32600],
    ["an origin", [...named, ...typed, "mcp-name", "echo", "origin", "null", "Origin", "null"], 403, -32600],
  ])("refuses a header that is there twice: %s", async (_title, headers, status, code) => {
    const url = await listening(nodeHandler(server));
    const reply = await rawCall(`${url}/mcp`, headers);
    expect([reply.status, messageOf(reply).error?.code]).toEqual([status, code]);
  });

  it("takes names of headers in any case", async () => {
    const url = await listening(nodeHandler(server));
    const upper = [...named, ...typed, "mcp-name", "echo"].map((text, at) =>
      at % 2 === 0 ? text.toUpperCase() : text,
    );
    expect((await rawCall(`${url}/mcp`, upper)).status).toBe(200);
  });

  it("HTTP-25: bytes outside of ASCII are refused", async () => {
    const url = await listening(nodeHandler(testServer().tool("é", {}, () => "done")));
    expect((await callAt(`${url}/mcp`, "é")).status).toBe(400);
    expect(await textAt(`${url}/mcp`, "é", { "mcp-name": "=?base64?w6k=?=" })).toBe("done");
  });

  it("T-10: a socket that closes cancels the request, before its reply has begun", async () => {
    const started = gate();
    const stopped = gate();
    const waiting = testServer().tool("echo", {}, async (_, { signal }) => {
      signal.addEventListener("abort", () => stopped.open());
      started.open();
      await stopped.opened;
      return "late";
    });
    const url = new URL(await listening(nodeHandler(waiting)));
    const body = JSON.stringify(modern("tools/call", { name: "echo" }));
    const lines = [
      `POST /mcp HTTP/1.1`,
      `host: ${url.host}`,
      `accept: ${POSTED.accept}`,
      ...pairs([...named, ...typed]),
    ];
    const socket = connect(Number(url.port), "127.0.0.1");
    socket.write([...lines, "mcp-name: echo", `content-length: ${body.length}`, "", body].join("\r\n"));
    await started.opened;
    socket.destroy();
    await stopped.opened;
  });

  it("refuses a long body before it has come, so that the client reads why", async () => {
    const url = await listening(nodeHandler(server, { bodyBytes: 1000 }));
    const response = await fetch(`${url}/mcp`, { method: "POST", headers: POSTED, body: "x".repeat(500_000) });
    expect(response.status).toBe(413);
    expect((await json(response)).error?.data).toEqual({ limit: "bodyBytes" });
  });
});

function pairs(headers: readonly string[]): string[] {
  return headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${headers[at + 1]}`] : []));
}

describe("Express", () => {
  it.each([
    ["without a parser", undefined],
    ["behind express.json()", express.json()],
    ["behind express.text()", express.text({ type: "*/*" })],
    ["behind express.raw()", express.raw({ type: "*/*" })],
  ])("%s", async (_title, parser) => {
    const app = express();
    if (parser !== undefined) app.use(parser);
    app.all("/mcp", expressMcp(server));
    const url = await listening(app);
    expect(await textAt(`${url}/mcp`, "echo")).toBe("done");
  });

  it("mounted under a path, in a router: the whole path is known, and where clients of 2024-11-05 post", async () => {
    const handler = expressMcp(server, { sse: true });
    closing(() => handler.close({ graceTimeout: 0 }));
    const app = express().use("/api", express.Router().use("/mcp", handler));
    const url = await listening(app);
    expect(await textAt(`${url}/api/mcp`, "target")).toBe("/api/mcp");
    const response = await fetch(`${url}/api/mcp`, { headers: { accept: "text/event-stream" } });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("sessionId")) text += (await reader?.read())?.value;
    expect(text).toMatch(/data: \/api\/mcp\?sessionId=/);
    await reader?.cancel();
  });

  it("keeps the headers of a refusal", async () => {
    const authenticate = () => new HttpRefusal(401, "Who?", { "www-authenticate": "Bearer" });
    const url = await listening(express().all("/mcp", expressMcp(server, { authenticate })));
    const response = await callAt(`${url}/mcp`, "echo");
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  });
});

describe("Fastify", () => {
  async function app() {
    const instance = fastify({ forceCloseConnections: true });
    instance.post("/mine", (request) => ({ got: request.body }));
    void instance.register(fastifyMcp(server, { path: "/api/mcp", graceTimeout: 0, origins: ["https://a.example"] }));
    instance.post("/later", (request) => ({ got: request.body }));
    await instance.listen({ port: 0, host: "127.0.0.1" });
    closing(() => instance.close());
    return `http://127.0.0.1:${(instance.server.address() as { port: number }).port}`;
  }

  it("serves beside routes of its own, which go on parsing their bodies", async () => {
    const url = await app();
    expect(await textAt(`${url}/api/mcp`, "target")).toBe("/api/mcp");
    for (const path of ["/mine", "/later"]) {
      const headers = { "content-type": "application/json" };
      const response = await fetch(url + path, { method: "POST", headers, body: '{"a":1}' });
      expect(await response.json()).toEqual({ got: { a: 1 } });
      const broken = await fetch(url + path, { method: "POST", headers, body: "{" });
      expect(broken.status).toBe(400);
    }
  });

  it("leaves the body, its size and its type to the endpoint", async () => {
    const url = `${await app()}/api/mcp`;
    const long = JSON.stringify(modern("tools/call", { name: "echo", more: "x".repeat(2_000_000) }));
    const headers = { ...POSTED, "mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": "echo" };
    expect((await fetch(url, { method: "POST", headers, body: long })).status).toBe(200);
    expect((await callAt(url, "echo", { "content-type": "text/plain" })).status).toBe(415);
    expect((await json(fetch(url, { method: "POST", headers, body: "{" }))).error?.code).toBe(-32700);
  });

  it("hands on every method, the preflight of a page too", async () => {
    const url = `${await app()}/api/mcp`;
    expect((await fetch(url, { method: "OPTIONS", headers: { origin: "https://a.example" } })).status).toBe(204);
    expect((await fetch(url, { method: "DELETE" })).status).toBe(400);
    expect((await fetch(url, { method: "PUT", body: "x" })).status).toBe(405);
  });
});

describe("Hono", () => {
  it.each<[title: string, read: "none" | "json" | "text" | "arrayBuffer"]>([
    ["with a body that nobody read", "none"],
    ["with a body that was read as JSON", "json"],
    ["with a body that was read as text", "text"],
    ["with a body that was read as bytes", "arrayBuffer"],
  ])("%s", async (_title, read) => {
    const app = new Hono();
    app.use(async (context, next) => {
      if (read !== "none") await context.req[read]();
      await next();
    });
    app.all("/mcp", honoMcp(server));
    const headers = { ...POSTED, "mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": "echo" };
    const init = { method: "POST", headers, body: JSON.stringify(modern("tools/call", { name: "echo" })) };
    const { result } = await json(await app.fetch(new Request(URL_OF_ALL, init)));
    expect(result).toMatchObject({ content: [{ text: "done" }] });
  });
});
