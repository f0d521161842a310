/**
 * The keys of `_meta` that the protocol gives a meaning; `progressToken` and the trace context have no prefix and are
 * not among them.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#meta
 */
export const MetaKey = {
  /** On every request since 2026-07-28: the revision that it is written in. */
  protocolVersion: "io.modelcontextprotocol/protocolVersion",
  /** On every request since 2026-07-28: what the client can do, for this request alone. */
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  /** On requests since 2026-07-28: the software that asks. */
  clientInfo: "io.modelcontextprotocol/clientInfo",
  /** On requests since 2026-07-28: asks for log messages from this level up. Deprecated by the specification. */
  logLevel: "io.modelcontextprotocol/logLevel",
  /** On results since 2026-07-28: the software that answers. */
  serverInfo: "io.modelcontextprotocol/serverInfo",
  /** On every message of a subscription since 2026-07-28: the id of the `subscriptions/listen` request. */
  subscriptionId: "io.modelcontextprotocol/subscriptionId",
  /** On messages about a task, in 2025-11-25 alone: which task. */
  relatedTask: "io.modelcontextprotocol/related-task",
  /** On the result that made a task, in 2025-11-25 alone: text for the model while the task runs. */
  modelImmediateResponse: "io.modelcontextprotocol/model-immediate-response",
} as const;

/** One of the keys in {@link MetaKey}. */
export type MetaKey = (typeof MetaKey)[keyof typeof MetaKey];
