// A small server on the official SDK, both eras: what another author would write.
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";
import { addAsking } from "./asking.mjs";

serveStdio(() => {
  const server = new McpServer({ name: "peer", version: "1.0.0" }, { instructions: "Be kind." });
  const add = { inputSchema: z.object({ a: z.number(), b: z.number() }), outputSchema: z.object({ sum: z.number() }) };
  server.registerTool("add", add, async ({ a, b }) => ({
    content: [{ type: "text", text: String(a + b) }],
    structuredContent: { sum: a + b },
  }));
  server.registerTool("count", { inputSchema: z.object({}) }, async (_input, { mcpReq }) => {
    for (let progress = 1; progress <= 3; progress++) {
      const params = { progressToken: mcpReq._meta?.progressToken, progress, total: 3 };
      await mcpReq.notify({ method: "notifications/progress", params });
    }
    return { content: [{ type: "text", text: "counted" }] };
  });
  server.registerTool("wait", { inputSchema: z.object({}) }, async (_input, { mcpReq }) => {
    console.error("waiting");
    await new Promise((resolve) => mcpReq.signal.addEventListener("abort", resolve, { once: true }));
    console.error("stopped");
    return { content: [] };
  });
  server.registerTool("grow", { inputSchema: z.object({}) }, async () => {
    server.registerTool("grown", { inputSchema: z.object({}) }, async () => ({ content: [] }));
    return { content: [{ type: "text", text: "grown" }] };
  });
  server.registerResource("memo", "memo://one", { mimeType: "text/plain" }, async (uri) => ({
    contents: [{ uri: uri.href, text: "remember" }],
  }));
  server.registerPrompt("greet", { argsSchema: z.object({ who: z.string() }) }, ({ who }) => ({
    messages: [{ role: "user", content: { type: "text", text: `Greet ${who}` } }],
  }));
  addAsking(server);
  return server;
});
