import {
  type Call,
  deriveCall,
  ErrorCode,
  type Exchange,
  type Params,
  type Request,
  type Response,
  type Task,
  type Tool,
} from "../index.ts";
import type { ClientLink } from "../client/index.ts";
import { checkTask, isState, type TaskWire } from "./task-wire.ts";
import type { SeenTask } from "./types.ts";

/** Whoever waits for the outcome of a task is asked what the task asks, so that any time may pass. */
const PATIENT = { timeout: Number.POSITIVE_INFINITY, totalTimeout: Number.POSITIVE_INFINITY };

/** What a client does with tasks in 2025-11-25. */
export function legacyTasks(link: ClientLink): TaskWire {
  return {
    async get(taskId, options) {
      return checkTask(seen((await link.request("tasks/get", { taskId }, options)) as Task), taskId, isState);
    },
    update: () => Promise.reject(new TypeError("This revision has no tasks/update")),
    async cancel(taskId, options) {
      await link.request("tasks/cancel", { taskId }, options);
    },
    asks: false,
    outcome: ({ taskId }, options) => link.request("tasks/result", { taskId }, { ...options, ...PATIENT }),
  };
}

function seen({ ttl, pollInterval, ...task }: Task): SeenTask {
  return { ...task, ttlMs: ttl, ...(typeof pollInterval === "number" && { pollIntervalMs: pollInterval }) };
}

type Result = Record<string, any> | undefined;

/**
 * Asks a server of 2025-11-25 to make tasks of the calls of tools that can be tasks, and gives their results the form that
 * they have since. Which tools can is known from the lists of tools.
 */
export function augmented(next: Exchange): Exchange {
  const supports = new Set<unknown>();
  const learn = (response: Response): Response => {
    const tools: unknown = (response.result as Result)?.["tools"];
    // What is no list of tools is refused where the result is read.
    for (const tool of Array.isArray(tools) ? (tools as (Partial<Tool> | null)[]) : []) {
      const support = tool?.execution?.taskSupport;
      if (support === "optional" || support === "required") supports.add(tool?.name);
      else supports.delete(tool?.name);
    }
    return response;
  };
  const call = async (request: Request, call: Call): Promise<Response> => {
    const name = request.params?.["name"];
    if (supports.has(name)) return asTask(next, request, call);
    const response = await next(request, call);
    if (response.error?.code !== ErrorCode.MethodNotFound) return response;
    // A tool that must be called as a task, and that was in no list so far.
    await listTools(next, request, call, learn);
    return supports.has(name) ? asTask(next, request, call) : response;
  };
  return (request, underlying) => {
    const { method } = request;
    if (method === "tools/list") return next(request, underlying).then(learn);
    return method === "tools/call" ? call(request, underlying) : next(request, underlying);
  };
}

async function asTask(next: Exchange, request: Request, call: Call): Promise<Response> {
  const response = await next({ ...request, params: { ...request.params, task: {} } }, call);
  const task = (response.result as Result)?.["task"] as Task | undefined;
  if (typeof task?.taskId !== "string") return response;
  return { jsonrpc: "2.0", id: request.id, result: { resultType: "task", ...seen(task) } };
}

async function listTools(
  next: Exchange,
  { id }: Request,
  call: Call,
  learn: (response: Response) => Response,
): Promise<void> {
  const quiet = deriveCall(call, { emit() {} });
  let params: Params = {};
  for (let page = 0; page < MOST_PAGES; page++) {
    const { result } = learn(await next({ jsonrpc: "2.0", id, method: "tools/list", params }, quiet));
    const cursor: unknown = (result as Result)?.["nextCursor"];
    if (typeof cursor !== "string" || cursor === params["cursor"]) return;
    params = { cursor };
  }
}

const MOST_PAGES = 100;
