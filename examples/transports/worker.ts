// In a worker: a server that computes does not hold up the program that uses it. This file is both sides.
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { Client } from "mcplex/client";
import { serve } from "mcplex/server";
import { messagePort, worker } from "mcplex/transports";
import { server } from "./server.ts";

if (isMainThread) {
  const client = await Client.connect<typeof server>(worker(new Worker(new URL(import.meta.url))));
  console.log(await client.call("echo", { text: "Hello from a worker" }));
  // Ends the worker, too.
  await client.close();
} else if (parentPort !== null) {
  serve(server, messagePort(parentPort));
}
