/** What the client does in each scenario. */
import type { Tool } from "mcplex";
import type { Client } from "mcplex/client";
import { loadSkills, listSkills } from "./skills.ts";

/** What the suite hands over beside the URL. */
export interface ScenarioContext {
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> }[];
}

/** Uses a server as one scenario wants it. */
type Scenario = (client: Client, context: ScenarioContext) => Promise<unknown>;

/** What is done in a scenario; `undefined` where there is none of this name. */
export function scenarioOf(name: string): Scenario | undefined {
  return scenarios[name] ?? (name.startsWith("auth/") ? useTools : undefined);
}

const scenarios: Readonly<Record<string, Scenario>> = {
  initialize: allTools,
  "request-metadata": allTools,
  "json-schema-ref-no-deref": allTools,
  async tools_call(client) {
    await allTools(client);
    return client.call("add_numbers", { a: 5, b: 3 });
  },
  "elicitation-sep1034-client-defaults": (client) => client.call("test_client_elicitation_defaults"),
  "sse-retry": (client) => client.call("test_reconnection"),
  async "sep-2322-client-request-state"(client) {
    // At once, so that nothing of one call may get into another.
    await Promise.all([
      client.call("test_mrtr_echo_state"),
      client.call("test_mrtr_no_state"),
      client.call("test_mrtr_unrelated"),
      client.call("test_mrtr_no_result_type"),
    ]);
  },
  async "http-standard-headers"(client) {
    for (const { name } of await allTools(client)) await client.callTool(name);
    for await (const { uri } of client.resources()) await client.readResource(uri);
    for await (const { name } of client.prompts()) await client.getPrompt(name);
  },
  async "http-custom-headers"(client, { toolCalls = [] }) {
    await allTools(client);
    for (const { name, arguments: args } of toolCalls) await client.callTool(name, args);
  },
  async "http-invalid-tool-headers"(client) {
    for (const { name } of await allTools(client)) await client.callTool(name, { region: "us-west1" });
  },
  async "json-schema-2020-12-preservation"(client) {
    const described = (await allTools(client)).find(({ name }) => name === "json_schema_2020_12_tool");
    return client.call("json_schema_echo", { schema: described?.inputSchema });
  },
  "sep-2640-client-no-prefetch": listSkills,
  "sep-2640-client-verify-digest": loadSkills,
  "sep-2640-client-verify-size": loadSkills,
  "sep-2640-client-verify-frontmatter": loadSkills,
};

/** What is protected is used: the list of tools, and the tool for tests where there is one. */
async function useTools(client: Client): Promise<unknown> {
  const tools = await allTools(client);
  return tools.some(({ name }) => name === "test-tool") ? client.callTool("test-tool", {}) : undefined;
}

async function allTools(client: Client): Promise<Tool[]> {
  const tools: Tool[] = [];
  for await (const tool of client.tools()) tools.push(tool);
  return tools;
}
