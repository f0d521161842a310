import { InternalError, InvalidRequestError, LocalError, type ProtocolError } from "../../errors.ts";
import { toMessage } from "../../jsonrpc/wire/index.ts";
import {
  type Answered,
  type Carrier,
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
  HttpRefusal,
} from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { Legacy } from "../index.ts";
import type { HttpExchange } from "./exchange.ts";
import { full, isRequest, refusalOf } from "./facts.ts";
import { Reply, respond, type Responding } from "./reply.ts";
import type { Session, SessionCall } from "./session.ts";

/** A request of a conversation while it is being answered. When its client goes away, it goes on. */
class PostedCall implements SessionCall {
  place = -1;
  readonly id: RequestId;
  readonly call: OpenCall;
  readonly #post: LegacyPost;

  constructor(id: RequestId, post: LegacyPost) {
    this.id = id;
    this.#post = post;
    this.call = new OpenCall(post);
  }

  get reply(): Reply {
    return this.#post.reply;
  }
}

/** A POST to a conversation: what it brings, and what is answered. Its requests have one reply together. */
export class LegacyPost implements Carrier, Responding {
  readonly binding: HttpExchange;
  readonly #legacy: Legacy;
  readonly #session: Session | undefined;
  #reply: Reply | undefined;
  /** Requests that are being answered. */
  #running = 0;

  constructor(exchange: HttpExchange, legacy: Legacy, session?: Session) {
    this.binding = exchange;
    exchange.reply = this;
    this.#legacy = legacy;
    this.#session = session;
  }

  /** Made when something goes out before the response. Where events are kept, its client can come back for it. */
  get reply(): Reply {
    this.#reply ??= new Reply(this.binding, this.#session);
    return this.#reply;
  }

  emit(notification: Notification | Serialized<Notification>): void | Promise<void> {
    return this.reply.send(notification);
  }

  /** Questions go out on the reply, while there is one to come, and their answers come with the session. */
  get ask(): Exchange | undefined {
    const { pending } = this.#session ?? {};
    if (pending === undefined || !this.binding.accepted.events || this.#running === 0) return undefined;
    return (request, call) => pending.open(request, call, (message) => this.reply.send(message));
  }

  disconnect(retry?: number): void {
    if (this.#running > 0) this.reply.disconnect(retry);
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
    this.#answer(message);
    this.#wait();
  }

  /** Answers a request without sending the answer, nor anything else. */
  answer(request: Request): Answered {
    const { binding } = this;
    return this.#legacy.ask(request, new OpenCall({ binding, emit: () => {} }));
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
    const { sink, headers } = this.binding;
    sink.reply(202, headers);
    this.binding.done();
  }

  #hearOne(message: Notification | Response): void {
    const { report } = this.binding.around;
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
    for (const { id, call, reply } of this.#session?.calls.all() ?? []) {
      if (id !== params?.["requestId"]) continue;
      call.abort(new LocalError("aborted", text));
      reply.abort();
    }
  }

  #answer(request: Request): void {
    const posted = new PostedCall(request.id, this);
    this.#session?.calls.add(posted);
    const answered = this.#legacy.ask(request, posted.call);
    if (!(answered instanceof Promise)) return this.#answered(posted, answered);
    answered.then(
      (response) => this.#answered(posted, response),
      (error) => this.#answered(posted, this.#failure(posted, error)),
    );
  }

  /** What a request changed is known to every process before the client hears of it. */
  #answered(posted: PostedCall, response: Response): void {
    this.#running--;
    posted.call.end();
    this.#session?.calls.delete(posted);
    const stored = this.#running === 0 ? this.#session?.leave() : this.#session?.store();
    if (!(stored instanceof Promise)) this.#finish(posted, response);
    else {
      stored.then(
        () => this.#finish(posted, response),
        (error) => this.#finish(posted, this.#failure(posted, error)),
      );
    }
  }

  #failure({ id }: PostedCall, error: unknown): Response {
    this.binding.around.report(error);
    return failure(id, new InternalError());
  }

  #finish({ call }: PostedCall, response: Response): void {
    if (!call.aborted) {
      if (this.#reply === undefined) respond(this, response, 200);
      else this.#reply.finish(response, 200);
    }
    if (this.#running === 0) this.binding.done();
  }

  /** What was not answered at once takes its time. */
  #wait(): void {
    if (this.#running === 0) return;
    const { reply } = this;
    this.binding.sink.onClose(() => reply.closed());
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
    const reply = new Reply(this.binding, this.#session, requests.length + broken.length);
    this.#reply = reply;
    for (const { response } of broken) reply.finish(response, 200);
    for (const request of requests) {
      const problem = problemInBatch(request, requests);
      if (problem !== undefined) reply.finish(failure(request.id, problem), 200);
    }
    for (const request of good) this.#answer(request);
    this.#wait();
    if (good.length === 0) return this.#leave();
  }

  async #leave(): Promise<void> {
    await this.#session?.leave();
    this.binding.done();
  }
}

function problemInBatch(request: Request, requests: readonly Request[]): ProtocolError | undefined {
  if (request.method === "initialize") return new InvalidRequestError("initialize stands alone");
  const twice = requests.some((other) => other !== request && other.id === request.id);
  return twice ? new InvalidRequestError("The id stands twice in the batch") : undefined;
}
