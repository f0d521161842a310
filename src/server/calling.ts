import { DefinitionError, InvalidParamsError, InvalidRequestError, ToolError } from "../errors.ts";
import { isObject } from "../json.ts";
import type { Params } from "../jsonrpc/index.ts";
import type { CallToolResult, ContentBlock } from "../protocol/index.ts";
import type { Validated } from "../schema/index.ts";
import { claimed, Settled } from "./claims.ts";
import type { Context } from "./context.ts";
import type { Features } from "./features.ts";
import type { Answer } from "./invoke.ts";
import { describe } from "./issues.ts";
import { kept } from "./kept.ts";
import { failed, ToolResult } from "./result.ts";
import { Written } from "./stringify.ts";
import type { ToolFeature } from "./tools.ts";

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

/** Calls a tool for an extension, with arguments as a client sent them. */
export async function callOf(found: ToolFeature, sent: Params, context: Context): Promise<CallToolResult> {
  return ((await run(found, sent, context)) as ToolResult).value;
}

/** The handler of a tool, with what extensions put around it. */
function handlerOf(found: ToolFeature): ToolFeature["handler"] {
  return found.claims === undefined ? found.handler : withClaims(found);
}

const withClaims = kept(new WeakMap<ToolFeature, ToolFeature["handler"]>(), (found) => {
  const { claims = [], handler, report } = found;
  const result = (value: unknown): CallToolResult | Promise<CallToolResult> => toResult(found, value);
  return claimed(claims, { handler, result, failed: (error) => toFailure(found, error, report), report });
});

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
      ? handlerOf(found)(given as never, context)
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
  return handlerOf(found)(checked.value as never, context);
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
