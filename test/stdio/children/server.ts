/** A server with a tool for everything that a test wants a child process to do. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeSync } from "node:fs";
import { Server } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";

const { GRACE, ALIVE } = process.env;
if (ALIVE !== undefined) setInterval(() => {}, 1000);

const number = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] } as const;
const text = { type: "object", properties: { text: { type: "string" } }, required: ["text"] } as const;

const server = new Server({ name: "child", version: "1.0.0" })
  .tool("pid", {}, () => String(process.pid))
  .tool("echo", { input: text }, ({ text }) => text as string)
  .tool("args", {}, () => JSON.stringify(process.argv.slice(2)))
  .tool("env", {}, () => JSON.stringify(process.env))
  .tool("rss", {}, () => String(process.memoryUsage().rss))
  .tool("print", {}, () => {
    console.log("from the console");
    process.stdout.write("from stdout\n");
    console.error("from stderr");
    return "printed";
  })
  .tool("progress", { input: number }, async ({ n }, context) => {
    for (let at = 1; at <= (n as number); at++) await context.progress(at, n as number, `step ${at}`);
    return "done";
  })
  // Answers when the client sends nothing more.
  .tool("last", {}, async () => {
    await once(process.stdin, "end");
    return "answered after the end";
  })
  // Answers never, and says when it is given up.
  .tool("never", {}, (_, context) => {
    process.stderr.write("never started\n");
    context.signal.addEventListener("abort", () => writeSync(2, "never aborted\n"));
    return new Promise<string>(() => {});
  })
  .tool("crash", { input: number }, ({ n }) => {
    writeSync(2, `about to crash, with the token ${process.env["API_TOKEN"]}\n`);
    process.exit(n as number);
  })
  // Starts a process that ends by no signal of politeness and holds our stdout and stderr open.
  .tool("grandchild", {}, () => {
    const script = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)';
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "inherit", "inherit"] });
    return String(child.pid);
  })
  .tool("change", {}, () => {
    server.updated("note://1");
    server.tool(`tool-${process.hrtime.bigint()}`, {}, () => "");
    return "changed";
  })
  .resource("note://{id}", ({ id }) => `note ${id}`);

serveStdio(server, GRACE === undefined ? {} : { graceTimeout: Number(GRACE) });
