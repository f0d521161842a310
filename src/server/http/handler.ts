import { HttpRefusal, type Principal } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { Endpoint } from "./endpoint.ts";
import { HttpExchange, NO_HEADERS } from "./exchange.ts";
import { full, type HttpRequest, type HttpSink } from "./facts.ts";
import { accepted, checkContent, isModernHeader, preflightHeaders } from "./guard.ts";

/**
 * Answers one HTTP request: the one way in for every host. It gives its reply to `sink`, always, and never throws.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export function serveHttpRequest(endpoint: Endpoint, request: HttpRequest, sink: HttpSink): void {
  const exchange = new HttpExchange(endpoint, request, sink);
  try {
    exchange.headers = endpoint.guard.admit(request) ?? NO_HEADERS;
    if (endpoint.ending.over) throw full(503, "The server is closing");
    if (request.method === "OPTIONS" && exchange.headers !== NO_HEADERS) {
      return sink.reply(204, preflightHeaders(exchange.headers, request, endpoint.methods));
    }
    if (endpoint.isFull) throw full(503, "Too many requests at once", "requests");
    const document = request.method === "GET" && endpoint.options.documents?.[request.target.replace(/\?.*/s, "")];
    if (typeof document === "string") return sink.reply(200, exchange.headers, document);
    endpoint.open.add(exchange);
    const { authenticate } = endpoint.options;
    if (authenticate === undefined) return proceed(endpoint, exchange);
    void whoAsks(authenticate, request).then(
      (principal) => {
        exchange.principal = principal;
        proceed(endpoint, exchange);
      },
      (problem) => exchange.refuse(problem),
    );
  } catch (problem) {
    exchange.refuse(problem);
  }
}

/** Does what the method says, once it is known who asks. */
function proceed(endpoint: Endpoint, exchange: HttpExchange): void {
  const { http } = exchange;
  try {
    if (http.method !== "POST") return proceedWithout(endpoint, exchange);
    checkContent(http);
    exchange.accepted = accepted(http);
    http.read(endpoint.options.bodyBytes ?? limits.bodyBytes, exchange);
  } catch (problem) {
    exchange.refuse(problem);
  }
}

/** Does what methods say that have no body. */
function proceedWithout(endpoint: Endpoint, exchange: HttpExchange): void {
  const { http } = exchange;
  const { method } = http;
  // Stateless revisions have no other method.
  if (isModernHeader(http)) throw endpoint.notAllowed("POST");
  if (!endpoint.methods.includes(method) || (method !== "GET" && method !== "DELETE")) throw endpoint.notAllowed();
  const act = async (): Promise<void> => {
    endpoint.authorize(exchange, []);
    const legacy = await endpoint.legacy;
    await (method === "GET" ? legacy.get(exchange) : legacy.delete(exchange));
  };
  act().then(
    () => exchange.done(),
    (problem) => exchange.refuse(problem),
  );
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
