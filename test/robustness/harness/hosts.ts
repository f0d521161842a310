/** Every way in which the package lets a server be reached by HTTP. */
import { once } from "node:events";
import { createServer, type Server as NodeServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { mcp as expressMcp } from "mcplex/express";
import { mcp as fastifyMcp } from "mcplex/fastify";
import { mcp as honoMcp } from "mcplex/hono";
import { nodeHandler, serveHttp } from "mcplex/node";
import type { Server } from "mcplex/server";
import { fetchHandler, type HttpOptions } from "mcplex/server/http";
import { bridge } from "./bridge.ts";
import type { HostName } from "./host-names.ts";

/** Serves a server in one of the ways, on a free port of this machine. Gives the port. */
export const HOSTS: Readonly<Record<HostName, (server: Server, options: HttpOptions) => Promise<number>>> = {
  async serveHttp(server, options) {
    const { url } = await serveHttp(server, { port: 0, exit: false, log: () => {}, ...options });
    return Number(new URL(url).port);
  },
  nodeHandler: (server, options) => listening(createServer(nodeHandler(server, options))),
  fetchHandler: (server, options) => listening(createServer(bridge(fetchHandler(server, options)))),
  express(server, options) {
    const app = express();
    app.all("/mcp", expressMcp(server, options));
    return listening(createServer(app));
  },
  async fastify(server, options) {
    const app = fastify();
    app.register(fastifyMcp(server, { path: "/mcp", ...options }));
    await app.listen({ port: 0, host: "127.0.0.1" });
    return (app.server.address() as AddressInfo).port;
  },
  hono(server, options) {
    const app = new Hono();
    app.all("/mcp", honoMcp(server, options));
    return listening(createServer(bridge((request) => app.fetch(request))));
  },
  http2(server, options) {
    const handler = nodeHandler(server, options);
    const http2 = createHttp2Server((request, response) => handler(request as never, response as never));
    return listening(http2 as unknown as NodeServer);
  },
};

async function listening(server: NodeServer): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
