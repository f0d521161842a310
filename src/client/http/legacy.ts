import { LocalError } from "../../errors.ts";
import { Answers } from "../../jsonrpc/channels/index.ts";
import {
  after,
  type Call,
  type Message,
  type Notification,
  type Params,
  type Request,
  type Response,
  type Serialized,
  type Transport,
} from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { Waiting } from "./calls.ts";
import type { Reader } from "./endpoint.ts";
import { Inbox } from "./inbox.ts";
import { handshake, openLegacy } from "./legacy-handshake.ts";
import { LegacyListening } from "./legacy-listening.ts";
import { get, type LegacyParts, streamOf } from "./legacy-reading.ts";
import { LegacyMemory, ownCall } from "./legacy-restore.ts";
import type { LegacySession } from "./legacy-session.ts";
import { accepted, bodyOf, JSON_HEADERS } from "./post.ts";

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
  /** Sessions in a row that were lost before anything was heard in them. */
  #unheard = 0;
  /** The conversation with a server of the oldest transport. */
  #pipe: Transport | undefined;

  constructor(parts: LegacyParts) {
    const { listener, problem, peerOptions } = parts;
    this.#parts = parts;
    this.#answers = new Answers({
      options: peerOptions,
      listener,
      problem,
      exchange: (request, call) => this.exchange(request, call),
      send: (message) => this.#answer(message),
    });
    this.#inbox = new Inbox(parts, {
      batches: () => this.#session?.batches === true,
      ask: (request) => this.#answers.take(request),
      cancelled: (notification) => void this.#answers.cancel(notification),
    });
  }

  /** Whether a handshake opened it. */
  get opened(): boolean {
    return this.#session !== undefined || this.#pipe !== undefined;
  }

  exchange(request: Request, call: Call): Promise<Response> {
    if (this.#pipe !== undefined) return Promise.resolve(this.#pipe.exchange(request, call));
    if (request.method === "initialize") return this.#open(request, call);
    const answer = this.#parts.calls.open(
      request,
      call,
      (waiting) => this.#send(waiting, false),
      (notification) => this.#cancel(notification),
    );
    return this.#memory.concerns(request) ? answer.then((response) => this.#memory.learn(request, response)) : answer;
  }

  async send(notification: Notification): Promise<void> {
    if (this.#pipe !== undefined) return this.#pipe.send(notification);
    await this.#post(bodyOf(notification), false);
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
      this.#parts.endpoint.send({ method: "DELETE", headers: session.headers, tied: true }, reader);
    });
  }

  /** @param again Whether it goes in a session that was just opened anew, and may not be lost once more. */
  #send(waiting: Waiting, again: boolean): void {
    if (this.#recovering !== undefined && !again) return this.#sendAfter(this.#recovering, waiting, false);
    const session = this.#session;
    const headers = session?.postHeaders ?? JSON_HEADERS;
    const stream = streamOf(
      this.#parts,
      this.#inbox,
      waiting,
      () => session?.headers,
      (reply) => {
        if (!again && session?.isLost(reply, waiting.message.id) === true) {
          this.#sendAfter(this.#recover(session), waiting, true);
        } else this.#inbox.answer(reply, waiting);
      },
    );
    waiting.travel(this.#parts.endpoint.send({ method: "POST", headers, body: bodyOf(waiting.message) }, stream));
  }

  #sendAfter(recovered: Promise<void>, waiting: Waiting, again: boolean): void {
    recovered.then(
      () => {
        if (!waiting.over) this.#send(waiting, again);
      },
      (error: unknown) => waiting.reject(error),
    );
  }

  /** Each answer, and each notification that belongs to one, is a POST of its own. */
  async #answer(message: Message | Serialized): Promise<void> {
    const { problem } = this.#parts;
    try {
      await this.#post(
        bodyOf(message, (cause) => problem("An answer is no JSON", cause)),
        true,
      );
    } catch (error) {
      problem("An answer could not be sent", error);
    }
  }

  /** A server of an older revision works on when a client has gone, unless it is told. The handshake is never cancelled. */
  #cancel(notification: Notification): void {
    this.#post(bodyOf(notification), true).catch((error: unknown) =>
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

  async #open(request: Request, call: Call): Promise<Response> {
    this.#session = undefined;
    const { response, session, pipe } = await openLegacy(this.#parts, this.#inbox, request, call);
    this.#session = session;
    this.#pipe = pipe;
    return response;
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
    const { problem } = this.#parts;
    this.#listening?.stop();
    // The client knows one revision, and goes on in it.
    const request = { method: "initialize", params: { ...params, protocolVersion: version } };
    const { response, session } = await this.#own(request, (own, call) =>
      handshake(this.#parts, this.#inbox, own, call),
    );
    if (session === undefined || session.version !== version) {
      const message = "The server has lost the session, and opens no other like it: connect again";
      throw new LocalError("closed", message, { cause: response.error });
    }
    this.#session = session;
    await this.#post(bodyOf({ jsonrpc: "2.0", method: "notifications/initialized" }), true);
    this.#listen();
    const restoring = this.#memory.requests.map((one) =>
      this.#own(one, (own, call) => this.#parts.calls.open(own, call, (waiting) => this.#send(waiting, true))),
    );
    for (const outcome of await Promise.allSettled(restoring)) {
      if (outcome.status === "rejected")
        problem("A setting of the lost session could not be made again", outcome.reason);
    }
    // Who is told that everything may have changed takes the single changes, in the same turn, as said already.
    this.#inbox.missed();
    for (const change of this.#memory.changes(session.capabilities)) this.#inbox.tell(change);
  }

  /** Sends a request that nobody asked for, and waits no longer for it than a client does. */
  async #own<T>(
    { method, params }: { readonly method: string; readonly params: Params },
    send: (request: Request, call: Call) => Promise<T>,
  ): Promise<T> {
    const call = ownCall((notification) => this.#inbox.tell(notification));
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
    const listening: LegacyListening = new LegacyListening(pacing, {
      get: (lastEventId, reader) => get(endpoint, session?.headers, lastEventId, reader),
      take: (text) => {
        this.#unheard = 0;
        this.#inbox.text(text);
      },
      refusal: (reply) => endpoint.refusal(reply),
      missed: (error) => this.#inbox.missed(error),
      gone: (steady) => this.#goOn(session, listening, steady),
      problem,
      onStatus,
    });
    this.#listening = listening;
  }

  /** Opens another session, since what the server says unasked is to be heard in one. */
  #goOn(session: LegacySession | undefined, listening: LegacyListening, steady: boolean): void {
    if (steady) this.#unheard = 0;
    if (session === undefined || ++this.#unheard > this.#parts.pacing.reconnects) {
      return listening.lost(new LocalError("closed", "The server loses each session before it says anything"));
    }
    this.#recover(session).catch((error: Error) => listening.lost(error));
  }
}
