import { DefinitionError, type Result } from "../index.ts";
import type { ClaimedTool, Context, ServerExtension, ToolClaim } from "../server/index.ts";
import type { KeyValue } from "../stores/index.ts";
import { Board, type TaskTool } from "./board.ts";
import { detailed, serve, type TaskSupport, membersOf, wayOf } from "./dual.ts";

/** Options of {@link tasks}; all have defaults. */
export interface TasksOptions {
  /**
   * Where tasks are kept. One that several processes share, or that outlives the process, keeps them beyond a restart.
   * Default: the memory of this process.
   */
  readonly store?: KeyValue;
  /** For how long a task is kept after its beginning, in milliseconds; `null` for ever. Default one hour. */
  readonly ttl?: number | null;
  /** How long clients should wait between two looks at a task, in milliseconds. Default 1000. */
  readonly pollInterval?: number;
  /** Tasks of one owner that are kept at the same time. All who do not authenticate are one. Default 1000. */
  readonly tasksPerOwner?: number;
  /**
   * A process that has said nothing of a task for so long, in milliseconds, is taken for gone. Of no account without
   * `store`. Default 15 s.
   */
  readonly lease?: number;
  /** Whether clients of 2025-11-25 may list their tasks: only where requests are authenticated. Default false. */
  readonly list?: boolean;
}

/** What the option `task` of a tool says; see {@link tasks}. */
export interface TaskOptions {
  /** Whether calls can become tasks, or must. Default `"optional"`. */
  readonly support?: TaskSupport;
  /** For how long tasks of this tool are kept. Default: that of the server. */
  readonly ttl?: number | null;
  /** How long clients should wait between two looks. Default: that of the server. */
  readonly pollInterval?: number;
  /**
   * Whether another process may go on with a task whose process is gone: the handler runs again from the top, with the
   * answers and the steps of `context.once` that it had. Default false: such a task fails.
   */
  readonly resume?: boolean;
  /**
   * Runs before there is a task, and may ask: the client answers as in a plain call, and the handler gets the same
   * answers and steps without asking again. What it throws fails the call. Not run where the call stays a plain one.
   */
  readonly before?: (input: any, context: Context) => unknown;
}

declare module "../server/index.ts" {
  interface ClaimedToolOptions {
    /** Whether calls of the tool can become tasks, or must, and how these are run. With `tasks()` of `mcplex/tasks`. */
    readonly task?: TaskSupport | TaskOptions;
  }
}

const HOUR = 60 * 60 * 1000;

/**
 * Tasks, for `server.use`: calls that are answered before they are done. It gives the option `task` of tools its
 * meaning, for clients of 2026-07-28 that declare the extension and for those of 2025-11-25 that ask for a task; for all
 * others the call is a plain one, or fails where the tool says `"required"`.
 *
 * @example
 * ```ts
 * server.use(tasks()).tool("report", { task: "optional" }, async (_, context) => longWork(context.signal));
 * ```
 * @throws DefinitionError for options that make no sense.
 * @see https://modelcontextprotocol.github.io/ext-tasks/specification/draft/tasks.html
 */
export function tasks(options: TasksOptions = {}): ServerExtension {
  const { store, ttl = HOUR, pollInterval = 1000, tasksPerOwner = 1000, lease = 15_000, list = false } = options;
  const defaults = { ttl, pollInterval };
  checkTimes("tasks()", defaults);
  for (const [name, value] of Object.entries({ tasksPerOwner, lease })) {
    if (!(Number.isSafeInteger(value) && value > 0)) {
      throw new DefinitionError(`${name} of tasks() must be a positive integer, not ${value}`);
    }
  }
  const board = new Board({
    store: store ?? inMemory(),
    shared: store !== undefined,
    lease,
    tasksPerOwner,
    changed: (seen) => board.host?.notify("notifications/tasks", { ...detailed(seen) }),
  });
  return {
    ...serve(board, list),
    toolOptions: { task: (value: TaskSupport | TaskOptions, tool) => claim(board, defaults, value, tool) },
    begin(host) {
      if (board.host !== undefined) throw new DefinitionError("tasks() is for one server: call it again for another");
      board.host = host;
    },
  };
}

/** Loaded by servers that do not bring a store. */
async function inMemory(): Promise<KeyValue> {
  const { memoryKeyValue } = await import("../stores/index.ts");
  return memoryKeyValue({ entries: Number.POSITIVE_INFINITY });
}

const OPTIONS = ["support", "ttl", "pollInterval", "resume", "before"];

function claim(
  board: Board,
  defaults: { readonly ttl: number | null; readonly pollInterval: number },
  value: TaskSupport | TaskOptions,
  tool: ClaimedTool,
): ToolClaim {
  const where = `The option "task" of the tool "${tool.name}"`;
  const given: TaskOptions = typeof value === "string" ? { support: value } : value;
  const unknown = Object.keys(given ?? {}).find((name) => !OPTIONS.includes(name));
  if (typeof given !== "object" || given === null || unknown !== undefined) {
    throw new DefinitionError(`${where} must be "optional", "required" or an object of ${OPTIONS.join(", ")}`);
  }
  const { support = "optional", resume = false, before, ...own } = given;
  if (support !== "optional" && support !== "required") {
    throw new DefinitionError(`${where} must be "optional" or "required", not "${support}"`);
  }
  const settings: TaskTool = { ...defaults, ...own, resume, tool };
  checkTimes(where, settings);
  board.tools.set(tool.name, settings);
  return {
    members: (revision) => membersOf(support, revision),
    async around(work, context, input): Promise<Result> {
      if (board.isTask(context)) return work();
      const way = wayOf(context, support, tool.name);
      if (way === undefined) return work();
      await before?.(input, context);
      // The answer is a question.
      if (context.ending) throw context.rounds;
      const seen = await board.begin(settings, ttlOf(way.ttl, settings.ttl), context, (own) => work(own));
      return way.created(seen);
    },
  };
}

/** A client may want a task kept for a shorter time than the server offers, and not for a longer one. */
function ttlOf(wanted: unknown, offered: number | null): number | null {
  if (typeof wanted !== "number" || !Number.isSafeInteger(wanted) || wanted <= 0) return offered;
  return offered === null ? wanted : Math.min(wanted, offered);
}

function checkTimes(where: string, times: { readonly ttl: number | null; readonly pollInterval: number }): void {
  for (const name of ["ttl", "pollInterval"] as const) {
    const value = times[name];
    if (value === null && name === "ttl") continue;
    if (!(Number.isSafeInteger(value) && (value as number) > 0)) {
      throw new DefinitionError(`${name} of ${where} must be a positive integer of milliseconds, not ${value}`);
    }
  }
}
