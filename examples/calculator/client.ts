// Starts the calculator and uses it: `node scripts/run.mjs examples/calculator/client.ts`
import { join } from "node:path";
import { connect } from "mcplex/node";

const run = join(import.meta.dirname, "../../scripts/run.mjs");
const client = await connect([process.execPath, run, join(import.meta.dirname, "server.ts")]);

for await (const { name, description } of client.tools()) console.log(`${name}: ${description}`);

console.log("2 + 3:", await client.call("sum", { a: 2, b: 3 }));
console.log("7 - 9:", await client.call("subtract", { a: 7, b: 9 }));

const onProgress = (told: object) => console.log("progress:", told);
console.log("mean:", await client.call("mean", { values: [1, 2, 6] }, { onProgress }));

// A tool that fails says why in words that a model reads.
await client.call("divide", { a: 1, b: 0 }).catch((error: Error) => console.log(`1 / 0: ${error.message}`));

const { messages } = await client.getPrompt("word-problem", { topic: "apples" });
console.log("prompt:", messages[0]?.content);

const { contents } = await client.readResource("calculator://tape");
console.log("tape:", contents[0]);

await client.close();
