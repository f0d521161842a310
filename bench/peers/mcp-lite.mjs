// mcp-lite, as its documentation has it: over HTTP alone, on the web requests of @hono/node-server.
import { getRequestListener } from "@hono/node-server";
import { InMemorySessionAdapter, McpServer, StreamableHttpTransport } from "mcp-lite";
import { z } from "zod";
import { run, SERVER_INFO } from "../load/tools.mjs";
import { listen } from "./http.mjs";
import { zodTools } from "./tools.mjs";

function serverOf(profile) {
  const server = new McpServer({ ...SERVER_INFO, schemaAdapter: (schema) => z.toJSONSchema(schema) });
  for (const { name, description, input, output } of zodTools(profile)) {
    const outputs = output === undefined ? {} : { outputSchema: output };
    const handler = name === "progress" ? progress : (run[name] ?? run.echo);
    server.tool(name, { description, inputSchema: input, ...outputs, handler });
  }
  return server;
}

const progress = (args, context) => run.progress(args, (done, total) => context.progress({ progress: done, total }));

export async function serveHttp(kind, profile) {
  const sessions =
    kind === "session" ? { sessionAdapter: new InMemorySessionAdapter({ maxEventBufferSize: 1024 }) } : {};
  return listen(getRequestListener(new StreamableHttpTransport(sessions).bind(serverOf(profile))));
}
