// A server and its client in one program, over `memory()`: for servers that are part of an application, and for tests.
//
//   npm run example -- memory
import { Client } from "mcplex/client";
import { serve, ToolError } from "mcplex/server";
import { memory } from "mcplex/transports";
import { notes, type Store } from "./server.ts";

const kept = new Map<string, string>();
const store: Store = {
  get: async (name) => kept.get(name),
  set: async (name, text) => void kept.set(name, text),
};

// Two ends of one connection. `connect(server)` of mcplex/node does the same in one line.
const [here, there] = memory();
serve(notes(store), there);
const client = await Client.connect<ReturnType<typeof notes>>(here);

console.log(await client.call("write", { name: "shopping", text: "Milk" }));
console.log(await client.call("read", { name: "shopping" }));
try {
  await client.call("read", { name: "holidays" });
} catch (error) {
  if (error instanceof ToolError) console.log("The tool says:", error.message);
}
console.log("In the store:", kept);

await client.close();
