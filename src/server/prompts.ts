import { DefinitionError } from "../errors.ts";
import { isObject } from "../json.ts";
import type { GetPromptResult, Icon, MetaObject, Prompt, PromptArgument, PromptMessage } from "../protocol/index.ts";
import { type CompiledSchema, fromSchema, type InferOutput, type Schema } from "../schema/index.ts";
import type { Complete } from "./completion.ts";
import type { Context } from "./context.ts";
import type { Feature, Visible } from "./features.ts";
import type { InputRequired } from "./input-required.ts";
import { checkOptions } from "./options.ts";

/** What a prompt says of itself; see {@link prompt}. */
export interface PromptOptions<I extends Schema | undefined = undefined> {
  /** A name for people. */
  readonly title?: string;
  readonly description?: string;
  /** The arguments: an object schema whose properties take strings, since the wire carries nothing else. */
  readonly input?: I;
  readonly icons?: readonly Icon[];
  readonly _meta?: MetaObject;
  /** Hides the prompt from callers for whom it gives false. */
  readonly visible?: Visible;
  /** Completes arguments, by their names. */
  readonly complete?: Readonly<Record<string, Complete>>;
}

/** The arguments of a prompt's handler. */
export type PromptInput<I> = I extends undefined ? Readonly<Record<string, never>> : InferOutput<I>;

/** What a prompt's handler returns: text of the user, messages, or the whole result. */
export type PromptReturn = string | PromptMessage | readonly PromptMessage[] | GetPromptResult | InputRequired;

// Conditional as a whole, like the handler of a tool, so that literals in what it returns keep their types.
/** Writes a prompt. */
export type PromptHandler<I> = I extends undefined
  ? (input: PromptInput<I>, context: Context) => PromptReturn | Promise<PromptReturn>
  : (input: PromptInput<I>, context: Context) => PromptReturn | Promise<PromptReturn>;

/** A prompt that is defined and not yet part of a server; give it to `server.add`. */
export interface PromptDefinition<I extends Schema | undefined = Schema | undefined> {
  readonly kind: "prompt";
  readonly name: string;
  readonly options: PromptOptions<I>;
  readonly handler: PromptHandler<I>;
}

/**
 * Defines a prompt away from its server.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts
 */
export function prompt<I extends Schema | undefined = undefined>(
  name: string,
  options: PromptOptions<I>,
  handler: PromptHandler<I>,
): PromptDefinition<I> {
  return { kind: "prompt", name, options, handler };
}

/** A prompt as a server keeps it. */
export interface PromptFeature extends Feature {
  readonly definition: Prompt;
  readonly input: CompiledSchema | undefined;
  readonly handler: (input: never, context: Context) => unknown;
  readonly complete: ReadonlyMap<string, Complete>;
}

const OPTIONS = "title description input icons _meta visible complete";

/** Compiles a definition. Throws `DefinitionError` for what could not be served later; `report` hears what shows later. */
export function compilePrompt(
  { name, options, handler }: PromptDefinition<any>,
  report: (problem: unknown) => void,
): PromptFeature {
  const where = `prompt "${name}"`;
  if (typeof name !== "string" || name === "") throw new DefinitionError("A prompt needs a name");
  if (typeof handler !== "function") throw new DefinitionError(`The handler of ${where} must be a function`);
  checkOptions(where, options, OPTIONS.split(" "));
  const { input, visible, complete = {}, ...said } = options as PromptOptions<Schema | undefined>;
  const compiled = input === undefined ? undefined : fromSchema(input, "input", where, report);
  const args = compiled === undefined ? undefined : toArguments(compiled.json, where);
  for (const argument of Object.keys(complete)) {
    if (!args?.some((known) => known.name === argument)) {
      throw new DefinitionError(`${where} completes "${argument}", which is none of its arguments`);
    }
  }
  const definition: Prompt = args === undefined ? { name, ...said } : { name, ...said, arguments: args };
  return { name, definition, input: compiled, handler, visible, complete: new Map(Object.entries(complete)) };
}

/** Reads the arguments off an object schema. */
function toArguments(json: unknown, where: string): PromptArgument[] {
  const schema = json as { properties?: Record<string, unknown>; required?: readonly string[] };
  if (!isObject(json) || !isObject(schema.properties)) {
    throw new DefinitionError(`The input of ${where} must be an object schema with properties`);
  }
  return Object.entries(schema.properties).map(([name, property]) => {
    const said = (isObject(property) ? property : {}) as { title?: string; description?: string; type?: unknown };
    if (said.type !== undefined && ![said.type].flat().includes("string")) {
      const fix = "prompt arguments are strings on the wire, so take a string and convert it in the schema";
      throw new DefinitionError(`The argument "${name}" of ${where} has the type ${JSON.stringify(said.type)}: ${fix}`);
    }
    const argument: PromptArgument = { name, required: schema.required?.includes(name) === true };
    if (said.title !== undefined) argument.title = said.title;
    if (said.description !== undefined) argument.description = said.description;
    return argument;
  });
}
