/** The process of the server under test: it listens, and tells how it is doing. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { nodeHandler } from "mcplex/node";
import type { HttpOptions } from "mcplex/server/http";
import { type Log, memoryLog } from "mcplex/stores/memory";
import { PATHS, type Report, SHORT, type Started } from "./protocol.ts";
import { Ticks } from "./ticks.ts";
import { type Counts, soakServer } from "./tools.ts";

const faults: string[] = [];
const fault = (problem: unknown): void => {
  // More of them say nothing new.
  if (faults.length < 20) faults.push(problem instanceof Error ? (problem.stack ?? problem.message) : String(problem));
};
for (const kind of ["uncaughtException", "unhandledRejection", "warning"] as const) process.on(kind, fault);

const counts: Counts = { offered: 0, running: 0 };
const ticks = new Ticks();
const server = soakServer(counts, ticks, fault);

/** A log that takes its time. */
function later(log: Log): Log {
  const wait = async <T>(action: () => T): Promise<Awaited<T>> => {
    await ticks.next();
    return action() as Awaited<T>;
  };
  return {
    append: (...args) => wait(() => log.append(...args)),
    after: (...args) => wait(() => log.after(...args)),
    delete: (...args) => wait(() => log.delete(...args)),
  };
}

/** How long events are kept, in milliseconds. */
const KEPT = 10_000;
const options: Record<keyof typeof PATHS, HttpOptions> = {
  sessions: { replay: memoryLog({ time: KEPT }) },
  plain: { replay: false },
  later: { replay: later(memoryLog({ time: KEPT })) },
  single: { sessions: false },
  sse: { sse: true },
  short: { sessions: { idle: SHORT }, replay: memoryLog({ time: KEPT }) },
};
const handlers = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
for (const [name, path] of Object.entries(PATHS)) {
  handlers.set(path, nodeHandler(server, options[name as keyof typeof PATHS]));
}

const node = createServer((request, response) => {
  const [path = ""] = (request.url ?? "").split("?");
  handlers.get(path)?.(request, response);
});
node.keepAliveTimeout = 0;
await once(node.listen(0, "127.0.0.1"), "listening");

let peak = 0;
const sample = (): void => {
  peak = Math.max(peak, process.memoryUsage.rss());
};
setInterval(sample, 50).unref();

async function report(): Promise<Report> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  sample();
  const result: Report = {
    heap: process.memoryUsage().heapUsed,
    rss: process.memoryUsage.rss(),
    peak,
    ...counts,
    faults: faults.splice(0),
  };
  peak = 0;
  return result;
}

process.on("message", () => void report().then((result) => process.send?.(result)));
process.on("disconnect", () => process.exit());
process.send?.({ port: (node.address() as AddressInfo).port } satisfies Started);
