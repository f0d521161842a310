import { DefinitionError } from "../errors.ts";
import type { Channel } from "../jsonrpc/index.ts";
import type { MessageOptions } from "./item.ts";
import { late } from "./late.ts";
import { isFarewell, type Port, PortEvents } from "./port.ts";

/** A `Worker` of the web or of `node:worker_threads`. */
export interface WorkerPort extends Port {
  terminate(): unknown;
}

/**
 * Makes a channel to a server that runs in a worker, which serves `messagePort(self)`, or `messagePort(parentPort)` in
 * `node:worker_threads`.
 *
 * The worker belongs to the channel: when the channel closes, the worker gets `limits.graceTimeout` to come to its end
 * (in Node its exit, in browsers its own closing of the channel), and is then terminated. A worker that fails or exits
 * ends the channel with `LocalError("exited")`.
 *
 * @param from A worker, or the URL of a module to start in one where there is a global `Worker`: Node has none.
 * @throws DefinitionError for anything else.
 * @example
 * ```ts
 * const client = await Client.connect(worker(new URL("./server.js", import.meta.url)));
 * const inNode = await Client.connect(worker(new Worker("./server.js"))); // of node:worker_threads
 * ```
 */
export function worker(from: WorkerPort | URL | string, options: MessageOptions = {}): Channel {
  const started = typeof from === "string" || from instanceof URL ? start(from) : from;
  if (typeof (started as Partial<WorkerPort> | null)?.terminate !== "function") {
    throw new DefinitionError("worker takes a Worker or the URL of its script");
  }
  const events = new PortEvents(started);
  // In Node an error that nobody listens for would end the process, also when it comes after the channel's end.
  started.on?.("error", () => {});
  const gone = new Promise<void>((resolve) => {
    if (started.addEventListener === undefined) started.on?.("exit", () => resolve());
    else started.addEventListener("message", (event) => isFarewell((event as MessageEvent).data) && resolve());
  });
  return late(({ WorkerChannel }) => new WorkerChannel(events, options, gone, () => started.terminate()));
}

function start(url: URL | string): WorkerPort {
  if (globalThis.Worker !== undefined) return new Worker(url, { type: "module" });
  throw new DefinitionError("This runtime has no global Worker: give worker() a Worker of node:worker_threads");
}
