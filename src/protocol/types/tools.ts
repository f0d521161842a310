import type { ContentBlock } from "./content.ts";
import type { Tool } from "./definitions.ts";
import type { InputResponseRequestParams } from "./input.ts";
import type { CacheableResult, PaginatedResult, Result } from "./messages.ts";
import type { TaskMetadata } from "./tasks.ts";

/**
 * The result of `tools/list`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#listing-tools
 */
export interface ListToolsResult extends PaginatedResult, CacheableResult {
  resultType?: "complete";
  /** The tools of this page. */
  tools: readonly Tool[];
}

/**
 * The parameters of `tools/call`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#calling-tools
 */
export interface CallToolRequestParams extends InputResponseRequestParams {
  /** The tool. */
  name: string;
  /** The arguments, as the tool's `inputSchema` wants them. */
  arguments?: { [argument: string]: unknown };
  /** Wants the call run as a task. In 2025-11-25 alone. */
  task?: TaskMetadata;
}

/**
 * The result of `tools/call`. A tool that fails says so here, where the model can read it, and not in a JSON-RPC error.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result
 */
export interface CallToolResult extends Result {
  resultType?: "complete";
  /** What the tool gives, for the model. May be empty. */
  content: readonly ContentBlock[];
  /**
   * The result as a value, as the tool's `outputSchema` wants it. Objects alone up to 2025-11-25, any JSON value since;
   * `null` is a value.
   *
   * Since 2025-06-18.
   */
  structuredContent?: unknown;
  /** The tool failed, and `content` says why. False when absent. */
  isError?: boolean;
}
