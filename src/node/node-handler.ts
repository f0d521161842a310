import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { limits } from "../limits.ts";
import type { Server } from "../server/index.ts";
import {
  Endpoint,
  type HttpHeaders,
  type HttpOptions,
  type HttpSink,
  type Parts,
  serveHttpRequest,
} from "../server/http/index.ts";
import type { IdleConnections } from "./idle-connections.ts";
import { NodeRequest } from "./node-request.ts";

/** A handler of requests of `node:http`. A body that a parser has read before is taken from `request.body`. */
export interface NodeHandler {
  (request: IncomingMessage & { readonly body?: unknown }, response: ServerResponse): void;
  /** Winds down; see `Endpoint.close`. */
  close: Endpoint["close"];
}

/**
 * Serves a server to requests of `node:http` and `node:https`, in every revision, and in whatever is built on them.
 *
 * Without `hosts` it answers under the names of this machine alone; say which name the world knows it by.
 *
 * @example
 * ```ts
 * createServer(nodeHandler(server)).listen(3000, "127.0.0.1");
 * ```
 * @throws DefinitionError for options that make no sense.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export function nodeHandler(server: Server, options: HttpOptions = {}): NodeHandler {
  return handlerOf(new Endpoint(server, options));
}

/** A handler for an endpoint; `idle` is who looks after its connections, where that is not Node. */
export function handlerOf(endpoint: Endpoint, idle?: IdleConnections): NodeHandler {
  const handle = (request: IncomingMessage, response: ServerResponse): void =>
    serveHttpRequest(endpoint, new NodeRequest(request), new NodeSink(request, response, idle));
  return Object.assign(handle, { close: endpoint.close.bind(endpoint) });
}

/** A body of a refused request that is longer is not read to its end, and a longer reply not kept for ever. */
const LONG = 65_536;
/** How long what a client still sends is thrown away, so that it can read the refusal, in milliseconds. */
const LINGER = 500;

type Headers = Record<string, string | number>;

/** Most replies have no headers of their own, and then the object has a shape that all those have. */
function jsonHeaders(length: number, keepAlive: string | undefined, more: HttpHeaders): Headers {
  const headers: Headers =
    keepAlive === undefined
      ? { "content-type": "application/json", "content-length": length }
      : { "content-type": "application/json", "content-length": length, "keep-alive": keepAlive };
  for (const name in more) headers[name] = more[name] as string;
  return headers;
}

/** Whether each character of a text is a byte: then nobody has to look at it again. */
function isAscii(data: string | Uint8Array): data is string {
  return typeof data === "string" && Buffer.byteLength(data) === data.length;
}

class NodeSink implements HttpSink {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #idle: IdleConnections | undefined;
  #room: Promise<void> | undefined;
  #corked = false;

  constructor(request: IncomingMessage, response: ServerResponse, idle: IdleConnections | undefined) {
    this.#request = request;
    this.#response = response;
    this.#idle = idle;
  }

  reply(status: number, headers: HttpHeaders, body?: string | Parts): void {
    const response = this.#response;
    if (response.headersSent) return void response.end();
    if (response.destroyed) return;
    const closes = this.#leavesBody() || headers["connection"] === "close";
    const more = closes ? this.#closing(headers) : headers;
    const keepAlive = closes || !response.shouldKeepAlive ? undefined : this.#idle?.header;
    if (body === undefined) {
      const { "content-type": _, ...headers } = jsonHeaders(0, keepAlive, more);
      response.writeHead(status, headers);
      this.#finish("", closes);
    } else if (typeof body === "string") {
      const length = Buffer.byteLength(body);
      response.writeHead(status, jsonHeaders(length, keepAlive, more));
      this.#finish(body, closes, length === body.length);
    } else {
      const { head, body: bytes, tail } = body;
      const length = Buffer.byteLength(head) + bytes.length + Buffer.byteLength(tail);
      response.writeHead(status, jsonHeaders(length, keepAlive, more));
      // All three leave together.
      response.cork();
      response.write(head);
      response.write(bytes);
      this.#finish(tail, closes);
    }
  }

  events(headers: HttpHeaders): void {
    const response = this.#response;
    if (response.headersSent || response.destroyed) return;
    // The head leaves with the first event. It goes out by itself, since Node keeps for as long as the stream is open
    // what it puts together with something else: a text in dozens of pieces.
    response.cork();
    this.#corked = true;
    this.#idle?.delete(this.#request.socket);
    response.writeHead(200, this.#idle === undefined ? headers : { ...headers, "keep-alive": this.#idle.header });
    response.flushHeaders();
  }

  write(data: string | Uint8Array): void | Promise<void> {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    const hasRoom = isAscii(data) ? response.write(data, "latin1") : response.write(data);
    this.#uncork();
    if (hasRoom) return;
    this.#room ??= new Promise((resolve) => {
      const free = (): void => {
        this.#room = undefined;
        response.off("drain", free);
        response.off("close", free);
        resolve();
      };
      response.on("drain", free);
      response.on("close", free);
    });
    return this.#room;
  }

  end(): void {
    this.#uncork();
    this.#response.end();
    this.#idle?.add(this.#request.socket);
  }

  abort(): void {
    this.#response.destroy();
  }

  onClose(listener: () => void): void {
    const response = this.#response;
    if (response.destroyed) listener();
    // It also closes when all has been sent.
    else response.on("close", () => response.writableEnded || listener());
  }

  #uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#response.uncork();
  }

  /** HTTP/2 has no header for it, and other requests on the same connection. */
  #closing(headers: HttpHeaders): HttpHeaders {
    const { connection: _, ...others } = headers;
    return this.#request.httpVersionMajor >= 2 ? others : { ...others, connection: "close" };
  }

  /** Whether a long body was refused before it was read: Node would read it to its end. */
  #leavesBody(): boolean {
    const { complete, headers, httpVersionMajor } = this.#request;
    if (complete) return false;
    // A body of HTTP/2 needs no header that says how it ends.
    const endless = headers["transfer-encoding"] !== undefined || httpVersionMajor >= 2;
    return Number(headers["content-length"] ?? (endless ? Number.POSITIVE_INFINITY : 0)) > LONG;
  }

  /** Sends the last of a reply. Where it is all ASCII, each character is a byte, and nobody has to look at it again. */
  #finish(data: string, closes: boolean, isAscii = false): void {
    const response = this.#response;
    if (!closes) {
      response.end(data, isAscii ? "latin1" : "utf8");
      // A reader that takes nothing must not hold a long reply for ever: then Node closes the socket.
      if (response.writableLength > LONG) response.setTimeout(limits.stalledTimeout);
      return;
    }
    const { stream } = this.#request as IncomingMessage & { readonly stream?: ServerHttp2Stream };
    if (stream !== undefined) {
      response.end(data);
      return this.#linger(() => stream.close());
    }
    // Node closes the socket when the response has its end, and a socket that is closed with something unread takes the
    // reply back. The client has all of it before that end: its length is in the head.
    response.flushHeaders();
    response.write(data);
    this.#linger(() => response.end());
  }

  /** Throws away what the client still sends, and then ends: when all has come, or soon. */
  #linger(end: () => void): void {
    const request = this.#request;
    request.removeAllListeners("data");
    request.resume();
    const late = setTimeout(end, LINGER);
    request.once("close", () => {
      clearTimeout(late);
      end();
    });
  }
}
