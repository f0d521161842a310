// tmcp, as its documentation has it: over HTTP on the web requests of @hono/node-server.
import { ZodJsonSchemaAdapter } from "@tmcp/adapter-zod";
import { McpServer } from "tmcp";
import { run, SERVER_INFO } from "../load/tools.mjs";
import { listen } from "./http.mjs";
import { zodTools } from "./tools.mjs";

function serverOf(profile) {
  const server = new McpServer(SERVER_INFO, {
    adapter: new ZodJsonSchemaAdapter(),
    capabilities: { tools: { listChanged: true } },
  });
  const progress = (args) => run.progress(args, (done, total) => server.progress(done, total));
  for (const { name, description, input, output } of zodTools(profile)) {
    const outputs = output === undefined ? {} : { outputSchema: output };
    const handler = name === "progress" ? progress : (run[name] ?? run.echo);
    server.tool({ name, description, schema: input, ...outputs }, handler);
  }
  return server;
}

export async function serveStdio(profile) {
  const { StdioTransport } = await import("@tmcp/transport-stdio");
  new StdioTransport(serverOf(profile)).listen();
}

/** One server for all kinds of clients. */
export async function serveHttp(_kind, profile) {
  const [{ getRequestListener }, { HttpTransport }] = await Promise.all([
    import("@hono/node-server"),
    import("@tmcp/transport-http"),
  ]);
  const transport = new HttpTransport(serverOf(profile), { path: "/mcp" });
  return listen(
    getRequestListener(async (request) => (await transport.respond(request)) ?? new Response(null, { status: 404 })),
  );
}

export async function connectMemory() {
  const { InMemoryTransport } = await import("@tmcp/transport-in-memory");
  const session = new InMemoryTransport(serverOf("std")).session();
  await session.initialize("2025-11-25", {}, { name: "bench", version: "1.0.0" });
  return { call: (name, args) => session.callTool(name, args), close: () => session.close() };
}
