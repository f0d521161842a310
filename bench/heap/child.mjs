// A server in a process of its own: `node --expose-gc child.mjs <module> [port]`. The module's `start` gives a server of
// `node:http`; the parent asks over IPC how much memory is in use.
import { once } from "node:events";
import { pathToFileURL } from "node:url";

const { start } = await import(pathToFileURL(process.argv[2]).href);
const server = await start();
server.keepAliveTimeout = 0;
await once(server.listen(0, "127.0.0.1"), "listening");

/** What is in use when all that can be collected has been. */
async function used() {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage().heapUsed;
}

process.on("message", () => void used().then((used) => process.send?.({ used })));
process.on("disconnect", () => process.exit());
process.send?.({ port: server.address().port });
