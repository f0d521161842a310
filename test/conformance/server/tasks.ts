/** Tools whose calls can become tasks, or must. */
import { setTimeout as pause } from "node:timers/promises";
import { InternalError } from "mcplex";
import { type Context, type Server, ToolError, tool } from "mcplex/server";
import { tasks } from "mcplex/tasks";
import { z } from "zod";

const confirmation = z.object({ confirm: z.boolean() });

/** Asks who the user is; the answer is kept, so that it can be asked for twice. */
const userName = (context: Context) => context.require("What is your name?", z.object({ name: z.string() }));

/** Adds the tools, and what makes tasks of their calls. */
export function addTasks(server: Server): void {
  server.use(tasks({ pollInterval: 100 }));
  server.add(
    tool(
      "greet",
      { description: "Greets, at once", input: z.object({ name: z.string() }) },
      ({ name }) => `Hello, ${name}!`,
    ),
    tool(
      "slow_compute",
      {
        description: "Takes a while",
        input: z.object({ seconds: z.number().min(0), label: z.string().default("") }),
        task: "optional",
      },
      async ({ seconds, label }, { signal }) => {
        await pause(seconds * 1000, undefined, { signal });
        return `Computed ${label} in ${seconds} s`;
      },
    ),
    tool("failing_job", { description: "Fails after a while", task: "required" }, async (_input, { signal }) => {
      await pause(200, undefined, { signal });
      throw new ToolError("The job has failed");
    }),
    tool("protocol_error_job", { description: "Cannot go on", task: "optional" }, () => {
      throw new InternalError("The job cannot go on");
    }),
    tool(
      "confirm_delete",
      { description: "Deletes a file", input: z.object({ filename: z.string() }), task: "optional" },
      async ({ filename }, context) => {
        const { action, content } = await context.elicit(`Delete ${filename}?`, confirmation);
        return action === "accept" && content.confirm ? `Deleted ${filename}` : `Kept ${filename}`;
      },
    ),
    tool("multi_input", { description: "Asks for two things at once", task: "optional" }, async (_input, context) => {
      const answers = await Promise.all([
        context.elicit("What is your name?", z.object({ name: z.string() })),
        context.elicit("How old are you?", z.object({ age: z.int() }).partial()),
      ]);
      return `Answered: ${answers.map(({ action }) => action).join(", ")}`;
    }),
    tool(
      "test_tool_with_task",
      {
        description: "Asks before there is a task",
        task: { support: "required", before: (_input, context) => userName(context) },
      },
      async (_input, context) => `Hello, ${(await userName(context)).name}!`,
    ),
  );
}
