import { LocalError } from "../errors.ts";
import { limits } from "../limits.ts";
import { type Carrier, type Deadline, type Notification, OpenCall, Serialized } from "../jsonrpc/index.ts";
import type { InputResponses, MetaObject } from "../protocol/index.ts";
import { progressParams } from "../protocol/methods/index.ts";
import { heed } from "./answer.ts";
import { patience } from "./patience.ts";

/** How far the work on a request is. */
export interface Progress {
  /** Grows with every notification. */
  readonly progress: number;
  /** The value at which the work is done, where the server knows it. */
  readonly total?: number;
  /** What is being done, in words. */
  readonly message?: string;
}

/** Options of one request; all have defaults. */
export interface RequestOptions {
  /** Gives the request up: the server is told, and the promise rejects with `LocalError("aborted")`. */
  readonly signal?: AbortSignal;
  /** Patience in milliseconds with a request on which nothing happens. Default `limits.idleTimeout`, 60 s. */
  readonly timeout?: number;
  /** Patience in milliseconds whatever happens. Default `limits.totalTimeout`, 10 min. */
  readonly totalTimeout?: number;
  /** Told of progress, in wire order, before the promise settles. */
  readonly onProgress?: (progress: Progress) => void;
  /** Asks for progress although nobody is told, so that it starts the patience anew. */
  readonly resetOnProgress?: boolean;
  /** `"reload"` asks the server although an answer is kept, and keeps the new one. Default: what is fresh is given again. */
  readonly cache?: "reload";
  /** More `_meta` for the request. */
  readonly meta?: MetaObject;
  /** What the server asks back is answered by the handlers in `on`, and the request is sent again; see {@link ManualOptions}. */
  readonly input?: undefined;
  /** The answers to an `InputRequiredResult`, by the keys of its questions: this is the next round of that request. */
  readonly inputResponses?: InputResponses;
  /** The `requestState` of an `InputRequiredResult`, unchanged; left out where it had none. */
  readonly requestState?: string;
}

/**
 * Options of a request whose caller answers what the server asks back (since 2026-07-28): the promise resolves with the
 * `InputRequiredResult`, and the caller sends the same request again with `inputResponses` and `requestState`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
 */
export interface ManualOptions extends Omit<RequestOptions, "input"> {
  readonly input: "manual";
}

/** Whether a request should ask for progress: for its caller, or since a long patience lives on signs of life. */
export function wantsProgress({
  onProgress,
  resetOnProgress,
  timeout,
}: Pick<RequestOptions, "onProgress" | "resetOnProgress" | "timeout">): boolean {
  return onProgress !== undefined || resetOnProgress === true || (timeout ?? 0) > limits.idleTimeout;
}

/** The conversation that a request is a part of. */
export interface Conversation {
  /** When it was last the server that waited, for an answer of this side. */
  waited(): number;
  /** Says what was survived. */
  readonly warn: (problem: unknown) => void;
}

let lastToken = 0;

/** The `_meta` that a caller gives, with a token of its own where the request asks for progress. */
export function metaOf(options: RequestOptions | ManualOptions): MetaObject | undefined {
  return wantsProgress(options) ? { ...options.meta, progressToken: ++lastToken } : options.meta;
}

/** An own request while it waits for its answer. */
export class Asking implements Carrier, Deadline {
  readonly call: OpenCall = new OpenCall(this);
  place = -1;
  at: number = Number.POSITIVE_INFINITY;
  #until = Number.POSITIVE_INFINITY;
  #paused = false;
  #progress: number | undefined;
  readonly #idle: number;
  readonly #total: number;
  readonly #method: string;
  readonly #options: Omit<RequestOptions, "input">;
  readonly #other: (notification: Notification) => void;
  readonly #conversation: Conversation;

  /**
   * `stays` is for one that is open until somebody ends it; `other` takes notifications of it that are no progress.
   */
  constructor(
    method: string,
    options: Omit<RequestOptions, "input">,
    stays: boolean,
    other: (notification: Notification) => void,
    conversation: Conversation,
  ) {
    this.#method = method;
    this.#options = options;
    this.#other = other;
    this.#conversation = conversation;
    const { timeout, totalTimeout } = options;
    const total = Math.max(limits.totalTimeout, timeout ?? 0);
    this.#idle = stays ? Number.POSITIVE_INFINITY : patience("timeout", timeout, limits.idleTimeout);
    this.#total = stays ? Number.POSITIVE_INFINITY : patience("totalTimeout", totalTimeout, total);
    this.#listen();
  }

  /** Whether patience with it has an end. */
  get ends(): boolean {
    return this.#idle < Number.POSITIVE_INFINITY || this.#total < Number.POSITIVE_INFINITY;
  }

  begin(now: number): void {
    // The time that it may take in all goes on when it is sent again.
    this.#until = Math.min(this.#until, now + this.#total);
    this.#alive(now);
  }

  #listen(): void {
    const { signal } = this.#options;
    if (signal?.aborted === true) this.handleEvent();
    else signal?.addEventListener("abort", this, { once: true });
  }

  /** Its caller gives it up. */
  handleEvent(): void {
    this.call.abort(this.#options.signal?.reason);
  }

  /** The server asks back. Who answers may take as long as the call may in all. */
  pause(): void {
    this.#paused = true;
    this.#listen();
  }

  /** The request is sent again, with new patience for the server. */
  resume(): void {
    this.#paused = false;
    this.#listen();
  }

  /** The server may be silent from this moment on, as long as at first. */
  #alive(since: number): void {
    this.at = this.#paused ? this.#until : Math.min(since + this.#idle, this.#until);
  }

  /** Nobody waits any more. */
  over(): void {
    this.#options.signal?.removeEventListener("abort", this);
  }

  emit(notification: Notification | Serialized<Notification>): void {
    const plain = notification instanceof Serialized ? notification.value : notification;
    if (plain.method !== "notifications/progress") return this.#other(plain);
    this.#alive(performance.now());
    const { progressToken: _, ...given } = plain.params ?? {};
    const progress = given as unknown as Progress;
    // It says less than before, or nothing: a sign of life all the same, and no progress.
    if (progressParams(plain.params) !== undefined || progress.progress <= (this.#progress ?? Number.NEGATIVE_INFINITY))
      return;
    this.#progress = progress.progress;
    const { onProgress } = this.#options;
    if (onProgress !== undefined) heed(onProgress(progress), this.#conversation.warn);
  }

  expire(): void {
    const total = this.at >= this.#until;
    // A server of an older revision that asks cannot go on before its answer, and tells of no progress.
    const waited = total ? 0 : this.#conversation.waited();
    if (!total && waited + this.#idle > performance.now()) return this.#alive(waited);
    const how = total ? "in all" : "without any sign of it";
    const patience = Math.round(total ? (this.#options.totalTimeout ?? limits.totalTimeout) : this.#idle);
    const advice = total ? "raise totalTimeout" : "raise timeout, or let the server send progress";
    const message = `No answer to ${this.#method} after ${patience} ms ${how}: ${advice}`;
    this.call.abort(new LocalError("timeout", message, { data: { method: this.#method, timeout: patience } }));
  }
}
