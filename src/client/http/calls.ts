import { LocalError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import {
  after,
  type Call,
  type Malformed,
  type Notification,
  onAbort,
  type Request,
  type RequestId,
  type Response,
} from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { Sent } from "./endpoint.ts";

/** Told of what went wrong and was survived. */
export type Problem = (message: string, cause?: unknown) => void;

/** An own request while it waits for its answer. */
export class Waiting {
  /** The request as it goes out: under an id of this transport's own, which is its progress token, too. */
  readonly message: Request;
  readonly call: Call;
  /** The progress token that the asker chose. */
  readonly token: RequestId | undefined;
  readonly #id: RequestId;
  readonly #resolve: (response: Response) => void;
  readonly #reject: (error: unknown) => void;
  readonly #finished: () => void;
  #sent: Sent | undefined;
  #linger: (() => void) | undefined;
  #over = false;

  constructor(
    id: number,
    request: Request,
    call: Call,
    resolve: (response: Response) => void,
    reject: (error: unknown) => void,
    finished: () => void,
  ) {
    const { method, params } = request;
    const meta = params?.["_meta"];
    this.token = isObject(meta) ? (meta["progressToken"] as RequestId | undefined) : undefined;
    const given = this.token === undefined ? params : { ...params, _meta: { ...(meta as object), progressToken: id } };
    this.message = { jsonrpc: "2.0", id, method, params: given };
    this.call = call;
    this.#id = request.id;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#finished = finished;
  }

  /** Whether it got its answer, or will get none. */
  get over(): boolean {
    return this.#over;
  }

  /** The HTTP request that it travels with, from here on. */
  travel(sent: Sent): void {
    this.#sent = sent;
    if (this.#over) sent.stop();
  }

  /** The HTTP request is over. */
  arrived(): void {
    this.#sent = undefined;
    this.#linger?.();
  }

  /** Gives it its answer. */
  resolve(response: Response): void {
    if (this.#over) return;
    this.#finish();
    // A server ends the stream after the answer. One that does not must not hold it for ever.
    if (this.#sent !== undefined) this.#linger = after(limits.flushTimeout, () => this.#sent?.stop());
    this.#resolve(response.id === this.#id ? response : { ...response, id: this.#id });
  }

  /** There will be no answer. */
  reject(error: unknown): void {
    if (this.#over) return;
    this.#finish();
    this.stop();
    this.#reject(error);
  }

  /** Gives up the HTTP request. */
  stop(): void {
    this.#linger?.();
    this.#sent?.stop();
    this.#sent = undefined;
  }

  #finish(): void {
    this.#over = true;
    this.#finished();
  }
}

/** The own requests that wait for an answer, under the ids that stand on the wire. */
export class Calls {
  readonly #waiting = new Map<RequestId, Waiting>();
  readonly #problem: Problem;
  #last = 0;
  #closed: LocalError | undefined;
  #emptied: (() => void) | undefined;

  constructor(problem: Problem) {
    this.#problem = problem;
  }

  /**
   * Waits for the answer to a request.
   *
   * @param start Sends it.
   * @param aborted Told when it was given up, after its promise was rejected.
   */
  open(
    request: Request,
    call: Call,
    start: (waiting: Waiting) => void,
    aborted?: (waiting: Waiting, reason: unknown) => void,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed);
      if (this.#waiting.size >= limits.pending) {
        const message = `More than ${limits.pending} requests wait for an answer on this connection`;
        return reject(new LocalError("limit", message, { data: { limit: "pending" } }));
      }
      const id = ++this.#last;
      let unlisten = (): void => {};
      const waiting = new Waiting(id, request, call, resolve, reject, () => {
        unlisten();
        this.#waiting.delete(id);
        if (this.#waiting.size === 0) this.#emptied?.();
      });
      this.#waiting.set(id, waiting);
      let started = false;
      unlisten = onAbort(call, (reason) => {
        waiting.reject(reason instanceof LocalError ? reason : new LocalError("aborted", "Aborted", { cause: reason }));
        if (started) aborted?.(waiting, reason);
      });
      if (waiting.over) return;
      started = true;
      try {
        start(waiting);
      } catch (error) {
        waiting.reject(error);
      }
    });
  }

  /** Gives a response to whoever waits for it; false when nobody does. */
  settle(response: Response): boolean {
    const waiting = response.id === undefined ? undefined : this.#waiting.get(response.id);
    waiting?.resolve(response);
    return waiting !== undefined;
  }

  /** Fails the request that something which is no message was to answer; false when there is none. */
  fail({ id, silent, error }: Malformed): boolean {
    const waiting = silent && id !== undefined ? this.#waiting.get(id) : undefined;
    waiting?.reject(noAnswer(waiting, error.message));
    return waiting !== undefined;
  }

  /** Gives progress to the request that it belongs to. Progress for nobody is dropped. */
  progress(notification: Notification): void {
    const { params } = notification;
    const waiting = this.#waiting.get(params?.["progressToken"] as RequestId);
    if (waiting?.token === undefined) return;
    this.emit(waiting.call, { ...notification, params: { ...params, progressToken: waiting.token } });
  }

  /** Gives a notification to the call that it belongs to. */
  emit(call: Call, notification: Notification): void {
    try {
      void call.emit(notification);
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
    this.#closed = error;
    for (const waiting of [...this.#waiting.values()]) waiting.reject(error);
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
