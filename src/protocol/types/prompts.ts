import type { Role } from "./base.ts";
import type { ContentBlock } from "./content.ts";
import type { Prompt } from "./definitions.ts";
import type { InputResponseRequestParams } from "./input.ts";
import type { CacheableResult, PaginatedResult, Result } from "./messages.ts";

/**
 * The result of `prompts/list`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#listing-prompts
 */
export interface ListPromptsResult extends PaginatedResult, CacheableResult {
  resultType?: "complete";
  /** The prompts of this page. */
  prompts: readonly Prompt[];
}

/**
 * The parameters of `prompts/get`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#getting-a-prompt
 */
export interface GetPromptRequestParams extends InputResponseRequestParams {
  /** The prompt. */
  name: string;
  /** The values of its arguments. */
  arguments?: { [argument: string]: string };
}

/**
 * The result of `prompts/get`: the prompt, filled in.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#getting-a-prompt
 */
export interface GetPromptResult extends Result {
  resultType?: "complete";
  /** What the prompt is for. */
  description?: string;
  /** The conversation to begin with. */
  messages: readonly PromptMessage[];
}

/** One message of a prompt. */
export interface PromptMessage {
  role: Role;
  /** What is said: one block. */
  content: ContentBlock;
}
