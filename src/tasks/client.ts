import { LocalError, type CallToolResult, type InputResponses, type JSONObject } from "../index.ts";
import type { Client, ClientExtension, ClientLink, RequestOptions } from "../client/index.ts";
import { clientSide } from "../client/extensions/index.ts";
import { augmenting, tasksOf } from "./connect.ts";
import { definition } from "./dual.ts";
import type { SeenTask } from "./types.ts";

/** Options of {@link clientTasks}; all have defaults. */
export interface ClientTasksOptions {
  /**
   * Told of each state of a task that a call became, the first one included: keep `taskId` to find it again. A promise
   * is awaited before the next look; what it throws ends the call with that error, and cancels the task.
   */
  readonly onTask?: (task: SeenTask, call: { readonly name: string; readonly arguments: unknown }) => unknown;
  /** Whether servers are asked to tell of changes, which takes an open request for each task. Default true. */
  readonly listen?: boolean;
}

/** A task of a server; see {@link taskOf}. */
export interface ClientTask {
  readonly id: string;
  /** Looks at the task. @throws InvalidParamsError where the server has none of this id, or none any more. */
  get(options?: RequestOptions): Promise<SeenTask>;
  /**
   * Follows the task to its end: answers what it asks by the client's handlers, and gives what the call would have given.
   * An abort cancels the task.
   *
   * @throws what the call would have thrown; LocalError `aborted` for a task that was cancelled.
   */
  result<R = CallToolResult>(options?: Pick<RequestOptions, "signal">): Promise<R>;
  /** Answers questions of the task by hand (since 2026-07-28). */
  update(answers: InputResponses, options?: RequestOptions): Promise<void>;
  /** Says that nobody waits for the task. The server decides what becomes of it. */
  cancel(options?: RequestOptions): Promise<void>;
}

/**
 * Tasks, for the option `extensions` of a client: a call that became a task is followed to its end, and gives what it
 * would have given as a plain call. An abort cancels the task. Servers of 2025-11-25 are asked for tasks where their
 * tools can be tasks.
 *
 * @example
 * ```ts
 * const client = await connect(url, { extensions: [clientTasks({ onTask: ({ taskId }) => keep(taskId) })] });
 * console.log(await client.call("report"));
 * ```
 * @see https://modelcontextprotocol.github.io/ext-tasks/specification/draft/tasks.html
 */
export function clientTasks({ onTask, listen = true }: ClientTasksOptions = {}): ClientExtension {
  const side = clientSide(definition, {
    results: {
      "tools/call": {
        async task(task: SeenTask, { params, options: { signal }, link }) {
          if (typeof task.taskId !== "string") {
            throw new LocalError("invalid_response", "The server made a task of the call, and did not name it");
          }
          const call = { name: params["name"] as string, arguments: params["arguments"] };
          const [{ follow }, wire] = await Promise.all([import("./follow.ts"), tasksOf(link)]);
          return follow(link, wire, task.taskId, task, {
            signal,
            listen,
            onTask: (state) => onTask?.(state, call),
          });
        },
      },
    },
  });
  return {
    ...side,
    middleware: augmenting,
    theirs: (link) => ({ ...side.theirs(link), task: (id: string) => taskIn(link, id, listen) }),
  };
}

/**
 * A task of a server, by nothing but its id: of another client, or of a program that has ended since. The client must be
 * connected with {@link clientTasks}.
 *
 * @throws DefinitionError for a client without it.
 */
export function taskOf(client: Client, id: string): ClientTask {
  return (client.extension(definition) as unknown as { task(id: string): ClientTask }).task(id);
}

function taskIn(link: ClientLink, id: string, listen: boolean): ClientTask {
  return {
    id,
    get: async (options) => (await tasksOf(link)).get(id, options),
    cancel: async (options) => (await tasksOf(link)).cancel(id, options),
    update: async (answers, options) => (await tasksOf(link)).update(id, answers, options),
    async result<R>({ signal }: Pick<RequestOptions, "signal"> = {}) {
      const [{ follow }, wire] = await Promise.all([import("./follow.ts"), tasksOf(link)]);
      const result = (await follow(link, wire, id, undefined, { signal, listen })) as JSONObject;
      return result as R;
    },
  };
}
