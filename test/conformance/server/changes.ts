/** Tools that change what the server offers while clients listen. */
import { prompt, type Server, tool } from "mcplex/server";

/** Adds the tools, which need the server that they change. */
export function addChanges(server: Server): void {
  server.add(
    tool("test_trigger_tool_change", { description: "Adds a tool and removes it" }, () => {
      server.add(tool("test_passing_tool", { description: "There for a moment" }, () => "Here"));
      server.tools.remove("test_passing_tool");
      return "The tools have changed";
    }),
    tool("test_trigger_prompt_change", { description: "Adds a prompt and removes it" }, () => {
      server.add(prompt("test_passing_prompt", { description: "There for a moment" }, () => "Here"));
      server.prompts.remove("test_passing_prompt");
      return "The prompts have changed";
    }),
  );
}
