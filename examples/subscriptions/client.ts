// One client listens for changes while another one makes them. It is the same in every revision: a stream of its own
// since 2026-07-28, subscriptions to resources before.
//
//   npm run example -- subscriptions
import { connect } from "mcplex/node";
import { server, serving } from "./server.ts";

const listener = await connect(serving.url);
const writer = await connect(serving.url);

const uri = "note://shopping";

// From here on no change is missed. Leaving the loop below ends the subscription.
const changes = await listener.listen({
  resourcesListChanged: true,
  toolsListChanged: true,
  resourceSubscriptions: [uri],
});
console.log("The server agreed to", changes.acknowledged);

const steps = [
  () => writer.call("write", { name: "shopping", text: "Milk, bread" }),
  () => writer.call("write", { name: "holidays", text: "Bergen" }),
  () => server.tool("count", {}, () => "2"),
];
await steps.shift()?.();
for await (const { type } of changes) {
  // Told when the connection was lost for a while, and nobody knows what happened meanwhile.
  const all = type === "all";
  if (all || type === "resource") console.log("The note:", (await listener.readResource(uri)).contents[0]);
  if (all || type === "resources") console.log("The notes:", await namesOf(listener.resources()));
  if (all || type === "tools") console.log("The tools:", await namesOf(listener.tools()));
  const next = steps.shift();
  if (next === undefined) break;
  await next();
}

await listener.close();
await writer.close();
await serving.close();

async function namesOf(list: AsyncIterable<{ readonly name: string }>): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of list) names.push(name);
  return names;
}
