import type { ErrorObject, InputRequests, JSONObject, Result, TaskStatus } from "../index.ts";

/** What every state of a task says of it. */
export interface TaskFacts {
  readonly taskId: string;
  readonly status: TaskStatus;
  /** More about the status, for people. */
  readonly statusMessage?: string;
  /** When the task began, as ISO 8601 text. */
  readonly createdAt: string;
  /** When it last changed, as ISO 8601 text. */
  readonly lastUpdatedAt: string;
  /** How long after its beginning the task is kept, in milliseconds; `null` for ever. */
  readonly ttlMs: number | null;
  /** How long to wait between two looks at it, in milliseconds. */
  readonly pollIntervalMs?: number;
}

/**
 * A task, with what its status brings.
 *
 * @see https://modelcontextprotocol.github.io/ext-tasks/specification/draft/tasks.html
 */
export type DetailedTask = TaskFacts &
  (
    | { readonly status: "working" | "cancelled" }
    /** Questions that wait for their answers, all of them. */
    | { readonly status: "input_required"; readonly inputRequests: InputRequests }
    /** What the call would have given as a plain call. */
    | { readonly status: "completed"; readonly result: JSONObject }
    /** The error that the call would have been answered with as a plain call. */
    | { readonly status: "failed"; readonly error: ErrorObject }
  );

/** The result of a call that became a task. */
export type CreateTaskResult = Result & TaskFacts & { readonly resultType: "task" };

/** A task as a client sees it: on 2025-11-25 without what its status brings. */
export type SeenTask = TaskFacts & {
  readonly inputRequests?: InputRequests;
  readonly result?: JSONObject;
  readonly error?: ErrorObject;
};
