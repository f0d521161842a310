import type { RequestId } from "../../jsonrpc/index.ts";
import type { Cursor, Implementation, LoggingLevel, MetaObject, ProgressToken } from "./base.ts";
import type { ClientCapabilities } from "./capabilities.ts";

/**
 * The `_meta` of a request.
 *
 * The members with a prefix exist since 2026-07-28, where the first two are required on every request. They are
 * optional here because a client adds them to what its caller gives.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#meta
 */
export interface RequestMetaObject extends MetaObject {
  /** Asks for progress notifications, which will carry this token. Unique among the requests in flight. */
  progressToken?: ProgressToken;
  /** The revision that the request is written in. */
  "io.modelcontextprotocol/protocolVersion"?: string;
  /** What the client can do, for this request alone. */
  "io.modelcontextprotocol/clientCapabilities"?: ClientCapabilities;
  /** The software that asks. */
  "io.modelcontextprotocol/clientInfo"?: Implementation;
  /**
   * Asks for the log messages of this request, from this level up. Absent, the server sends none.
   *
   * @deprecated Read the server's stderr where the transport is stdio, and use OpenTelemetry for observation.
   */
  "io.modelcontextprotocol/logLevel"?: LoggingLevel;
}

/** The `_meta` of a notification. */
export interface NotificationMetaObject extends MetaObject {
  /** The id of the `subscriptions/listen` request that the notification belongs to. Since 2026-07-28. */
  "io.modelcontextprotocol/subscriptionId"?: RequestId;
}

/** The `_meta` of a result. */
export interface ResultMetaObject extends MetaObject {
  /** The software that answers. Since 2026-07-28, on every result. */
  "io.modelcontextprotocol/serverInfo"?: Implementation;
}

/** What the parameters of every request may hold; all that `ping`, `server/discover` and `roots/list` take. */
export interface RequestParams {
  /** Facts beside the parameters. */
  _meta?: RequestMetaObject;
}

/** What the parameters of every notification may hold; all that the `list_changed` ones have. */
export interface NotificationParams {
  /** Facts beside the parameters. */
  _meta?: NotificationMetaObject;
}

/** What a result is: the answer, questions that come before it, or a kind of an extension, such as `"task"`. */
export type ResultType = "complete" | "input_required" | (string & {});

/**
 * What every result may hold.
 *
 * `resultType` is required on the wire since 2026-07-28 and unknown before. It is optional here, and in every result of
 * this folder, because results are written for all revisions at once: the server adds it where the revision wants it.
 * A client takes a result without it as `"complete"`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic#resulttype
 */
export interface Result {
  /** Facts beside the result. */
  _meta?: ResultMetaObject;
  /** Which kind of result this is. Since 2026-07-28. */
  resultType?: ResultType;
}

/** A result that says no more than that the request was done. */
export type EmptyResult = Result;

/**
 * The parameters of the requests for lists.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination
 */
export interface PaginatedRequestParams extends RequestParams {
  /** Where to go on: the `nextCursor` of the page before. The first page when absent. */
  cursor?: Cursor;
}

/** One page of a list. */
export interface PaginatedResult extends Result {
  /** Where the next page begins. Absent on the last page; `""` is a cursor like any other. */
  nextCursor?: Cursor;
}

/**
 * A result that a client may keep for a while.
 *
 * Both members are required on the wire since 2026-07-28 and unknown before; where they are left out, the server adds
 * what is safe: `0` and `"private"`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching
 */
export interface CacheableResult extends Result {
  /** How long the result stays fresh after it arrived, in milliseconds: an integer, not negative. */
  ttlMs?: number;
  /** Whether others may be served it too (`"public"`), or only those with the same authorization (`"private"`). */
  cacheScope?: "public" | "private";
}

/**
 * The parameters of `notifications/progress`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/progress
 */
export interface ProgressNotificationParams extends NotificationParams {
  /** The token of the request that goes on. */
  progressToken: ProgressToken;
  /** How far it is. Grows with every notification, in any unit. */
  progress: number;
  /** Where it will end, in the same unit, where known. */
  total?: number;
  /** What happens just now, for people. Since 2025-03-26. */
  message?: string;
}

/**
 * The parameters of `notifications/cancelled`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/cancellation
 */
export interface CancelledNotificationParams extends NotificationParams {
  /** The request that nobody waits for any longer; its sender and that of the notification are the same. */
  requestId: RequestId;
  /** Why, for logs and people. */
  reason?: string;
}
