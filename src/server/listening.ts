import { InternalError } from "../errors.ts";
import {
  type AbortListener,
  type Call,
  listen as listenTo,
  type Notification,
  type RequestId,
  unlisten,
} from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import {
  MetaKey,
  type ServerCapabilities,
  type SubscriptionFilter,
  type SubscriptionsListenRequestParams,
} from "../protocol/index.ts";
import type { Eventually } from "../stores/index.ts";
import type { Changes } from "./changes.ts";
import type { Context } from "./context.ts";
import { served, wants } from "./filters.ts";
import type { Answer } from "./invoke.ts";

/** A server with changes to hear of. */
interface Listened {
  readonly changes: Changes;
  capabilities(): ServerCapabilities;
}

/**
 * Answers `subscriptions/listen`: acknowledges first, then sends what the filter asks for, each message with the id of
 * the request; the result comes when the server winds down.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 */
export function listen(server: Listened): Answer<Eventually<SubscriptionFilter>> {
  const { changes } = server;
  /** How many there are, by connection. */
  const open: Counts = new WeakMap();
  return {
    find(params, context) {
      // Before extensions are asked what they serve: nobody would hear of their refusal.
      if ((open.get(context.binding ?? changes) ?? 0) >= limits.listens) {
        throw new InternalError("Too many subscriptions on this connection", { limit: "listens" });
      }
      const { notifications } = params as unknown as SubscriptionsListenRequestParams;
      return served(changes, notifications, server.capabilities(), context);
    },
    run: (filter, _params, context) => stay(changes, open, filter, context),
  };
}

type Counts = WeakMap<object, number>;

/** For hours and beside thousands of others: what is held is what is named here, and not the request. */
function stay(
  changes: Changes,
  open: Counts,
  honouring: Eventually<SubscriptionFilter>,
  { id, binding, underlying }: Context,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    new Stay({ changes, open, call: underlying, connection: binding ?? changes }, id, resolve).begin(honouring, reject);
  });
}

/** What a subscription belongs to. */
interface Place {
  readonly changes: Changes;
  readonly open: Counts;
  readonly call: Call;
  readonly connection: object;
}

/** An open subscription. */
class Stay implements AbortListener {
  readonly #place: Place;
  readonly #meta: Readonly<Record<string, unknown>>;
  readonly #resolve: (result: unknown) => void;
  #filter: SubscriptionFilter | undefined;
  /** What changes before the acknowledgement is told after it. */
  #early: Notification[] | undefined;
  #over = false;

  constructor(place: Place, id: RequestId, resolve: (result: unknown) => void) {
    this.#place = place;
    this.#meta = { [MetaKey.subscriptionId]: id };
    this.#resolve = resolve;
  }

  begin(honouring: Eventually<SubscriptionFilter>, reject: (error: unknown) => void): void {
    const { changes, open, call, connection } = this.#place;
    open.set(connection, (open.get(connection) ?? 0) + 1);
    const heard = changes.subscribe(this.#tell);
    if (heard === undefined && !(honouring instanceof Promise)) this.#acknowledge(honouring);
    else {
      Promise.all([honouring, heard]).then(
        ([filter]) => this.#acknowledge(filter),
        (error: unknown) => {
          reject(error);
          this.stop();
        },
      );
    }
    listenTo(call, this);
    call.binding?.ending?.listen(this.#end);
    if (this.#over) this.stop();
  }

  handleEvent(): void {
    this.stop();
  }

  stop(): void {
    const { changes, open, call, connection } = this.#place;
    this.#over = true;
    if (changes.unsubscribe(this.#tell)) open.set(connection, (open.get(connection) ?? 1) - 1);
    unlisten(call, this);
    call.binding?.ending?.unlisten(this.#end);
    this.#resolve({ _meta: this.#meta });
  }

  readonly #end = (): void => this.stop();

  readonly #tell = (change: Notification): void => {
    const { changes, call } = this.#place;
    if (this.#filter === undefined) (this.#early ??= []).push(change);
    else if (wants(changes, this.#filter, change)) {
      void call.emit({ ...change, params: { ...change.params, _meta: this.#meta } });
    }
  };

  #acknowledge(filter: SubscriptionFilter): void {
    if (this.#over) return;
    this.#filter = filter;
    const params = { _meta: this.#meta, notifications: filter };
    void this.#place.call.emit({ jsonrpc: "2.0", method: ACKNOWLEDGED, params });
    for (const change of this.#early ?? []) this.#tell(change);
    this.#early = undefined;
  }
}

const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";
