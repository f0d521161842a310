import { ErrorCode, HeaderMismatchError, LocalError, type ProtocolError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import {
  type Call,
  type Carrier,
  failure,
  type Notification,
  OpenCall,
  type Request,
  type Response,
  type Serialized,
  HttpRefusal,
} from "../../jsonrpc/index.ts";
import { decodeHeaderValue, HeaderName, MetaKey } from "../../protocol/index.ts";
import { argumentAt, type HeaderParam, headerMatches, headerParams } from "../../protocol/methods/index.ts";
import type { Context, Eras, Known, Modern } from "../index.ts";
import type { Endpoint } from "./endpoint.ts";
import type { HttpExchange } from "./exchange.ts";
import { type HttpRequest } from "./facts.ts";
import { checkLength } from "./guard.ts";
import { Reply, respond, type Responding } from "./reply.ts";

/** What answers: an endpoint, and the eras of its server. */
interface Answering {
  readonly endpoint: Endpoint;
  readonly eras: Eras;
}

/** The way back to who posted a request. It is there for as long as the request, which may be hours. */
class Post implements Carrier, Responding {
  readonly binding: HttpExchange;
  readonly call: OpenCall = new OpenCall(this);
  #reply: Reply | undefined;

  constructor(exchange: HttpExchange) {
    this.binding = exchange;
  }

  /** Made when something goes out before the response. */
  get reply(): Reply {
    this.#reply ??= new Reply(this.binding);
    return this.#reply;
  }

  emit(notification: Notification | Serialized<Notification>): void | Promise<void> {
    return this.reply.send(notification);
  }

  /** Sends the response. */
  finish(response: Response, status: number): void {
    this.call.end();
    if (this.#reply === undefined) respond(this, response, status);
    else this.#reply.finish(response, status);
    this.binding.done();
  }
}

/** What is looked at before a handler runs. */
class Asked {
  readonly answering: Answering;
  readonly http: HttpRequest;
  readonly request: Request;
  readonly version: unknown;
  readonly #call: Call;
  #context: Context | undefined;
  #known: Known | undefined;

  constructor(answering: Answering, http: HttpRequest, request: Request, call: Call) {
    this.answering = answering;
    this.http = http;
    this.request = request;
    this.version = versionIn(request);
    this.#call = call;
  }

  get modern(): Modern {
    return this.answering.eras.modern;
  }

  /** Its method, once its revision is known to be spoken. */
  get known(): Known | undefined {
    this.#known ??= this.modern.find(this.context);
    return this.#known;
  }

  /** Made by the first step that needs it. */
  get context(): Context {
    this.#context ??= this.modern.context(this.request, this.#call);
    return this.#context;
  }
}

interface Step {
  /** The HTTP status of a refusal. */
  readonly status: number;
  readonly check: (asked: Asked) => ProtocolError | undefined;
}

/**
 * The checks that a request passes, in their order: what must be known to judge the next one stands before it, and the
 * revision before all that another revision may do otherwise.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#server-validation
 */
const STEPS: readonly Step[] = [
  { status: 400, check: versionHeaderAgrees },
  { status: 400, check: ({ modern, request }) => modern.meta(request) },
  { status: 400, check: versionHeaderIsThere },
  { status: 400, check: ({ modern, request }) => modern.version(request) },
  { status: 400, check: methodHeaderAgrees },
  { status: 400, check: nameHeaderAgrees },
  { status: 404, check: methodIsKnown },
  { status: 400, check: paramHeadersAgree },
];

/**
 * Answers a request of a stateless revision. When the client goes, the request is cancelled.
 *
 * @throws HttpRefusal where the reply would have to be a stream, and cannot be or is one too many.
 */
export function answerModern(answering: Answering, exchange: HttpExchange, request: Request): void {
  const { endpoint } = answering;
  const { id } = request;
  const post = new Post(exchange);
  const asked = new Asked(answering, exchange.http, request, post.call);
  for (const { status, check } of STEPS) {
    const problem = check(asked);
    if (problem !== undefined) return post.finish(failure(id, problem), status);
  }
  const known = asked.known as Known;
  const stays = known.method.stays === true;
  if (stays) {
    if (!exchange.accepted.events) throw new HttpRefusal(406, "Accept must have text/event-stream");
    endpoint.listens.enter(exchange.principal);
    post.reply.stays = true;
  }
  // What these functions look at stays for as long as the request: as little as can be.
  const finish = (response: Response): void => {
    if (stays) endpoint.listens.leave(post.binding.principal);
    post.finish(response, response.error?.code === ErrorCode.MissingRequiredClientCapability ? 400 : 200);
  };
  const answered = asked.modern.answer(known, asked.context);
  if (!(answered instanceof Promise)) return finish(answered);
  post.reply.begin();
  exchange.sink.onClose(() => {
    post.reply.closed();
    post.call.abort(new LocalError("aborted", "The client closed the connection"));
  });
  answered.then(finish, (problem) => post.binding.refuse(problem, id));
}

function versionIn({ params }: Request): unknown {
  const meta = params?.["_meta"];
  return isObject(meta) ? meta[MetaKey.protocolVersion] : undefined;
}

function versionHeaderAgrees({ http, version }: Asked): ProtocolError | undefined {
  const header = http.header("mcp-protocol-version");
  if (header === undefined || typeof version !== "string" || header === version) return undefined;
  return mismatch(HeaderName.protocolVersion, "says another revision than the body");
}

function versionHeaderIsThere({ http }: Asked): ProtocolError | undefined {
  return http.header("mcp-protocol-version") === undefined ? missing(HeaderName.protocolVersion) : undefined;
}

function methodHeaderAgrees({ http, request }: Asked): ProtocolError | undefined {
  const header = http.header("mcp-method");
  if (header === request.method) return undefined;
  return header === undefined
    ? missing(HeaderName.method)
    : mismatch(HeaderName.method, "says another method than the body");
}

function nameHeaderAgrees({ http, request, known }: Asked): ProtocolError | undefined {
  const { mcpName } = known?.method ?? {};
  const value = mcpName === undefined ? undefined : request.params?.[mcpName];
  // What is no name fails the check of the parameters, which says so better.
  if (typeof value !== "string") return undefined;
  const header = http.header("mcp-name");
  if (header === undefined) return missing(HeaderName.name);
  checkLength(HeaderName.name, header);
  return decodeHeaderValue(header) === value
    ? undefined
    : mismatch(HeaderName.name, `says something else than params.${mcpName}, or cannot be decoded`);
}

function methodIsKnown({ modern, request, known }: Asked): ProtocolError | undefined {
  return known !== undefined && modern.offers(known) ? undefined : modern.unknown(request);
}

/** The arguments that a tool wants repeated, where its schema says so. They are looked for once. */
const repeated = new WeakMap<object, readonly HeaderParam[]>();

function paramHeadersAgree({ http, request, answering, known, context }: Asked): ProtocolError | undefined {
  if (request.method !== "tools/call") return undefined;
  const name = request.params?.["name"];
  const tool = typeof name === "string" ? answering.endpoint.server.tools.find(name, context) : undefined;
  if (tool === undefined) return undefined;
  let params = repeated.get(tool.definition);
  if (params === undefined) {
    params = headerParams(tool.definition.inputSchema).params ?? [];
    repeated.set(tool.definition, params);
  }
  // Parameters that are wrong in themselves are refused for that, when the request is answered.
  if (params.length === 0 || known?.method.params(request.params) !== undefined) return undefined;
  for (const { header, path } of params) {
    const value = argumentAt(request.params?.["arguments"], path);
    const problem = paramProblem(header, http.header(header.toLowerCase()), value);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function paramProblem(name: string, header: string | undefined, value: unknown): ProtocolError | undefined {
  checkLength(name, header);
  if (value === undefined || value === null) {
    return header === undefined ? undefined : mismatch(name, "says something that the arguments do not");
  }
  // A value that no header can say fails the check of the arguments.
  if (header === undefined) return typeof value === "object" ? undefined : missing(name);
  return headerMatches(header, value) ? undefined : mismatch(name, "says something else than the arguments");
}

function missing(name: string): ProtocolError {
  return new HeaderMismatchError(`The header ${name} is missing`);
}

function mismatch(name: string, problem: string): ProtocolError {
  return new HeaderMismatchError(`The header ${name} ${problem}`);
}
