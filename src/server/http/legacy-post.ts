import { InternalError, InvalidRequestError, LocalError, type ProtocolError } from "../../errors.ts";
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
import { isSince } from "../../protocol/index.ts";
import type { Eventually } from "../../stores/index.ts";
import type { Legacy } from "../index.ts";
import { eventOf } from "./event-writer.ts";
import { type HttpHeaders, HttpRefusal, refusalOf } from "./facts.ts";
import type { ReplayStream } from "./replay.ts";
import { type HttpExchange, Reply } from "./reply.ts";
import type { Session, SessionCall } from "./session.ts";

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

/** A POST to a conversation: what it brings, and what is answered. */
export class LegacyPost {
  readonly #exchange: HttpExchange;
  readonly #legacy: Legacy;
  readonly #session: Session | undefined;
  readonly #report: (problem: unknown) => void;

  constructor(exchange: HttpExchange, legacy: Legacy, session?: Session) {
    this.#exchange = exchange;
    this.#legacy = legacy;
    this.#session = session;
    this.#report = exchange.options.onProblem;
  }

  /** Takes a message, or a batch where the revision has them. Settles when all has been answered. */
  async take(message: Message | Malformed): Promise<void> {
    if (message instanceof Malformed) {
      if (message.batch === undefined || !this.#legacy.batches) throw refusalOf(message);
      return this.#takeBatch(message.batch);
    }
    if (isRequest(message)) {
      this.#checkRoom(1);
      return this.#answer(message, this.#reply());
    }
    this.#hear(message);
    return this.#accept();
  }

  /** Answers a request without sending the answer, nor anything else. */
  ask(request: Request): Promise<Response> {
    const { binding, options, sink } = this.#exchange;
    const silent = new Reply(sink, { ...options, accepted: { json: true, events: false } });
    return this.#legacy.ask(request, new LegacyCall(request.id, undefined, silent, binding));
  }

  async #accept(): Promise<void> {
    await this.#store();
    const { sink, options } = this.#exchange;
    sink.reply(202, options.headers);
  }

  /** What a message changed is known to every process before the client hears of it. */
  #store(): Eventually<void> {
    return this.#session?.store();
  }

  #checkRoom(requests: number): void {
    if (this.#session === undefined || this.#session.calls.size + requests <= limits.inFlight) return;
    throw full(429, "Too many requests of this session at once", "inFlight");
  }

  /** Takes what gets no response. */
  #hear(message: Notification | Response): void {
    if (!("method" in message)) {
      if (this.#session?.pending.settle(message) === true) return;
      this.#report(new LocalError("invalid_response", "A response came that answers no request"));
    } else if (message.method === "notifications/cancelled") this.#cancel(message);
    else if (this.#session?.pending.notify(message) !== true) {
      try {
        this.#legacy.emit(message);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  /** A cancelled request gets no response. */
  #cancel({ params }: Notification): void {
    const reason = params?.["reason"];
    const text = typeof reason === "string" ? reason : "The client cancelled the request";
    for (const call of [...(this.#session?.calls ?? [])]) {
      if (call.id !== params?.["requestId"]) continue;
      call.abort(new LocalError("aborted", text));
      call.reply.abort();
    }
  }

  async #answer(request: Request, reply: Reply): Promise<void> {
    const call = new LegacyCall(request.id, this.#session, reply, this.#exchange.binding);
    this.#session?.calls.add(call);
    try {
      const response = await this.#legacy.ask(request, call);
      const stored = this.#store();
      if (stored !== undefined) await stored;
      if (!call.aborted) reply.finish(response, 200);
    } catch (error) {
      this.#report(error);
      if (!call.aborted) reply.finish(failure(request.id, new InternalError()), 200);
    } finally {
      this.#session?.calls.delete(call);
    }
  }

  /** The reply to all requests of the POST; where events are kept, its client can come back for it. */
  #reply(batch?: number): Reply {
    const { sink, options } = this.#exchange;
    const session = this.#session;
    let events: ReplayStream | undefined;
    const reply: Reply = new Reply(sink, {
      ...options,
      ...(batch === undefined ? {} : { batch }),
      eventOf: (data) => (events === undefined ? eventOf(data) : events.eventOf(data)),
      opened: (writer) => {
        events = session?.replayStream();
        if (events === undefined) return;
        session?.streams.set(events.name, { events, reply });
        if (hasPriming(this.#legacy)) void writer.write(events.priming);
      },
      ended: () => {
        if (events !== undefined) session?.streams.delete(events.name);
      },
    });
    sink.onClose(() => reply.closed());
    reply.begin();
    return reply;
  }

  async #takeBatch(batch: readonly unknown[]): Promise<void> {
    if (batch.length === 0) throw new HttpRefusal(400, "A batch has at least one message");
    if (batch.length > limits.batch) {
      const error = new InvalidRequestError(`A batch may have ${limits.batch} messages`, { limit: "batch" });
      throw new HttpRefusal(400, error);
    }
    const messages = batch.map((item) => toMessage(item));
    const requests = messages.filter((message) => !(message instanceof Malformed) && isRequest(message)) as Request[];
    this.#checkRoom(requests.length);
    const broken = messages.filter((message) => message instanceof Malformed && !message.silent) as Malformed[];
    for (const message of messages) if (!(message instanceof Malformed) && !isRequest(message)) this.#hear(message);
    if (requests.length + broken.length === 0) return this.#accept();
    const reply = this.#reply(requests.length + broken.length);
    for (const { response } of broken) reply.finish(response, 200);
    await Promise.all(
      requests.map(async (request) => {
        const problem = problemInBatch(request, requests);
        if (problem === undefined) await this.#answer(request, reply);
        else reply.finish(failure(request.id, problem), 200);
      }),
    );
  }
}

function problemInBatch(request: Request, requests: readonly Request[]): ProtocolError | undefined {
  if (request.method === "initialize") return new InvalidRequestError("initialize stands alone");
  const twice = requests.some((other) => other !== request && other.id === request.id);
  return twice ? new InvalidRequestError("The id stands twice in the batch") : undefined;
}

/** Whether clients of this revision know what an event without data is: older ones take it for a broken message. */
export function hasPriming({ state }: Legacy): boolean {
  return state !== undefined && isSince(state.version, "2025-11-25");
}

/** Whether a message wants an answer. */
export function isRequest(message: Message): message is Request {
  return "method" in message && "id" in message && message.id !== undefined;
}

const RETRY_SOON: HttpHeaders = { "retry-after": "1" };

/** The refusal of what is one too many. */
export function full(status: number, message: string, limit: string): HttpRefusal {
  return new HttpRefusal(status, new InternalError(message, { limit }), RETRY_SOON);
}
