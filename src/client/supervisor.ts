import { LocalError } from "../errors.ts";
import { after, type CloseReason, closedError } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import type { SubscriptionFilter } from "../protocol/index.ts";
import { type Connectable, connect } from "./connect.ts";
import type { Connection } from "./connection.ts";
import type { ClientOptions } from "./options.ts";
import { Subscription } from "./subscription.ts";

/** Pauses before a server is started again, in milliseconds: the first, and the longest; each is twice the one before. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [500, 30_000];
/** A server that had to be started this often within {@link WINDOW} is given up. */
const MOST_RESTARTS = 5;
const WINDOW = 60_000;

/** Keeps a client connected: opens the connection, and where its connector allows, opens it again. */
export class Supervisor {
  readonly options: ClientOptions;
  /** Settles when the connection is over for good. */
  readonly closed: Promise<CloseReason>;
  readonly #connectable: Connectable;
  readonly #subscriptions = new Map<Subscription, SubscriptionFilter>();
  #restarts: number[] = [];
  #connection: Connection;
  #reopening: Promise<void> | undefined;
  #closing = false;
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
    return new Supervisor(connectable, await connect(connectable, options), options);
  }

  /** The connection in use, or the last one. */
  get connection(): Connection {
    return this.#connection;
  }

  /** The connection, once it is open again where it had to be reopened. */
  ready(): Connection | Promise<Connection> {
    return this.#reopening === undefined ? this.#connection : this.#reopening.then(() => this.#connection);
  }

  /** Opens a subscription, and resolves when the server has agreed to it. */
  async listen(filter: SubscriptionFilter, timeout: number): Promise<Subscription> {
    const subscription = new Subscription();
    await this.ready();
    await this.#subscribe(subscription, filter, timeout);
    this.#subscriptions.set(subscription, filter);
    return subscription;
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#end.abort(new LocalError("closed", "The client was closed"));
    this.#wake?.();
    for (const subscription of this.#subscriptions.keys()) subscription.close();
    await this.#connection.transport.close();
    await this.closed;
  }

  #subscribe(subscription: Subscription, filter: SubscriptionFilter, timeout: number): Promise<void> {
    const connection = this.#connection;
    return new Promise((resolve, reject) => {
      const silent = new LocalError("timeout", `The server did not acknowledge the subscription in ${timeout} ms`);
      const inTime = after(timeout, () => {
        reject(silent);
        subscription.close();
      });
      const open = connection.link.listen({
        filter,
        signal: subscription.signal,
        acknowledged: (honoured) => {
          inTime();
          subscription.acknowledged = honoured;
          resolve();
        },
        changed: (notification) => subscription.changed(notification),
        request: (method, params, options) => connection.request(method, params as never, options),
      });
      open
        .then(
          () => {
            reject(new LocalError("invalid_response", "The server ended the subscription unacknowledged"));
            this.#ended(subscription, connection, undefined);
          },
          (error: unknown) => {
            reject(error);
            this.#ended(subscription, connection, error);
          },
        )
        .finally(inTime);
    });
  }

  /** A subscription that was lost with its connection is opened again with the next one. */
  #ended(subscription: Subscription, connection: Connection, error: unknown): void {
    const lost = error instanceof LocalError && (error.code === "closed" || error.code === "exited");
    if (lost && this.#restarting && this.#subscriptions.has(subscription) && connection === this.#connection) return;
    this.#subscriptions.delete(subscription);
    subscription.ended(subscription.signal.aborted ? undefined : error);
  }

  get #restarting(): boolean {
    return !this.#closing && "open" in this.#connectable && this.#connectable.restart === true;
  }

  #watch(): void {
    void this.#connection.transport.closed.then((reason) => {
      if (!this.#restarting) return this.#over(reason);
      this.#reopening = this.#reopen(reason).finally(() => {
        this.#reopening = undefined;
      });
    });
  }

  #over(reason: CloseReason): void {
    const error = closedError(reason);
    for (const subscription of this.#subscriptions.keys()) {
      subscription.ended(subscription.signal.aborted ? undefined : error);
    }
    this.#finish(reason);
  }

  async #reopen(reason: CloseReason): Promise<void> {
    for (let attempt = 1; !this.#closing && this.#mayRestart(); attempt++) {
      await this.#pause(Math.min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE));
      if (this.#closing) break;
      try {
        // The signal was for the first connection.
        const connection = await connect(this.#connectable, { ...this.options, signal: this.#end.signal });
        if (this.#closing) return await connection.transport.close();
        this.#connection = connection;
        this.#tell({ attempt });
        this.#watch();
        await this.#resubscribe();
        return;
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
      this.options.onRestart?.(outcome);
    } catch (error) {
      this.#connection.warn(error);
    }
  }

  #mayRestart(): boolean {
    const now = performance.now();
    this.#restarts = this.#restarts.filter((at) => at > now - WINDOW);
    return this.#restarts.push(now) <= MOST_RESTARTS;
  }

  async #resubscribe(): Promise<void> {
    const timeout = this.options.timeout ?? limits.idleTimeout;
    for (const [subscription, filter] of this.#subscriptions) {
      try {
        await this.#subscribe(subscription, filter, timeout);
        subscription.assumeChanged();
      } catch (error) {
        this.#subscriptions.delete(subscription);
        subscription.ended(error);
      }
    }
  }
}
