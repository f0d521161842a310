// Uses a calculator whose tools, prompt and resource are methods of a class.
//
//   npm run example -- calculator
import { connect } from "mcplex/node";

const client = await connect(["node", "server.js"]);

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
