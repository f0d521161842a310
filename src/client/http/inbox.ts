import {
  type Listener,
  Malformed,
  type Message,
  type Notification,
  type Request,
  type Response,
} from "../../jsonrpc/index.ts";
import { parse, toMessage } from "../../jsonrpc/wire/index.ts";
import { limits } from "../../limits.ts";
import { type Calls, noAnswer, type Problem, type Waiting } from "./calls.ts";
import type { Endpoint } from "./endpoint.ts";
import type { WholeReply } from "./failures.ts";

/** What only a conversation of an older revision does with what arrives. */
export interface Older {
  /** Whether batches are part of the revision in use. */
  batches(): boolean;
  /** The server asks. */
  ask(request: Request): void;
  /** The server no longer wants an answer. */
  cancelled(notification: Notification): void;
}

/** What all that sends and takes on one connection works with. */
export interface HttpParts {
  readonly endpoint: Endpoint;
  readonly calls: Calls;
  readonly listener: () => Listener | undefined;
  readonly problem: Problem;
}

/** Brings what arrives, on whatever reply, to where it belongs. */
export class Inbox {
  readonly #parts: HttpParts;
  readonly #older: Older | undefined;

  constructor(parts: HttpParts, older?: Older) {
    this.#parts = parts;
    this.#older = older;
  }

  /** Takes the text of a message from a stream; of the reply to a request, where there is one. */
  text(text: string, waiting?: Waiting): void {
    this.#take(parse(text), waiting);
  }

  /** Takes a whole reply for the answer to a request, whatever its status; fails the request where it is none. */
  answer(reply: WholeReply, waiting: Waiting): void {
    const message = reply.text === "" ? undefined : parse(reply.text, reply.bytes);
    const wrong = message === undefined || message instanceof Malformed ? message : !answers(message, waiting);
    const refused = reply.status < 200 || reply.status >= 300;
    if (refused && wrong !== false) return waiting.reject(this.#parts.endpoint.refusal(reply));
    if (message !== undefined) this.#take(message, waiting);
    if (waiting.over) return;
    const reason =
      message instanceof Malformed ? message.error.message : `HTTP ${reply.status} without a response to it`;
    waiting.reject(noAnswer(waiting, reason));
  }

  /** Takes a notification that belongs to no request. */
  tell(notification: Notification): void {
    try {
      this.#parts.listener()?.emit(notification);
    } catch (error) {
      this.#parts.problem(`A notification "${notification.method}" was not taken`, error);
    }
  }

  /** Says that something of what the server told may be lost; with an error, nothing more is heard. */
  missed(error?: Error): void {
    try {
      this.#parts.listener()?.missed?.(error);
    } catch (cause) {
      this.#parts.problem("That something may be lost was not taken", cause);
    }
  }

  #take(message: Message | Malformed, waiting: Waiting | undefined): void {
    if (message instanceof Malformed) this.#refer(message, waiting);
    else if (!("method" in message)) {
      // An error without an id is about what could not be read: on the reply to a request, about that.
      const id = message.id ?? waiting?.message.id;
      const response = id === message.id ? message : ({ ...message, id } as Response);
      if (!this.#parts.calls.settle(response)) this.#parts.problem("A response came that answers no request", message);
    } else if ("id" in message && message.id !== undefined) {
      if (this.#older === undefined)
        this.#parts.problem(`The server may not ask ${message.method} in this revision`, message);
      else this.#older.ask(message);
    } else if (message.method === "notifications/progress") this.#parts.calls.tell(message);
    else if (message.method === "notifications/cancelled") this.#older?.cancelled(message);
    else if (waiting !== undefined && !waiting.over) this.#parts.calls.tell(message, waiting);
    else this.tell(message);
  }

  #refer(malformed: Malformed, waiting: Waiting | undefined): void {
    const { batch = [], error } = malformed;
    if (batch.length > 0 && batch.length <= limits.batch && this.#older?.batches() === true) {
      for (const item of batch) this.#take(toMessage(item), waiting);
    } else if (!this.#parts.calls.fail(malformed)) this.#parts.problem("What came is no message", error);
  }
}

function answers(message: Message, { message: { id } }: Waiting): boolean {
  return !("method" in message) && (message.id === undefined || message.id === id);
}
