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
