// Lists the prompts of a server with their arguments, and gets each of them.
//
//   npm run example -- prompts
import { InvalidParamsError, type PromptMessage } from "mcplex";
import { connect } from "mcplex/node";

const client = await connect(["node", "server.js"]);

for await (const { name, title, description, arguments: parameters = [] } of client.prompts()) {
  const wanted = parameters.map((parameter) => (parameter.required ? parameter.name : `[${parameter.name}]`));
  console.log(`${name}(${wanted.join(", ")}): ${title ?? description ?? ""}`);
}

await show("morning");
await show("shorten", { text: "It was a dark and stormy night.", words: "5" });
await show("review", { code: "let x = 1" });
await show("brand");

try {
  await client.getPrompt("shorten", { words: "many" });
} catch (error) {
  if (error instanceof InvalidParamsError) console.log(`\n${error.message}`);
}

await client.close();

async function show(name: string, args?: Record<string, string>): Promise<void> {
  const { messages } = await client.getPrompt(name, args);
  console.log(`\n${name}`);
  for (const message of messages) console.log(`  ${message.role}: ${inWords(message)}`);
}

function inWords({ content }: PromptMessage): string {
  if (content.type === "text") return content.text.replaceAll("\n", " ");
  if (content.type === "resource") return `the resource ${content.resource.uri}`;
  return `content of the type ${content.type}`;
}
