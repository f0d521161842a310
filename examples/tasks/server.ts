// Serves a tool whose calls may take long: they become tasks for clients that know what these are.
import { Server } from "mcplex/server";
import { serveStdio } from "mcplex/server/stdio";
import { tasks } from "mcplex/tasks";
import { z } from "zod";

const server = new Server({ name: "bakery", version: "1.0.0" })
  // Before the tools that have the option `task`.
  .use(tasks({ pollInterval: 50 }))
  .tool(
    "bake",
    { description: "Bakes a cake", input: z.object({ cake: z.string() }), task: "optional" },
    async ({ cake }, context) => {
      // Not done again where another process goes on with the task.
      await context.once("dough", () => pause(100, context.signal));
      const { icing } = await context.require("Which icing?", z.object({ icing: z.string() }));
      await pause(100, context.signal);
      return `A ${cake} cake with ${icing} icing`;
    },
  )
  .tool("wait", { description: "Waits until it is told to stop", task: "required" }, async (_input, context) => {
    await pause(60_000, context.signal);
    return "Nothing came.";
  });

/** Waits, but no longer than somebody wants it. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

serveStdio(server);
