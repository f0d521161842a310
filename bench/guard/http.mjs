// Calls over HTTP from a process of its own, through real sockets: what `node:http` allocates is part of a call.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** Starts a server and its load; gives a function that makes some calls, and says how many they were. */
export async function startHttp(adapter, { id, kind }) {
  const port = await adapter.serveHttp(kind, "std");
  const load = fork(join(import.meta.dirname, "load.mjs"), [id, String(port)], { execArgv: [] });
  load.on("exit", (code) => process.exit(code ?? 1));
  await once(load, "message");
  return async (calls) => {
    load.send(calls);
    const [{ bad }] = await once(load, "message");
    if (bad > 0) throw new Error(`${bad} of ${calls} answers were wrong`);
    return calls;
  };
}
