import { ErrorCode, InternalError, InvalidRequestError, LocalError } from "../../errors.ts";
import {
  type Binding,
  type Exchange,
  failure,
  Malformed,
  type Message,
  type Notification,
  OpenCall,
  type Request,
  type RequestId,
  type Response,
  type Serialized,
  toMessage,
} from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { Log } from "../../stores/index.ts";
import { isModern, isSince, type Revision, unsupportedVersion } from "../../protocol/index.ts";
import type { Legacy } from "../index.ts";
import type { Endpoint } from "./endpoint.ts";
import { eventOf } from "./event-writer.ts";
import { HttpRefusal, type HttpRequest, type HttpSink } from "./facts.ts";
import { checkAcceptsEvents } from "./guard.ts";
import { readEventId, type ReplayStream, replay } from "./replay.ts";
import { openEvents, Reply, type ReplyOptions } from "./reply.ts";
import type { Session, SessionCall, Sessions } from "./session.ts";

/** One HTTP request of an older revision, and all that its answer needs. */
export interface LegacyExchange {
  readonly endpoint: Endpoint;
  readonly http: HttpRequest;
  readonly binding: Binding;
  readonly options: ReplyOptions;
  readonly sink: HttpSink;
}

/** A request of a conversation while it is being answered. When its client goes away, it goes on. */
class LegacyCall extends OpenCall implements SessionCall {
  readonly id: RequestId;
  readonly reply: Reply;
  readonly #session: Session | undefined;
  readonly #binding: Binding;

  constructor(id: RequestId, session: Session | undefined, reply: Reply, binding: Binding) {
    super();
    this.id = id;
    this.reply = reply;
    this.#session = session;
    this.#binding = binding;
  }

  /** Questions go out on the reply to the request, and their answers come with the session. */
  override get ask(): Exchange | undefined {
    const { pending } = this.#session ?? {};
    if (pending === undefined || !this.reply.streams) return undefined;
    return (request, call) => pending.open(request, call, (message) => this.reply.send(message));
  }

  override get binding(): Binding {
    return this.#binding;
  }

  override emit(notification: Notification | Serialized<Notification>): void | Promise<void> {
    if (!this.aborted) return this.reply.send(notification);
  }
}

/**
 * Answers the POST of an older revision.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
 */
export async function postLegacy(exchange: LegacyExchange, message: Message | Malformed): Promise<void> {
  const { endpoint, http, binding } = exchange;
  const version = revisionOf(http, endpoint);
  const { sessions } = endpoint;
  if (sessions === undefined) return postStateless(exchange, version, message);
  const id = http.header("mcp-session-id");
  if (id === undefined) {
    if (!(message instanceof Malformed) && isRequest(message) && message.method === "initialize") {
      return initialize(exchange, sessions, message);
    }
    if (message instanceof Malformed && message.batch === undefined) throw refusalOf(message);
    throw new HttpRefusal(400, "Mcp-Session-Id is missing: open a session with initialize");
  }
  const session = await sessionOf(sessions, binding, id);
  const rest = session.use();
  try {
    await take(exchange, session.legacy, session, message);
  } finally {
    await rest();
  }
}

/** Opens the stream of a session that belongs to no request, or brings one back that was lost. */
export async function getLegacy({ endpoint, http, binding, options, sink }: LegacyExchange): Promise<void> {
  const { sessions } = endpoint;
  const id = http.header("mcp-session-id");
  if (id === undefined && endpoint.sse !== undefined) return endpoint.sse.open(http, binding, options, sink);
  if (sessions === undefined) throw endpoint.notAllowed();
  if (id === undefined) throw new HttpRefusal(400, "Mcp-Session-Id is missing: open a session with initialize");
  checkAcceptsEvents(http);
  revisionOf(http, endpoint);
  const session = await sessionOf(sessions, binding, id);
  const rest = session.use();
  try {
    const last = http.header("last-event-id");
    if (last !== undefined && sessions.log !== undefined)
      return await resume(session, sessions.log, last, options, sink);
    if (session.own?.attached === true) throw new HttpRefusal(409, "The session has a stream already");
    const writer = openEvents(sink, options.headers);
    const events = session.openOwn(writer);
    if (events !== undefined && hasPriming(session.legacy)) void writer.write(events.priming);
    sink.onClose(() => session.leaveOwn(writer));
  } finally {
    await rest();
  }
}

/** Ends a session. */
export async function deleteLegacy({ endpoint, http, binding, options, sink }: LegacyExchange): Promise<void> {
  const { sessions } = endpoint;
  if (sessions === undefined) throw endpoint.notAllowed();
  const id = http.header("mcp-session-id");
  if (id === undefined) throw new HttpRefusal(400, "Mcp-Session-Id is missing: it says which session is to end");
  await sessions.end(await sessionOf(sessions, binding, id));
  sink.reply(204, options.headers);
}

/** The revision that a header says, where it says one. @throws HttpRefusal for one that is not spoken here. */
function revisionOf(http: HttpRequest, endpoint: Endpoint): Revision | undefined {
  const header = http.header("mcp-protocol-version");
  if (header === undefined) return undefined;
  const { revisions } = endpoint.eras.server;
  const found = revisions.find((revision) => revision === header && !isModern(revision));
  if (found === undefined) throw new HttpRefusal(400, unsupportedVersion(revisions, header.slice(0, 100)));
  return found;
}

async function sessionOf(sessions: Sessions, { principal }: Binding, id: string): Promise<Session> {
  const found = sessions.find(principal, id);
  const session = found instanceof Promise ? await found : found;
  if (session === undefined) throw new HttpRefusal(404, "There is no such session: open a new one with initialize");
  return session;
}

async function initialize(
  { endpoint, binding, options, sink }: LegacyExchange,
  sessions: Sessions,
  request: Request,
): Promise<void> {
  const session = sessions.begin(binding.principal);
  const silent = new Reply(sink, { ...options, accepted: { json: true, events: false } });
  const response = await session.legacy.ask(request, new LegacyCall(request.id, undefined, silent, binding));
  silent.closed();
  let { headers } = options;
  if (response.error === undefined) {
    try {
      await sessions.keep(session);
    } catch (error) {
      endpoint.report(error);
      throw new HttpRefusal(503, new InternalError("There are too many sessions", { limit: "sessions" }), RETRY_SOON);
    }
    headers = { ...headers, "mcp-session-id": session.id };
  }
  const unsupported = response.error?.code === ErrorCode.UnsupportedProtocolVersion;
  new Reply(sink, { ...options, headers }).finish(response, unsupported ? 400 : 200);
}

/** Where there are no sessions, each request stands alone. */
function postStateless(exchange: LegacyExchange, version: Revision | undefined, message: Message | Malformed): void {
  const { eras } = exchange.endpoint;
  const opens = !(message instanceof Malformed) && isRequest(message) && message.method === "initialize";
  // Clients from before the header existed do not send it.
  take(exchange, opens ? eras.legacy() : eras.unknown(version ?? "2025-03-26"), undefined, message);
}

/** Takes what a POST brought. */
function take(
  exchange: LegacyExchange,
  legacy: Legacy,
  session: Session | undefined,
  message: Message | Malformed,
): void | Promise<void> {
  if (message instanceof Malformed) {
    if (message.batch === undefined || !legacy.batches) throw refusalOf(message);
    return takeBatch(exchange, legacy, session, message.batch);
  }
  if (isRequest(message)) {
    if (session !== undefined && session.calls.size >= limits.inFlight) throw tooMany();
    const reply = replyIn(exchange, legacy, session, undefined);
    return answer(exchange, legacy, session, message, reply);
  }
  hear(exchange, legacy, session, message);
  exchange.sink.reply(202, exchange.options.headers);
}

/** Takes what gets no response. */
function hear(
  { endpoint }: LegacyExchange,
  legacy: Legacy,
  session: Session | undefined,
  message: Notification | Response,
): void {
  if (!("method" in message)) {
    if (session?.pending.settle(message) !== true) endpoint.report(new LocalError("invalid_response", LATE));
  } else if (message.method === "notifications/cancelled") cancel(session, message);
  else if (session?.pending.notify(message) !== true) {
    try {
      legacy.emit(message);
    } catch (error) {
      endpoint.report(error);
    }
  }
}

const LATE = "A response came that answers no request";

/** A cancelled request gets no response. */
function cancel(session: Session | undefined, { params }: Notification): void {
  const reason = params?.["reason"];
  for (const call of [...(session?.calls ?? [])]) {
    if (call.id !== params?.["requestId"]) continue;
    call.abort(new LocalError("aborted", typeof reason === "string" ? reason : "The client cancelled the request"));
    call.reply.abort();
  }
}

async function answer(
  { endpoint, binding }: LegacyExchange,
  legacy: Legacy,
  session: Session | undefined,
  request: Request,
  reply: Reply,
): Promise<void> {
  const call = new LegacyCall(request.id, session, reply, binding);
  session?.calls.add(call);
  try {
    const response = await legacy.ask(request, call);
    // What the request changed is known to every process before the client hears of it.
    const stored =
      endpoint.sessions !== undefined && session !== undefined ? endpoint.sessions.rest(session) : undefined;
    if (stored !== undefined) await stored;
    reply.finish(response, 200);
  } catch (error) {
    endpoint.report(error);
    reply.finish(failure(request.id, new InternalError()), 200);
  } finally {
    session?.calls.delete(call);
  }
}

/** The reply to a POST; where events are kept, its client can come back for it. */
function replyIn(
  { sink, options }: LegacyExchange,
  legacy: Legacy,
  session: Session | undefined,
  batch: number | undefined,
): Reply {
  let events: ReplayStream | undefined;
  const reply: Reply = new Reply(sink, {
    ...options,
    ...(batch === undefined ? {} : { batch }),
    eventOf: (data) => (events === undefined ? eventOf(data) : events.eventOf(data)),
    opened(writer) {
      events = session?.replayStream();
      if (events === undefined || session === undefined) return;
      session.streams.set(events.name, { events, reply });
      if (hasPriming(legacy)) void writer.write(events.priming);
    },
    ended: () => {
      if (events !== undefined) session?.streams.delete(events.name);
    },
  });
  sink.onClose(() => reply.closed());
  return reply;
}

/** Whether clients of this revision know what an event without data is: older ones take it for a broken message. */
function hasPriming({ state }: Legacy): boolean {
  return state !== undefined && isSince(state.version, "2025-11-25");
}

async function takeBatch(
  exchange: LegacyExchange,
  legacy: Legacy,
  session: Session | undefined,
  batch: readonly unknown[],
): Promise<void> {
  if (batch.length === 0) throw new HttpRefusal(400, "A batch has at least one message");
  if (batch.length > limits.batch) {
    throw new HttpRefusal(
      400,
      new InvalidRequestError(`A batch may have ${limits.batch} messages`, { limit: "batch" }),
    );
  }
  const answers: ((reply: Reply) => void | Promise<void>)[] = [];
  const ids = batch.map((item) => (item as { id?: unknown } | null)?.id);
  for (const item of batch) {
    const message = toMessage(item);
    if (message instanceof Malformed) {
      if (!message.silent) answers.push((reply) => reply.finish(message.response, 200));
    } else if (!isRequest(message)) hear(exchange, legacy, session, message);
    else if (message.method === "initialize" || ids.indexOf(message.id) !== ids.lastIndexOf(message.id)) {
      const problem = message.method === "initialize" ? "initialize stands alone" : "An id stands twice in the batch";
      answers.push((reply) => reply.finish(failure(message.id, new InvalidRequestError(problem)), 200));
    } else answers.push((reply) => answer(exchange, legacy, session, message, reply));
  }
  if (answers.length === 0) return exchange.sink.reply(202, exchange.options.headers);
  if (session !== undefined && session.calls.size + answers.length > limits.inFlight) throw tooMany();
  const reply = replyIn(exchange, legacy, session, answers.length);
  await Promise.all(answers.map((start) => start(reply)));
}

/** Brings a stream back to a client that lost it. */
async function resume(session: Session, log: Log, last: string, options: ReplyOptions, sink: HttpSink): Promise<void> {
  const from = readEventId(last);
  const own = session.own?.events?.name === from.name ? session.own.events : undefined;
  const stream = session.streams.get(from.name);
  const writer = await replay(log, session.owner, session.id, from, own ?? stream?.events, () =>
    openEvents(sink, options.headers),
  );
  if (own !== undefined && session.own?.events === own) {
    session.resumeOwn(writer);
    sink.onClose(() => session.leaveOwn(writer));
  } else if (stream !== undefined && session.streams.get(from.name) === stream) {
    stream.reply.resume(writer);
    sink.onClose(() => stream.reply.closed(writer));
  } else writer.end();
}

function isRequest(message: Message): message is Request {
  return "method" in message && "id" in message && message.id !== undefined;
}

function refusalOf({ error, id }: Malformed): HttpRefusal {
  return new HttpRefusal(400, error, {}, id);
}

const RETRY_SOON = { "retry-after": "1" };

function tooMany(): HttpRefusal {
  const error = new InternalError("Too many requests of this session at once", { limit: "inFlight" });
  return new HttpRefusal(429, error, RETRY_SOON);
}
