import type { BaseMetadata } from "./base.ts";
import type { RequestParams, Result } from "./messages.ts";

/** A prompt whose argument is to be completed. */
export interface PromptReference extends BaseMetadata {
  type: "ref/prompt";
}

/** A resource template whose variable is to be completed. */
export interface ResourceTemplateReference {
  type: "ref/resource";
  /** The URI template, or a URI. */
  uri: string;
}

/**
 * The parameters of `completion/complete`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion
 */
export interface CompleteRequestParams extends RequestParams {
  /** Whose argument. */
  ref: PromptReference | ResourceTemplateReference;
  /** Which argument, and what of it is typed so far. */
  argument: { name: string; value: string };
  /** What else is known. Since 2025-06-18. */
  context?: {
    /** The values of other arguments. */
    arguments?: { [argument: string]: string };
  };
}

/**
 * The result of `completion/complete`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion
 */
export interface CompleteResult extends Result {
  resultType?: "complete";
  completion: {
    /** The proposals, the best first; at most 100. */
    values: readonly string[];
    /** How many there are in all, where known. */
    total?: number;
    /** There are more than these. */
    hasMore?: boolean;
  };
}
