/** The ways in which the package lets a server be reached by HTTP/1.1, and `node:http2` beside them. */
export type HostName = "serveHttp" | "nodeHandler" | "fetchHandler" | "express" | "fastify" | "hono" | "http2";

export const EVERY_HOST: readonly HostName[] = [
  "serveHttp",
  "nodeHandler",
  "fetchHandler",
  "express",
  "fastify",
  "hono",
];
