/** A server with a timer and a socket that would keep it alive. */
import { createServer } from "node:net";
import { Server } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";

setInterval(() => {}, 1000);
createServer().listen(0, "127.0.0.1");
process.stderr.write(`pid ${process.pid}\n`);
serveStdio(new Server({ name: "alive", version: "1.0.0" }).tool("any", {}, () => "any"));
