// The server that every program of this folder serves, each in its own way.
import { Server } from "mcplex/server";
import { z } from "zod";

export const server = new Server({ name: "echo", version: "1.0.0" }).tool(
  "echo",
  { input: z.object({ text: z.string() }) },
  ({ text }) => text,
);
