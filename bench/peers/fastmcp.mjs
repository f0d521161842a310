// fastmcp, as its documentation has it.
import { FastMCP } from "fastmcp";
import { run, SERVER_INFO } from "../load/tools.mjs";
import { freePort } from "./http.mjs";
import { zodTools } from "./tools.mjs";

const silent = () => {};
const logger = { debug: silent, error: silent, info: silent, log: silent, warn: silent };

function serverOf(profile) {
  const server = new FastMCP({ ...SERVER_INFO, logger });
  for (const { name, description, input, output } of zodTools(profile)) {
    const outputs = output === undefined ? {} : { outputSchema: output };
    const execute = name === "progress" ? progress : async (args) => (run[name] ?? run.echo)(args);
    server.addTool({ name, description, parameters: input, ...outputs, execute });
  }
  return server;
}

const progress = (args, { reportProgress }) =>
  run.progress(args, (done, total) => reportProgress({ progress: done, total }));

export async function serveStdio(profile) {
  await serverOf(profile).start({ transportType: "stdio" });
}

export async function serveHttp(kind, profile) {
  const port = await freePort();
  const httpStream = {
    port,
    host: "127.0.0.1",
    stateless: kind === "stateless",
    enableJsonResponse: profile !== "streams",
  };
  await serverOf(profile).start({ transportType: "httpStream", httpStream });
  return port;
}

export async function connectMemory() {
  const [{ Client }, { InMemoryTransport }] = await Promise.all([
    import("@modelcontextprotocol/sdk/client/index.js"),
    import("@modelcontextprotocol/sdk/inMemory.js"),
  ]);
  const [here, there] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: "bench", version: "1.0.0" });
  await Promise.all([serverOf("std").connect(there), client.connect(here)]);
  return { call: (name, args) => client.callTool({ name, arguments: args }), close: () => client.close() };
}
