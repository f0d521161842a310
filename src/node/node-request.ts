import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import {
  type BodyReader,
  decode,
  HttpRefusal,
  type HttpRequest,
  Pieces,
  textOfRead,
  tooLong,
} from "../server/http/index.ts";

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

/** A request of `node:http`, or one of HTTP/2 that looks like it. */
export class NodeRequest implements HttpRequest {
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

  /** The connection on which it came. */
  get socket(): Socket {
    return this.#request.socket;
  }

  get secure(): boolean {
    return (this.socket as { readonly encrypted?: boolean }).encrypted === true;
  }

  header(name: string): string | undefined {
    if (name === "host") return this.#host();
    if (name === "content-type") return this.#all(name, "Content-Type");
    if (name === "authorization") return this.#all(name, "Authorization");
    const value = valueOf(this.#request.headers, name);
    return Array.isArray(value) ? value.join(", ") : value;
  }

  read(limit: number, reader: BodyReader): void {
    const { body, rawHeaders, headers } = this.#request;
    if (rawHeaders.length > MOST_HEADERS) throw new HttpRefusal(431, "There are too many headers");
    if (body !== undefined) return reader.take(textOfRead(body, limit));
    if (Number(headers["content-length"] ?? 0) > limit) throw tooLong(limit);
    process.nextTick(readBody, this.#request, limit, reader);
  }

  /** HTTP/2 has a name of its own for it, and an address as target counts more than the header. */
  #host(): string | undefined {
    const authority = this.#request.headers[":authority"];
    if (typeof authority === "string") return authority;
    const { target } = this;
    const named = target.startsWith("/") ? undefined : /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1];
    return named ?? this.#all("host", "Host");
  }

  /** All values: of some headers Node gives the first one alone. Most clients write a name as it is `usual`. */
  #all(name: string, usual: string): string | undefined {
    const { rawHeaders, headers } = this.#request;
    let found = 0;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const header = rawHeaders[at] as string;
      if (header.length !== name.length) continue;
      if (header === usual || header === name || header.toLowerCase() === name) found++;
    }
    const value = headers[name] as string | undefined;
    return found > 1 ? `${value}, ${value}` : value;
  }
}

function readBody(request: IncomingMessage, limit: number, reader: BodyReader): void {
  const { complete, headers, httpVersionMajor, readableFlowing, destroyed } = request;
  // Most bodies come with their heads, and then nobody has to wait for them.
  if (complete && httpVersionMajor === 1 && readableFlowing === null) {
    const bytes = (request.read() as Buffer | null) ?? NO_BYTES;
    return bytes.length > limit ? reader.fail(tooLong(limit)) : give(bytes, reader);
  }
  const fail = (): void => reader.fail(new HttpRefusal(400, "The body did not arrive whole"));
  if (destroyed) return fail();
  reader.wait();
  const pieces = new Pieces(Number(headers["content-length"] ?? 0));
  let size = 0;
  const take = (chunk: Buffer): void => {
    size += chunk.length;
    if (size <= limit) return pieces.push(chunk);
    pieces.clear();
    reader.fail(tooLong(limit));
  };
  // The request, and so these functions, are there for as long as its reply, which may be a stream of hours.
  const end = (): void => {
    if (size <= limit) give(pieces.take(), reader);
  };
  request.on("data", take).on("end", end).on("error", fail);
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
