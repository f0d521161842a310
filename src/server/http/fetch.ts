import { InternalError } from "../../errors.ts";
import { type Parts, type HttpHeaders } from "../../jsonrpc/index.ts";
import type { Server } from "../index.ts";
import { collect, decode, textOfRead, tooLong } from "./body.ts";
import { Endpoint } from "./endpoint.ts";
import type { BodyReader, HttpRequest, HttpSink } from "./facts.ts";
import { serveHttpRequest } from "./handler.ts";
import type { HttpOptions } from "./options.ts";

/** A handler of web requests, which is also an object with a `fetch` method. */
export interface FetchHandler {
  /** Answers a request. `body` is what a framework has read of it already: text, bytes or the parsed JSON. */
  (request: Request, extra?: { readonly body?: unknown }): Promise<Response>;
  /** The same, for hosts that want an object: `export default fetchHandler(server)`. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Winds down; see {@link Endpoint.close}. */
  readonly close: Endpoint["close"];
}

/**
 * Serves a server to web requests, in every revision: on Workers, Bun, Deno, Hono, and whatever else speaks `Request` and
 * `Response`.
 *
 * Without `hosts` it answers under the names of this machine alone; say which name the world knows it by.
 *
 * @example
 * ```ts
 * export default fetchHandler(server, { hosts: ["mcp.example.com"] });
 * ```
 * @throws DefinitionError for options that make no sense.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export function fetchHandler(server: Server, options: HttpOptions = {}): FetchHandler {
  const endpoint = new Endpoint(server, options);
  const handle = (request: Request, { body }: { readonly body?: unknown } = {}): Promise<Response> =>
    new Promise((resolve) => {
      const sink = new WebSink(resolve, request);
      if (request.signal.aborted) sink.left();
      else serveHttpRequest(endpoint, new WebRequest(request, body), sink);
    });
  return Object.assign(handle, {
    fetch: (request: Request) => handle(request),
    close: (closing?: Parameters<Endpoint["close"]>[0]) => endpoint.close(closing),
  });
}

const utf8: TextEncoder = new TextEncoder();

class WebRequest implements HttpRequest {
  readonly #request: Request;
  readonly #read: unknown;
  readonly method: string;

  constructor(request: Request, read: unknown) {
    this.#request = request;
    this.#read = read;
    this.method = request.method;
  }

  get target(): string {
    const { pathname, search } = new URL(this.#request.url);
    return pathname + search;
  }

  get secure(): boolean {
    return this.#request.url.startsWith("https:");
  }

  header(name: string): string | undefined {
    // Some hosts keep the name that was asked for in the address alone.
    return this.#request.headers.get(name) ?? (name === "host" ? new URL(this.#request.url).host : undefined);
  }

  read(limit: number, reader: BodyReader): void {
    reader.wait();
    this.#body(limit).then(
      (text) => reader.take(text),
      (problem) => reader.fail(problem),
    );
  }

  async #body(limit: number): Promise<string> {
    if (this.#read !== undefined) return textOfRead(this.#read, limit);
    if (Number(this.header("content-length") ?? 0) > limit) throw tooLong(limit);
    const { body } = this.#request;
    return body === null ? "" : decode(await collect(body, limit));
  }
}

/** What may wait in a stream before its reader counts as slow, in bytes. */
const HIGH_WATER = 65_536;
/** The status, known from logs of proxies, of a reply that its client no longer waits for. */
const CLIENT_LEFT = 499;

class WebSink implements HttpSink {
  readonly #resolve: (response: Response) => void;
  /** Kept whole: some runtimes no longer abort the signal of a request that was collected. */
  readonly #request: Request;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #wake: (() => void) | undefined;
  #room: Promise<void> | undefined;
  #close: (() => void) | undefined;
  #over = false;
  #gone = false;

  constructor(resolve: (response: Response) => void, request: Request) {
    this.#resolve = resolve;
    this.#request = request;
  }

  reply(status: number, headers: HttpHeaders, body?: string | Parts): void {
    if (this.#over) return;
    if (this.#controller !== undefined) return this.end();
    const sent = body === undefined ? headers : { "content-type": "application/json", ...headers };
    const response = new Response(bodyOf(body), { status, headers: sent });
    this.#finish();
    this.#resolve(response);
  }

  events(headers: HttpHeaders): void {
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#free(),
        cancel: this.left,
      },
      new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER }),
    );
    this.#resolve(new Response(stream, { status: 200, headers }));
  }

  write(data: string | Uint8Array): void | Promise<void> {
    if (this.#over || this.#controller === undefined) return;
    this.#controller.enqueue(typeof data === "string" ? utf8.encode(data) : data);
    if ((this.#controller.desiredSize ?? 1) > 0) return;
    this.#room ??= new Promise((resolve) => {
      this.#wake = resolve;
    });
    return this.#room;
  }

  end(): void {
    if (this.#over) return;
    this.#finish();
    this.#controller?.close();
  }

  abort(): void {
    this.#cut(503);
  }

  onClose(listener: () => void): void {
    if (this.#gone) return listener();
    this.#close = listener;
    const { signal } = this.#request;
    if (signal.aborted) this.left();
    else signal.addEventListener("abort", this.left);
  }

  /** The client no longer waits. */
  readonly left = (): void => this.#cut(CLIENT_LEFT);

  /** Ends it before its end. The host waits for a reply, also where nobody will read it. */
  #cut(status: number): void {
    if (this.#over) return;
    this.#gone = true;
    this.#finish();
    if (this.#controller === undefined) this.#resolve(new Response(null, { status }));
    else this.#controller.error(new InternalError("The stream was cut off"));
    this.#close?.();
  }

  #finish(): void {
    this.#over = true;
    this.#request.signal.removeEventListener("abort", this.left);
    this.#free();
  }

  #free(): void {
    this.#room = undefined;
    this.#wake?.();
    this.#wake = undefined;
  }
}

function bodyOf(body: string | Parts | undefined): BodyInit | null {
  if (body === undefined) return null;
  return typeof body === "string" ? body : new Blob([body.head, body.body as Uint8Array<ArrayBuffer>, body.tail]);
}
