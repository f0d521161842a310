/**
 * The client that the conformance suite looks at. The URL of a server is the last argument; what to do there, and in
 * which revision, stands in the environment.
 */
import { AuthError, type ElicitResult, type Revision } from "mcplex";
import { Client } from "mcplex/client";
import { clientSide } from "mcplex/client/extensions";
import { http } from "mcplex/client/http";
import { fetchOf } from "./client/auth.ts";
import { scenarioOf } from "./client/scenarios.ts";
import { skills } from "./skills.ts";

const { MCP_CONFORMANCE_SCENARIO: name, MCP_CONFORMANCE_PROTOCOL_VERSION: version } = process.env;
const url = process.argv.at(-1);
const scenario = name === undefined ? undefined : scenarioOf(name);
if (name === undefined || scenario === undefined || url === undefined)
  throw new Error(`There is no scenario ${name} for ${url}`);

const context = JSON.parse(process.env["MCP_CONFORMANCE_CONTEXT"] ?? "{}");
const fetch = fetchOf(name, context);
try {
  const client = await Client.connect(http(url, fetch === undefined ? {} : { fetch }), {
    info: { name: "mcplex-conformance", version: "1.0.0" },
    revisions: [version as Revision],
    logger: console,
    extensions: [clientSide(skills)],
    on: {
      // A user who confirms what is asked, and leaves the rest as the form has it.
      "elicitation/create": (params) => {
        const confirms = "requestedSchema" in params && "confirmed" in params.requestedSchema.properties;
        const content: ElicitResult["content"] = confirms ? { confirmed: true } : {};
        return { action: "accept", content };
      },
      "sampling/createMessage": () => ({ role: "assistant", content: { type: "text", text: "Paris" }, model: "none" }),
      "roots/list": () => ({ roots: [{ uri: "file:///home/user/project" }] }),
    },
  });
  try {
    await scenario(client, context);
  } finally {
    await client.close();
  }
} catch (error) {
  if (!(error instanceof AuthError)) throw error;
  console.error(error);
  // Not 1: a fault of the client ends it with that.
  process.exitCode = 3;
}
