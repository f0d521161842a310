import { InternalError, LocalError } from "../../errors.ts";
import { type Binding, Malformed, type Message, type Request } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { isModern, type Revision, unsupportedVersion } from "../../protocol/index.ts";
import { type Log, memoryKeyValue, memoryLog } from "../../stores/index.ts";
import type { Endpoint, OlderRevisions } from "./endpoint.ts";
import { HttpRefusal, type HttpRequest } from "./facts.ts";
import { checkAcceptsEvents } from "./guard.ts";
import { full, hasPriming, isRequest, LegacyPost } from "./legacy-post.ts";
import { SseConnections } from "./legacy-sse.ts";
import { readEventId, replay } from "./replay.ts";
import { type HttpExchange, openEvents, Reply } from "./reply.ts";
import type { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";

/**
 * What an endpoint has for clients of older revisions: their sessions, and the streams of the oldest of them. It is
 * loaded when the first such client comes.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
 */
export class LegacyEndpoint implements OlderRevisions {
  readonly #endpoint: Endpoint;
  readonly #sessions: Sessions | undefined;
  readonly #sse: SseConnections | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    const { sessions = {}, replay: log = memoryLog(), sse } = endpoint.options;
    if (sessions !== false) {
      const { sessions: entries, sessionsPerPrincipal: entriesPerOwner } = limits;
      const { store = memoryKeyValue({ entries, entriesPerOwner }) } = sessions;
      this.#sessions = new Sessions(endpoint, store, log === false ? undefined : log, sessions);
    }
    if (sse === true) this.#sse = new SseConnections(endpoint.eras.server, endpoint.keepAlive);
  }

  /** Answers a POST. */
  async post(exchange: HttpExchange, message: Message | Malformed): Promise<void> {
    const { http, binding, options, sink } = exchange;
    if (this.#sse?.post(http, binding, message, options.headers, sink) === true) return;
    const version = this.#revisionOf(http);
    const opening = opens(message);
    const { eras } = this.#endpoint;
    if (this.#sessions === undefined) {
      // Each request stands alone. Clients from before the header existed do not send it.
      const legacy = opening ? eras.legacy() : eras.unknown(version ?? "2025-03-26");
      return new LegacyPost(exchange, legacy).take(message);
    }
    const id = http.header("mcp-session-id");
    if (id === undefined && opening) return this.#initialize(exchange, this.#sessions, message);
    const session = await this.#session(this.#sessions, binding, id);
    const leave = session.enter();
    try {
      await new LegacyPost(exchange, session.legacy, session).take(message);
    } finally {
      await leave();
    }
  }

  /** Opens the stream of a session that belongs to no request, or brings one back that was lost. */
  async get(exchange: HttpExchange): Promise<void> {
    const { http, binding, options, sink } = exchange;
    const id = http.header("mcp-session-id");
    if (id === undefined && this.#sse !== undefined) return this.#sse.open(http, binding, options.headers, sink);
    if (this.#sessions === undefined) throw this.#endpoint.notAllowed();
    checkAcceptsEvents(http);
    this.#revisionOf(http);
    const session = await this.#session(this.#sessions, binding, id);
    const leave = session.enter();
    try {
      const last = http.header("last-event-id");
      const { log } = this.#sessions;
      if (last === undefined || log === undefined) openOwn(session, exchange);
      else await resume(session, log, last, exchange);
    } finally {
      await leave();
    }
  }

  /** Ends a session. */
  async delete({ http, binding, options, sink }: HttpExchange): Promise<void> {
    if (this.#sessions === undefined) throw this.#endpoint.notAllowed();
    this.#revisionOf(http);
    await this.#sessions.end(await this.#session(this.#sessions, binding, http.header("mcp-session-id")));
    sink.reply(204, options.headers);
  }

  /** Ends the streams that would stay open by themselves, and lets what runs on them be answered. */
  async wind(): Promise<void> {
    this.#sessions?.closeOwnStreams();
    await this.#sse?.close();
  }

  /** Ends everything. */
  close(): void {
    this.#sessions?.close();
  }

  /** The revision that a header says, where it says one. @throws HttpRefusal for one that is not spoken here. */
  #revisionOf(http: HttpRequest): Revision | undefined {
    const header = http.header("mcp-protocol-version");
    if (header === undefined) return undefined;
    const { revisions } = this.#endpoint.eras.server;
    const found = revisions.find((revision) => revision === header && !isModern(revision));
    if (found === undefined) throw new HttpRefusal(400, unsupportedVersion(revisions, header.slice(0, 100)));
    return found;
  }

  async #session(sessions: Sessions, { principal }: Binding, id: string | undefined): Promise<Session> {
    if (id === undefined) throw new HttpRefusal(400, "Mcp-Session-Id is missing: open a session with initialize");
    const found = sessions.find(principal, id);
    const session = found instanceof Promise ? await found : found;
    if (session === undefined) throw new HttpRefusal(404, "There is no such session: open a new one with initialize");
    return session;
  }

  /** A session begins when its handshake was answered well, so that refused ones leave nothing behind. */
  async #initialize(exchange: HttpExchange, sessions: Sessions, request: Request): Promise<void> {
    const { binding, options, sink } = exchange;
    const session = sessions.begin(binding.principal);
    const response = await new LegacyPost(exchange, session.legacy).ask(request);
    let { headers } = options;
    if (response.error === undefined) {
      try {
        await sessions.keep(session);
      } catch (error) {
        this.#endpoint.report(error);
        const isFull = error instanceof LocalError && error.code === "limit";
        throw isFull ? full(503, "There are too many sessions", "sessions") : new HttpRefusal(500, new InternalError());
      }
      headers = { ...headers, "mcp-session-id": session.id };
    }
    new Reply(sink, { ...options, headers }).finish(response, 200);
  }
}

function opens(message: Message | Malformed): message is Request {
  return !(message instanceof Malformed) && isRequest(message) && message.method === "initialize";
}

function openOwn(session: Session, { options, sink }: HttpExchange): void {
  if (session.own?.attached === true) throw new HttpRefusal(409, "The session has a stream already");
  const writer = openEvents(sink, options.headers);
  const events = session.openOwn(writer);
  if (events !== undefined && hasPriming(session.legacy)) void writer.write(events.priming);
  sink.onClose(() => session.leaveOwn(writer));
}

/** Brings a stream back to a client that lost it: first what it missed, then what is still to come. */
async function resume(session: Session, log: Log, last: string, { options, sink }: HttpExchange): Promise<void> {
  const from = readEventId(last);
  const own = session.own?.events?.name === from.name ? session.own.events : undefined;
  const stream = session.streams.get(from.name);
  const open = () => openEvents(sink, options.headers);
  const live = own ?? stream?.events;
  const asked = live && ++live.asked;
  await replay(log, session.owner, session.id, from, live, open, (writer) => {
    if (live?.asked !== asked) writer.end();
    else if (own !== undefined && session.own?.events === own) {
      session.resumeOwn(writer);
      sink.onClose(() => session.leaveOwn(writer));
    } else if (stream !== undefined && session.streams.get(from.name) === stream) {
      stream.reply.resume(writer);
      sink.onClose(() => stream.reply.closed(writer));
    } else writer.end();
  });
}
