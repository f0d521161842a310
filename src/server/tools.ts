import { DefinitionError, InvalidParamsError, InvalidRequestError, ToolError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type Params } from "../jsonrpc/index.ts";
import type {
  CallToolResult,
  ContentBlock,
  Icon,
  MetaObject,
  Revision,
  Tool,
  ToolAnnotations,
} from "../protocol/index.ts";
import {
  type CompiledSchema,
  fromSchema,
  type InferOutput,
  objectRoot,
  type Schema,
  type Validated,
} from "../schema/index.ts";
import { claimed, Settled, type ToolClaim, type ToolOptionClaim } from "./claims.ts";
import type { Context } from "./context.ts";
import type { Feature, Features, Visible } from "./features.ts";
import type { InputRequired } from "./input-required.ts";
import type { Answer } from "./invoke.ts";
import { describe } from "./issues.ts";
import { checkOptions } from "./options.ts";
import { failed, ToolResult } from "./result.ts";
import { Written } from "./stringify.ts";
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
  /** What extensions add to its entry in the lists of a revision. */
  readonly members?: ((revision: Revision) => object) | undefined;
}

const OPTIONS = ["title", "description", "input", "output", "annotations", "icons", "_meta", "visible", "scopes"];
const BEFORE = ". Those of an extension are known once the server uses it: put server.use(...) before the tool";
const NO_ARGUMENTS = { type: "object", additionalProperties: false } as const;

/** Compiles a definition. Throws `DefinitionError` for what could not be served later; `report` hears what shows later. */
export function compileTool(
  { name, options, handler }: ToolDefinition<string, any, any>,
  report: (problem: unknown) => void,
  claims: ReadonlyMap<string, ToolOptionClaim>,
): ToolFeature {
  const where = `tool "${name}"`;
  checkOptions(where, options, [...OPTIONS, ...claims.keys()], BEFORE);
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
  const feature: ToolFeature = { name, definition, input: accepted, output: given, handler, visible, scopes };
  const call = async (sent: Params, context: Context): Promise<CallToolResult> =>
    ((await run(made, sent, context)) as ToolResult).value;
  const claiming = said.flatMap(([option, value]) => claims.get(option)?.(value, { name, options, call }) ?? []);
  const made = claiming.length === 0 ? feature : withClaims(feature, claiming, report);
  return made;
}

function withClaims(
  feature: ToolFeature,
  claims: readonly ToolClaim[],
  report: (problem: unknown) => void,
): ToolFeature {
  return {
    ...feature,
    members: (revision) => Object.assign({}, ...claims.map((claim) => claim.members?.(revision))),
    handler: claimed(claims, {
      handler: feature.handler,
      result: (value) => toResult(feature, value),
      failed: (error) => toFailure(feature, error, report),
      report,
    }),
  };
}

/** Answers `tools/call`. @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#calling-tools */
export function callTool(tools: Features<ToolFeature>): Answer<ToolFeature> {
  return {
    find(params, context) {
      const name = params["name"] as string;
      const found = tools.find(name, context);
      if (found === undefined) throw new InvalidParamsError(`Unknown tool: ${name}`);
      if (found.scopes !== undefined && !mayUse(found.scopes, context)) {
        throw new InvalidRequestError(`The tool "${name}" needs the scopes: ${found.scopes.join(" ")}`);
      }
      return found;
    },
    run: (found, params, context) => run(found, (params["arguments"] ?? {}) as Params, context),
    result: toResult,
    failed: toFailure,
  };
}

/** Scopes are for callers over HTTP. Nobody else has any. */
function mayUse(scopes: readonly string[], { auth, binding, http }: Context): boolean {
  if (http === undefined && binding?.principal === undefined) return true;
  return scopes.every((scope) => auth?.scopes.includes(scope));
}

function toFailure(
  { name }: ToolFeature,
  error: unknown,
  report: (error: unknown) => void,
): CallToolResult | undefined {
  if (error instanceof ToolError) return failed(error.message);
  if (error instanceof DefinitionError) return undefined;
  report(error);
  return failed(`The tool "${name}" failed`);
}

function run(found: ToolFeature, given: Params, context: Context): unknown {
  if (found.input === undefined) {
    const none = Object.keys(given).length === 0;
    return none
      ? found.handler(given as never, context)
      : new ToolResult(failed(`The tool "${found.name}" takes no arguments`));
  }
  const checked = found.input.validate(given);
  return checked instanceof Promise
    ? checked.then((outcome) => start(found, outcome, context))
    : start(found, checked, context);
}

function start(found: ToolFeature, checked: Validated, context: Context): unknown {
  if (checked.issues !== undefined) {
    return new ToolResult(failed(`Invalid arguments for the tool "${found.name}":\n${describe(checked.issues)}`));
  }
  return found.handler(checked.value as never, context);
}

function toResult(found: ToolFeature, value: unknown): CallToolResult | Promise<CallToolResult> {
  const { output } = found;
  const full = value instanceof ToolResult ? value.value : output === undefined ? toContent(found, value) : undefined;
  if (output === undefined || full?.isError === true || value instanceof Settled) return full as CallToolResult;
  const structured = full === undefined ? value : full.structuredContent;
  const checked = output.validate(structured);
  return checked instanceof Promise
    ? checked.then((outcome) => conforming(found, outcome, full))
    : conforming(found, checked, full);
}

function conforming(found: ToolFeature, checked: Validated, full: CallToolResult | undefined): CallToolResult {
  if (checked.issues !== undefined) {
    const problem = `The tool "${found.name}" gave a value that does not match its output schema`;
    throw new DefinitionError(`${problem}:\n${describe(checked.issues)}`);
  }
  const structuredContent = checked.value;
  if (structuredContent === undefined) throw new DefinitionError(`The tool "${found.name}" gave no value`);
  if (full === undefined) {
    const text = JSON.stringify(structuredContent);
    return { content: [{ type: "text", text }], structuredContent: new Written(text) };
  }
  // Clients that know objects alone read the text.
  if (isObject(structuredContent) || full.content.some(({ type }) => type === "text")) {
    return { ...full, structuredContent };
  }
  const content = [...full.content, { type: "text", text: JSON.stringify(structuredContent) } as const];
  return { ...full, structuredContent, content };
}

function toContent(found: ToolFeature, value: unknown): CallToolResult {
  if (typeof value === "string") return { content: [{ type: "text", text: value }] };
  if (Array.isArray(value)) return { content: value as ContentBlock[] };
  if (typeof value === "object" && value !== null && typeof (value as ContentBlock).type === "string") {
    return { content: [value as ContentBlock] };
  }
  const advice = "return a string, a content block, an array of blocks or result(), or declare an output schema";
  throw new DefinitionError(`The tool "${found.name}" returned ${value === null ? "null" : typeof value}: ${advice}`);
}
