/** A client with little memory, which meets a server that sends without end. Tells how its call ended, and what it took. */
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import { Client } from "mcplex/client";
import { http } from "mcplex/client/http";
import { stdio } from "mcplex/client/stdio";

const faults: string[] = [];
for (const kind of ["uncaughtException", "unhandledRejection", "warning"]) {
  process.on(kind, (error: unknown) => faults.push(`${kind}: ${error instanceof Error ? error.stack : String(error)}`));
}

/** The most memory that the process ever had, in bytes. */
function peak(): number {
  return Number(/^VmHWM:\s+([0-9]+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
}

const [kind, where = "", ...rest] = process.argv.slice(2);
const how =
  kind === "http" ? http(where) : stdio({ command: process.execPath, args: [where, ...rest], closeTimeout: 200 });
let problems = 0;
const client = await Client.connect(how, {
  revisions: ["2026-07-28"],
  logger: { warn: () => void problems++ },
  timeout: 8000,
});
await client.call("warm");
const before = peak();
const lag = monitorEventLoopDelay({ resolution: 10 });
lag.enable();
const outcome = await client.call("evil").then(
  () => "answered",
  (error: { code?: unknown; message?: unknown }) => `${String(error.code)}: ${String(error.message)}`,
);
const worst = lag.max / 1e6 - 10;
const p99 = lag.percentile(99) / 1e6 - 10;
const after = await client.call("good").catch((error: unknown) => String(error));
const taken = peak() - before;
await client.close();
process.send?.({ outcome, after, taken, worst, p99, problems, faults }, () => process.exit());
