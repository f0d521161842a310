// The server whose growth is measured: its profile is the number of its tools, which are all alike.
import { serveHttp as listen } from "mcplex/node";
import { Server } from "mcplex/server";
import { serveStdio as serve } from "mcplex/server/stdio";
import { SERVER_INFO } from "../load/tools.mjs";
import { nameOf } from "./names.mjs";

function serverOf(tools) {
  const server = new Server(SERVER_INFO);
  for (let index = 0; index < tools; index += 1) {
    const input = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
    server.tool(nameOf(index), { description: `Echo number ${index}`, input }, ({ text }) => String(text));
  }
  return server;
}

export const serveStdio = (profile) => serve(serverOf(Number(profile)));

export async function serveHttp(_kind, profile) {
  const { url } = await listen(serverOf(Number(profile)), { port: 0, log: () => {} });
  return Number(new URL(url).port);
}
