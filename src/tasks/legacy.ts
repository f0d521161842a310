import {
  type Extension,
  extension,
  InternalError,
  InvalidParamsError,
  type JSONObject,
  MetaKey,
  type Params,
  ProtocolError,
  type Task,
  type TaskStatus,
  Values,
} from "../index.ts";
import { serverSide } from "../server/extensions/index.ts";
import type { Context, ServerExtension } from "../server/index.ts";
import type { Board } from "./board.ts";
import type { Seen, TaskRecord } from "./records.ts";

const span = { since: "2025-11-25", until: "2025-11-25" } as const;

/** The tasks of 2025-11-25, where they were an experiment in the protocol itself. */
const core: Extension = extension({
  id: "io.modelcontextprotocol/tasks",
  ...span,
  requests: {
    "tasks/get": { required: false },
    "tasks/result": { required: false },
    "tasks/list": { required: false },
    "tasks/cancel": { required: false },
  },
}) as Extension;

/** Whether a call asks to be a task. */
export function isAsked({ params }: Context): boolean {
  return typeof params["task"] === "object" && params["task"] !== null;
}

/** For how long a call that asks to be a task wants it kept. */
export function askedTtl({ params }: Context): unknown {
  return (params["task"] as Params)["ttl"];
}

/** Answers what clients of 2025-11-25 ask of their tasks. @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks */
export function serveLegacy(board: Board, lists: boolean): ServerExtension["answers"] {
  const asking = new Set<string>();
  const { answers } = serverSide(core, {
    on: {
      "tasks/get": async ({ taskId }, context) => ({ ...legacyTask(await board.see(context, taskId)) }),
      "tasks/cancel": async ({ taskId }, context) => {
        if (!(await board.cancel(context, taskId))) throw new InvalidParamsError("The task has ended already");
        return { ...legacyTask(await board.see(context, taskId)) };
      },
      "tasks/result": ({ taskId }, context) => outcome(board, context, taskId, asking) as Promise<never>,
      ...(lists && {
        "tasks/list": async (_params: unknown, context: Context) => ({
          tasks: (await board.list(context)).map(legacyTask),
        }),
      }),
    },
  });
  return answers.map(([method, answer]) => [
    method.name === "tasks/result" ? { ...method, waits: true } : method,
    answer,
  ]);
}

/** Waits for the end of a task, and meanwhile asks the client what the task asks. */
async function outcome(board: Board, context: Context, taskId: unknown, asking: Set<string>): Promise<unknown> {
  for (;;) {
    const seen = await board.see(context, taskId);
    const { record, end } = seen;
    if (end?.status === "completed") {
      const _meta = { ...(end.result["_meta"] as object | undefined), ...related(record) };
      return context.wire.result({ name: "tools/call" } as never, { ...end.result, _meta });
    }
    if (end?.status === "failed") throw new ProtocolError(end.error.code, end.error.message, end.error.data);
    if (end !== undefined) throw new InternalError("The task was cancelled");
    if (context.signal.aborted) throw new InternalError();
    const changed = board.changed(record.id, context.signal);
    for (const key of Object.keys(record.asked)) void ask(board, context, record, key, asking);
    await changed;
  }
}

/** Asks the client one question of a task, unless somebody does so already. */
async function ask(
  board: Board,
  context: Context,
  record: TaskRecord,
  key: string,
  asking: Set<string>,
): Promise<void> {
  const name = `${record.id}/${key}`;
  const { underlying, signal } = context;
  if (underlying.ask === undefined || asking.has(name)) return;
  asking.add(name);
  try {
    const { method, params } = record.asked[key] as TaskRecord["asked"][string];
    const _meta = { ...(params["_meta"] as object | undefined), ...related(record) };
    const request = { jsonrpc: "2.0", id: name, method, params: { ...params, _meta } } as const;
    const { result, error } = await underlying.ask(request, { signal, values: new Values(), emit: () => {} });
    await board.answer(context, record, key, error === undefined ? { result } : { error });
  } catch {
    // Who asks next asks again.
  } finally {
    asking.delete(name);
  }
}

function related({ id }: TaskRecord): object {
  return { [MetaKey.relatedTask]: { taskId: id } };
}

/** A task in the words of 2025-11-25, where a tool that failed is a task that failed. */
export function legacyTask({ record, end }: Seen): Task {
  const { id, createdAt, updatedAt, ttl, pollInterval, asked } = record;
  const failed = end?.status === "completed" && end.result["isError"] === true;
  const open: TaskStatus = Object.keys(asked).length > 0 ? "input_required" : "working";
  const message = end?.status === "failed" ? end.error.message : failed ? textOf(end.result) : undefined;
  return {
    taskId: id,
    status: failed ? "failed" : (end?.status ?? open),
    ...(message !== undefined && { statusMessage: message }),
    createdAt: new Date(createdAt).toISOString(),
    lastUpdatedAt: new Date(end?.at ?? updatedAt).toISOString(),
    ttl,
    pollInterval,
  };
}

/** What a tool says of its failure. */
function textOf({ content }: JSONObject): string | undefined {
  const [block] = (content ?? []) as readonly { readonly text?: unknown }[];
  return typeof block?.text === "string" ? block.text : undefined;
}
