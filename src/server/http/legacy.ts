import { InternalError, LocalError } from "../../errors.ts";
import { type Malformed, type Message, type Request, HttpRefusal } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { isModern, type Revision, unsupportedVersion } from "../../protocol/index.ts";
import { type Eventually, type Log, memoryKeyValue, memoryLog } from "../../stores/index.ts";
import type { Conversations } from "../index.ts";
import type { Endpoint, OlderRevisions } from "./endpoint.ts";
import type { HttpExchange } from "./exchange.ts";
import { full, type HttpRequest, isRequest } from "./facts.ts";
import { checkAcceptsEvents } from "./guard.ts";
import { LegacyPost } from "./legacy-post.ts";
import { SseConnections } from "./legacy-sse.ts";
import { readEventId, replay } from "./replay.ts";
import { openEvents, Reply } from "./reply.ts";
import { hasPriming, type Session } from "./session.ts";
import { Sessions } from "./sessions.ts";

/**
 * What an endpoint has for clients of older revisions: their sessions, and the streams of the oldest of them. It is
 * loaded when the first such client comes.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
 */
export class LegacyEndpoint implements OlderRevisions {
  readonly #endpoint: Endpoint;
  readonly #conversations: Conversations;
  /** Those that are spoken here; most clients speak the newest. */
  readonly #revisions: readonly Revision[];
  readonly #sessions: Sessions | undefined;
  readonly #sse: SseConnections | undefined;

  constructor(endpoint: Endpoint, conversations: Conversations) {
    this.#endpoint = endpoint;
    this.#conversations = conversations;
    this.#revisions = endpoint.server.revisions.filter((revision) => !isModern(revision)).reverse();
    const { sessions = {}, replay: log = memoryLog(), sse } = endpoint.options;
    if (sessions !== false) {
      const { sessions: entries, sessionsPerPrincipal: entriesPerOwner } = limits;
      const { store = memoryKeyValue({ entries, entriesPerOwner }) } = sessions;
      this.#sessions = new Sessions({ endpoint, conversations }, store, log === false ? undefined : log, sessions);
    }
    if (sse === true) this.#sse = new SseConnections(endpoint.server, endpoint.keepAlive);
  }

  /** Answers a POST. */
  post(exchange: HttpExchange, message: Message | Malformed): void | Promise<void> {
    const { http } = exchange;
    if (this.#sse?.post(exchange, message) === true) return;
    const version = this.#revisionOf(http);
    const opening = opens(message);
    if (this.#sessions === undefined) {
      // Each request stands alone. Clients from before the header existed do not send it.
      const legacy = opening ? this.#conversations.begin() : this.#conversations.unknown(version ?? "2025-03-26");
      return new LegacyPost(exchange, legacy).take(message);
    }
    const id = http.header("mcp-session-id");
    if (id === undefined && opening) return this.#initialize(exchange, this.#sessions, message);
    const session = this.#session(this.#sessions, exchange, id);
    return session instanceof Promise
      ? session.then((found) => new LegacyPost(exchange, found.legacy, found).take(message))
      : new LegacyPost(exchange, session.legacy, session).take(message);
  }

  /** Opens the stream of a session that belongs to no request, or brings one back that was lost. */
  async get(exchange: HttpExchange): Promise<void> {
    const { http } = exchange;
    const id = http.header("mcp-session-id");
    if (id === undefined && this.#sse !== undefined) return this.#sse.open(exchange);
    if (this.#sessions === undefined) throw this.#endpoint.notAllowed();
    checkAcceptsEvents(http);
    this.#revisionOf(http);
    const session = await this.#session(this.#sessions, exchange, id);
    session.enter();
    try {
      const last = http.header("last-event-id");
      const { log } = this.#sessions;
      if (last === undefined || log === undefined) openOwn(session, exchange);
      else await resume(session, log, last, exchange);
    } finally {
      await session.leave();
    }
  }

  /** Ends a session. */
  async delete(exchange: HttpExchange): Promise<void> {
    const { http, headers, sink } = exchange;
    if (this.#sessions === undefined) throw this.#endpoint.notAllowed();
    this.#revisionOf(http);
    await this.#sessions.end(await this.#session(this.#sessions, exchange, http.header("mcp-session-id")));
    sink.reply(204, headers);
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
    for (const revision of this.#revisions) if (revision === header) return revision;
    throw new HttpRefusal(400, unsupportedVersion(this.#endpoint.server.revisions, header.slice(0, 100)));
  }

  /** @throws HttpRefusal where there is no such session. */
  #session(sessions: Sessions, { principal }: HttpExchange, id: string | undefined): Eventually<Session> {
    if (id === undefined) throw new HttpRefusal(400, "Mcp-Session-Id is missing: open a session with initialize");
    const found = sessions.find(principal, id);
    return found instanceof Promise ? found.then(existing) : existing(found);
  }

  /** A session begins when its handshake was answered well, so that refused ones leave nothing behind. */
  async #initialize(exchange: HttpExchange, sessions: Sessions, request: Request): Promise<void> {
    const session = sessions.begin(exchange.principal);
    const response = await new LegacyPost(exchange, session.legacy).answer(request);
    if (response.error === undefined) {
      try {
        await sessions.keep(session);
      } catch (error) {
        this.#endpoint.report(error);
        const isFull = error instanceof LocalError && error.code === "limit";
        throw isFull ? full(503, "There are too many sessions", "sessions") : new HttpRefusal(500, new InternalError());
      }
      exchange.headers = { ...exchange.headers, "mcp-session-id": session.id };
    }
    new Reply(exchange).finish(response, 200);
    exchange.done();
  }
}

function existing(session: Session | undefined): Session {
  if (session !== undefined) return session;
  throw new HttpRefusal(404, "There is no such session: open a new one with initialize");
}

function opens(message: Message | Malformed): message is Request {
  return isRequest(message) && message.method === "initialize";
}

function openOwn(session: Session, exchange: HttpExchange): void {
  if (session.own?.attached === true) throw new HttpRefusal(409, "The session has a stream already");
  const writer = openEvents(exchange);
  const events = session.openOwn(writer);
  if (events !== undefined && hasPriming(session.legacy)) void writer.write(events.priming);
  exchange.sink.onClose(() => session.leaveOwn(writer));
}

/** Brings a stream back to a client that lost it: first what it missed, then what is still to come. */
async function resume(session: Session, log: Log, last: string, exchange: HttpExchange): Promise<void> {
  const { sink } = exchange;
  const from = readEventId(last);
  const own = session.own?.events?.name === from.name ? session.own.events : undefined;
  const stream = session.streams.get(from.name);
  const open = () => openEvents(exchange);
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
