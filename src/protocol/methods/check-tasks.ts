import { limits } from "../../limits.ts";
import { members, nullable, number, oneOf, string, text } from "./check-fields.ts";
import { type ParamsCheck, params } from "./check-params.ts";
import { page, type ResultCheck, result } from "./check-results.ts";

/** The tasks of 2025-11-25. @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks */
const task = {
  taskId: string,
  status: oneOf("working", "input_required", "completed", "failed", "cancelled"),
  ttl: nullable(number),
  pollInterval: nullable(number),
};

/** `tasks/get`, `tasks/result` and `tasks/cancel` of 2025-11-25. */
export const taskParams: ParamsCheck = params({ taskId: text(limits.idLength) });

/** `notifications/tasks/status` of 2025-11-25. */
export const taskStatusParams: ParamsCheck = params(task);

/** `tasks/get` and `tasks/cancel` of 2025-11-25. */
export const taskResult: ResultCheck = result(task);

/** `tasks/list` of 2025-11-25. */
export const listTasksResult: ResultCheck = page("tasks", members(task));

/** The result of a request of 2025-11-25 that became a task. */
export const createTaskResult: ResultCheck = result({ task: members(task) });
