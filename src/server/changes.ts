import { DefinitionError } from "../errors.ts";
import type { Notification } from "../jsonrpc/index.ts";
import type { SubscriptionFilter } from "../protocol/index.ts";
import type { Eventually, PubSub } from "../stores/index.ts";
import type { Context } from "./context.ts";
import type { SharedChanges } from "./shared-changes.ts";

/** A list whose changes clients can hear of. */
export type ChangingList = "tools" | "prompts" | "resources";

/** How a server that runs in several processes tells its clients of the changes in all of them. */
export interface ChangesOptions {
  /** Brings changes from one process to the others. */
  readonly pubsub: PubSub;
  /** What they are published under; the same in all processes. Default: `mcplex:changes:` and the name of the server. */
  readonly topic?: string;
}

/** A key of subscription filters that an extension serves; `T` is the value that is acknowledged. */
export interface FilterKey<T = unknown> {
  /** Its name in the filter. */
  readonly key: string;
  /**
   * The part of what is asked for that this client gets; `undefined` for nothing, and the key is not acknowledged then.
   * It may throw a `ProtocolError`, which refuses the subscription.
   */
  honoured(asked: unknown, context: Context): Eventually<T | undefined>;
  /** Whether a subscription with this value gets a notification. Called for every one that is sent, so keep it cheap. */
  wants(honoured: T, notification: Notification): boolean;
}

/** Brings the changes of a server's lists and resources to everyone who listens. */
export class Changes {
  /** Tells the author of an error that nobody else hears of. */
  readonly report: (problem: unknown) => void;
  /** What serves keys of filters. */
  readonly keys: FilterKey[] = [];
  readonly #listeners = new Set<(change: Notification) => void>();
  readonly #waiting = new Set<ChangingList>();
  /** Where there are other processes. What brings changes there is loaded by servers that have some. */
  readonly #shared: Promise<SharedChanges | undefined> | undefined;

  constructor(report: (problem: unknown) => void, name: string, options: ChangesOptions | undefined) {
    this.report = report;
    if (options === undefined) return;
    const { pubsub, topic = `mcplex:changes:${name}` } = options;
    this.#shared = import("./shared-changes.ts").then(
      ({ SharedChanges }) => new SharedChanges(pubsub, topic, this),
      (error: unknown) => {
        report(error);
        return undefined;
      },
    );
  }

  /** A list changed. Several changes of one turn are told once. */
  listChanged(list: ChangingList): void {
    if (!this.isHeard && this.#shared === undefined) return;
    if (this.#waiting.size === 0) queueMicrotask(() => this.#tellLists());
    this.#waiting.add(list);
  }

  /** A resource can be read anew. */
  updated(uri: string): void {
    this.send({ jsonrpc: "2.0", method: UPDATED, params: { uri } });
  }

  /** Sends a notification to everyone whose subscription wants it, in every process. */
  send(notification: Notification): void {
    this.tell(notification);
    void this.#shared?.then((shared) => shared?.publish(notification));
  }

  /** Hears every change; a promise resolves when that is so for changes in other processes. */
  subscribe(listener: (change: Notification) => void): Promise<void> | undefined {
    this.#listeners.add(listener);
    return this.attend();
  }

  /** Hears what changes in other processes, where there are some and anybody listens. Resolves when it is so. */
  attend(): Promise<void> | undefined {
    return this.#shared?.then((shared) => shared?.attend());
  }

  /** Hears no more; false for who did not. */
  unsubscribe(listener: (change: Notification) => void): boolean {
    const listened = this.#listeners.delete(listener);
    if (!this.isHeard) void this.attend();
    return listened;
  }

  /** Serves a key of filters. @throws DefinitionError when something serves it already. */
  serve(key: FilterKey): void {
    const name = key.key;
    if (OWN_KEYS.has(name) || this.keys.some((other) => other.key === name)) {
      throw new DefinitionError(`The key "${name}" of subscription filters has a meaning already: choose another name`);
    }
    this.keys.push(key);
  }

  #tellLists(): void {
    const lists = [...this.#waiting];
    this.#waiting.clear();
    for (const list of lists) this.send({ jsonrpc: "2.0", method: `notifications/${list}/list_changed` });
  }

  /** Whether anybody in this process listens. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  /** Tells everybody in this process. */
  tell(change: Notification): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}

const UPDATED = "notifications/resources/updated";
const OWN_KEYS: ReadonlySet<string> = new Set<keyof SubscriptionFilter & string>([
  "toolsListChanged",
  "promptsListChanged",
  "resourcesListChanged",
  "resourceSubscriptions",
]);
