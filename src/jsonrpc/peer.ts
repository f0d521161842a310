import { InternalError, InvalidRequestError, LocalError, type ProtocolError } from "../errors.ts";
import { isObject } from "../json.ts";
import { limits } from "../limits.ts";
import type { Channel, CloseReason } from "./channel.ts";
import { type Binding, type Exchange, OpenCall } from "./exchange.ts";
import {
  failure,
  Malformed,
  type Message,
  type Notification,
  type Request,
  type RequestId,
  type Response,
  refuse,
  toMessage,
} from "./message.ts";
import type { PeerOptions } from "./peer-options.ts";
import { Pending } from "./pending.ts";
import type { Serialized } from "./serialized.ts";
import { after } from "./timer.ts";
import type { Listener, Transport } from "./transport.ts";

/**
 * Speaks {@link Exchange} over a {@link Channel}, both ways at once.
 *
 * It gives every outgoing request an id, and a progress token where one is asked for, of its own, so that requests
 * from any number of sources can share the channel; it turns an aborted call into `notifications/cancelled` and the
 * other way round, and brings progress and subscription notifications to the call that they belong to.
 */
export function peer(channel: Channel, options: PeerOptions = {}): Transport {
  return new ChannelPeer(channel, options);
}

/** A request of the peer while it is being answered. */
class Incoming extends OpenCall {
  readonly request: Request;
  readonly #peer: ChannelPeer;

  constructor(peer: ChannelPeer, request: Request) {
    super();
    this.#peer = peer;
    this.request = request;
  }

  override get ask(): Exchange {
    return this.#peer.exchange;
  }

  override get binding(): Binding | undefined {
    return this.#peer.binding;
  }

  override emit(notification: Notification | Serialized<Notification>): void | Promise<void> {
    if (this.#peer.answers(this)) return this.#peer.channel.send(notification);
  }
}

class ChannelPeer implements Transport {
  readonly channel: Channel;
  readonly binding: Binding | undefined;
  readonly closed: Promise<CloseReason>;
  readonly #options: PeerOptions;
  readonly #pending: Pending;
  readonly #running = new Map<RequestId, Incoming>();
  readonly #queue = new Map<RequestId, Incoming>();
  #listener: Listener | undefined;
  /** Answers that the channel has taken and the reader has not. */
  #untaken = 0;
  #ending = false;
  #draining: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(channel: Channel, options: PeerOptions) {
    this.channel = channel;
    this.binding = options.binding;
    this.#options = options;
    this.#pending = new Pending();
    this.closed = channel.closed.then((reason) => this.#end(reason));
  }

  readonly exchange: Exchange = (request, call) =>
    this.#pending.open(request, call, (message) => this.channel.send(message));

  send(notification: Notification): void | Promise<void> {
    return this.channel.send(notification);
  }

  attach(listener: Listener): void {
    this.#listener = listener;
    this.channel.receive((message) => this.#receive(message));
  }

  async close(): Promise<void> {
    await this.channel.close();
    await this.closed;
  }

  async end(): Promise<void> {
    await this.#wind();
    await this.closed;
  }

  /** Whether this call is still being answered. */
  answers(call: Incoming): boolean {
    return this.#running.get(call.request.id) === call;
  }

  #receive(message: Message | Malformed): void {
    if (message instanceof Malformed) this.#refer(message);
    else if (!("method" in message)) {
      if (!this.#pending.settle(message)) this.#problem("A response came that answers no request", message);
    } else if ("id" in message && message.id !== undefined) this.#accept(message);
    else this.#notify(message);
  }

  /** What is no message fails the request that it was to answer; else the listener says what becomes of it. */
  #refer(malformed: Malformed): void {
    if (malformed.silent && this.#pending.fail(malformed)) return;
    const { batch = [] } = malformed;
    if (batch.length > 0 && this.#listener?.batches?.() === true) return this.#takeBatch(batch);
    try {
      const response = this.#listener?.malformed?.(malformed);
      if (response !== undefined && !malformed.silent) void this.channel.send(response);
    } catch (error) {
      this.#problem("What is no message was not taken", error);
    }
  }

  #takeBatch(batch: readonly unknown[]): void {
    if (batch.length > limits.batch) {
      const message = `A batch may have ${limits.batch} messages`;
      return void this.channel.send(refuse(undefined, message, { limit: "batch" }).response);
    }
    for (const item of batch) {
      // A batch within a batch is refused: it would have no limit.
      this.#receive(Array.isArray(item) ? refuse(undefined, "A message is a JSON object") : toMessage(item));
    }
  }

  #accept(request: Request): void {
    const { queued = limits.queued } = this.#options;
    if (this.#running.has(request.id) || this.#queue.has(request.id)) {
      return this.#refuse(request, new InvalidRequestError("A request with this id is already being answered"));
    }
    if (this.#ending) return this.#refuse(request, new InternalError("The server is closing"));
    const call = new Incoming(this, request);
    if (!this.#isFull) this.#answer(call);
    else if (this.#queue.size < queued) this.#queue.set(request.id, call);
    else this.#refuse(request, new InternalError("Too many requests at once", { limit: "inFlight" }));
  }

  #answer(call: Incoming): void {
    const { request } = call;
    this.#running.set(request.id, call);
    let answer: Promise<Response> | undefined;
    try {
      answer = this.#listener?.ask(request, call);
    } catch (error) {
      answer = Promise.reject(error);
    }
    if (answer === undefined) {
      this.#running.delete(request.id);
      this.#problem(`The peer may not ask ${request.method} in this revision`, request);
      return this.#proceed();
    }
    answer.then(
      (response) => this.#finish(call, response),
      (error: unknown) => {
        this.#problem("A request was not answered", error);
        this.#finish(call, failure(request.id, new InternalError()));
      },
    );
  }

  #finish(call: Incoming, response: Response): void {
    const { id } = call.request;
    if (!this.answers(call)) return;
    this.#running.delete(id);
    const kept = isResponse(response);
    if (!kept) this.#problem("A request was answered with what is no response", response);
    this.#respond(kept ? response : failure(id, new InternalError()), id);
    this.#proceed();
  }

  /** A reader that is slow keeps its place among those that run, so that it cannot make answers pile up. */
  #respond(response: Response, id: RequestId): void {
    const room = this.channel.send(response.id === id ? response : { ...response, id });
    if (room === undefined) return;
    this.#untaken++;
    void room.then(() => {
      this.#untaken--;
      this.#proceed();
    });
  }

  get #isFull(): boolean {
    return this.#running.size + this.#untaken >= (this.#options.inFlight ?? limits.inFlight);
  }

  #proceed(): void {
    if (this.#isFull) return;
    for (const [id, next] of this.#queue) {
      this.#queue.delete(id);
      this.#answer(next);
      return;
    }
    if (this.#running.size === 0) this.#drained?.();
  }

  #refuse(request: Request, error: ProtocolError): void {
    void this.channel.send(failure(request.id, error));
  }

  #notify(notification: Notification): void {
    try {
      if (notification.method === "notifications/cancelled") this.#cancel(notification);
      else if (!this.#pending.notify(notification)) this.#listener?.emit(notification);
    } catch (error) {
      this.#problem(`A notification "${notification.method}" was not taken`, error);
    }
  }

  /** A cancelled request gets no response. An id that is not being answered means a race, and is ignored. */
  #cancel(notification: Notification): void {
    const id = notification.params?.["requestId"] as RequestId;
    const reason = notification.params?.["reason"];
    if (this.#queue.delete(id)) return;
    const call = this.#running.get(id);
    if (call === undefined) return this.#pending.end(id);
    this.#running.delete(id);
    call.abort(new LocalError("aborted", typeof reason === "string" ? reason : "The peer cancelled the request"));
    this.#proceed();
  }

  async #end(reason: CloseReason): Promise<CloseReason> {
    this.#pending.close(reason);
    if (reason.kind === "end") await this.#wind();
    this.#drained?.();
    const closed = new LocalError("closed", "The connection is closed");
    for (const call of [...this.#running.values()]) call.abort(closed);
    this.#running.clear();
    this.#queue.clear();
    return reason;
  }

  /** Answers what runs, and closes. */
  async #wind(): Promise<void> {
    if (!this.#ending) {
      this.#ending = true;
      try {
        this.#listener?.end?.();
      } catch (error) {
        this.#problem("The end was not taken", error);
      }
    }
    await this.#drain();
    await this.channel.close();
  }

  #drain(): Promise<void> {
    if (this.#running.size === 0 && this.#queue.size === 0) return Promise.resolve();
    this.#draining ??= new Promise((resolve) => {
      const keep = after(this.#options.graceTimeout ?? limits.graceTimeout, resolve);
      this.#drained = () => {
        keep();
        resolve();
      };
    });
    return this.#draining;
  }

  #problem(message: string, cause: unknown): void {
    try {
      this.#options.onProblem?.(new LocalError("invalid_response", message, { cause }));
    } catch {
      // A listener that throws must not break the conversation that it listens to.
    }
  }
}

/** Whether a listener kept its word. */
function isResponse(value: unknown): value is Response {
  return isObject(value) && (value["result"] !== undefined || value["error"] !== undefined);
}
