// Many servers at once, as in a host: commands and a server in this program; one of them is broken. Two have a tool of
// the same name.
//
//   npm run example -- several-servers
import { LocalError } from "mcplex";
import { Server } from "mcplex/server";
import { Servers } from "./servers.ts";

const clock = new Server({ name: "clock", version: "1.0.0" }).tool("year", { description: "The year" }, () => "2026");

const servers = await Servers.connect({
  recipes: ["node", "server.js", "recipes"],
  travel: ["node", "server.js", "travel"],
  broken: ["node", "no-such-server.js"],
  clock,
});

for (const [name, reason] of servers.failed) {
  console.log(`Without ${name}: ${reason instanceof LocalError ? reason.code : reason}`);
}

const tools = await servers.tools();
for (const { name, description } of tools) console.log(`${name}: ${description}`);

// All at once.
const results = await Promise.all(
  tools.map(({ name }) => servers.callTool(name, name.endsWith("search") ? { word: "apple" } : {})),
);
for (const [at, { content }] of results.entries()) console.log(tools[at]?.name, content);

await servers.close();
