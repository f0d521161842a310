// The whole of a first client: node client.js
import { connect } from "mcplex/node";

const client = await connect(["node", "server.js"]); // or a URL, or a Server of the same program
console.log(await client.call("forecast", { city: "Oslo" }));
await client.close(); // or: await using client = ...
