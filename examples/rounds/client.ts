// Two processes serve one call in turns, as behind a load balancer: the client answers what the server asks back, and
// each of its requests goes to the other process.
//
//   npm run example -- rounds
import { fork } from "node:child_process";
import { once } from "node:events";
import { Client } from "mcplex/client";
import { http } from "mcplex/client/http";

// In production the key comes from where secrets are kept: at least 32 characters that nobody can guess.
const env = { ...process.env, STATE_KEY: crypto.randomUUID() + crypto.randomUUID() };
const processes = ["one", "two"].map((name) => fork("server.js", [name], { env }));
const urls = await Promise.all(processes.map(async (process) => String((await once(process, "message"))[0])));

// A load balancer in a line.
let requests = 0;
const inTurns: typeof fetch = (_url, init) => fetch(urls[requests++ % urls.length] ?? "", init);

let pays = true;
const client = await Client.connect(http(urls[0] ?? "", { fetch: inTurns }), {
  on: {
    "elicitation/create": ({ message }) => {
      console.log(`? ${message}`);
      if (message.startsWith("Pay")) return { action: pays ? "accept" : "decline" };
      return { action: "accept", content: { nights: 2 } };
    },
  },
});

console.log(await client.call("book", { city: "Oslo" }));
pays = false;
await client.call("book", { city: "Rome" }).catch((error: Error) => console.log(`${error.name}: ${error.message}`));
console.log(`${requests} requests`);

await client.close();
for (const process of processes) process.kill();
