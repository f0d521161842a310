import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { limits } from "../limits.ts";
import type { Server } from "../server/index.ts";
import {
  type BodyReader,
  decode,
  Endpoint,
  type HttpHeaders,
  type HttpOptions,
  HttpRefusal,
  type HttpRequest,
  type HttpSink,
  type Parts,
  Pieces,
  serveHttpRequest,
  textOfRead,
  tooLong,
} from "../server/http/index.ts";

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
  const endpoint = new Endpoint(server, options);
  const handle = (request: IncomingMessage, response: ServerResponse): void =>
    serveHttpRequest(endpoint, new NodeRequest(request), new NodeSink(request, response));
  return Object.assign(handle, { close: endpoint.close.bind(endpoint) });
}

/** What is looked at with every request has its name written here: so the engine finds it in a quarter of the time. */
function valueOf(headers: IncomingHttpHeaders, name: string): string | string[] | undefined {
  switch (name) {
    case "origin":
      return headers["origin"];
    case "accept":
      return headers["accept"];
    case "content-encoding":
      return headers["content-encoding"];
    case "content-length":
      return headers["content-length"];
    case "mcp-protocol-version":
      return headers["mcp-protocol-version"];
    case "mcp-session-id":
      return headers["mcp-session-id"];
    case "mcp-method":
      return headers["mcp-method"];
    case "mcp-name":
      return headers["mcp-name"];
    default:
      return headers[name];
  }
}

/** Names and values of one request's headers together. */
const MOST_HEADERS = 200;

class NodeRequest implements HttpRequest {
  readonly #request: IncomingMessage & { readonly body?: unknown; readonly originalUrl?: string };

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  get method(): string {
    return this.#request.method ?? "";
  }

  get target(): string {
    // Routers cut off the path under which they are mounted, and keep the whole here.
    return this.#request.originalUrl ?? this.#request.url ?? "/";
  }

  get secure(): boolean {
    return (this.#request.socket as { readonly encrypted?: boolean }).encrypted === true;
  }

  header(name: string): string | undefined {
    if (name === "host") return this.#host();
    if (name === "content-type" || name === "authorization") return this.#all(name);
    const value = valueOf(this.#request.headers, name);
    return Array.isArray(value) ? value.join(", ") : value;
  }

  read(limit: number, reader: BodyReader): void {
    const { body, rawHeaders, headers } = this.#request;
    if (rawHeaders.length > MOST_HEADERS) throw new HttpRefusal(431, "There are too many headers");
    if (body !== undefined) return reader.take(textOfRead(body, limit));
    const announced = Number(headers["content-length"] ?? 0);
    if (announced > limit) throw tooLong(limit);
    readBody(this.#request, announced, limit, reader);
  }

  /** HTTP/2 has a name of its own for it, and an address as target counts more than the header. */
  #host(): string | undefined {
    const authority = this.#request.headers[":authority"];
    if (typeof authority === "string") return authority;
    const { target } = this;
    const named = target.startsWith("/") ? undefined : /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1];
    return named ?? this.#all("host");
  }

  /** All values: of some headers Node gives the first one alone. */
  #all(name: string): string | undefined {
    const { rawHeaders, headers } = this.#request;
    let found = 0;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const header = rawHeaders[at] as string;
      if (header.length === name.length && header.toLowerCase() === name) found++;
    }
    const value = headers[name] as string | undefined;
    return found > 1 ? `${value}, ${value}` : value;
  }
}

/** Reads a body, of which the client may have announced the length. */
function readBody(request: IncomingMessage, announced: number, limit: number, reader: BodyReader): void {
  let pieces: Pieces | undefined;
  let size = 0;
  const take = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > limit) {
      pieces?.clear();
      return reader.fail(tooLong(limit));
    }
    if (pieces === undefined) {
      // Most bodies are there at once, and then nobody has to wait for their end.
      if (size === announced && request.complete) return give(chunk, reader);
      pieces = new Pieces();
      if (announced > 0) request.on("end", end);
    }
    pieces.push(chunk);
  };
  // The request, and so these functions, are there for as long as its reply, which may be a stream of hours.
  const end = (): void => {
    if (size <= limit) give(pieces?.take() ?? NO_BYTES, reader);
  };
  request.on("data", take).on("error", () => reader.fail(new HttpRefusal(400, "The body did not arrive whole")));
  if (announced === 0) request.on("end", end);
}

function give(bytes: Uint8Array, reader: BodyReader): void {
  let text: string;
  try {
    text = decode(bytes);
  } catch (problem) {
    return reader.fail(problem);
  }
  reader.take(text, bytes);
}

const NO_BYTES = new Uint8Array();

/** A body of a refused request that is longer is not read to its end, and a longer reply not kept for ever. */
const LONG = 65_536;
/** How long what a client still sends is thrown away, so that it can read the refusal, in milliseconds. */
const LINGER = 500;

/** Most replies have no headers of their own, and then the object has the shape that all those have. */
function jsonHeaders(length: number, more: HttpHeaders): Record<string, string | number> {
  const headers: Record<string, string | number> = { "content-type": "application/json", "content-length": length };
  for (const name in more) headers[name] = more[name] as string;
  return headers;
}

class NodeSink implements HttpSink {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #room: Promise<void> | undefined;
  #corked = false;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  reply(status: number, headers: HttpHeaders, body?: string | Parts): void {
    const response = this.#response;
    if (response.headersSent) return void response.end();
    if (response.destroyed) return;
    const closes = this.#leavesBody() || headers["connection"] === "close";
    const more = closes ? this.#closing(headers) : headers;
    if (body === undefined) {
      response.writeHead(status, { ...more, "content-length": 0 });
      this.#finish("", closes);
    } else if (typeof body === "string") {
      response.writeHead(status, jsonHeaders(Buffer.byteLength(body), more));
      this.#finish(body, closes);
    } else {
      const { head, body: bytes, tail } = body;
      const length = Buffer.byteLength(head) + bytes.length + Buffer.byteLength(tail);
      response.writeHead(status, jsonHeaders(length, more));
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
    response.writeHead(200, headers);
    response.flushHeaders();
  }

  write(data: string | Uint8Array): void | Promise<void> {
    const response = this.#response;
    if (response.destroyed) return;
    const hasRoom = response.write(data);
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

  /** Sends the last of a reply. */
  #finish(data: string, closes: boolean): void {
    const response = this.#response;
    if (!closes) {
      response.end(data);
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
