// @modelcontextprotocol/server, client and node, as their documentation has it: up to 2025-11-25 a transport of one's own
// wiring, since 2026-07-28 a handler that makes a server for each request.
import { createMcpHandler, InMemoryTransport, McpServer } from "@modelcontextprotocol/server";
import { run } from "../load/tools.mjs";
import { BODY, listen } from "./http.mjs";
import { answerOf, factoryOf } from "./official.mjs";

const progress = (args, { mcpReq }) =>
  run.progress(args, (done, total) =>
    mcpReq.notify({
      method: "notifications/progress",
      params: { progressToken: mcpReq._meta.progressToken, progress: done, total },
    }),
  );

export async function serveStdio(profile) {
  const { serveStdio } = await import("@modelcontextprotocol/server/stdio");
  serveStdio(factoryOf(McpServer, profile, progress));
}

export async function serveHttp(kind, profile) {
  const { NodeStreamableHTTPServerTransport, toNodeHandler } = await import("@modelcontextprotocol/node");
  const make = factoryOf(McpServer, profile, progress);
  if (kind === "2026") {
    const bound = { maxRequestBodySize: BODY };
    const handler = toNodeHandler(createMcpHandler(make, bound), bound);
    return listen((request, response) => void handler(request, response));
  }
  return listen(answerOf(NodeStreamableHTTPServerTransport, kind, profile, make));
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
  await factoryOf(McpServer, "std", progress)().connect(there);
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
