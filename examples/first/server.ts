// The whole of a first server.
import { Server } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";
import { z } from "zod";

const server = new Server({ name: "weather", version: "1.0.0" }).tool(
  "forecast",
  { input: z.object({ city: z.string() }) },
  ({ city }) => `Sunny in ${city}`,
);

serveStdio(server);
