/** A server in a thread of its own, as a test starts it. */
import { parentPort, workerData } from "node:worker_threads";
import { serve } from "mcplex/server";
import { messagePort, type Port } from "mcplex/transports";
import { Scene } from "../scene.ts";

const { server } = new Scene();
server.tool("crash", {}, () => {
  setImmediate(() => {
    throw new Error("the worker crashed");
  });
  return new Promise(() => {});
});
server.tool("exit", {}, () => process.exit(3));
server.tool("leave", {}, () => {
  setImmediate(() => void serving.close());
  return "bye";
});
const serving = serve(server, messagePort(parentPort as Port), { graceTimeout: 1 });
if ((workerData as { stays?: boolean } | null)?.stays === true) setInterval(() => {}, 1000);
