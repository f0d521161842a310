import { InternalError } from "../../errors.ts";
import {
  Malformed,
  type Message,
  type Principal,
  type Request,
  type HttpHeaders,
  HttpRefusal,
} from "../../jsonrpc/index.ts";
import { parse } from "../../jsonrpc/wire/index.ts";
import { limits } from "../../limits.ts";
import { isModern, isRevision, unsupportedVersion } from "../../protocol/index.ts";
import type { Endpoint } from "./endpoint.ts";
import { HttpExchange, NO_HEADERS } from "./exchange.ts";
import { type BodyReader, type HttpRequest, type HttpSink, refusalOf } from "./facts.ts";
import { accepted, checkContent, preflightHeaders } from "./guard.ts";
import { answerModern } from "./modern.ts";
import { scopesOf } from "./scopes.ts";

const RETRY_SOON: HttpHeaders = { "retry-after": "1" };

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
      if (endpoint.ending.over) throw new HttpRefusal(503, new InternalError("The server is closing"), RETRY_SOON);
      if (http.method === "OPTIONS" && this.headers !== NO_HEADERS) {
        return sink.reply(204, preflightHeaders(this.headers, http, endpoint.methods));
      }
      if (endpoint.isFull) {
        throw new HttpRefusal(503, new InternalError("Too many requests at once", { limit: "requests" }), RETRY_SOON);
      }
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
    if (this.#endsWaiting()) this.#post(parse(text, bytes));
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
      this.#authorize([]);
      const legacy = await endpoint.legacy;
      await (method === "GET" ? legacy.get(this) : legacy.delete(this));
    };
    act().then(
      () => this.done(),
      (problem) => this.refuse(problem),
    );
  }

  /** Gives a message to those who answer it. Whoever takes it says when it is done, or throws. */
  #post(message: Message | Malformed): void {
    const endpoint = this.#endpoint;
    try {
      // One revision has batches; everything else that is no message is none in all of them.
      if (message instanceof Malformed && message.batch === undefined) throw refusalOf(message);
      if (endpoint.options.authorize !== undefined) this.#authorize(scopesOf(endpoint.eras.server, message));
      if (isStateless(endpoint, this.http, message)) return answerModern(endpoint, this, message);
      if (isModernHeader(this.http) || endpoint.isStateless) return this.#hearModern(message);
      const { legacy } = endpoint;
      const posted =
        legacy instanceof Promise ? legacy.then((loaded) => loaded.post(this, message)) : legacy.post(this, message);
      posted?.catch((problem: unknown) => this.refuse(problem, idOf(message)));
    } catch (problem) {
      this.refuse(problem, idOf(message));
    }
  }

  #authorize(scopes: readonly string[]): void {
    const refusal = this.#endpoint.options.authorize?.(this.principal, scopes, this.http);
    if (refusal !== undefined) throw refusal;
  }

  /** Clients of stateless revisions send notifications that nothing comes of, and never responses. */
  #hearModern(message: Message | Malformed): void {
    if (message instanceof Malformed) throw refusalOf(message);
    if (!("method" in message)) throw new HttpRefusal(400, "No response is awaited here");
    // The one request that belongs to no stateless revision is the handshake of the older ones.
    if ("id" in message) {
      const asked = message.params?.["protocolVersion"];
      const requested = typeof asked === "string" ? asked.slice(0, 100) : undefined;
      throw new HttpRefusal(400, unsupportedVersion(this.#endpoint.eras.server.revisions, requested));
    }
    this.#endpoint.eras.server.hear(message, undefined);
    this.sink.reply(202, this.headers);
    this.done();
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

/** A refusal has the id of the request that it is for. */
function idOf(message: Message | Malformed): Request["id"] | undefined {
  return !(message instanceof Malformed) && "method" in message && "id" in message ? message.id : undefined;
}

/** Whether a message belongs to no conversation: it says so itself, or a header does. */
function isStateless(endpoint: Endpoint, http: HttpRequest, message: Message | Malformed): message is Request {
  if (message instanceof Malformed || !("method" in message) || !("id" in message)) return false;
  return isModernHeader(http) || endpoint.eras.isStateless(message, isOpen(endpoint, http));
}

/** Whether a request says by its address or its headers that it belongs to a conversation. */
function isOpen({ options }: Endpoint, http: HttpRequest): boolean {
  if (http.header("mcp-session-id") !== undefined || http.header("mcp-protocol-version") !== undefined) return true;
  return options.sse === true && http.target.includes("sessionId=");
}

function isModernHeader(http: HttpRequest): boolean {
  const header = http.header("mcp-protocol-version");
  return header !== undefined && isRevision(header) && isModern(header);
}
