// mcplex as its README has it, with its limits and guards as they are by default.
import { toolList } from "../load/schemas.mjs";
import { orderOf, run, SERVER_INFO } from "../load/tools.mjs";

/** The handlers, in the form that mcplex takes: content, and the value itself where there is an output schema. */
const handlers = {
  progress: async (args, context) => (await run.progress(args, (done, total) => context.progress(done, total))).content,
  big_out: (args) => run.big_out(args).content,
  big_in: (args) => run.big_in(args).content,
  order: (args) => orderOf(args),
};
const echo = (args) => run.echo(args).content;

async function serverOf(profile) {
  const { Server } = await import("mcplex/server");
  const server = new Server(SERVER_INFO);
  const zod = profile === "zod" ? await zodOrder() : undefined;
  for (const { name, description, inputSchema, outputSchema } of toolList(profile)) {
    const schemas = name === "order" && zod !== undefined ? zod : { input: inputSchema, output: outputSchema };
    server.tool(name, { description, ...schemas }, handlers[name] ?? echo);
  }
  return server;
}

async function zodOrder() {
  const { z } = await import("zod");
  const { orderInput, orderOutput } = await import("../load/zod-schemas.mjs");
  return { input: orderInput(z), output: orderOutput(z) };
}

export async function serveStdio(profile) {
  const { serveStdio } = await import("mcplex/server/stdio");
  serveStdio(await serverOf(profile));
}

/** Serves requests by themselves (`stateless`), or all kinds of clients on one endpoint; gives the port. */
export async function serveHttp(kind, profile) {
  const { serveHttp } = await import("mcplex/node");
  const { server } = await serveHttp(await serverOf(profile), {
    port: 0,
    log: () => {},
    ...(kind === "stateless" ? { sessions: false } : {}),
    ...(profile === "big" ? { bodyBytes: 16 * 1024 * 1024 } : {}),
  });
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}

const client = (connected) => ({
  call: (name, args) => connected.callTool(name, args),
  close: () => connected.close(),
});

export async function connectMemory() {
  const [{ Client }, { serve }, { memory }] = await Promise.all([
    import("mcplex/client"),
    import("mcplex/server"),
    import("mcplex/transports"),
  ]);
  const [here, there] = memory();
  serve(await serverOf("std"), there);
  return client(await Client.connect(here));
}

export async function connectHttp(url, modern) {
  const [{ Client }, { http }] = await Promise.all([import("mcplex/client"), import("mcplex/client/http")]);
  return client(await Client.connect(http(url), { revisions: [modern ? "2026-07-28" : "2025-11-25"] }));
}

export async function connectStdio(command, args) {
  const [{ Client }, { stdio }] = await Promise.all([import("mcplex/client"), import("mcplex/client/stdio")]);
  return client(await Client.connect(stdio({ command, args }), { revisions: ["2025-11-25"] }));
}
