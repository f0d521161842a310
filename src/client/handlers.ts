import type {
  ClientCapabilities,
  ElicitationCompleteNotificationParams,
  LoggingMessageNotificationParams,
  ResourceUpdatedNotificationParams,
  ServerRequests,
} from "../protocol/index.ts";

/** What a handler of a server's question gets beside the parameters. */
export interface AnswerContext {
  /** Aborts when the answer is no longer wanted: close the user's window then. */
  readonly signal: AbortSignal;
}

/**
 * What a client does with what the server starts. A handler for a question declares the capability that it needs, and
 * answers in every revision: where the server sends a request, and where it asks back in a result.
 */
export type Handlers = {
  /**
   * Answers a question of the server. A user who declines has answered. Whoever throws gives no answer: a question that
   * came as a request is answered by an error, with the code of a `ProtocolError`; one that ended a round ends its call.
   */
  readonly [M in Exclude<keyof ServerRequests, "ping">]?: (
    params: ServerRequests[M]["params"],
    context: AnswerContext,
  ) => ServerRequests[M]["result"] | Promise<ServerRequests[M]["result"]>;
} & {
  /** Takes log messages of the server. */
  readonly "notifications/message"?: (params: LoggingMessageNotificationParams) => void;
  /** The user is done at a URL that this server asked to visit; told once for each (2025-11-25 alone). */
  readonly "notifications/elicitation/complete"?: (params: ElicitationCompleteNotificationParams) => void;
  /** A list of the server changed (before 2026-07-28; use `listen`, which works in every revision). */
  readonly "notifications/tools/list_changed"?: () => void;
  readonly "notifications/prompts/list_changed"?: () => void;
  readonly "notifications/resources/list_changed"?: () => void;
  /** A resource changed that was subscribed to (before 2026-07-28; use `listen`). */
  readonly "notifications/resources/updated"?: (params: ResourceUpdatedNotificationParams) => void;
};

/** The capabilities that handlers show, unless the client says otherwise. */
export function capabilitiesOf(on: Handlers, declared: ClientCapabilities | undefined): ClientCapabilities {
  const capabilities: ClientCapabilities = {};
  if (on["elicitation/create"] !== undefined) capabilities.elicitation = {};
  if (on["sampling/createMessage"] !== undefined) capabilities.sampling = {};
  if (on["roots/list"] !== undefined) capabilities.roots = { listChanged: true };
  return { ...capabilities, ...declared };
}
