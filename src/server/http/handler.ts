import { InternalError } from "../../errors.ts";
import {
  type Binding,
  type Deadline,
  type ErrorResponse,
  Malformed,
  type Message,
  parse,
  type Principal,
  type Request,
} from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { isModern, isRevision, unsupportedVersion } from "../../protocol/index.ts";
import type { Endpoint } from "./endpoint.ts";
import { type HttpHeaders, HttpRefusal, type HttpRequest, type HttpSink, refusalOf } from "./facts.ts";
import { accepted, checkContent, preflightHeaders } from "./guard.ts";
import { answerModern } from "./modern.ts";
import type { HttpExchange, ReplyOptions } from "./reply.ts";

const NONE: HttpHeaders = Object.freeze({});

/**
 * Answers one HTTP request: the one way in for every host. It gives its reply to `sink`, always, and never throws.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export function serveHttpRequest(endpoint: Endpoint, request: HttpRequest, sink: HttpSink): void {
  let headers: HttpHeaders = NONE;
  const send = ({ status, headers: more, error, id }: HttpRefusal): void => {
    const body: ErrorResponse =
      id === undefined ? { jsonrpc: "2.0", error: error.toJSON() } : { jsonrpc: "2.0", id, error: error.toJSON() };
    sink.reply(status, { ...headers, ...more }, JSON.stringify(body));
  };
  const refuse = (problem: unknown): void => {
    try {
      if (!(problem instanceof HttpRefusal)) throw problem;
      send(problem);
    } catch (failure) {
      // A refusal of the author's own can have a header that nobody can send.
      endpoint.report(failure);
      send(new HttpRefusal(500, new InternalError()));
    }
  };
  try {
    headers = endpoint.guard.admit(request) ?? NONE;
    if (endpoint.ending.over) throw new HttpRefusal(503, new InternalError("The server is closing"), RETRY_SOON);
    if (request.method === "OPTIONS" && headers !== NONE) {
      return sink.reply(204, preflightHeaders(headers, request, endpoint.methods));
    }
    if (endpoint.isFull) {
      throw new HttpRefusal(503, new InternalError("Too many requests at once", { limit: "requests" }), RETRY_SOON);
    }
    endpoint.entered(sink);
    void answer(endpoint, request, headers, sink)
      .catch(refuse)
      .then((stays) => stays === true || endpoint.left(sink));
  } catch (problem) {
    refuse(problem);
  }
}

const RETRY_SOON: HttpHeaders = { "retry-after": "1" };

/** Answers a request, or refuses it by what it throws. `true` for one that stays open: it says itself when it is over. */
async function answer(
  endpoint: Endpoint,
  http: HttpRequest,
  headers: HttpHeaders,
  sink: HttpSink,
): Promise<true | void> {
  const { authenticate } = endpoint.options;
  const principal = authenticate === undefined ? undefined : await whoAsks(authenticate, http);
  const binding: Binding = { http, ending: endpoint.ending, ...(principal === undefined ? {} : { principal }) };
  const { method } = http;
  if (method === "POST") return post(endpoint, http, binding, headers, sink);
  // Stateless revisions have no other method.
  if (isModernHeader(http)) throw endpoint.notAllowed("POST");
  if (!endpoint.methods.includes(method) || (method !== "GET" && method !== "DELETE")) throw endpoint.notAllowed();
  const options = replyOptions(endpoint, headers, { json: true, events: true });
  const legacy = await endpoint.legacy;
  const exchange = { http, binding, options, sink };
  return method === "GET" ? legacy.get(exchange) : legacy.delete(exchange);
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

async function post(
  endpoint: Endpoint,
  http: HttpRequest,
  binding: Binding,
  headers: HttpHeaders,
  sink: HttpSink,
): Promise<true | void> {
  checkContent(http);
  const exchange: HttpExchange = { http, binding, options: replyOptions(endpoint, headers, accepted(http)), sink };
  const message = parse(await inTime(endpoint, http.body(endpoint.options.bodyBytes ?? limits.bodyBytes)));
  // One revision has batches; everything else that is no message is none in all of them.
  if (message instanceof Malformed && message.batch === undefined) throw refusalOf(message);
  try {
    if (isStateless(endpoint, http, message)) return await answerModern(endpoint, exchange, message);
    if (isModernHeader(http) || endpoint.isStateless) hearModern(endpoint, message, exchange);
    else await (await endpoint.legacy).post(exchange, message);
  } catch (problem) {
    throw withId(problem, message);
  }
}

/** A refusal has the id of the request that it is for. */
function withId(problem: unknown, message: Message | Malformed): unknown {
  if (!(problem instanceof HttpRefusal) || message instanceof Malformed) return problem;
  if (!("method" in message) || !("id" in message)) return problem;
  return new HttpRefusal(problem.status, problem.error, problem.headers, message.id);
}

/** Waits for a body, but not for ever. */
function inTime({ deadlines }: Endpoint, body: Promise<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const deadline: Deadline = {
      at: performance.now() + limits.bodyTimeout,
      expire: () => reject(new HttpRefusal(408, "The body did not arrive in time", { connection: "close" })),
    };
    deadlines.add(deadline);
    body.then(resolve, reject).finally(() => deadlines.delete(deadline));
  });
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

/** Clients of stateless revisions send notifications that nothing comes of, and never responses. */
function hearModern({ eras }: Endpoint, message: Message | Malformed, { options, sink }: HttpExchange): void {
  if (message instanceof Malformed) throw refusalOf(message);
  if (!("method" in message)) throw new HttpRefusal(400, "No response is awaited here");
  // The one request that belongs to no stateless revision is the handshake of the older ones.
  if ("id" in message) {
    const asked = message.params?.["protocolVersion"];
    const requested = typeof asked === "string" ? asked.slice(0, 100) : undefined;
    throw new HttpRefusal(400, unsupportedVersion(eras.server.revisions, requested));
  }
  sink.reply(202, options.headers);
}

function replyOptions(endpoint: Endpoint, headers: HttpHeaders, accepts: ReplyOptions["accepted"]): ReplyOptions {
  return { accepted: accepts, headers, keepAlive: endpoint.keepAlive, onProblem: endpoint.report };
}
