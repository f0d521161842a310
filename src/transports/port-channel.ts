import { LocalError } from "../errors.ts";
import type { Channel, CloseReason, Malformed, Message, Serialized } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import { type MessageOptions, readItem, writeItem } from "./item.ts";
import type { PortEvents } from "./port.ts";
import { within } from "./within.ts";

/** The channel of a message port. */
export class PortChannel implements Channel {
  readonly closed: Promise<CloseReason>;
  readonly #events: PortEvents;
  readonly #options: MessageOptions;
  #finish!: (reason: CloseReason) => void;
  #listener: ((message: Message | Malformed) => void) | undefined;
  /** What came before anybody listened. */
  #early: unknown[] = [];
  #open = true;

  constructor(events: PortEvents, options: MessageOptions) {
    this.#events = events;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
    events.hear((type, data) => this.#told(type, data));
  }

  receive(listener: (message: Message | Malformed) => void): void {
    this.#listener = listener;
    for (const data of this.#early.splice(0)) this.#arrived(data);
  }

  send(message: Message | Serialized): void {
    const item = writeItem(message, this.#options);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- windows have one, and are refused
    if (this.#open) this.#events.port.postMessage(item);
  }

  async close(): Promise<void> {
    this.#end({ kind: "closed" });
  }

  #told(type: string, data: unknown): void {
    if (type === "message") this.#arrived(data);
    // What could not be cloned is as unreadable as text that is no JSON.
    else if (type === "messageerror") this.#arrived(undefined);
    else if (type === "close") this.#end({ kind: "closed" });
    else if (type === "error") this.#exited("The worker failed", { cause: data });
    else this.#exited(`The worker ended with exit code ${data}`, { data: { exitCode: data } });
  }

  #arrived(data: unknown): void {
    if (this.#listener === undefined) this.#early.push(data);
    else if (this.#open) this.#listener(readItem(data, this.#options));
  }

  #exited(message: string, options: ErrorOptions & { data?: Record<string, unknown> }): void {
    this.#end({ kind: "error", error: new LocalError("exited", message, options) });
  }

  #end(reason: CloseReason): void {
    if (!this.#open) return;
    this.#open = false;
    this.#events.end();
    this.#finish(reason);
  }
}

/** The channel of a worker, which ends with it. */
export class WorkerChannel extends PortChannel {
  readonly #terminated: Promise<unknown>;

  /** @param gone Settles when the worker came to its end by itself. */
  constructor(events: PortEvents, options: MessageOptions, gone: Promise<void>, terminate: () => unknown) {
    super(events, options);
    this.#terminated = this.closed.then(() => within(gone, limits.graceTimeout)).then(terminate);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#terminated;
  }
}
