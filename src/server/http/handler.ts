import { HttpRefusal, type Principal } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { Endpoint } from "./endpoint.ts";
import { HttpExchange, NO_HEADERS } from "./exchange.ts";
import { type BodyReader, full, type HttpRequest, type HttpSink } from "./facts.ts";
import { accepted, checkContent, isModernHeader, preflightHeaders } from "./guard.ts";

/**
 * Answers one HTTP request: the one way in for every host. It gives its reply to `sink`, always, and never throws.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export function serveHttpRequest(endpoint: Endpoint, request: HttpRequest, sink: HttpSink): void {
  new Arrival(endpoint, request, sink).begin();
}

/** A request from its first header to whoever answers it. */
class Arrival extends HttpExchange implements BodyReader {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint, request: HttpRequest, sink: HttpSink) {
    super(endpoint, request, sink);
    this.#endpoint = endpoint;
  }

  /** Lets it in. */
  begin(): void {
    const endpoint = this.#endpoint;
    const { http, sink } = this;
    try {
      this.headers = endpoint.guard.admit(http) ?? NO_HEADERS;
      if (endpoint.ending.over) throw full(503, "The server is closing");
      if (http.method === "OPTIONS" && this.headers !== NO_HEADERS) {
        return sink.reply(204, preflightHeaders(this.headers, http, endpoint.methods));
      }
      if (endpoint.isFull) throw full(503, "Too many requests at once", "requests");
      const document = http.method === "GET" && endpoint.options.documents?.[http.target.replace(/\?.*/s, "")];
      if (typeof document === "string") return sink.reply(200, this.headers, document);
      endpoint.open.add(this);
      const { authenticate } = endpoint.options;
      if (authenticate === undefined) return this.#proceed();
      void whoAsks(authenticate, http).then(
        (principal) => {
          this.principal = principal;
          this.#proceed();
        },
        (problem) => this.refuse(problem),
      );
    } catch (problem) {
      this.refuse(problem);
    }
  }

  /** Takes the body that was read. */
  take(text: string, bytes?: Uint8Array): void {
    if (!this.#endsWaiting()) return;
    const { posting } = this.#endpoint;
    if (!(posting instanceof Promise)) return posting.take(this, text, bytes);
    posting.then(
      (loaded) => loaded.take(this, text, bytes),
      (problem) => this.refuse(problem),
    );
  }

  fail(problem: unknown): void {
    if (this.#endsWaiting()) this.refuse(problem);
  }

  /** False when the wait for the body is over already. */
  #endsWaiting(): boolean {
    const waits = this.bodyDue !== undefined;
    this.bodyDue = undefined;
    return waits;
  }

  /** Does what the method says. */
  #proceed(): void {
    const endpoint = this.#endpoint;
    const { http } = this;
    try {
      if (http.method !== "POST") return this.#other();
      checkContent(http);
      this.accepted = accepted(http);
      endpoint.open.awaitBody(this);
      http.read(endpoint.options.bodyBytes ?? limits.bodyBytes, this);
    } catch (problem) {
      this.refuse(problem);
    }
  }

  #other(): void {
    const endpoint = this.#endpoint;
    const { method } = this.http;
    // Stateless revisions have no other method.
    if (isModernHeader(this.http)) throw endpoint.notAllowed("POST");
    if (!endpoint.methods.includes(method) || (method !== "GET" && method !== "DELETE")) throw endpoint.notAllowed();
    const act = async (): Promise<void> => {
      endpoint.authorize(this, []);
      const legacy = await endpoint.legacy;
      await (method === "GET" ? legacy.get(this) : legacy.delete(this));
    };
    act().then(
      () => this.done(),
      (problem) => this.refuse(problem),
    );
  }
}

async function whoAsks(
  authenticate: NonNullable<Endpoint["options"]["authenticate"]>,
  http: HttpRequest,
): Promise<Principal> {
  const principal = await authenticate(http);
  if (principal instanceof HttpRefusal) throw principal;
  if (typeof principal?.id !== "string" || principal.id === "") {
    throw new TypeError("authenticate gave no principal: return { id } or an HttpRefusal");
  }
  return principal;
}
