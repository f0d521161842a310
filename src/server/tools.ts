import { DefinitionError } from "../errors.ts";
import type { Params } from "../jsonrpc/index.ts";
import type {
  CallToolResult,
  ContentBlock,
  Icon,
  MetaObject,
  Revision,
  Tool,
  ToolAnnotations,
} from "../protocol/index.ts";
import { type CompiledSchema, fromSchema, type InferOutput, objectRoot, type Schema } from "../schema/index.ts";
import type { ToolClaim, ToolOptionClaim } from "./claims.ts";
import type { Context } from "./context.ts";
import type { Feature, Visible } from "./features.ts";
import type { InputRequired } from "./input-required.ts";
import { checkOptions } from "./options.ts";
import type { ToolResult } from "./result.ts";
import type { ClaimedToolOptions } from "./tool-options.ts";

/** What a tool says of itself; see {@link tool}. */
export interface ToolOptions<I extends Schema | undefined = undefined, O extends Schema | undefined = undefined>
  extends ClaimedToolOptions {
  /** A name for people. */
  readonly title?: string;
  /** What it does, for the model. */
  readonly description?: string;
  /** The arguments: any Standard Schema, or JSON Schema. Without it the tool takes none. */
  readonly input?: I;
  /** The structured content: any Standard Schema, or JSON Schema. With it the handler returns such a value. */
  readonly output?: O;
  /** Hints on what it does to the world. */
  readonly annotations?: ToolAnnotations;
  readonly icons?: readonly Icon[];
  readonly _meta?: MetaObject;
  /** Hides the tool from callers for whom it gives false. */
  readonly visible?: Visible;
  /**
   * What a caller over HTTP must be allowed to do: all of these must be among the `scopes` of `context.auth`. Where
   * `protect` of `mcplex/auth/server` guards the endpoint, other callers are told which they need, with status 403.
   */
  readonly scopes?: readonly string[];
}

/** The arguments of a handler, by the schema of `input`. */
export type ToolInput<I> = I extends undefined ? Readonly<Record<string, never>> : InferOutput<I>;

/** What a handler may return where there is no schema for the output. */
export type ToolContent = string | ContentBlock | readonly ContentBlock[] | ToolResult | InputRequired;

// The whole function type is conditional, so that the compiler resolves it before it looks at what a handler returns:
// literals such as `"text"` then keep their types. `Promise<Out>` stands beside the longer one for shorter errors.
/**
 * Does the work of a tool. It returns the output value where there is a schema for it, else text or content; a full
 * result where more is to be said.
 */
export type ToolHandler<I, O> = O extends undefined
  ? (input: ToolInput<I>, context: Context) => ToolContent | Promise<ToolContent>
  : (input: ToolInput<I>, context: Context) => Returned<InferOutput<O>>;

type Returned<Out> = Out | ToolResult | InputRequired | Promise<Out> | Promise<Out | ToolResult | InputRequired>;

/** A tool that is defined and not yet part of a server; give it to `server.add`. */
export interface ToolDefinition<
  N extends string = string,
  I extends Schema | undefined = Schema | undefined,
  O extends Schema | undefined = Schema | undefined,
> {
  readonly kind: "tool";
  readonly name: N;
  readonly options: ToolOptions<I, O>;
  readonly handler: ToolHandler<I, O>;
}

/**
 * Defines a tool away from its server.
 *
 * @example
 * ```ts
 * export const add = tool("add", { input: z.object({ a: z.number(), b: z.number() }) }, ({ a, b }) => `${a + b}`);
 * ```
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools
 */
export function tool<
  const N extends string,
  I extends Schema | undefined = undefined,
  O extends Schema | undefined = undefined,
>(name: N, options: ToolOptions<I, O>, handler: ToolHandler<I, O>): ToolDefinition<N, I, O> {
  return { kind: "tool", name, options, handler };
}

/** A tool as a server keeps it: everything that can be made before the first call is made. */
export interface ToolFeature extends Feature {
  readonly definition: Tool;
  readonly input: CompiledSchema | undefined;
  readonly output: CompiledSchema | undefined;
  readonly handler: (input: never, context: Context) => unknown;
  readonly scopes?: readonly string[] | undefined;
  /** Hears of what the handler throws and only the author may know. */
  readonly report: (problem: unknown) => void;
  /** What extensions do to it. */
  readonly claims?: readonly ToolClaim[];
  /** What extensions add to its entry in the lists of a revision. */
  readonly members?: ((revision: Revision) => object) | undefined;
}

const OPTIONS = "title description input output annotations icons _meta visible scopes";
const BEFORE = ". Those of an extension are known once the server uses it: put server.use(...) before the tool";
const NO_ARGUMENTS = { type: "object", additionalProperties: false } as const;

/** Compiles a definition. Throws `DefinitionError` for what could not be served later; `report` hears what shows later. */
export function compileTool(
  { name, options, handler }: ToolDefinition<string, any, any>,
  report: (problem: unknown) => void,
  claims: ReadonlyMap<string, ToolOptionClaim>,
): ToolFeature {
  const where = `tool "${name}"`;
  checkOptions(where, options, [...OPTIONS.split(" "), ...claims.keys()], BEFORE);
  const { input, output, visible, scopes, ...others } = options as ToolOptions<Schema | undefined, Schema | undefined>;
  if (typeof name !== "string" || name === "") throw new DefinitionError("A tool needs a name");
  if (scopes?.every((scope) => /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(scope)) === false) {
    throw new DefinitionError(`scopes of ${where} must be a list of texts without spaces and quotes`);
  }
  if (typeof handler !== "function") throw new DefinitionError(`The handler of ${where} must be a function`);
  const accepted = input === undefined ? undefined : fromSchema(input, "input", where, report);
  const given = output === undefined ? undefined : fromSchema(output, "output", where, report);
  const said = Object.entries(others);
  const definition = {
    name,
    ...Object.fromEntries(said.filter(([option]) => !claims.has(option))),
    inputSchema: accepted === undefined ? NO_ARGUMENTS : objectRoot(accepted.json, where),
    ...(given === undefined ? {} : { outputSchema: given.json }),
  } as Tool;
  const call = async (sent: Params, context: Context): Promise<CallToolResult> =>
    (await import("./serving/index.ts")).callOf(feature, sent, context);
  const claiming = said.flatMap(([option, value]) => claims.get(option)?.(value, { name, options, call }) ?? []);
  const feature: ToolFeature = {
    name,
    definition,
    input: accepted,
    output: given,
    handler,
    visible,
    scopes,
    report,
    ...(claiming.length > 0 && {
      claims: claiming,
      members: (revision: Revision) => Object.assign({}, ...claiming.map((claim) => claim.members?.(revision))),
    }),
  };
  return feature;
}
