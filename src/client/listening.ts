import { ErrorCode, LocalError, ProtocolError } from "../errors.ts";
import { after } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import type { SubscriptionFilter } from "../protocol/index.ts";
import type { Connection } from "./connection.ts";
import { Subscription } from "./subscription.ts";

/** The connections of a client, one after the other. */
export interface Connections {
  /** The connection in use, once it is open. */
  ready(): Connection | Promise<Connection>;
  /** Whether there will be no other one. */
  readonly isOver: boolean;
}

/** Keeps the subscriptions of a client open: one that is lost is opened again. */
export class Listening {
  readonly #connections: Connections;
  readonly #random: () => number;
  readonly #open = new Set<Subscription>();
  /** Ends the pauses under way. */
  readonly #pauses = new Set<() => void>();

  constructor(connections: Connections, random: () => number = Math.random) {
    this.#connections = connections;
    this.#random = random;
  }

  /** Opens a subscription, and resolves when the server has agreed to it. */
  listen(filter: SubscriptionFilter, timeout: number): Promise<Subscription> {
    const subscription = new Subscription();
    this.#open.add(subscription);
    return new Promise((resolve, reject) => {
      const keeping = this.#keep(subscription, filter, timeout, () => resolve(subscription));
      keeping
        .then(
          () => {
            reject(new LocalError("closed", "The client was closed"));
            subscription.ended();
          },
          (error: unknown) => {
            reject(error);
            subscription.ended(error);
          },
        )
        .finally(() => this.#open.delete(subscription));
    });
  }

  /** A connection is lost: who waits for a moment to try again need not. */
  wake(): void {
    for (const end of [...this.#pauses]) end();
  }

  /** Ends all subscriptions. */
  close(): void {
    for (const subscription of this.#open) subscription.close();
  }

  /** Resolves when either side has ended it. Rejects when it cannot be opened, or is lost and cannot be opened again. */
  async #keep(
    subscription: Subscription,
    filter: SubscriptionFilter,
    timeout: number,
    agreed: () => void,
  ): Promise<void> {
    const { signal } = subscription;
    let began = false;
    let attempts = 0;
    let quiet = 0;
    const changed = (): void => {
      quiet = 0;
    };
    const acknowledged = (): void => {
      attempts = 0;
      if (began) subscription.missed();
      began = true;
      agreed();
    };
    for (;;) {
      const connection = await this.#connections.ready();
      if (signal.aborted) return;
      try {
        return await open(connection, subscription, filter, timeout, acknowledged, changed);
      } catch (error) {
        if (signal.aborted) return;
        if (!began || !isLost(error) || ++attempts > limits.reconnects || this.#connections.isOver) throw error;
        // A connection that is lost is opened again by itself, in its own time.
        if (this.#connections.ready() === connection) await this.#pause(pauseBefore(++quiet, this.#random), signal);
        if (this.#connections.isOver) throw error;
      }
    }
  }

  /** Waits, but no longer than until there is another connection to hope for, or nobody wants it any more. */
  #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        late();
        signal.removeEventListener("abort", end);
        this.#pauses.delete(end);
        resolve();
      };
      const late = after(milliseconds, end);
      signal.addEventListener("abort", end);
      this.#pauses.add(end);
    });
  }
}

/** How long to wait before a subscription is opened again, in milliseconds: the longer, the more often it was in vain. */
export function pauseBefore(attempt: number, random: () => number): number {
  const pause = limits.retryLeast * 2 ** (attempt - 1) * (1 + random() / 4);
  return Math.min(pause, limits.retryMost);
}

/** Opens a subscription once. Resolves when either side ends it, rejects when it is refused or lost. */
async function open(
  connection: Connection,
  subscription: Subscription,
  filter: SubscriptionFilter,
  timeout: number,
  agreed: () => void,
  changed: () => void,
): Promise<void> {
  const { signal } = subscription;
  const { cache } = connection;
  const attempt = new AbortController();
  const stop = (): void => attempt.abort(signal.reason);
  signal.addEventListener("abort", stop);
  const inTime = after(timeout, () =>
    attempt.abort(new LocalError("timeout", `The server did not acknowledge the subscription in ${timeout} ms`)),
  );
  let isAgreed = false;
  try {
    await connection.link.listen({
      filter,
      signal: attempt.signal,
      acknowledged: (honoured) => {
        inTime();
        isAgreed = true;
        subscription.acknowledged = honoured;
        cache?.untold(honoured);
        agreed();
      },
      failed: (error) => attempt.abort(error),
      changed: (notification) => {
        changed();
        cache?.changed(notification);
        subscription.changed(notification);
      },
      missed: () => {
        cache?.untold(subscription.acknowledged);
        subscription.missed();
      },
      request: (method, params, options) => connection.request(method, params as never, options),
    });
    if (!isAgreed) throw new LocalError("invalid_response", "The server ended the subscription unacknowledged");
  } finally {
    if (isAgreed) cache?.untold(subscription.acknowledged);
    inTime();
    signal.removeEventListener("abort", stop);
  }
}

/** Statuses of HTTP that another attempt may not meet. */
const PASSING: ReadonlySet<unknown> = new Set([408, 425, 429]);

/** Whether a subscription ended in a way that the server did not mean for good. */
function isLost(error: unknown): boolean {
  // A server may be full for a moment, of streams that it does not yet know to be broken.
  if (error instanceof ProtocolError) return error.code === ErrorCode.InternalError;
  if (!(error instanceof LocalError)) return false;
  const { code, data } = error;
  const { status } = data;
  if (code === "http") return typeof status !== "number" || status >= 500 || PASSING.has(status);
  return code === "closed" || code === "exited" || code === "timeout";
}
