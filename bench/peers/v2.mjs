// @modelcontextprotocol/server, client and node, as their documentation has it: up to 2025-11-25 a transport of one's own
// wiring, since 2026-07-28 a handler that makes a server for each request.
import { randomUUID } from "node:crypto";
import { createMcpHandler, InMemoryTransport, McpServer } from "@modelcontextprotocol/server";
import { run, SERVER_INFO } from "../load/tools.mjs";
import { BODY, listen } from "./http.mjs";
import { zodTools } from "./tools.mjs";

/** The definitions are made once; a server is given all of them. */
function factory(profile) {
  const tools = zodTools(profile);
  return () => {
    const server = new McpServer(SERVER_INFO);
    for (const { name, description, input, output } of tools) {
      const options = { description, inputSchema: input, ...(output === undefined ? {} : { outputSchema: output }) };
      server.registerTool(name, options, name === "progress" ? progress : (run[name] ?? run.echo));
    }
    return server;
  };
}

const progress = (args, { mcpReq }) =>
  run.progress(args, (done, total) =>
    mcpReq.notify({
      method: "notifications/progress",
      params: { progressToken: mcpReq._meta.progressToken, progress: done, total },
    }),
  );

export async function serveStdio(profile) {
  const { serveStdio } = await import("@modelcontextprotocol/server/stdio");
  serveStdio(factory(profile));
}

export async function serveHttp(kind, profile) {
  const { NodeStreamableHTTPServerTransport, toNodeHandler } = await import("@modelcontextprotocol/node");
  const make = factory(profile);
  if (kind === "2026") {
    const bound = { maxRequestBodySize: BODY };
    const handler = toNodeHandler(createMcpHandler(make, bound), bound);
    return listen((request, response) => void handler(request, response));
  }
  const options = { enableJsonResponse: profile !== "streams", maxRequestBodySize: BODY };
  const transports = new Map();
  async function inSession(request, response) {
    const known = transports.get(request.headers["mcp-session-id"]);
    if (known !== undefined) return known.handleRequest(request, response);
    const transport = new NodeStreamableHTTPServerTransport({
      ...options,
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void transports.set(id, transport),
    });
    transport.onclose = () => transports.delete(transport.sessionId);
    await make().connect(transport);
    return transport.handleRequest(request, response);
  }
  async function byItself(request, response) {
    const server = make();
    const transport = new NodeStreamableHTTPServerTransport({ ...options, sessionIdGenerator: undefined });
    response.on("close", () => {
      void transport.close();
      void server.close();
    });
    await server.connect(transport);
    return transport.handleRequest(request, response);
  }
  const answer = kind === "session" ? inSession : byItself;
  return listen((request, response) => void answer(request, response));
}

async function connect(transport, modern) {
  const { Client } = await import("@modelcontextprotocol/client");
  const mode = modern ? { pin: "2026-07-28" } : "legacy";
  const client = new Client({ name: "bench", version: "1.0.0" }, { versionNegotiation: { mode } });
  await client.connect(transport);
  return { call: (name, args) => client.callTool({ name, arguments: args }), close: () => client.close() };
}

export async function connectMemory() {
  const [here, there] = InMemoryTransport.createLinkedPair();
  await factory("std")().connect(there);
  return connect(here, false);
}

export async function connectHttp(url, modern) {
  const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  return connect(new StreamableHTTPClientTransport(new URL(url)), modern);
}

export async function connectStdio(command, args) {
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  return connect(new StdioClientTransport({ command, args }), false);
}
