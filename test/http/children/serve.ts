/** Serves a tool over HTTP until a signal comes; says on stdout where, when a call begins, and when it ends. */
import { serveHttp } from "mcplex/node";
import { Server } from "mcplex/server";

const server = new Server({ name: "child", version: "1" }).tool("wait", {}, async (_, context) => {
  await context.progress(1);
  console.log("started");
  await new Promise((resolve) => setTimeout(resolve, 300));
  return "waited";
});

const exit = process.argv[2] !== "stays";
const serving = await serveHttp(server, { port: 0, exit, log: () => {} });
console.log(serving.url);
process.on("exit", (code) => console.log(`exit ${code}`));
if (!exit) process.stdin.once("data", () => void serving.close().then(() => process.stdin.destroy()));
