// Calls tools that become tasks: one is followed to its end, one is found again by its id, and one is cancelled.
//
//   npm run example -- tasks
import { connect } from "mcplex/node";
import { clientTasks, type SeenTask, taskOf } from "mcplex/tasks";

let last: SeenTask | undefined;
const patience = new AbortController();

const onTask = (task: SeenTask, call: { readonly name: string }): void => {
  if (task.taskId !== last?.taskId || task.status !== "working") console.log(`${call.name}: ${task.status}`);
  last = task;
  if (call.name === "wait") patience.abort();
};

const client = await connect(["node", "server.js"], {
  extensions: [clientTasks({ onTask })],
  on: {
    "elicitation/create": ({ message }) => {
      console.log(`the server asks: ${message}`);
      return { action: "accept", content: { icing: "lemon" } };
    },
  },
});

// It is called like any other tool. That it became a task on the way shows only where one looks.
console.log(await client.call("bake", { cake: "carrot" }));

// Its id is all that is needed to find a task again: in another program, or tomorrow.
const { taskId = "" } = last ?? {};
const { content } = await taskOf(client, taskId).result();
console.log("found again:", content[0]);

// Who gives a call up cancels its task.
const waiting = client.call("wait", {}, { signal: patience.signal });
await waiting.catch((error: Error) => console.log("given up:", error.message));
console.log("the task is", (await taskOf(client, last?.taskId ?? "").get()).status);

await client.close();
