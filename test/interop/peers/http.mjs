// A small server over HTTP on the official SDK, for every revision that it has: what another author would write.
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { addAsking } from "./asking.mjs";

const empty = z.object({});

const handler = createMcpHandler(() => {
  const server = new McpServer(
    { name: "peer", version: "1.0.0" },
    { instructions: "Be kind.", capabilities: { tools: { listChanged: true } } },
  );
  const add = { inputSchema: z.object({ a: z.number(), b: z.number() }), outputSchema: z.object({ sum: z.number() }) };
  server.registerTool("add", add, async ({ a, b }) => ({
    content: [{ type: "text", text: String(a + b) }],
    structuredContent: { sum: a + b },
  }));
  server.registerTool("count", { inputSchema: empty }, async (_input, { mcpReq }) => {
    for (let progress = 1; progress <= 3; progress++) {
      const params = { progressToken: mcpReq._meta?.progressToken, progress, total: 3 };
      await mcpReq.notify({ method: "notifications/progress", params });
    }
    return { content: [{ type: "text", text: "counted" }] };
  });
  server.registerTool("wait", { inputSchema: empty }, async (_input, { mcpReq }) => {
    console.error("waiting");
    await new Promise((resolve) => mcpReq.signal.addEventListener("abort", resolve, { once: true }));
    console.error("stopped");
    return { content: [] };
  });
  server.registerTool("tell", { inputSchema: empty }, async () => {
    handler.notify.toolsChanged();
    return { content: [{ type: "text", text: "told" }] };
  });
  const region = { region: { type: "string", "x-mcp-header": "Region" } };
  server.registerTool(
    "räum",
    { inputSchema: z.object({ region: z.string().meta(region.region) }) },
    async ({ region }) => ({
      content: [{ type: "text", text: region }],
    }),
  );
  server.registerResource("memo", "memo://one", { mimeType: "text/plain" }, async (uri) => ({
    contents: [{ uri: uri.href, text: "remember" }],
  }));
  server.registerPrompt("greet", { argsSchema: z.object({ who: z.string() }) }, ({ who }) => ({
    messages: [{ role: "user", content: { type: "text", text: `Greet ${who}` } }],
  }));
  addAsking(server);
  return server;
});

const web = createServer((request, response) => void answer(request, response));

async function answer(request, response) {
  const controller = new AbortController();
  response.on("close", () => controller.abort());
  const body = request.method === "POST" ? Readable.toWeb(request) : undefined;
  const asked = new Request(new URL(request.url, `http://${request.headers.host}`), {
    method: request.method,
    headers: request.headers,
    body,
    duplex: "half",
    signal: controller.signal,
  });
  const { status, headers, body: reply } = await handler.fetch(asked);
  response.writeHead(status, Object.fromEntries(headers));
  if (reply === null) return response.end();
  response.flushHeaders();
  try {
    for await (const chunk of reply) response.write(chunk);
  } catch {
    // The client has gone.
  }
  response.end();
}

web.listen(0, "127.0.0.1", () => console.error(`port ${web.address().port}`));
