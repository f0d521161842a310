import type { JSONObject, MetaObject, Role } from "./base.ts";
import type { AudioContent, ContentBlock, ImageContent, TextContent } from "./content.ts";
import type { Tool } from "./definitions.ts";
import type { RequestMetaObject } from "./messages.ts";
import type { TaskMetadata } from "./tasks.ts";

/**
 * Asks a client for a turn of its model: a member of {@link InputRequests}, and a request of its own up to 2025-11-25.
 *
 * @deprecated Call the provider of the model from the server.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/sampling
 */
export interface CreateMessageRequest {
  method: "sampling/createMessage";
  params: CreateMessageRequestParams;
}

/**
 * The parameters of `sampling/createMessage`. The client may change all but the messages and `maxTokens`, and its user
 * may refuse.
 *
 * @deprecated Call the provider of the model from the server.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/sampling
 */
export interface CreateMessageRequestParams {
  /** The conversation so far. */
  messages: readonly SamplingMessage[];
  /** How many tokens the model may write at most. */
  maxTokens: number;
  /** Which model to take; the client decides. */
  modelPreferences?: ModelPreferences;
  /** What the model is told first. */
  systemPrompt?: string;
  /** How freely the model chooses its words, in the provider's measure. */
  temperature?: number;
  /** Texts at which the model stops. */
  stopSequences?: readonly string[];
  /** More for the provider, in its own form. */
  metadata?: JSONObject;
  /** Tools that the model may use; the capability `sampling.tools` says whether it can. Since 2025-11-25. */
  tools?: readonly Tool[];
  /** Whether the model uses tools; the capability `sampling.tools` says whether it can. Since 2025-11-25. */
  toolChoice?: ToolChoice;
  /**
   * Which servers' context the client adds. `"none"` when absent.
   *
   * @deprecated Leave it out, or say `"none"`; the other two need the capability `sampling.context`.
   */
  includeContext?: "none" | "thisServer" | "allServers";
  /** Facts beside the question. Up to 2025-11-25. */
  _meta?: RequestMetaObject;
  /** Wants the answer as a task. In 2025-11-25 alone. */
  task?: TaskMetadata;
}

/**
 * One message of a conversation with a model.
 *
 * A user's message with results of tools holds nothing else, and follows at once on the message that used the tools.
 *
 * @deprecated Call the provider of the model from the server.
 */
export interface SamplingMessage {
  role: Role;
  /** What is said. Up to 2025-06-18 one block of text, picture or recording. */
  content: SamplingMessageContentBlock | readonly SamplingMessageContentBlock[];
  /** Facts beside the message. Since 2025-11-25. */
  _meta?: MetaObject;
}

/**
 * A piece of a message of a conversation with a model.
 *
 * @deprecated Call the provider of the model from the server.
 */
export type SamplingMessageContentBlock =
  | TextContent
  | ImageContent
  | AudioContent
  | ToolUseContent
  | ToolResultContent;

/**
 * The model uses a tool. Since 2025-11-25.
 *
 * @deprecated Call the provider of the model from the server.
 */
export interface ToolUseContent {
  type: "tool_use";
  /** Names this use, for its result. */
  id: string;
  /** The tool. */
  name: string;
  /** The arguments. */
  input: { [argument: string]: unknown };
  /** Facts beside the use, to be kept when the message is sent again. */
  _meta?: MetaObject;
}

/**
 * What a tool gave the model. Since 2025-11-25.
 *
 * @deprecated Call the provider of the model from the server.
 */
export interface ToolResultContent {
  type: "tool_result";
  /** The `id` of the use that this answers. */
  toolUseId: string;
  /** The result, as in `CallToolResult`. */
  content: readonly ContentBlock[];
  /** The result as a value. Objects alone in 2025-11-25, any value since. */
  structuredContent?: unknown;
  /** The tool failed. False when absent. */
  isError?: boolean;
  /** Facts beside the result, to be kept when the message is sent again. */
  _meta?: MetaObject;
}

/**
 * Whether the model uses tools. Since 2025-11-25.
 *
 * @deprecated Call the provider of the model from the server.
 */
export interface ToolChoice {
  /** As it likes (`"auto"`, the default), at least one (`"required"`), or not at all (`"none"`). */
  mode?: "auto" | "required" | "none";
}

/**
 * What a server would like of a model. Priorities go from 0 (no matter) to 1 (all that matters).
 *
 * @deprecated Call the provider of the model from the server.
 */
export interface ModelPreferences {
  /** Names, the best first; they go before the priorities. */
  hints?: readonly ModelHint[];
  /** How much cheapness matters. */
  costPriority?: number;
  /** How much speed matters. */
  speedPriority?: number;
  /** How much cleverness matters. */
  intelligencePriority?: number;
}

/**
 * A model that a server would like.
 *
 * @deprecated Call the provider of the model from the server.
 */
export interface ModelHint {
  /** A part of the name of a model, such as `"sonnet"`. */
  name?: string;
}

/**
 * What the model said.
 *
 * @deprecated Call the provider of the model from the server.
 */
export interface CreateMessageResult extends SamplingMessage {
  /** The model that said it. */
  model: string;
  /** Why it stopped; a provider may have reasons of its own. */
  stopReason?: "endTurn" | "stopSequence" | "maxTokens" | "toolUse" | (string & {});
}
