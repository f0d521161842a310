import type { CallToolResult, ContentBlock } from "../protocol/index.ts";

/**
 * A full tool result, made by {@link result}. A class of its own, so that an output value is never mistaken for one.
 */
export class ToolResult {
  /** @internal */
  readonly value: CallToolResult;

  constructor(value: CallToolResult) {
    this.value = value;
  }
}

/** The parts of a full tool result; `content` defaults to a text block of `structuredContent`, or to nothing. */
export interface ToolResultParts extends Omit<CallToolResult, "content"> {
  readonly content?: string | readonly ContentBlock[];
}

/**
 * A full tool result: content, structured content, `isError` and `_meta` at will.
 *
 * @example
 * ```ts
 * return result({ content: [text("Done"), image(png, "image/png")], _meta: { "example.com/cost": 3 } });
 * ```
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result
 */
export function result(parts: ToolResultParts): ToolResult {
  const { content, ...rest } = parts;
  return new ToolResult({ ...rest, content: blocks(content, rest.structuredContent) });
}

function blocks(content: ToolResultParts["content"], structured: unknown): readonly ContentBlock[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (content !== undefined) return content;
  return structured === undefined ? [] : [{ type: "text", text: JSON.stringify(structured) }];
}

/** The result that says to the model what went wrong. */
export function failed(text: string): CallToolResult {
  return { content: [{ type: "text", text }], isError: true };
}
