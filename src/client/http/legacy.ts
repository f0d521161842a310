import { ErrorCode, LocalError } from "../../errors.ts";
import {
  after,
  type Call,
  type CloseReason,
  type Listener,
  type Notification,
  onAbort,
  type Params,
  peer,
  type PeerOptions,
  type Request,
  type Response,
  type Transport,
} from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { HeaderName } from "../../protocol/index.ts";
import { Answers } from "./answers.ts";
import { type Calls, lost, type Problem, type Waiting } from "./calls.ts";
import type { Endpoint, Outgoing, Reader, Sent } from "./endpoint.ts";
import type { WholeReply } from "./failures.ts";
import { Inbox } from "./inbox.ts";
import { LegacyListening } from "./legacy-listening.ts";
import { LegacyMemory, OwnCall } from "./legacy-restore.ts";
import { LegacySession, sessionId } from "./legacy-session.ts";
import { LegacySse } from "./legacy-sse.ts";
import { LegacyStream } from "./legacy-stream.ts";
import type { StreamStatus } from "./options.ts";
import type { Pacing } from "./pacing.ts";
import { accepted, JSON_HEADERS, textOf } from "./post.ts";

/** What a conversation of an older revision works with. */
export interface LegacyParts {
  readonly endpoint: Endpoint;
  readonly calls: Calls;
  readonly listener: () => Listener | undefined;
  readonly problem: Problem;
  readonly pacing: Pacing;
  readonly peerOptions: PeerOptions;
  readonly onStatus: ((status: StreamStatus) => void) | undefined;
  /** The conversation is over, although nobody closed it. */
  readonly finished: (reason: CloseReason) => void;
}

/** Statuses of servers that know only the transport of 2024-11-05. */
const OLDEST: ReadonlySet<number> = new Set([400, 404, 405]);

/**
 * A conversation that `initialize` opened: with a session where the server wants one, with streams that can be resumed,
 * and with requests of the server.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
 */
export class LegacyHttp {
  readonly #parts: LegacyParts;
  readonly #inbox: Inbox;
  readonly #answers: Answers;
  readonly #memory = new LegacyMemory();
  #session: LegacySession | undefined;
  #listening: LegacyListening | undefined;
  #recovering: Promise<void> | undefined;
  /** The conversation with a server of the oldest transport. */
  #pipe: Transport | undefined;

  constructor(parts: LegacyParts) {
    const { endpoint, calls, listener, problem, peerOptions } = parts;
    this.#parts = parts;
    this.#answers = new Answers({
      listener,
      binding: peerOptions.binding,
      problem,
      exchange: (request, call) => this.exchange(request, call),
      post: (message) =>
        this.#post(
          textOf(message, (cause) => problem("An answer is no JSON", cause)),
          true,
        ),
    });
    this.#inbox = new Inbox(endpoint, calls, listener, problem, {
      batches: () => this.#session?.batches === true,
      ask: (request) => this.#answers.ask(request),
      cancelled: (notification) => this.#answers.cancelled(notification),
    });
  }

  /** Whether a handshake opened it. */
  get opened(): boolean {
    return this.#session !== undefined || this.#pipe !== undefined;
  }

  exchange(request: Request, call: Call): Promise<Response> {
    if (this.#pipe !== undefined) return this.#pipe.exchange(request, call);
    if (request.method === "initialize") return this.#open(request, call);
    const answer = this.#parts.calls.open(
      request,
      call,
      (waiting) => this.#send(waiting, false),
      (waiting, reason) => this.#cancel(waiting, reason),
    );
    return this.#memory.concerns(request) ? answer.then((response) => this.#memory.learn(request, response)) : answer;
  }

  async send(notification: Notification): Promise<void> {
    if (this.#pipe !== undefined) return this.#pipe.send(notification);
    await this.#post(textOf(notification), false);
    if (notification.method === "notifications/initialized") this.#listen();
  }

  /** Ends the session, if the server hears of it in time. */
  async close(error: LocalError): Promise<void> {
    this.#listening?.stop();
    this.#answers.close(error);
    await this.#pipe?.close();
    const session = this.#session;
    if (session?.id === undefined) return;
    await new Promise<void>((resolve) => {
      const late = after(limits.flushTimeout, resolve);
      const done = (): void => {
        late();
        resolve();
      };
      const reader: Reader = { event() {}, head: done, body: done, end: done };
      this.#parts.endpoint.send({ method: "DELETE", headers: session.headers }, reader);
    });
  }

  /** @param again Whether it goes in a session that was just opened anew, and may not be lost once more. */
  #send(waiting: Waiting, again: boolean): void {
    if (this.#recovering !== undefined && !again) return this.#sendAfter(this.#recovering, waiting, false);
    const session = this.#session;
    const headers = session?.postHeaders ?? JSON_HEADERS;
    const stream = this.#streamOf(
      waiting,
      () => session?.headers,
      (reply) => {
        if (!again && session?.isLost(reply, waiting.message.id) === true) {
          this.#sendAfter(this.#recover(session), waiting, true);
        } else this.#inbox.answer(reply, waiting);
      },
    );
    waiting.travel(this.#parts.endpoint.send({ method: "POST", headers, body: textOf(waiting.message) }, stream));
  }

  /** What reads the reply to a request, and the rest of it where its stream breaks off. */
  #streamOf(
    waiting: Waiting,
    headers: () => Outgoing["headers"] | undefined,
    body: (reply: WholeReply) => void,
  ): LegacyStream {
    const { endpoint, pacing } = this.#parts;
    const stream: LegacyStream = new LegacyStream(
      {
        endless: false,
        get: (lastEventId, reader) => {
          const sent = get(endpoint, headers(), lastEventId, reader);
          waiting.travel(sent);
          return sent;
        },
        take: (text) => this.#inbox.text(text, waiting),
        done: () => {
          waiting.arrived();
          return waiting.over;
        },
        body: (reply, reopened) => {
          waiting.arrived();
          if (!reopened) body(reply);
          return !reopened || isNotResumed(reply, waiting);
        },
        // While it pauses, the stream itself is what can be stopped.
        reconnecting: () => waiting.travel(stream),
        lost: (error) => waiting.reject(lost(waiting, error)),
      },
      pacing,
    );
    return stream;
  }

  #sendAfter(recovered: Promise<void>, waiting: Waiting, again: boolean): void {
    recovered.then(
      () => {
        if (!waiting.over) this.#send(waiting, again);
      },
      (error: unknown) => waiting.reject(error),
    );
  }

  /** A server of an older revision works on when a client has gone, unless it is told. The handshake is never cancelled. */
  #cancel({ message }: Waiting, reason: unknown): void {
    const text = reason instanceof Error ? reason.message : typeof reason === "string" ? reason : undefined;
    const params = text === undefined ? { requestId: message.id } : { requestId: message.id, reason: text };
    const notification = { jsonrpc: "2.0", method: "notifications/cancelled", params } as const;
    this.#post(textOf(notification), true).catch((error: unknown) =>
      this.#parts.problem("A cancellation was not accepted", error),
    );
  }

  /** @param once Whether it belongs to this session alone, and is nothing to another. */
  async #post(body: string, once: boolean): Promise<void> {
    if (this.#recovering !== undefined && !once) await this.#recovering;
    const session = this.#session;
    const headers = session?.postHeaders ?? JSON_HEADERS;
    try {
      await accepted(this.#parts.endpoint, { headers, body });
    } catch (error) {
      const gone = error instanceof LocalError && error.data["status"] === 404 && session?.id !== undefined;
      if (!gone || once) throw error;
      await this.#recover(session);
      await this.#post(body, true);
    }
  }

  /** The handshake, and where the server does not know it this way, in the way of 2024-11-05. */
  async #open(request: Request, call: Call): Promise<Response> {
    const reply = { status: 0 };
    let outcome: Response | Error;
    this.#session = undefined;
    try {
      const { response, session } = await this.#handshake(request, call, reply);
      this.#session = session;
      outcome = response;
    } catch (error) {
      outcome = error as Error;
    }
    if (OLDEST.has(reply.status) && !isModernError(outcome)) {
      const response = await this.#openSse(request, call);
      if (response !== undefined) return response;
    }
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  async #handshake(request: Request, call: Call, reply: { status: number }): Promise<Opened> {
    const { calls, endpoint } = this.#parts;
    let id: string | undefined;
    const response = await calls.open(request, call, (waiting) => {
      const stream = this.#streamOf(
        waiting,
        () => (id === undefined ? undefined : { [HeaderName.sessionId]: id }),
        (whole) => this.#inbox.answer(whole, waiting),
      );
      const reader: Reader = {
        event: (event) => stream.event(event),
        retry: (milliseconds) => stream.retry(milliseconds),
        body: (whole) => stream.body(whole),
        end: (error) => stream.end(error),
        head: (status, header) => {
          stream.head(status, header);
          reply.status = status;
          try {
            id = sessionId(header);
          } catch (error) {
            waiting.reject(error);
          }
        },
      };
      const body = textOf(waiting.message);
      waiting.travel(endpoint.send({ method: "POST", headers: JSON_HEADERS, body }, reader));
    });
    if (response.error !== undefined) return { response, session: undefined };
    return { response, session: new LegacySession(request.params ?? {}, response.result, id) };
  }

  /** Everybody whose request found the session lost waits for one new session. */
  #recover(session: LegacySession): Promise<void> {
    if (this.#recovering === undefined && this.#session === session) {
      this.#recovering = this.#reopen(session).finally(() => {
        this.#recovering = undefined;
      });
    }
    return this.#recovering ?? Promise.resolve();
  }

  async #reopen({ params, version }: LegacySession): Promise<void> {
    const { listener, problem } = this.#parts;
    this.#listening?.stop();
    // The client knows one revision, and goes on in it.
    const request = { method: "initialize", params: { ...params, protocolVersion: version } };
    const { response, session } = await this.#own(request, (own, call) => this.#handshake(own, call, { status: 0 }));
    if (session === undefined || session.version !== version) {
      const message = "The server has lost the session, and opens no other like it: connect again";
      throw new LocalError("closed", message, { cause: response.error });
    }
    this.#session = session;
    await this.#post(textOf({ jsonrpc: "2.0", method: "notifications/initialized" }), true);
    this.#listen();
    const restoring = this.#memory.requests.map((one) =>
      this.#own(one, (own, call) => this.#parts.calls.open(own, call, (waiting) => this.#send(waiting, true))),
    );
    for (const outcome of await Promise.allSettled(restoring)) {
      if (outcome.status === "rejected")
        problem("A setting of the lost session could not be made again", outcome.reason);
    }
    for (const change of this.#memory.changes(session.capabilities)) listener()?.emit(change);
  }

  /** Sends a request that nobody asked for, and waits no longer for it than a client does. */
  async #own<T>(
    { method, params }: { readonly method: string; readonly params: Params },
    send: (request: Request, call: Call) => Promise<T>,
  ): Promise<T> {
    const call = new OwnCall((notification) => this.#parts.listener()?.emit(notification));
    const late = after(limits.idleTimeout, () =>
      call.abort(new LocalError("timeout", `No answer to ${method} after ${limits.idleTimeout} ms`)),
    );
    try {
      return await send({ jsonrpc: "2.0", id: 0, method, params }, call);
    } finally {
      late();
    }
  }

  /** Opens the stream on which the server speaks unasked. */
  #listen(): void {
    const { endpoint, pacing, onStatus, problem } = this.#parts;
    const session = this.#session;
    this.#listening?.stop();
    this.#listening = new LegacyListening(pacing, {
      get: (lastEventId, reader) => get(endpoint, session?.headers, lastEventId, reader),
      take: (text) => this.#inbox.text(text),
      refusal: (reply) => endpoint.refusal(reply),
      problem,
      onStatus,
    });
  }

  async #openSse(request: Request, call: Call): Promise<Response | undefined> {
    const { endpoint, problem, peerOptions, listener, finished } = this.#parts;
    const channel = new LegacySse(endpoint, problem);
    const close = (): void => void channel.close();
    const unlisten = onAbort(call, close);
    const late = after(limits.probeTimeout, close);
    try {
      await channel.opened;
    } catch (error) {
      if (error instanceof LocalError && error.code === "invalid_response") throw error;
      return undefined;
    } finally {
      late();
      unlisten();
    }
    const pipe = peer(channel, peerOptions);
    const attached = listener();
    if (attached !== undefined) pipe.attach(attached);
    void pipe.closed.then(finished);
    this.#pipe = pipe;
    return pipe.exchange(request, call);
  }
}

/** What came of a handshake. */
interface Opened {
  readonly response: Response;
  readonly session: LegacySession | undefined;
}

function get(
  endpoint: Endpoint,
  headers: Outgoing["headers"] | undefined,
  lastEventId: string | undefined,
  reader: Reader,
): Sent {
  const own = { ...headers, Accept: "text/event-stream" };
  const resuming = lastEventId === undefined ? own : { ...own, [HeaderName.lastEventId]: lastEventId };
  return endpoint.send({ method: "GET", headers: resuming }, reader);
}

/** Whether it makes no sense to ask once more for the rest of a stream; the request fails then. */
function isNotResumed({ status }: WholeReply, waiting: Waiting): boolean {
  if (status >= 500 || status === 429) return false;
  const why = `its stream broke, and the server answers HTTP ${status} to who wants the rest`;
  waiting.reject(lost(waiting, new LocalError("closed", why)));
  return true;
}

/** Whether a handshake failed in a way that only a server of a newer revision knows. */
function isModernError(outcome: Response | Error): boolean {
  if (outcome instanceof Error) return false;
  const { error } = outcome;
  return (
    error !== undefined && error.code <= ErrorCode.HeaderMismatch && error.code >= ErrorCode.UnsupportedProtocolVersion
  );
}
