import { LocalError } from "../errors.ts";
import type { CallToolResult, Tool } from "../protocol/index.ts";
import { toolDefinition } from "../protocol/methods/index.ts";
import type { JsonSchema, Validator } from "../schema/index.ts";

/** The output schemas that a server declared, compiled when a tool is first called; they come from a stranger. */
export class Outputs {
  readonly #schemas = new Map<string, JsonSchema>();
  readonly #validators = new Map<string, Promise<Validator>>();

  /** Learns from a page of `tools/list`, and gives the tools that are some: one broken tool must not hide the others. */
  learn(page: readonly Tool[], warn: (problem: string) => void): readonly Tool[] {
    const tools = page.filter((tool) => {
      const problem = toolDefinition(tool);
      if (problem !== undefined) warn(`Left out the tool "${tool?.name}": ${problem}`);
      return problem === undefined;
    });
    for (const { name, outputSchema } of tools) {
      // A page that is kept is read again and again, and says the same.
      const isCompiled = this.#validators.has(name);
      if (isCompiled && JSON.stringify(this.#schemas.get(name)) !== JSON.stringify(outputSchema)) {
        this.#validators.delete(name);
      }
      if (outputSchema === undefined) this.#schemas.delete(name);
      else this.#schemas.set(name, outputSchema);
    }
    return tools;
  }

  /** Checks a result. @throws LocalError `schema` when it does not match what the server declared. */
  check(name: string, result: CallToolResult): void | Promise<void> {
    const schema = this.#schemas.get(name);
    if (schema !== undefined && result.isError !== true) return this.#conforms(name, schema, result);
  }

  async #conforms(name: string, schema: JsonSchema, result: CallToolResult): Promise<void> {
    if (!("structuredContent" in result)) {
      throw new LocalError("schema", `The tool "${name}" declares an output schema and gave no structured content`);
    }
    const validate = await this.#validator(name, schema);
    const [issue] = validate(result.structuredContent) ?? [];
    if (issue === undefined) return;
    const message = `The tool "${name}" gave what does not match its output schema: ${issue.pointer} ${issue.message}`;
    throw new LocalError("schema", message, { data: { issue } });
  }

  #validator(name: string, schema: JsonSchema): Promise<Validator> {
    let validator = this.#validators.get(name);
    if (validator === undefined) {
      // Most tools declare no output schema.
      validator = import("../schema/validator/index.ts")
        .then(({ compilePeer }) => compilePeer(schema))
        .catch((cause: unknown) => {
          throw new LocalError("schema", `The output schema of the tool "${name}" cannot be used`, { cause });
        });
      this.#validators.set(name, validator);
    }
    return validator;
  }
}
