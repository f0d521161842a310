import { ErrorCode, type Extension, extension, InvalidParamsError, limits } from "../index.ts";
import { serverSide } from "../server/extensions/index.ts";
import type { Context, FilterKey, ServerExtension } from "../server/index.ts";
import type { Board } from "./board.ts";
import type { Seen } from "./records.ts";
import type { CreateTaskResult, DetailedTask } from "./types.ts";

/** The id of the extension. */
export const TASKS_ID = "io.modelcontextprotocol/tasks";

const byId = { mcpName: "taskId" } as const;

/** The tasks extension, as both sides know it. */
export const definition: Extension = extension({
  id: TASKS_ID,
  since: "2026-07-28",
  requests: { "tasks/get": byId, "tasks/update": byId, "tasks/cancel": byId },
  notifications: { "notifications/tasks": {} },
}) as Extension;

/** Whether a client takes tasks as results. */
export function isDeclared({ client }: Context): boolean {
  return client.capabilities.extensions?.[TASKS_ID] !== undefined;
}

/** The result of a call that became a task. */
export function created(seen: Seen): CreateTaskResult {
  const { inputRequests: _asked, ...facts } = detailed(seen) as DetailedTask & { inputRequests?: unknown };
  return { resultType: "task", ...facts };
}

/** Answers what clients ask of their tasks. @see https://modelcontextprotocol.github.io/ext-tasks/specification/draft/tasks.html */
export function serveModern(board: Board): ServerExtension {
  return serverSide(definition, {
    on: {
      "tasks/get": async ({ taskId }, context) => ({ ...detailed(await board.see(context, taskId)) }),
      "tasks/update": async ({ taskId, inputResponses }, context) => {
        if (typeof inputResponses !== "object" || inputResponses === null) {
          throw new InvalidParamsError("params.inputResponses must be an object");
        }
        await board.update(context, taskId, inputResponses as Record<string, unknown>);
        return {};
      },
      "tasks/cancel": async ({ taskId }, context) => {
        await board.cancel(context, taskId);
        return {};
      },
    },
    filterKeys: [taskIds(board)],
  });
}

/** Clients hear of the tasks that they name, as far as the tasks are theirs. */
function taskIds(board: Board): FilterKey<readonly string[]> {
  return {
    key: "taskIds",
    async honoured(asked, context) {
      if (!Array.isArray(asked) || asked.length > limits.listenUris) {
        throw new InvalidParamsError(`taskIds must be an array of at most ${limits.listenUris}`);
      }
      const own = await Promise.all(
        asked.map((id: unknown) =>
          board.see(context, id).then(
            () => [id as string],
            () => [],
          ),
        ),
      );
      return own.flat();
    },
    wants: (ids, { method, params }) => method === "notifications/tasks" && ids.includes(params?.["taskId"] as string),
  };
}

/** What stands for codes of older revisions that must not be used any more. */
function codeToday(code: number): number {
  if (code === ErrorCode.ResourceNotFound) return ErrorCode.InvalidParams;
  return code === ErrorCode.UrlElicitationRequired ? ErrorCode.InternalError : code;
}

/** A task in the words of the extension. */
export function detailed({ record, end }: Seen): DetailedTask {
  const { id, createdAt, updatedAt, ttl, pollInterval, asked } = record;
  const facts = {
    taskId: id,
    createdAt: new Date(createdAt).toISOString(),
    lastUpdatedAt: new Date(end?.at ?? updatedAt).toISOString(),
    ttlMs: ttl,
    pollIntervalMs: pollInterval,
  };
  if (end?.status === "completed") {
    return { ...facts, status: "completed", result: { resultType: "complete", ...end.result } };
  }
  if (end?.status === "cancelled") return { ...facts, status: "cancelled" };
  if (end !== undefined) {
    const error = { ...end.error, code: codeToday(end.error.code) };
    return { ...facts, status: "failed", statusMessage: error.message, error };
  }
  if (Object.keys(asked).length === 0) return { ...facts, status: "working" };
  return { ...facts, status: "input_required", inputRequests: asked as never };
}
