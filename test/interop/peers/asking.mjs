// Tools, a prompt and a resource that ask the client, as another author would write them: by a result, in rounds.
import { inputRequired, inputResponse } from "@modelcontextprotocol/server";
import { z } from "zod";

const form = {
  type: "object",
  properties: {
    name: { type: "string" },
    colour: { type: "string", enum: ["red", "blue"], default: "blue" },
    age: { type: "number" },
  },
  required: ["name"],
};
const empty = z.object({});

/** A state that survives only who gives it back byte by byte. */
const STATE = `  {"a" : 1.0, "b":"\\u00e5 å 漢 😀", "c":"</script>"}\t${"=+/".repeat(500)} `;

const questions = {
  form: inputRequired.elicit({ message: "Who are you?", requestedSchema: form }),
  visit: inputRequired.elicitUrl({ message: "Sign in", url: "https://example.com/sign-in" }),
  sample: inputRequired.createMessage({
    messages: [{ role: "user", content: { type: "text", text: "Say hello" } }],
    maxTokens: 9,
  }),
  roots: inputRequired.listRoots(),
};

/** Adds what asks to a server. */
export function addAsking(server) {
  // The questions that are wanted, all at once.
  server.registerTool("ask", { inputSchema: z.object({ what: z.array(z.string()) }) }, async ({ what }, { mcpReq }) => {
    const missing = what.filter((key) => mcpReq.inputResponses?.[key] === undefined);
    if (missing.length === 0) return text(mcpReq.inputResponses);
    return inputRequired({ inputRequests: Object.fromEntries(missing.map((key) => [key, questions[key]])) });
  });
  // Two questions, one after the other, and a state with each.
  server.registerTool("stages", { inputSchema: z.object({ to: z.string() }) }, async ({ to }, { mcpReq }) => {
    const state = mcpReq.requestState();
    if (state === undefined) return inputRequired({ inputRequests: { form: questions.form }, requestState: STATE });
    if (state === STATE) {
      const { name } = inputResponse(mcpReq.inputResponses, "form").content;
      return inputRequired({ inputRequests: { roots: questions.roots }, requestState: `${STATE}${name}` });
    }
    if (!state.startsWith(STATE)) throw new Error("The state is not what it was");
    return text({ to, name: state.slice(STATE.length), keys: Object.keys(mcpReq.inputResponses) });
  });
  // Asks nothing, and wants to be called again.
  server.registerTool("later", { inputSchema: empty }, async (_input, { mcpReq }) => {
    const times = mcpReq.requestState()?.length ?? 0;
    return times === 2 ? text({ times }) : inputRequired({ requestState: "x".repeat(times + 1) });
  });
  server.registerPrompt("asked", {}, async ({ mcpReq }) => {
    const { content } = inputResponse(mcpReq.inputResponses, "form");
    if (content === undefined) return inputRequired({ inputRequests: { form: questions.form } });
    return { messages: [{ role: "user", content: { type: "text", text: `I am ${content.name}` } }] };
  });
  server.registerResource("asked", "memo://asked", {}, async (uri, { mcpReq }) => {
    const { content } = inputResponse(mcpReq.inputResponses, "form");
    if (content === undefined) return inputRequired({ inputRequests: { form: questions.form } });
    return { contents: [{ uri: uri.href, text: `of ${content.name}` }] };
  });
}

const text = (value) => ({ content: [{ type: "text", text: JSON.stringify(value) }] });
