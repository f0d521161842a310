import { protocolErrorOf } from "../index.ts";
import type { ClientLink, RequestOptions } from "../client/index.ts";
import { checkTask, type TaskWire } from "./task-wire.ts";
import type { SeenTask } from "./types.ts";

/** What a client does with tasks where they are an extension. */
export function modernTasks(link: ClientLink): TaskWire {
  return {
    get: async (taskId, options) => checkTask(await link.request("tasks/get", { taskId }, options), taskId),
    async update(taskId, inputResponses, options) {
      await link.request("tasks/update", { taskId, inputResponses }, options);
    },
    async cancel(taskId, options) {
      await link.request("tasks/cancel", { taskId }, options);
    },
    asks: true,
    async outcome({ result, error }: SeenTask, _options?: RequestOptions) {
      if (error !== undefined) throw protocolErrorOf(error);
      return result;
    },
  };
}
