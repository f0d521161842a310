/** The server under test on stdio. Faults go to stderr, behind a word that the tests look for. */
import { writeSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import { serveStdio } from "mcplex/server/stdio";
import { Observed, servedServer } from "./served.ts";

const fault = (error: unknown): void => {
  writeSync(2, `FAULT ${error instanceof Error ? error.stack : String(error)}\n`);
};
process.on("warning", fault);
process.on("uncaughtException", fault);
process.on("unhandledRejection", fault);

const observed = new Observed();
const server = servedServer(observed);
let running = 0;
let most = 0;
server
  .tool("busy", {}, async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return "done";
  })
  .tool("print", {}, () => {
    console.log("from the console");
    process.stdout.write("from stdout\n");
    return "printed";
  })
  // Says that it was given up, where nobody listens on stdout any more.
  .tool("linger", {}, async (_, context) => {
    writeSync(2, "lingering\n");
    await observed.wait(context.signal);
    writeSync(2, "given up\n");
    return "too late";
  });

const lag = monitorEventLoopDelay({ resolution: 10 });
lag.enable();
process.on("message", () => {
  const { flooded, told } = observed;
  const { rss } = process.memoryUsage();
  process.send?.({ flooded, told: told.splice(0), most, rss, lag: lag.max / 1e6 });
});
process.channel?.unref();

const { GRACE } = process.env;
serveStdio(server, GRACE === undefined ? {} : { graceTimeout: Number(GRACE) });
