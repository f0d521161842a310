import type { Notification, Request, Response } from "./message.ts";
import type { Serialized } from "./serialized.ts";

/** A typed key of {@link Values}, made with {@link valueKey}. */
export interface ValueKey<T> {
  /** Shown in errors and inspection only. */
  readonly description: string;
  /** Never set; it carries the type. */
  readonly type?: T;
}

/** Makes a key under which middleware can leave a value of type `T` for the handler. */
export function valueKey<T>(description: string): ValueKey<T> {
  return Object.freeze({ description });
}

/** What middleware and handlers leave for one another during one request. */
export class Values {
  readonly #entries = new Map<ValueKey<unknown>, unknown>();

  /** The value under a key, or `undefined`. */
  get<T>(key: ValueKey<T>): T | undefined {
    return this.#entries.get(key) as T | undefined;
  }

  /** Leaves a value under a key. */
  set<T>(key: ValueKey<T>, value: T): void {
    this.#entries.set(key, value);
  }
}

/** What authorization tells of who makes a request. It never has the token. */
export interface AuthInfo {
  /** What the caller may do. */
  readonly scopes: readonly string[];
  /** Who vouches for it: the authorization server. */
  readonly issuer?: string | undefined;
  /** The program that asks. */
  readonly clientId?: string | undefined;
  /** Whom it asks for: a user, or the client itself, which some issuers do not name here. */
  readonly subject?: string | undefined;
  /** When this ends, in milliseconds since 1970. */
  readonly expiresAt?: number | undefined;
  /** All that the authorization server says. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** Who makes a request, as far as the server's own authentication tells. */
export interface Principal {
  /** Stable over a user's requests, and different between users. */
  readonly id: string;
  /** What handlers find as `context.auth`. */
  readonly auth?: AuthInfo | undefined;
}

/** What is known of the HTTP request that brought a message. Headers are what the client says: trust none of them. */
export interface HttpFacts {
  /** The method, such as `POST`. */
  readonly method: string;
  /** Path and query, such as `/mcp?x=1`. */
  readonly target: string;
  /** The value of a header, by its name in lower case; several of one name are joined with `, `. */
  header(name: string): string | undefined;
}

/**
 * Says that a connection, or a whole endpoint, winds down. Thousands of open subscriptions may wait for it, for which an
 * `AbortSignal` is not made.
 */
export class Ending {
  readonly #listeners = new Set<() => void>();
  #over = false;

  /** Whether the end has come. */
  get over(): boolean {
    return this.#over;
  }

  /** Hears of the end; at once when it has come already. */
  listen(listener: () => void): void {
    if (this.#over) listener();
    else this.#listeners.add(listener);
  }

  /** Hears of it no more. */
  unlisten(listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** The end has come. */
  end(): void {
    this.#over = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}

/** What a binding knows about a request that the message does not say. */
export interface Binding {
  /** The HTTP request, where one brought the message. */
  readonly http?: HttpFacts;
  /** Who asks, where requests are authenticated. */
  readonly principal?: Principal | undefined;
  /** Says when the connection winds down: what stays open by itself ends with its result then. */
  readonly ending?: Ending;
  /** Whether there may be several processes of the server, so that the next round of a call may come to another one. */
  readonly replicas?: boolean;
  /**
   * Closes the connection that carries the reply, while the call goes on: the client comes back for the rest, after
   * `retry` milliseconds (default 1000). So a call of minutes holds no connection. Nothing happens where the client could
   * not come back: only sessions of 2025-11-25 of which the events are kept let it.
   *
   * @throws DefinitionError for a `retry` that is no whole number of milliseconds.
   * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#sending-messages-to-the-server
   */
  disconnect?(retry?: number): void;
}

/** What the asking side offers the answering side while one request is open. */
export interface Call {
  /** Aborts when the asker no longer wants the answer. Made when first looked at. */
  readonly signal: AbortSignal;
  /** Sends a notification that belongs to this request. Gives a promise only when the reader is slow: wait for it. */
  emit(notification: Notification | Serialized<Notification>): void | Promise<void>;
  /** Sends a request to the asker; absent where the binding has no way back. */
  readonly ask?: Exchange;
  /** What the binding knows beside the message. */
  readonly binding?: Binding;
  /** What middleware leaves for the handler. Made when first used. */
  readonly values: Values;
}

/**
 * Answers one request, exactly once. An error of the peer is a response.
 *
 * It rejects, with a `LocalError`, only when no answer will ever come.
 */
export type Exchange = (request: Request, call: Call) => Promise<Response>;

/** Wraps an exchange into another. It runs once, where it is registered; the exchange that it gives runs per request. */
export type Middleware = (next: Exchange) => Exchange;

/** Hears that a call is aborted: for {@link listen}. */
export interface AbortListener {
  /** The call is aborted. */
  stop(reason: unknown): void;
  /** The same, said by the `AbortSignal` of a call that has no cheaper way. */
  handleEvent(): void;
}

/** The base of every call: `signal` and `values` cost nothing until somebody looks at them. */
export abstract class OpenCall implements Call {
  #controller: AbortController | undefined;
  #values: Values | undefined;
  #reason: unknown;
  #aborted = false;
  /** Most often there is one. */
  #listener: AbortListener | undefined;
  #others: AbortListener[] | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get values(): Values {
    this.#values ??= new Values();
    return this.#values;
  }

  get ask(): Exchange | undefined {
    return undefined;
  }

  get binding(): Binding | undefined {
    return undefined;
  }

  abstract emit(notification: Notification | Serialized<Notification>): void | Promise<void>;

  /** Whether {@link abort} was called. */
  get aborted(): boolean {
    return this.#aborted;
  }

  /** Says that the answer is no longer wanted. Only the first call counts. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.stop(reason);
    for (const other of this.#others?.splice(0) ?? []) other.stop(reason);
  }

  /** @internal Called by {@link listen}. */
  listen(listener: AbortListener): void {
    if (this.#aborted) listener.stop(this.#reason);
    else if (this.#listener === undefined) this.#listener = listener;
    else if (this.#others === undefined) this.#others = [listener];
    else this.#others.push(listener);
  }

  /** @internal Called by {@link unlisten}. */
  unlisten(listener: AbortListener): void {
    if (this.#listener === listener) this.#listener = undefined;
    else this.#others = this.#others?.filter((other) => other !== listener);
  }
}

/** What {@link deriveCall} puts in place of a call's own. */
export interface CallChanges {
  readonly emit?: Call["emit"];
  readonly ask?: Exchange;
  readonly binding?: Binding;
}

/**
 * A call like another, but for what is given: for middleware that looks at notifications or questions on their way.
 *
 * @example
 * ```ts
 * const counted: Middleware = (next) => (request, call) =>
 *   next(request, deriveCall(call, { emit: (notification) => (count++, call.emit(notification)) }));
 * ```
 */
export function deriveCall(call: Call, changes: CallChanges): Call {
  return new DerivedCall(call, changes);
}

class DerivedCall implements Call {
  readonly original: Call;
  readonly #changes: CallChanges;

  constructor(original: Call, changes: CallChanges) {
    this.original = original;
    this.#changes = changes;
  }

  get signal(): AbortSignal {
    return this.original.signal;
  }

  get values(): Values {
    return this.original.values;
  }

  get ask(): Exchange | undefined {
    return this.#changes.ask ?? this.original.ask;
  }

  get binding(): Binding | undefined {
    return this.#changes.binding ?? this.original.binding;
  }

  emit(notification: Notification | Serialized<Notification>): void | Promise<void> {
    return this.#changes.emit === undefined ? this.original.emit(notification) : this.#changes.emit(notification);
  }
}

/** Whether a call was aborted, without making its signal where there is a cheaper way. */
export function isAborted(call: Call): boolean {
  if (call instanceof OpenCall) return call.aborted;
  return call instanceof DerivedCall ? isAborted(call.original) : call.signal.aborted;
}

/**
 * Tells a binding when a call is aborted, without making its `AbortSignal` where there is a cheaper way.
 * Gives back what ends the listening.
 */
export function onAbort(call: Call, stop: (reason: unknown) => void): () => void {
  const listener: AbortListener = { stop, handleEvent: () => stop(call.signal.reason) };
  listen(call, listener);
  return () => unlisten(call, listener);
}

/** The same for an object, which costs nothing more. */
export function listen(call: Call, listener: AbortListener): void {
  if (call instanceof OpenCall) call.listen(listener);
  else if (call instanceof DerivedCall) listen(call.original, listener);
  else if (call.signal.aborted) listener.stop(call.signal.reason);
  else call.signal.addEventListener("abort", listener, { once: true });
}

/** Ends the listening. */
export function unlisten(call: Call, listener: AbortListener): void {
  if (call instanceof OpenCall) call.unlisten(listener);
  else if (call instanceof DerivedCall) unlisten(call.original, listener);
  else call.signal.removeEventListener("abort", listener);
}
