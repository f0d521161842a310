import { once } from "node:events";
import { createServer, type Server as NodeServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { fastify } from "fastify";
import { Hono } from "hono";
import { mcp as expressMcp } from "../../src/express/index.ts";
import { mcp as fastifyMcp } from "../../src/fastify/index.ts";
import { mcp as honoMcp } from "../../src/hono/index.ts";
import { nodeHandler } from "../../src/node/index.ts";
import { fetchHandler, type HttpOptions } from "../../src/server/http/index.ts";
import type { Server } from "../../src/server/index.ts";
import type { Carrier } from "./http-channel.ts";

/** A way to put a server on HTTP. */
export interface Host {
  readonly name: string;
  carry(server: Server, options: HttpOptions): Carrier;
}

/** What a handler of web requests needs no network for. */
function inProcess(handle: (request: Request) => Response | Promise<Response>, close: () => Promise<unknown>): Carrier {
  return {
    send: async (request) => handle(request),
    received: () => new Promise((resolve) => setImmediate(resolve)),
    close,
  };
}

/** How long handlers may run on when a test is over, in milliseconds. */
const closing = { graceTimeout: 50 };

/** What listens on the loopback. */
function overLoopback(listening: Promise<NodeServer>, close: () => Promise<unknown>): Carrier {
  const bodies = new Map<string, () => void>();
  const address = listening.then((server) => {
    server.on("request", (request) => {
      request.on("end", () => bodies.get(`${request.headers["x-number"]}`)?.());
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  return {
    async send(request, signal) {
      const { pathname, search } = new URL(request.url);
      const headers = new Headers(request.headers);
      const init = { method: request.method, headers, signal };
      const body = request.body === null ? {} : { body: await request.text() };
      return fetch((await address) + pathname + search, { ...init, ...body });
    },
    received(number, replied) {
      const read = new Promise<void>((resolve) => bodies.set(`${number}`, resolve));
      return Promise.race([read, replied]);
    },
    async close() {
      await close();
      const server = await listening;
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listening(server: NodeServer): Promise<NodeServer> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

const webHost: Host = {
  name: "fetch",
  carry(server, options) {
    const handler = fetchHandler(server, options);
    return inProcess(handler.fetch, () => handler.close(closing));
  },
};

const nodeHost: Host = {
  name: "Node",
  carry(server, options) {
    const handler = nodeHandler(server, options);
    return overLoopback(listening(createServer(handler)), () => handler.close(closing));
  },
};

const expressHost: Host = {
  name: "Express, body parsed",
  carry(server, options) {
    const handler = expressMcp(server, options);
    const app = express();
    app.use(express.json({ strict: false, limit: "20mb" }));
    app.all(["/mcp", ...Object.keys(options.documents ?? {})], handler);
    return overLoopback(listening(createServer(app)), () => handler.close(closing));
  },
};

const fastifyHost: Host = {
  name: "Fastify",
  carry(server, options) {
    // A client that aborts opens a connection that it does not use, which would hold up the end.
    const app = fastify({ forceCloseConnections: true });
    void app.register(fastifyMcp(server, { ...options, ...closing }));
    const listens = app.listen({ port: 0, host: "127.0.0.1" }).then(() => app.server);
    return overLoopback(listens, () => app.close());
  },
};

const honoHost: Host = {
  name: "Hono",
  carry(server, options) {
    const handler = honoMcp(server, options);
    const app = new Hono();
    for (const path of ["/mcp", ...Object.keys(options.documents ?? {})]) app.all(path, handler);
    return inProcess(
      (request) => app.fetch(request),
      () => handler.close(closing),
    );
  },
};

/** Every host that there is an adapter for. */
export const HOSTS: readonly Host[] = [webHost, nodeHost, expressHost, fastifyHost, honoHost];

/** One without a network and one with. */
export const TWO_HOSTS: readonly Host[] = [webHost, nodeHost];
