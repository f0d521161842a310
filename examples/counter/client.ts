// Two clients of one HTTP endpoint, and of the same counter. One speaks the newest revision of the protocol, which is
// stateless; the other one of 2025, with a session. The server runs in this program; elsewhere, give `connect` its URL.
//
//   npm run example -- counter
import { connect } from "mcplex/node";
import { type server, serving } from "./server.ts";

const ada = await connect<typeof server>(serving.url);
const bob = await connect<typeof server>(serving.url, { revisions: ["2025-11-25"] });
console.log(`ada speaks ${ada.version}, bob speaks ${bob.version}`);

console.log("ada:", await ada.call("increment"));
console.log("bob:", await bob.call("increment", { by: 10 }));

// What each call gets is the state after it, whoever calls in between.
await Promise.all([ada, bob, ada, bob].map((client) => client.call("increment")));

for (const [name, client] of Object.entries({ ada, bob })) {
  const { contents } = await client.readResource("counter://value");
  console.log(`${name} reads:`, contents[0]);
}

await ada.close();
await bob.close();
await serving.close();
