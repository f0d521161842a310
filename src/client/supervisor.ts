import { LocalError } from "../errors.ts";
import { after, type CloseReason, closedError, type Notification, type Params } from "../jsonrpc/index.ts";
import type { Revision, ServerCapabilities, SubscriptionFilter } from "../protocol/index.ts";
import { heed } from "./answer.ts";
import type { Cache } from "./cache.ts";
import { type Connectable, connect } from "./connect.ts";
import { type ClientLink, type TheirExtension, theirExtension } from "./client-extension.ts";
import type { Connection, ConnectionOptions, Reading } from "./connection.ts";
import type { Connections, Listening } from "./listening.ts";
import type { ClientOptions } from "./options.ts";
import type { Subscription } from "./subscription.ts";

/** Pauses before a server is started again, in milliseconds: the first, and the longest; each is twice the one before. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [500, 30_000];
/** A server that had to be started this often within {@link WINDOW} is given up. */
const MOST_RESTARTS = 5;
const WINDOW = 60_000;

/** Keeps a client connected: opens the connection, and where its connector allows, opens it again. */
export class Supervisor implements Connections, ClientLink {
  readonly options: ClientOptions;
  /** Settles when the connection is over for good. */
  readonly closed: Promise<CloseReason>;
  readonly #connectable: Connectable;
  /** The subscriptions; there from the first one on. */
  #listening: Listening | undefined;
  #restarts: number[] = [];
  #connection: Connection;
  #reopening: Promise<void> | undefined;
  #closing = false;
  /** Whether the connection is over for good. */
  isOver = false;
  readonly #end = new AbortController();
  #wake: (() => void) | undefined;
  #finish!: (reason: CloseReason) => void;

  private constructor(connectable: Connectable, connection: Connection, options: ClientOptions) {
    this.#connectable = connectable;
    this.#connection = connection;
    this.options = options;
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#watch();
  }

  /** Connects. */
  static async start(connectable: Connectable, options: ClientOptions): Promise<Supervisor> {
    const cache = await openCache(options.cache);
    return new Supervisor(connectable, await connect(connectable, options, cache), options);
  }

  /** The connection in use, or the last one. */
  get connection(): Connection {
    return this.#connection;
  }

  /** The connection, once it is open again where it had to be reopened. */
  ready(): Connection | Promise<Connection> {
    return this.#reopening === undefined ? this.#connection : this.#reopening.then(() => this.#connection);
  }

  get version(): Revision {
    return this.#connection.version;
  }

  get capabilities(): ServerCapabilities {
    return this.#connection.capabilities;
  }

  /** Sends a request, and gives its result in the terms of the newest revision, or what `read` makes of that. */
  request(method: string, params: object, options?: ConnectionOptions, read?: Reading): Promise<unknown> {
    return this.#reopening === undefined
      ? this.#connection.request(method, params as Params, options, read)
      : this.#reopening.then(() => this.#connection.request(method, params as Params, options, read));
  }

  async notify(notification: Notification): Promise<void> {
    return (await this.ready()).notify(notification);
  }

  answer(method: string, params: Params, signal: AbortSignal): Promise<unknown> {
    return this.#connection.answer(method, params, signal);
  }

  /** An extension, as the server has it. @throws DefinitionError for one that the client was connected without. */
  extension(extension: unknown): TheirExtension<any, any> {
    return theirExtension(extension, this.options.extensions, this);
  }

  /** Opens a subscription, and resolves when the server has agreed to it. */
  async listen(filter: SubscriptionFilter, timeout: number): Promise<Subscription> {
    const { Listening } = await import("./listening.ts");
    if (this.#closing) throw new LocalError("closed", "The client was closed");
    this.#listening ??= new Listening(this);
    return this.#listening.listen(filter, timeout);
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#end.abort(new LocalError("closed", "The client was closed"));
    this.#wake?.();
    this.#listening?.close();
    await this.#connection.transport.close();
    await this.closed;
  }

  get #restarting(): boolean {
    return !this.#closing && "open" in this.#connectable && this.#connectable.restart === true;
  }

  #watch(): void {
    const { transport } = this.#connection;
    void transport.closed.then((reason) => {
      if (this.#restarting) {
        const reopening = this.#reopen(reason).finally(() => {
          // The new connection may be lost already, and another one on its way.
          if (this.#reopening === reopening) this.#reopening = undefined;
        });
        this.#reopening = reopening;
      } else this.#over(reason);
      this.#connection.missed(closedError(reason));
      this.#listening?.wake();
    });
  }

  #over(reason: CloseReason): void {
    this.isOver = true;
    this.#finish(reason);
  }

  async #reopen(reason: CloseReason): Promise<void> {
    for (let attempt = 1; !this.#closing && this.#mayRestart(); attempt++) {
      await this.#pause(Math.min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE));
      if (this.#closing) break;
      try {
        // The signal was for the first connection.
        const connection = await connect(
          this.#connectable,
          { ...this.options, signal: this.#end.signal },
          this.#connection.cache,
        );
        if (this.#closing) {
          await connection.transport.close();
          break;
        }
        this.#connection = connection;
        this.#tell({ attempt });
        return this.#watch();
      } catch (error) {
        this.#tell({ attempt, error });
      }
    }
    this.#over(reason);
  }

  /** Waits, but no longer than until somebody closes. */
  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const sleep = after(milliseconds, resolve);
      this.#wake = () => {
        sleep();
        resolve();
      };
    });
  }

  #tell(outcome: { readonly attempt: number; readonly error?: unknown }): void {
    try {
      heed(this.options.onRestart?.(outcome), this.#connection.warn);
    } catch (error) {
      this.#connection.warn(error);
    }
  }

  #mayRestart(): boolean {
    const now = performance.now();
    this.#restarts = this.#restarts.filter((at) => at > now - WINDOW);
    return this.#restarts.push(now) <= MOST_RESTARTS;
  }
}

/** The code of the cache is loaded by those who want one. */
async function openCache(options: ClientOptions["cache"] = true): Promise<Cache | undefined> {
  if (options === false) return undefined;
  const { Cache } = await import("./cache.ts");
  return new Cache(options === true ? {} : options);
}
