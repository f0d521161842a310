import type { LoggingLevel } from "./base.ts";
import type { NotificationParams, RequestParams } from "./messages.ts";

/**
 * The parameters of `notifications/message`: one entry of a log.
 *
 * @deprecated Write to stderr where the transport is stdio, and use OpenTelemetry for observation.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging
 */
export interface LoggingMessageNotificationParams extends NotificationParams {
  /** How grave it is. */
  level: LoggingLevel;
  /** The part of the server that says it. */
  logger?: string;
  /** What is said: a text, or any other JSON value. No secrets. */
  data: unknown;
}

/**
 * The parameters of `logging/setLevel`. Up to 2025-11-25; `io.modelcontextprotocol/logLevel` in `_meta` since.
 *
 * @deprecated Write to stderr where the transport is stdio, and use OpenTelemetry for observation.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/server/utilities/logging
 */
export interface SetLevelRequestParams extends RequestParams {
  /** The lowest level that is sent from now on. */
  level: LoggingLevel;
}
