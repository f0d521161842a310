// Structured output: typed by the server's schemas, and checked against them on both sides.
//
//   npm run example -- structured-output
import { ToolError } from "mcplex";
import { connect } from "mcplex/node";
import type { server } from "./server.ts";

const client = await connect<typeof server>(["node", "server.js"]);

// The client checks what comes by the schemas in the list of tools.
for await (const tool of client.tools()) console.log(`${tool.name} gives an ${tool.outputSchema?.type}`);

const cities = await client.call("cities");
console.log("Cities:", cities);

// `celsius` is a number, and `sky` one of three words: the editor knows.
const { celsius, sky } = await client.call("weather", { city: "Bergen" });
console.log(`Bergen: ${celsius} °C, ${sky}${sky === "rain" ? ", take an umbrella" : ""}`);

// The whole result: what the model reads, and what a program takes.
const { content, structuredContent } = await client.callTool("describe", { city: "Rome" });
console.log(content, structuredContent);

try {
  await client.call("weather", { city: "Atlantis" });
} catch (error) {
  if (error instanceof ToolError) console.log("The tool says:", error.message);
}

await client.close();
