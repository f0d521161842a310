// @modelcontextprotocol/sdk, as its documentation has it: without sessions a server for each request, with sessions one
// for each of them. Replies are plain JSON but where notifications come before.
import { randomUUID } from "node:crypto";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
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

const progress = (args, { sendNotification, _meta }) =>
  run.progress(args, (done, total) =>
    sendNotification({
      method: "notifications/progress",
      params: { progressToken: _meta.progressToken, progress: done, total },
    }),
  );

export async function serveStdio(profile) {
  const { StdioServerTransport } = await import("@modelcontextprotocol/sdk/server/stdio.js");
  await factory(profile)().connect(new StdioServerTransport());
}

export async function serveHttp(kind, profile) {
  const { StreamableHTTPServerTransport } = await import("@modelcontextprotocol/sdk/server/streamableHttp.js");
  const make = factory(profile);
  const options = { enableJsonResponse: profile !== "streams", maxRequestBodySize: BODY };
  const transports = new Map();
  async function inSession(request, response) {
    const known = transports.get(request.headers["mcp-session-id"]);
    if (known !== undefined) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
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
    const transport = new StreamableHTTPServerTransport({ ...options, sessionIdGenerator: undefined });
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

async function connect(transport) {
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const client = new Client({ name: "bench", version: "1.0.0" });
  await client.connect(transport);
  return { call: (name, args) => client.callTool({ name, arguments: args }), close: () => client.close() };
}

export async function connectMemory() {
  const { InMemoryTransport } = await import("@modelcontextprotocol/sdk/inMemory.js");
  const [here, there] = InMemoryTransport.createLinkedPair();
  await factory("std")().connect(there);
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
