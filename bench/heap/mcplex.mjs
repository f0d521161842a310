// The server that is measured, on mcplex: one endpoint for all that is asked.
import { createServer } from "node:http";
import { nodeHandler } from "mcplex/node";
import { Server } from "mcplex/server";

export function start() {
  const server = new Server({ name: "bench", version: "1.0.0" });
  const input = /** @type {const} */ ({ type: "object", properties: { text: { type: "string" } }, required: ["text"] });
  server.tool("echo", { description: "Says what it hears", input }, ({ text }) => String(text));
  return createServer(nodeHandler(server));
}
