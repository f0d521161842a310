import { LocalError } from "../../errors.ts";
import {
  after,
  type Call,
  type Malformed,
  type Notification,
  type Request,
  type RequestId,
  type Response,
} from "../../jsonrpc/index.ts";
import { ById, type Identified, Pending } from "../../jsonrpc/wire/index.ts";
import { limits } from "../../limits.ts";
import type { Sent } from "./endpoint.ts";

/** Told of what went wrong and was survived. */
export type Problem = (message: string, cause?: unknown) => void;

/** An own request while it waits for its answer. */
export class Waiting implements Identified<Waiting> {
  next: Waiting | undefined;
  /** The request as it goes out: under an id of this transport's own, which is its progress token, too. */
  readonly message: Request;
  readonly #calls: Calls;
  #sent: Sent | undefined;
  #linger: (() => void) | undefined;

  constructor(calls: Calls, message: Request) {
    this.#calls = calls;
    this.message = message;
  }

  get id(): RequestId {
    return this.message.id;
  }

  /** Whether it got its answer, or will get none. */
  get over(): boolean {
    return !this.#calls.waits(this);
  }

  /** The HTTP request that it travels with, from here on. */
  travel(sent: Sent): void {
    this.#sent = sent;
    if (this.over) sent.stop();
  }

  /** The HTTP request is over. */
  arrived(): void {
    this.#sent = undefined;
    this.#linger?.();
  }

  /** A server ends the stream after the answer. One that does not must not hold it for ever. */
  answered(): void {
    if (this.#sent !== undefined) this.#linger = after(limits.flushTimeout, () => this.#sent?.stop());
  }

  /** There will be no answer. */
  reject(error: unknown): void {
    this.#calls.reject(this, error);
  }

  /** Gives up the HTTP request. */
  stop(): void {
    this.#linger?.();
    this.#sent?.stop();
    this.#sent = undefined;
  }
}

/** The own requests that wait for an answer, and the HTTP requests that they travel with. */
export class Calls {
  readonly #pending = new Pending();
  readonly #waiting = new ById<Waiting>();
  readonly #problem: Problem;
  #emptied: (() => void) | undefined;

  constructor(problem: Problem) {
    this.#problem = problem;
  }

  /**
   * Waits for the answer to a request.
   *
   * @param start Sends it.
   * @param cancelled Told when it was given up, with the notification that says so.
   */
  open(
    request: Request,
    call: Call,
    start: (waiting: Waiting) => void,
    cancelled?: (notification: Notification) => void,
  ): Promise<Response> {
    let waiting: Waiting | undefined;
    return this.#pending.open(request, call, (message) => {
      if ("id" in message) {
        waiting = new Waiting(this, message);
        this.#waiting.add(waiting);
        try {
          start(waiting);
        } catch (error) {
          waiting.reject(error);
        }
      } else if (waiting !== undefined) {
        this.#over(waiting).stop();
        cancelled?.(message);
      }
    });
  }

  /** Whether a request still waits. */
  waits(waiting: Waiting): boolean {
    return this.#waiting.get(waiting.message.id) === waiting;
  }

  /** Gives a response to whoever waits for it; false when nobody does. */
  settle(response: Response): boolean {
    const waiting = response.id === undefined ? undefined : this.#waiting.get(response.id);
    if (waiting === undefined) return false;
    this.#over(waiting).answered();
    return this.#pending.settle(response);
  }

  /** Fails a request. */
  reject(waiting: Waiting, error: unknown): void {
    if (!this.waits(waiting)) return;
    this.#over(waiting).stop();
    this.#pending.reject(waiting.message.id, error);
  }

  /** Fails the request that something which is no message was to answer; false when there is none. */
  fail({ id, silent, error }: Malformed): boolean {
    const waiting = silent && id !== undefined ? this.#waiting.get(id) : undefined;
    waiting?.reject(noAnswer(waiting, error.message));
    return waiting !== undefined;
  }

  /** Gives a notification to the request that it belongs to: progress to the one that it names. */
  tell(notification: Notification, waiting?: Waiting): void {
    try {
      if (waiting === undefined) this.#pending.notify(notification);
      else this.#pending.emit(waiting.message.id, notification);
    } catch (error) {
      this.#problem(`A notification "${notification.method}" was not taken`, error);
    }
  }

  /** Resolves when nothing waits, at the latest after some milliseconds. */
  drained(patience: number): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const late = after(patience, resolve);
      this.#emptied = () => {
        late();
        resolve();
      };
    });
  }

  /** Rejects everything that waits, and whatever comes after. */
  close(error: LocalError): void {
    for (const waiting of this.#waiting.all()) this.#over(waiting).stop();
    this.#pending.close({ kind: "error", error });
  }

  #over(waiting: Waiting): Waiting {
    this.#waiting.delete(waiting);
    if (this.#waiting.size === 0) this.#emptied?.();
    return waiting;
  }
}

/** The error for an answer that is none. */
export function noAnswer({ message }: Waiting, reason: string): LocalError {
  return new LocalError("invalid_response", `The answer to ${message.method} is none: ${reason}`);
}

/** The error for an answer that did not come: for what reason, where it is known. */
export function lost({ message }: Waiting, cause?: Error): Error {
  if (cause !== undefined && !(cause instanceof LocalError && cause.code === "closed")) return cause;
  const why = cause?.message ?? "the reply ended before it";
  return new LocalError("closed", `The answer to ${message.method} is lost: ${why}`, { cause });
}
