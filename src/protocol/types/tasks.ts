import type { NotificationParams, PaginatedResult, RequestParams, Result } from "./messages.ts";

/**
 * The state of a task. The last three are for good.
 *
 * Tasks as they are here belong to revision 2025-11-25 alone, where they were an experiment; since then they are an
 * extension with another shape.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks
 */
export type TaskStatus = "working" | "input_required" | "completed" | "failed" | "cancelled";

/** A request that is worked on after it was answered. In 2025-11-25 alone. */
export interface Task {
  /** Names the task. */
  taskId: string;
  status: TaskStatus;
  /** More about the status, for people. */
  statusMessage?: string;
  /** When the task began, as ISO 8601 text. */
  createdAt: string;
  /** When its status last changed, as ISO 8601 text. */
  lastUpdatedAt: string;
  /** How long after its beginning the task is kept, in milliseconds; `null` for ever. */
  ttl: number | null;
  /** How long to wait between two looks at it, in milliseconds. */
  pollInterval?: number;
}

/** Asks for a request to be run as a task. In 2025-11-25 alone. */
export interface TaskMetadata {
  /** How long to keep the task after its beginning, in milliseconds; the receiver decides. */
  ttl?: number;
}

/**
 * The value of `io.modelcontextprotocol/related-task` in the `_meta` of a message about a task.
 *
 * In 2025-11-25 alone.
 */
export interface RelatedTaskMetadata {
  taskId: string;
}

/** What the parameters of a request that can become a task hold. In 2025-11-25 alone. */
export interface TaskAugmentedRequestParams extends RequestParams {
  /** Wants the request run as a task. */
  task?: TaskMetadata;
}

/** The first answer to a request that became a task. In 2025-11-25 alone. */
export interface CreateTaskResult extends Result {
  task: Task;
}

/** The parameters of `tasks/get`. In 2025-11-25 alone. */
export interface GetTaskRequestParams extends RequestParams {
  taskId: string;
}

/** The result of `tasks/get`. In 2025-11-25 alone. */
export interface GetTaskResult extends Result, Task {}

/** The parameters of `tasks/result`, which is answered when the task has ended. In 2025-11-25 alone. */
export interface GetTaskPayloadRequestParams extends RequestParams {
  taskId: string;
}

/** The result of `tasks/result`: whatever the request itself would have given. In 2025-11-25 alone. */
export interface GetTaskPayloadResult extends Result {
  [member: string]: unknown;
}

/** The parameters of `tasks/cancel`. In 2025-11-25 alone. */
export interface CancelTaskRequestParams extends RequestParams {
  taskId: string;
}

/** The result of `tasks/cancel`: the task, cancelled. In 2025-11-25 alone. */
export interface CancelTaskResult extends Result, Task {}

/** The result of `tasks/list`. In 2025-11-25 alone. */
export interface ListTasksResult extends PaginatedResult {
  /** The tasks of this page. */
  tasks: readonly Task[];
}

/** The parameters of `notifications/tasks/status`. In 2025-11-25 alone. */
export interface TaskStatusNotificationParams extends NotificationParams, Task {}
