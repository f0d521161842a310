import { LocalError } from "../index.ts";
import type { RequestOptions } from "../client/index.ts";
import type { SeenTask } from "./types.ts";

/** How a client speaks of tasks in one era. */
export interface TaskWire {
  get(taskId: string, options?: RequestOptions): Promise<SeenTask>;
  update(taskId: string, answers: object, options?: RequestOptions): Promise<void>;
  cancel(taskId: string, options?: RequestOptions): Promise<void>;
  /** Whether the questions of a task come with it, and not by way of its outcome. */
  readonly asks: boolean;
  /** What the call gives whose task this is; rejects with the error that it was answered with. */
  outcome(task: SeenTask, options?: RequestOptions): Promise<unknown>;
}

const STATUSES: readonly unknown[] = ["working", "input_required", "completed", "failed", "cancelled"];

/** @throws LocalError for what is not this task. */
export function checkTask(task: unknown, id: string, is: (task: unknown) => task is SeenTask = isTask): SeenTask {
  if (is(task) && task.taskId === id) return task;
  throw new LocalError("invalid_response", "The server gave what is no task, or is another one");
}

/** Whether a value says of a task what every state says. */
export function isState(task: unknown): task is SeenTask {
  const { taskId, status } = (task ?? {}) as Partial<SeenTask>;
  return typeof taskId === "string" && STATUSES.includes(status);
}

/** Whether a value is a task with what its status brings. */
export function isTask(task: unknown): task is SeenTask {
  if (!isState(task)) return false;
  const { status, result, error, inputRequests } = task;
  return (
    (status !== "completed" || isObject(result)) &&
    (status !== "failed" || Number.isSafeInteger(error?.code)) &&
    (status !== "input_required" || (isObject(inputRequests) && Object.values(inputRequests).every(isQuestion)))
  );
}

function isQuestion(value: unknown): boolean {
  return isObject(value) && typeof value["method"] === "string";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
