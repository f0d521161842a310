import { InternalError, InvalidRequestError, LocalError, type ProtocolError } from "../../errors.ts";
import { toMessage } from "../../jsonrpc/wire/index.ts";
import {
  type Answered,
  type Exchange,
  failure,
  Malformed,
  type Message,
  type Notification,
  type Request,
  type RequestId,
  type Response,
  HttpRefusal,
} from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { Legacy } from "../index.ts";
import type { HttpExchange } from "./exchange.ts";
import { full, refusalOf } from "./facts.ts";
import { HttpCall, isRequest } from "./http-call.ts";
import { Reply } from "./reply.ts";
import type { Session, SessionCall } from "./session.ts";

/** A request of a conversation while it is being answered. When its client goes away, it goes on. */
class LegacyCall extends HttpCall implements SessionCall {
  place = -1;
  readonly id: RequestId;
  readonly #session: Session | undefined;

  constructor(id: RequestId, reply: Reply, exchange: HttpExchange, session: Session | undefined) {
    super(reply, exchange);
    this.id = id;
    this.#session = session;
  }

  /** Questions go out on the reply to the request, and their answers come with the session. */
  override get ask(): Exchange | undefined {
    const { pending } = this.#session ?? {};
    if (pending === undefined || !this.reply.streams) return undefined;
    return (request, call) => pending.open(request, call, (message) => this.reply.send(message));
  }
}

/** A POST to a conversation: what it brings, and what is answered. */
export class LegacyPost {
  readonly #exchange: HttpExchange;
  readonly #legacy: Legacy;
  readonly #session: Session | undefined;
  /** Requests that are being answered. */
  #running = 0;

  constructor(exchange: HttpExchange, legacy: Legacy, session?: Session) {
    this.#exchange = exchange;
    this.#legacy = legacy;
    this.#session = session;
  }

  /**
   * Takes a message, or a batch where the revision has them, and says when all has been answered.
   *
   * @throws HttpRefusal for what is not taken.
   */
  take(message: Message | Malformed): void | Promise<void> {
    if (message instanceof Malformed) {
      if (message.batch === undefined || !this.#legacy.batches) throw refusalOf(message);
      return this.#takeBatch(message.batch);
    }
    if (!isRequest(message)) return this.#hear([message]);
    this.#enter(1);
    const reply = this.#reply();
    this.#answer(message, reply);
    this.#wait(reply);
  }

  /** Answers a request without sending the answer, nor anything else. */
  ask(request: Request): Answered {
    const { sink, headers, around } = this.#exchange;
    const silent = new Reply({ sink, headers, around, accepted: { json: true, events: false } });
    return this.#legacy.ask(request, new LegacyCall(request.id, silent, this.#exchange, undefined));
  }

  /** So many requests begin. @throws HttpRefusal when they are too many. */
  #enter(requests: number): void {
    if (this.#session !== undefined && this.#session.calls.size + requests > limits.inFlight) {
      throw full(429, "Too many requests of this session at once", "inFlight");
    }
    this.#session?.enter();
    this.#running = requests;
  }

  /** Takes what gets no response. What it changed is known to every process before the client hears of it. */
  async #hear(messages: readonly (Notification | Response)[]): Promise<void> {
    this.#session?.enter();
    for (const message of messages) this.#hearOne(message);
    await this.#session?.leave();
    const { sink, headers } = this.#exchange;
    sink.reply(202, headers);
    this.#exchange.done();
  }

  #hearOne(message: Notification | Response): void {
    const { report } = this.#exchange.around;
    if (!("method" in message)) {
      if (this.#session?.pending.settle(message) === true) return;
      report(new LocalError("invalid_response", "A response came that answers no request"));
    } else if (message.method === "notifications/cancelled") this.#cancel(message);
    else if (this.#session?.pending.notify(message) !== true) {
      try {
        this.#legacy.emit(message);
      } catch (error) {
        report(error);
      }
    }
  }

  /** A cancelled request gets no response. */
  #cancel({ params }: Notification): void {
    const reason = params?.["reason"];
    const text = typeof reason === "string" ? reason : "The client cancelled the request";
    for (const call of this.#session?.calls.all() ?? []) {
      if (call.id !== params?.["requestId"]) continue;
      call.abort(new LocalError("aborted", text));
      call.reply.abort();
    }
  }

  #answer(request: Request, reply: Reply): void {
    const call = new LegacyCall(request.id, reply, this.#exchange, this.#session);
    this.#session?.calls.add(call);
    const answered = this.#legacy.ask(request, call);
    if (!(answered instanceof Promise)) return this.#answered(call, answered);
    answered.then(
      (response) => this.#answered(call, response),
      (error) => this.#answered(call, this.#failure(call, error)),
    );
  }

  /** What a request changed is known to every process before the client hears of it. */
  #answered(call: LegacyCall, response: Response): void {
    this.#running--;
    this.#session?.calls.delete(call);
    const stored = this.#running === 0 ? this.#session?.leave() : this.#session?.store();
    if (!(stored instanceof Promise)) this.#finish(call, response);
    else {
      stored.then(
        () => this.#finish(call, response),
        (error) => this.#finish(call, this.#failure(call, error)),
      );
    }
  }

  #failure({ id }: LegacyCall, error: unknown): Response {
    this.#exchange.around.report(error);
    return failure(id, new InternalError());
  }

  #finish(call: LegacyCall, response: Response): void {
    if (!call.aborted) call.reply.finish(response, 200);
    if (this.#running === 0) this.#exchange.done();
  }

  /** The reply to all requests of the POST; where events are kept, its client can come back for it. */
  #reply(batch?: number): Reply {
    const reply = new Reply(this.#exchange, this.#session, batch);
    this.#exchange.reply = reply;
    return reply;
  }

  /** What was not answered at once takes its time. */
  #wait(reply: Reply): void {
    if (this.#running === 0) return;
    this.#exchange.sink.onClose(() => reply.closed());
    reply.begin();
  }

  #takeBatch(batch: readonly unknown[]): void | Promise<void> {
    if (batch.length === 0) throw new HttpRefusal(400, "A batch has at least one message");
    if (batch.length > limits.batch) {
      const error = new InvalidRequestError(`A batch may have ${limits.batch} messages`, { limit: "batch" });
      throw new HttpRefusal(400, error);
    }
    const requests: Request[] = [];
    const others: (Notification | Response)[] = [];
    const broken: Malformed[] = [];
    for (const message of batch.map((item) => toMessage(item))) {
      if (message instanceof Malformed) {
        if (!message.silent) broken.push(message);
      } else if (isRequest(message)) requests.push(message);
      else others.push(message);
    }
    if (requests.length + broken.length === 0) return this.#hear(others);
    const good = requests.filter((request) => problemInBatch(request, requests) === undefined);
    this.#enter(good.length);
    for (const message of others) this.#hearOne(message);
    const reply = this.#reply(requests.length + broken.length);
    for (const { response } of broken) reply.finish(response, 200);
    for (const request of requests) {
      const problem = problemInBatch(request, requests);
      if (problem !== undefined) reply.finish(failure(request.id, problem), 200);
    }
    for (const request of good) this.#answer(request, reply);
    this.#wait(reply);
    if (good.length === 0) return this.#leave();
  }

  async #leave(): Promise<void> {
    await this.#session?.leave();
    this.#exchange.done();
  }
}

function problemInBatch(request: Request, requests: readonly Request[]): ProtocolError | undefined {
  if (request.method === "initialize") return new InvalidRequestError("initialize stands alone");
  const twice = requests.some((other) => other !== request && other.id === request.id);
  return twice ? new InvalidRequestError("The id stands twice in the batch") : undefined;
}
