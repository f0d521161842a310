// A small server on the official SDK 1.x that asks its client by requests: what another author would write.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const mcp = new McpServer({ name: "first", version: "1.0.0" });
const { server } = mcp;

const requestedSchema = {
  type: "object",
  properties: {
    name: { type: "string" },
    colour: { type: "string", enum: ["red", "blue"], default: "blue" },
    age: { type: "number" },
  },
  required: ["name"],
};

const asks = {
  form: () => server.elicitInput({ message: "Who are you?", requestedSchema }),
  visit: async () => {
    const elicitationId = "one";
    const url = "https://example.com/sign-in";
    const answer = await server.elicitInput({ mode: "url", message: "Sign in", url, elicitationId });
    await server.createElicitationCompletionNotifier(elicitationId)();
    return answer;
  },
  sample: () =>
    server.createMessage({
      messages: [{ role: "user", content: { type: "text", text: "Say hello" } }],
      maxTokens: 9,
    }),
  roots: () => server.listRoots(),
};

mcp.registerTool("ask", { inputSchema: { what: z.array(z.string()) } }, async ({ what }) => {
  const answers = await Promise.all(what.map(async (key) => [key, await asks[key]()]));
  return { content: [{ type: "text", text: JSON.stringify(Object.fromEntries(answers)) }] };
});

await mcp.connect(new StdioServerTransport());
