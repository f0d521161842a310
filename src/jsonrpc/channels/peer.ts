import { LocalError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import {
  type Channel,
  type CloseReason,
  type Exchange,
  type Listener,
  Malformed,
  type Message,
  type Notification,
  type PeerOptions,
  type RequestId,
  type Serialized,
  type Transport,
} from "../index.ts";
import { refuse, toMessage, Pending } from "../wire/index.ts";
import { Answers } from "./answers.ts";

/** A transport that gives every answer by a promise. */
export interface Peer extends Transport {
  readonly exchange: Exchange;
}

/**
 * Speaks {@link Exchange} over a {@link Channel}, both ways at once.
 *
 * It gives every outgoing request an id, and a progress token where one is asked for, of its own, so that requests
 * from any number of sources can share the channel; it turns an aborted call into `notifications/cancelled` and the
 * other way round, and brings progress and subscription notifications to the call that they belong to.
 */
export function peer(channel: Channel, options: PeerOptions = {}): Peer {
  return new ChannelPeer(channel, options);
}

class ChannelPeer implements Peer {
  readonly closed: Promise<CloseReason>;
  readonly #channel: Channel;
  readonly #options: PeerOptions;
  readonly #pending = new Pending();
  readonly #answers: Answers;
  readonly #send = (message: Message | Serialized<Notification>): void | Promise<void> => this.#channel.send(message);
  #listener: Listener | undefined;
  #ending = false;

  constructor(channel: Channel, options: PeerOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#answers = new Answers({
      options,
      exchange: this.exchange,
      send: this.#send,
      listener: () => this.#listener,
      problem: (message, cause) => this.#problem(message, cause),
    });
    this.closed = channel.closed.then((reason) => this.#end(reason));
  }

  readonly exchange: Exchange = (request, call) => this.#pending.open(request, call, this.#send);

  send(notification: Notification): void | Promise<void> {
    return this.#channel.send(notification);
  }

  attach(listener: Listener): void {
    this.#listener = listener;
    this.#channel.receive((message) => this.#receive(message));
  }

  async close(): Promise<void> {
    await this.#channel.close();
    await this.closed;
  }

  async end(): Promise<void> {
    await this.#wind();
    await this.closed;
  }

  #receive(message: Message | Malformed): void {
    if (message instanceof Malformed) this.#refer(message);
    else if (!("method" in message)) {
      if (!this.#pending.settle(message)) this.#problem("A response came that answers no request", message);
    } else if ("id" in message && message.id !== undefined) this.#answers.take(message);
    else this.#notify(message);
  }

  /** What is no message fails the request that it was to answer; else the listener says what becomes of it. */
  #refer(malformed: Malformed): void {
    if (malformed.silent && this.#pending.fail(malformed)) return;
    const { batch = [] } = malformed;
    if (batch.length > 0 && this.#listener?.batches?.() === true) return this.#takeBatch(batch);
    try {
      const response = this.#listener?.malformed?.(malformed);
      if (response !== undefined && !malformed.silent) void this.#channel.send(response);
    } catch (error) {
      this.#problem("What is no message was not taken", error);
    }
  }

  #takeBatch(batch: readonly unknown[]): void {
    if (batch.length > limits.batch) {
      const message = `A batch may have ${limits.batch} messages`;
      return void this.#channel.send(refuse(undefined, message, { limit: "batch" }).response);
    }
    for (const item of batch) {
      // A batch within a batch is refused: it would have no limit.
      this.#receive(Array.isArray(item) ? refuse(undefined, "A message is a JSON object") : toMessage(item));
    }
  }

  #notify(notification: Notification): void {
    try {
      if (notification.method === "notifications/cancelled") {
        if (!this.#answers.cancel(notification)) this.#pending.end(notification.params?.["requestId"] as RequestId);
      } else if (!this.#pending.notify(notification)) this.#listener?.emit(notification);
    } catch (error) {
      this.#problem(`A notification "${notification.method}" was not taken`, error);
    }
  }

  async #end(reason: CloseReason): Promise<CloseReason> {
    this.#pending.close(reason);
    if (reason.kind === "end") await this.#wind();
    this.#answers.close(new LocalError("closed", "The connection is closed"));
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
    await this.#answers.drain();
    await this.#channel.close();
  }

  #problem(message: string, cause: unknown): void {
    try {
      this.#options.onProblem?.(new LocalError("invalid_response", message, { cause }));
    } catch {
      // A listener that throws must not break the conversation that it listens to.
    }
  }
}
