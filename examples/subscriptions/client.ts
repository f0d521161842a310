// One client listens for changes while another one makes them. It is the same in every revision: a stream of its own
// since 2026-07-28, subscriptions to resources before.
//
//   npm run example -- subscriptions
import { connect } from "mcplex/node";
import { server, serving } from "./server.ts";

const listener = await connect(serving.url);
const writer = await connect(serving.url);

// From here on no change is missed. Leaving the loop below ends the subscription.
const changes = await listener.listen({
  resourcesListChanged: true,
  toolsListChanged: true,
  resourceSubscriptions: ["note://shopping"],
});
console.log("The server agreed to", changes.acknowledged);

const steps = [
  () => writer.call("write", { name: "shopping", text: "Milk, bread" }),
  () => writer.call("write", { name: "holidays", text: "Bergen" }),
  () => server.tool("count", {}, () => "2"),
];
await steps.shift()?.();
for await (const change of changes) {
  if (change.type === "resource") {
    const { contents } = await listener.readResource(change.uri);
    console.log(`${change.uri} changed:`, contents[0]);
  } else {
    const names: string[] = [];
    const list = change.type === "tools" ? listener.tools() : listener.resources();
    for await (const { name } of list) names.push(name);
    console.log(`The ${change.type} changed: ${names.join(", ")}`);
  }
  const next = steps.shift();
  if (next === undefined) break;
  await next();
}

await listener.close();
await writer.close();
await serving.close();
