// Does everything that a client can do, against the reference server that offers everything.
//
//   npm install @modelcontextprotocol/server-everything
//   npm run example -- everything-client
import { fileURLToPath } from "node:url";
import type { LocalError, ToolError } from "mcplex";
import { connect } from "mcplex/node";

let logged = (): void => {};
const firstLog = new Promise<void>((resolve) => {
  logged = resolve;
});

const path = fileURLToPath(import.meta.resolve("@modelcontextprotocol/server-everything/dist/index.js"));
const client = await connect(["node", path, "stdio"], {
  info: { name: "everything-client", version: "1.0.0" },
  capabilities: { elicitation: { form: {}, url: {} } },
  on: {
    "elicitation/create": (params) => {
      console.log(`  ? ${params.message}`);
      return params.mode === "url" ? { action: "accept" } : { action: "accept", content: { name: "Ada", check: true } };
    },
    "sampling/createMessage": ({ messages }) => {
      console.log(`  ? a sample of ${messages.length} message`);
      return { role: "assistant", content: { type: "text", text: "Forty-two" }, model: "none" };
    },
    "roots/list": () => ({ roots: [{ uri: "file:///work", name: "work" }] }),
    "notifications/message": () => logged(),
  },
});

console.log(`${client.server.info?.title} ${client.server.info?.version}, revision ${client.version}`);
console.log("It offers", Object.keys(client.server.capabilities).sort().join(", "));
await client.ping();

console.log("\nLists");
console.log("  tools:", await namesOf(client.tools()));
console.log("  prompts:", await namesOf(client.prompts()));
console.log("  resources:", await namesOf(client.resources()));
console.log("  templates:", await namesOf(client.resourceTemplates()));

console.log("\nTools");
console.log("  text:", await client.call("echo", { message: "hello" }));
console.log("  structured:", await client.call("get-structured-content", { location: "Chicago" }));
const annotated = await client.callTool("get-annotated-message", { messageType: "error", includeImage: true });
for (const { type, annotations } of annotated.content) console.log(`  ${type} for`, annotations?.audience?.join(", "));
const { content: links } = await client.callTool("get-resource-links", { count: 2 });
for (const block of links) if (block.type === "resource_link") console.log("  link:", block.uri);
await client
  .call("get-sum", { a: "one" })
  .catch((error: ToolError) => console.log(`  ${error.name} for wrong arguments`));

console.log("\nProgress, and giving up");
const work = { duration: 0.2, steps: 2 };
const onProgress = ({ progress, total }: { progress: number; total?: number }) => console.log(`  ${progress}/${total}`);
await client.call("trigger-long-running-operation", work, { onProgress });
const long = client.call("trigger-long-running-operation", { duration: 1 }, { timeout: 100 });
await long.catch((error: LocalError) => console.log(`  ${error.code}`));

console.log("\nResources");
const { contents } = await client.readResource("demo://resource/static/document/features.md");
for (const { uri, mimeType } of contents) console.log(`  ${uri}, ${mimeType}`);
const uri = "demo://resource/dynamic/text/1";
const changes = await client.listen({ resourceSubscriptions: [uri] });
await client.call("toggle-subscriber-updates");
for await (const change of changes) {
  console.log("  told of:", change);
  break;
}
await client.call("toggle-subscriber-updates");

console.log("\nPrompts and completion");
const { messages } = await client.getPrompt("args-prompt", { city: "Oslo" });
for (const { role, content } of messages) console.log(`  ${role}: ${content.type === "text" ? content.text : ""}`);
const ref = { type: "ref/prompt", name: "completable-prompt" } as const;
const context = { arguments: { department: "Sales" } };
const { values } = await client.complete({ ref, argument: { name: "name", value: "" }, context });
console.log("  suggestions:", values);

console.log("\nWhat the server asks");
await show("trigger-elicitation-request");
await show("trigger-url-elicitation", { url: "https://example.com/form", elicitationId: "1" });
await show("trigger-sampling-request", { prompt: "What is the answer?" });
await show("get-roots-list");

console.log("\nLogging");
await client.setLogLevel("debug");
await client.call("toggle-simulated-logging");
await firstLog;
console.log("  a message came");
await client.call("toggle-simulated-logging");

await client.close();

async function namesOf(list: AsyncIterable<{ readonly name: string }>): Promise<string> {
  const names: string[] = [];
  for await (const { name } of list) names.push(name);
  return `${names.length}, such as ${names.slice(0, 3).join(", ")}`;
}

async function show(tool: string, args?: Record<string, unknown>): Promise<void> {
  const { content } = await client.callTool(tool, args);
  const [first] = content;
  console.log(`  ${first?.type === "text" ? first.text.replace(/\s+/g, " ").slice(0, 70) : first?.type}`);
}
