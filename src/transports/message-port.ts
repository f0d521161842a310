import type { Channel } from "../jsonrpc/index.ts";
import type { MessageOptions } from "./item.ts";
import { late } from "./late.ts";
import { type Port, PortEvents } from "./port.ts";

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
  const events = new PortEvents(port);
  return late(({ PortChannel }) => new PortChannel(events, options));
}
