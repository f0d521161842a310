// A chat with a model that uses the tools of a server. Any endpoint of the chat-completions kind does:
//
//   npm run example -- chat --url http://localhost:11434/v1 --model qwen3
//   npm run example -- chat --url https://api.example.com/v1 --model large --key-env API_KEY
//   npm run example -- chat --url ... --model ... -- npx -y @modelcontextprotocol/server-everything
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { connect } from "mcplex/node";
import { type ChatMessage, type ChatTool, complete, type Model, type ToolCall } from "./model.ts";

const { values, positionals } = parseArgs({
  options: { url: { type: "string" }, model: { type: "string" }, "key-env": { type: "string" } },
  allowPositionals: true,
});
if (values.url === undefined || values.model === undefined) {
  console.error(
    "Usage: chat --url <endpoint> --model <name> [--key-env <variable with the key>] [-- <server command>]",
  );
  process.exit(2);
}
const key = process.env[values["key-env"] ?? ""];
const model: Model = { url: values.url.replace(/\/$/, ""), name: values.model, key };

const client = await connect(positionals.length > 0 ? positionals : ["node", "server.js"]);
const tools: ChatTool[] = [];
for await (const { name, description, inputSchema } of client.tools()) {
  tools.push({ type: "function", function: { name, description, parameters: inputSchema } });
}
const messages: ChatMessage[] = [{ role: "system", content: client.server.instructions ?? "You are helpful." }];

/** How often in a row the model may use tools before it answers. */
const MOST_TURNS = 10;

async function answer(): Promise<string> {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const said = await complete(model, messages, tools);
    messages.push(said);
    if (said.tool_calls === undefined || said.tool_calls.length === 0) return said.content ?? "";
    messages.push(...(await Promise.all(said.tool_calls.map(use))));
  }
  return "(the model used tools without an end)";
}

/** Uses a tool. What goes wrong is for the model to read: it may try again. */
async function use({ id, function: { name, arguments: written } }: ToolCall): Promise<ChatMessage> {
  console.log(`  [${name} ${written}]`);
  let content: string;
  try {
    const result = await client.callTool(name, JSON.parse(written || "{}"));
    content = result.content.map((block) => (block.type === "text" ? block.text : JSON.stringify(block))).join("\n");
  } catch (error) {
    content = `Error: ${error instanceof Error ? error.message : error}`;
  }
  return { role: "tool", tool_call_id: id, content };
}

process.stdout.write("> ");
for await (const line of createInterface({ input: process.stdin })) {
  // What comes from a file or a pipe is not seen otherwise.
  if (!process.stdin.isTTY) console.log(line);
  messages.push({ role: "user", content: line });
  console.log(await answer());
  process.stdout.write("> ");
}
console.log();
await client.close();
