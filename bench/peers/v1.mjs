// @modelcontextprotocol/sdk, as its documentation has it: without sessions a server for each request, with sessions one
// for each of them. Replies are plain JSON but where notifications come before.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { run } from "../load/tools.mjs";
import { listen } from "./http.mjs";
import { answerOf, factoryOf } from "./official.mjs";

const progress = (args, { sendNotification, _meta }) =>
  run.progress(args, (done, total) =>
    sendNotification({
      method: "notifications/progress",
      params: { progressToken: _meta.progressToken, progress: done, total },
    }),
  );

export async function serveStdio(profile) {
  const { StdioServerTransport } = await import("@modelcontextprotocol/sdk/server/stdio.js");
  await factoryOf(McpServer, profile, progress)().connect(new StdioServerTransport());
}

export async function serveHttp(kind, profile) {
  const { StreamableHTTPServerTransport } = await import("@modelcontextprotocol/sdk/server/streamableHttp.js");
  const make = factoryOf(McpServer, profile, progress);
  return listen(answerOf(StreamableHTTPServerTransport, kind, profile, make));
}

async function connect(transport) {
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const client = new Client({ name: "bench", version: "1.0.0" });
  await client.connect(transport);
  return { call: (name, args) => client.callTool({ name, arguments: args }), close: () => client.close() };
}

export async function connectMemory() {
  const { InMemoryTransport } = await import("@modelcontextprotocol/sdk/inMemory.js");
  const [here, there] = InMemoryTransport.createLinkedPair();
  await factoryOf(McpServer, "std", progress)().connect(there);
  return connect(here);
}

export async function connectHttp(url) {
  const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
  return connect(new StreamableHTTPClientTransport(new URL(url)));
}

export async function connectStdio(command, args) {
  const { StdioClientTransport } = await import("@modelcontextprotocol/sdk/client/stdio.js");
  return connect(new StdioClientTransport({ command, args }));
}
