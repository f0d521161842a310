import { DefinitionError } from "../errors.ts";
import { isObject } from "../json.ts";

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

/** A port, and what it tells; what nobody hears yet is kept, as a worker does not keep it. */
export class PortEvents {
  readonly port: Port;
  readonly #stops: (() => void)[] = [];
  #early: [type: string, data: unknown][] = [];
  #hear: ((type: string, data: unknown) => void) | undefined;

  /** @throws DefinitionError for what is no port. */
  constructor(port: Port) {
    checkPort(port);
    this.port = port;
    const types = ["message", "messageerror", "close", ...("terminate" in port ? ["error", "exit"] : [])];
    for (const type of types) this.#on(type);
    port.start?.();
  }

  /** Says who hears what the port tells, and what it told before. A farewell is a `close`. */
  hear(listener: (type: string, data: unknown) => void): void {
    this.#hear = listener;
    for (const [type, data] of this.#early.splice(0)) listener(type, data);
  }

  /** Says farewell, hears nothing more, and closes a port. */
  end(): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- windows have one, and are refused
    this.port.postMessage(FAREWELL);
    for (const stop of this.#stops) stop();
    // Only ports have start(). What else has close() is the inside of a worker, which may have more to do.
    if (this.port.start !== undefined) this.port.close?.();
  }

  /** Listens in the way of the web, whose events hold the data, or in that of Node, which gives the data itself. */
  #on(type: string): void {
    const port = this.port as Required<Port>;
    const told = (data: unknown): void => {
      const what = type === "message" && isFarewell(data) ? "close" : type;
      if (this.#hear === undefined) this.#early.push([what, data]);
      else this.#hear(what, data);
    };
    if (port.addEventListener !== undefined) {
      const heard = (event: Event): void => {
        const { data, error } = event as { data?: unknown; error?: unknown } & Event;
        told(type === "error" ? error : data);
      };
      port.addEventListener(type, heard);
      this.#stops.push(() => port.removeEventListener(type, heard));
    } else {
      port.on(type, told);
      this.#stops.push(() => port.off(type, told));
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
