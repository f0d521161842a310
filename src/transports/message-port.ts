import { DefinitionError, LocalError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type Channel, type CloseReason, type Malformed, type Message, type Serialized } from "../jsonrpc/index.ts";
import { type MessageOptions, readItem, writeItem } from "./item.ts";

/**
 * What posts and gets messages: a `MessagePort`, a `Worker`, or the inside of a worker (`self`), of the web's kind or
 * of `node:worker_threads`.
 */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener?(type: string, listener: (event: Event) => void): void;
  removeEventListener?(type: string, listener: (event: Event) => void): void;
  on?(type: string, listener: (message: unknown) => void): unknown;
  off?(type: string, listener: (message: unknown) => void): unknown;
  start?(): void;
  close?(): void;
}

/**
 * What is posted before a port is closed, since the ports of browsers do not tell the other side: `{ mcplex: "closed" }`.
 * It is no message. Who speaks with this channel without mcplex may post the same, and may ignore it.
 */
const FAREWELL = { mcplex: "closed" };

/** Whether a posted value says that the other side is closed. */
export function isFarewell(data: unknown): boolean {
  return isObject(data) && data["mcplex"] === FAREWELL.mcplex;
}

/**
 * Makes a channel of a message port, of a worker, or of the inside of a worker.
 *
 * Closing either side settles `closed` on both: `{ mcplex: "closed" }` is posted, then a port is closed. A worker that
 * is given here goes on, and is its owner's to end; `worker()` ends it. Ports have no back-pressure: `send` never makes
 * anybody wait.
 *
 * @throws DefinitionError for a `BroadcastChannel`, which has more than two ends, for a window, which takes messages
 * of any page, and for anything that is no port.
 * @example
 * ```ts
 * // in a worker of a browser; in node:worker_threads it is messagePort(parentPort)
 * serve(server, messagePort(self));
 * ```
 */
export function messagePort(port: Port, options: MessageOptions = {}): Channel {
  return new PortChannel(port, options);
}

/** The channel of {@link messagePort}. */
export class PortChannel implements Channel {
  readonly closed: Promise<CloseReason>;
  readonly #port: Port;
  readonly #options: MessageOptions;
  readonly #listening: (() => void)[] = [];
  #finish!: (reason: CloseReason) => void;
  #listener: ((message: Message | Malformed) => void) | undefined;
  /** What came before anybody listened: a worker does not keep it. */
  #early: unknown[] = [];
  #open = true;

  constructor(port: Port, options: MessageOptions) {
    checkPort(port);
    this.#port = port;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#on("message", (data) => this.#arrived(data));
    // What could not be cloned is as unreadable as text that is no JSON.
    this.#on("messageerror", () => this.#arrived(undefined));
    this.#on("close", () => this.#end({ kind: "closed" }));
    if ("terminate" in port) {
      this.#on("error", (cause) => this.#exited("The worker failed", { cause }));
      this.#on("exit", (exitCode) =>
        this.#exited(`The worker ended with exit code ${exitCode}`, { data: { exitCode } }),
      );
    }
    port.start?.();
  }

  receive(listener: (message: Message | Malformed) => void): void {
    this.#listener = listener;
    for (const data of this.#early.splice(0)) this.#arrived(data);
  }

  send(message: Message | Serialized): void {
    const item = writeItem(message, this.#options);
    if (this.#open) this.#post(item);
  }

  async close(): Promise<void> {
    this.#end({ kind: "closed" });
  }

  #arrived(data: unknown): void {
    if (isFarewell(data)) this.#end({ kind: "closed" });
    else if (this.#listener === undefined) this.#early.push(data);
    else if (this.#open) this.#listener(readItem(data, this.#options));
  }

  #post(item: unknown): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- windows have one, and are refused
    this.#port.postMessage(item);
  }

  #exited(message: string, options: ErrorOptions & { data?: Record<string, unknown> }): void {
    this.#end({ kind: "error", error: new LocalError("exited", message, options) });
  }

  #end(reason: CloseReason): void {
    if (!this.#open) return;
    this.#open = false;
    this.#post(FAREWELL);
    for (const stop of this.#listening) stop();
    // Only ports have start(). What else has close() is the inside of a worker, which may have more to do.
    if (this.#port.start !== undefined) this.#port.close?.();
    this.#finish(reason);
  }

  /** Listens in the way of the web, whose events hold the data, or in that of Node, which gives the data itself. */
  #on(type: string, listener: (data: unknown) => void): void {
    const port = this.#port as Required<Port>;
    if (port.addEventListener !== undefined) {
      const heard = (event: Event): void => {
        const { data, error } = event as { data?: unknown; error?: unknown } & Event;
        listener(type === "error" ? error : data);
      };
      port.addEventListener(type, heard);
      this.#listening.push(() => port.removeEventListener(type, heard));
    } else {
      port.on(type, listener);
      this.#listening.push(() => port.off(type, listener));
    }
  }
}

function checkPort(port: unknown): asserts port is Port {
  const { window, postMessage, addEventListener, on } = (port ?? {}) as Record<string, unknown>;
  if (window !== undefined && window === port) {
    throw new DefinitionError(
      "messagePort got a window, which takes messages of any page: send it one port of a MessageChannel",
    );
  }
  if (globalThis.BroadcastChannel !== undefined && port instanceof BroadcastChannel) {
    throw new DefinitionError("messagePort got a BroadcastChannel, which has more than two ends: use a MessageChannel");
  }
  if (typeof postMessage !== "function" || (typeof addEventListener !== "function" && typeof on !== "function")) {
    throw new DefinitionError(
      "messagePort takes a MessagePort, a Worker, or the inside of a worker: self or parentPort",
    );
  }
}
