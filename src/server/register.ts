import { DefinitionError } from "../errors.ts";
import { toolNameProblem } from "../protocol/index.ts";
import type { Registry } from "./answers.ts";
import { listed } from "./cache-hints.ts";
import type { Definition } from "./definitions.ts";
import { compilePrompt } from "./prompts.ts";
import { compileResource } from "./resources.ts";
import { compileTool } from "./tools.ts";

/** What definitions are added to. */
interface Registries extends Registry {
  report(error: unknown): void;
}

/**
 * Compiles a definition and adds it where it belongs.
 *
 * @throws DefinitionError for one that could not be served later.
 */
export function register(
  server: Registries,
  definition: Definition,
  toolOptions: Parameters<typeof compileTool>[2],
): void {
  const { kind } = definition;
  const { cache = {}, logger = console } = server.options;
  const report = (problem: unknown): void => server.report(problem);
  if (kind === "tool") {
    server.tools.add(listed(compileTool(definition, report, toolOptions), "tools", cache));
    const problem = toolNameProblem(definition.name);
    if (problem) logger.warn(`mcplex: some clients will refuse this: ${problem}`);
  } else if (kind === "prompt") server.prompts.add(listed(compilePrompt(definition, report), "prompts", cache));
  else if (kind === "resource") {
    const compiled = compileResource(definition);
    if ("resource" in compiled) server.resources.add(listed(compiled.resource, "resources", cache));
    else {
      if (compiled.template.list !== undefined) listed(compiled.template, "resources", cache);
      server.templates.add(listed(compiled.template, "resourceTemplates", cache));
    }
  } else throw new DefinitionError("Add a tool, prompt, resource or decorated instance");
}
