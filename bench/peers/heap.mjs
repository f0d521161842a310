// The same server on the official SDK, as its documentation has it: a server and a transport for each session, and a
// handler for revision 2026-07-28 beside them.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { NodeStreamableHTTPServerTransport, toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

const inputSchema = z.object({ text: z.string() });

function server() {
  const made = new McpServer({ name: "bench", version: "1.0.0" });
  made.registerTool("echo", { description: "Says what it hears", inputSchema }, ({ text }) => ({
    content: [{ type: "text", text }],
  }));
  return made;
}

const transports = new Map();

async function answer(request, response) {
  const known = transports.get(request.headers["mcp-session-id"]);
  if (known !== undefined) return known.handleRequest(request, response);
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void transports.set(id, transport),
  });
  transport.onclose = () => transports.delete(transport.sessionId);
  await server().connect(transport);
  return transport.handleRequest(request, response);
}

export function start() {
  const modern = toNodeHandler(createMcpHandler(server));
  return createServer((request, response) => {
    const stateless = request.headers["mcp-protocol-version"] === "2026-07-28";
    void (stateless ? modern(request, response) : answer(request, response));
  });
}
