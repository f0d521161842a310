import { once } from "node:events";
import { createServer, type IncomingMessage, type Server as NodeServer, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions as TlsOptions } from "node:https";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { DefinitionError } from "../errors.ts";
import { limits } from "../limits.ts";
import { Endpoint, type HttpOptions } from "../server/http/index.ts";
import type { Server } from "../server/index.ts";
import { IdleConnections } from "./idle-connections.ts";
import { handlerOf, type NodeHandler } from "./node-handler.ts";

/** Options of {@link serveHttp}; all have defaults. */
export interface ServeHttpOptions extends HttpOptions {
  /** Default 3000; 0 for one that is free. */
  readonly port?: number;
  /**
   * The address to listen on. Default `127.0.0.1`: only programs of this machine reach it. Anything else needs `hosts`,
   * the names under which the endpoint is reached.
   */
  readonly host?: string;
  /** Listens on a Unix socket in place of a port. */
  readonly socketPath?: string;
  /** The path of the endpoint; others are answered with status 404. Default `/mcp`. */
  readonly path?: string;
  /**
   * A path for clients of 2024-11-05, such as `/sse`: they open a stream there, and post to the address that it tells.
   * Default: none.
   *
   * @deprecated That transport is deprecated since 2025-03-26.
   */
  readonly ssePath?: string;
  /** A path that is answered with status 200 while the server takes requests, and 503 while it winds down. Default `/health`. */
  readonly healthPath?: string | false;
  /** Certificate, key and all else that TLS takes; `requestCert` and `ca` for clients that must show a certificate. */
  readonly tls?: TlsOptions;
  /**
   * How long a connection may be idle, in milliseconds: longer than a balancer in front lets it be. It is what clients are
   * told, too. Default 65 s.
   */
  readonly keepAliveTimeout?: number;
  /** How long requests may still be answered when the end has come, in milliseconds. Default `limits.graceTimeout`, 5 s. */
  readonly graceTimeout?: number;
  /**
   * Whether SIGTERM and SIGINT wind the server down, and the process exits when that is done. Default true. With `false`,
   * call `close`.
   */
  readonly exit?: boolean;
  /** Told where the server listens, in one line. Default: stderr. */
  readonly log?: (line: string) => void;
}

/** A server that listens. */
export interface HttpServing {
  /** Where it is reached, such as `http://127.0.0.1:3000/mcp`. */
  readonly url: string;
  /** The server of `node:http` or `node:https`. */
  readonly server: NodeServer;
  /** Winds down: takes no more connections, ends subscriptions with their results, lets what runs be answered, closes. */
  close(): Promise<void>;
  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How long headers may take to arrive, in milliseconds. */
const HEADERS_TIMEOUT = 10_000;
/** How often Node looks for connections that took too long, in milliseconds; its own 30 s are longer than what is looked for. */
const LOOK_EVERY = 2000;
/** Longer than most of what stands in front lets a connection be idle, in milliseconds. */
const KEEP_ALIVE_TIMEOUT = 65_000;

/**
 * Serves a server over HTTP, on one endpoint for clients of every revision.
 *
 * @example
 * ```ts
 * await serveHttp(server, { port: 3000 });
 * ```
 * @throws DefinitionError for options that make no sense, and for an address that others can reach without `hosts`;
 * the error of Node when it cannot listen there.
 */
export async function serveHttp(server: Server, options: ServeHttpOptions = {}): Promise<HttpServing> {
  const {
    port = 3000,
    host = "127.0.0.1",
    socketPath,
    path = "/mcp",
    ssePath,
    healthPath = "/health",
    tls,
    keepAliveTimeout = KEEP_ALIVE_TIMEOUT,
    ...others
  } = options;
  const { graceTimeout = limits.graceTimeout, exit = true, log = console.error, ...endpointOptions } = others;
  // Where others can reach it, there may be several of it.
  const replicas = socketPath === undefined && !isLoopback(host);
  if (replicas && endpointOptions.hosts === undefined) {
    throw new DefinitionError(
      `Others can reach ${host}: say under which names, as in hosts: ["mcp.example.com"], or hosts: "any" behind a gateway`,
    );
  }
  // What comes over a socket of this machine cannot have been sent there by a web page.
  const trusting = socketPath === undefined ? {} : ({ hosts: "any" } as const);
  const { documents = {} } = endpointOptions;
  const older = ssePath === undefined ? {} : { sse: true };
  const endpoint = new Endpoint(server, { replicas, ...trusting, ...older, ...endpointOptions });
  const idle = new IdleConnections(endpoint, keepAliveTimeout);
  const handler = handlerOf(endpoint, idle);
  let closing: Promise<void> | undefined;
  const route = (request: IncomingMessage, response: ServerResponse): void => {
    const at = pathOf(request.url ?? "");
    if (at === path || Object.hasOwn(documents, at) || (at === ssePath && isOfSse(request))) handler(request, response);
    else if (at === ssePath) answer(response, 405);
    else if (at === healthPath) answer(response, closing === undefined ? 200 : 503);
    else answer(response, 404);
  };
  const looking = { connectionsCheckingInterval: LOOK_EVERY };
  const node = tls === undefined ? createServer(looking, route) : createSecureServer({ ...looking, ...tls }, route);
  node.headersTimeout = HEADERS_TIMEOUT;
  node.requestTimeout = limits.bodyTimeout;
  idle.watch(node, tls !== undefined);
  await once(node.listen(socketPath === undefined ? { port, host } : { path: socketPath }), "listening");
  const url = urlOf(node, tls !== undefined, host, path);
  const close = (): Promise<void> => {
    closing ??= wind(node, handler.close, graceTimeout).finally(unlisten);
    return closing;
  };
  const unlisten = exit ? exitWhenClosed(close) : () => {};
  log(`mcplex: ${server.info.name} listens on ${url}`);
  return { url, server: node, close, [Symbol.asyncDispose]: close };
}

function pathOf(target: string): string {
  const end = target.indexOf("?");
  return end < 0 ? target : target.slice(0, end);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.[0-9.]+$/.test(host);
}

/** Whether a request is one that clients of 2024-11-05 make. Others learn by its refusal that they are wrong there. */
function isOfSse({ method, url = "" }: IncomingMessage): boolean {
  return method === "GET" || url.includes("sessionId=");
}

const SAID: Readonly<Record<number, string>> = { 200: "ok", 404: "not found", 405: "use GET here", 503: "closing" };

function answer(response: ServerResponse, status: number): void {
  const body = JSON.stringify({ status: SAID[status] });
  response.writeHead(status, { "content-type": "application/json", "content-length": body.length }).end(body);
}

function urlOf(node: NodeServer, secure: boolean, host: string, path: string): string {
  const address = node.address() as AddressInfo | string;
  if (typeof address === "string") return `unix:${address}`;
  const name = host.includes(":") ? `[${host}]` : host;
  return `${secure ? "https" : "http"}://${name}:${address.port}${path}`;
}

/** Lets what runs be answered, and closes. */
async function wind(node: NodeServer, closeEndpoint: NodeHandler["close"], graceTimeout: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    node.close(() => resolve());
  });
  await closeEndpoint({ graceTimeout });
  node.closeIdleConnections();
  const end = setTimeout(() => node.closeAllConnections(), limits.flushTimeout);
  await closed;
  clearTimeout(end);
}

/** The servers of this process that are to be closed before it exits. */
const open = new Set<() => Promise<void>>();

function exitWhenClosed(close: () => Promise<void>): () => void {
  if (open.size === 0) for (const signal of SIGNALS) process.on(signal, onSignal);
  open.add(close);
  return () => {
    open.delete(close);
    if (open.size === 0) for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

function onSignal(): void {
  void Promise.allSettled([...open].map((close) => close())).then(() => process.exit());
}
