// A counter behind HTTP: all clients of the endpoint share it.
//
//   node server.js 3000
import { serveHttp } from "mcplex/node";
import { Server } from "mcplex/server";
import { z } from "zod";

let value = 0;

export const server = new Server({ name: "counter", version: "1.0.0" })
  .tool(
    "increment",
    { input: z.object({ by: z.number().int().default(1) }), output: z.object({ value: z.number() }) },
    ({ by }) => {
      value += by;
      // Clients that listen to the resource are told.
      server.updated("counter://value");
      return { value };
    },
  )
  .resource("counter://value", () => String(value), { name: "value", mimeType: "text/plain" });

export const serving = await serveHttp(server, { port: Number(process.argv[2] ?? 0) });
