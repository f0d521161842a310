import { InvalidParamsError, limits, type Params, type Request } from "../index.ts";
import type { ClaimedTool, Context, ExtensionHost } from "../server/index.ts";
import type { Eventually, KeyValue } from "../stores/index.ts";
import { Records, type Seen, type TaskAnswer, type TaskEnd, type TaskRecord } from "./records.ts";
import { Run } from "./run.ts";

/** How the tasks of one tool are run. */
export interface TaskSettings {
  readonly ttl: number | null;
  readonly pollInterval: number;
  readonly resume: boolean;
}

/** A tool that can become a task. */
export interface TaskTool extends TaskSettings {
  readonly tool: ClaimedTool;
}

/** What a board needs. */
export interface BoardOptions {
  readonly store: Eventually<KeyValue>;
  /** Whether other processes share the store. */
  readonly shared: boolean;
  readonly lease: number;
  readonly tasksPerOwner: number;
  /** Told of every change of a task. */
  changed(seen: Seen): void;
}

/** How often a task is looked at by who waits for it, whatever is told of it, in milliseconds. */
const LOOK = 1000;

/** The tasks of a server: begins them, goes on with those whose process is gone, and takes what clients say of them. */
export class Board {
  /** The tools that can become tasks, by name. */
  readonly tools: Map<string, TaskTool> = new Map();
  host: ExtensionHost | undefined;
  readonly #options: BoardOptions;
  readonly #records: Records;
  /** This process, among those that share the store. */
  readonly #holder: string | undefined;
  readonly #runs = new Map<string, Run>();
  readonly #watching = new Map<string, Set<() => void>>();
  readonly #calls = new WeakSet<object>();

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#records = new Records(options.store, options.tasksPerOwner);
    this.#holder = options.shared ? newId() : undefined;
  }

  /** Whether a call is one that a task makes. */
  isTask(context: Context): boolean {
    return this.#calls.has(context.underlying);
  }

  /** Makes a task of a call, and runs it. Resolves when the task is in the store. */
  async begin(
    { tool, pollInterval }: TaskTool,
    ttl: number | null,
    context: Context,
    work: (context: Context) => Promise<object>,
  ): Promise<Seen> {
    const { version, info, capabilities, logLevel } = context.client;
    const now = Date.now();
    const { _meta, task: _task, inputResponses: _answers, requestState: _state, ...params } = context.params;
    const record: TaskRecord = {
      id: newId(),
      tool: tool.name,
      params: JSON.parse(JSON.stringify(params)) as Params,
      client: { version, info, capabilities, logLevel },
      createdAt: now,
      updatedAt: now,
      ttl,
      pollInterval,
      asked: {},
      keys: 0,
      remembered: await context.rounds.use((_, round) => round.remembered),
    };
    const owner = ownerOf(context);
    if (this.#holder !== undefined) await this.#records.lease(owner, record.id, this.#holder, this.#options.lease);
    await this.#records.begin(owner, record);
    this.#run(owner, record, context, work);
    return { record, end: undefined };
  }

  /** What is known of a task of whoever asks. @throws InvalidParamsError where there is none. */
  async see(context: Context, id: unknown): Promise<Seen> {
    if (typeof id !== "string" || id.length > limits.idLength) {
      throw new InvalidParamsError("params.taskId is no id of a task");
    }
    const owner = ownerOf(context);
    const seen = await this.#records.see(owner, id);
    if (seen === undefined) throw new InvalidParamsError("There is no such task, or none any more", { taskId: id });
    if (seen.end !== undefined || this.#runs.has(id) || !(await this.#isLeft(owner, id))) return seen;
    return this.#adopt(owner, seen.record, context);
  }

  /** All tasks of whoever asks. */
  list(context: Context): Promise<Seen[]> {
    return this.#records.list(ownerOf(context));
  }

  /** Takes answers to questions. Those that nobody waits for are ignored. @throws InvalidParamsError for one that is none. */
  async update(context: Context, id: unknown, answers: Readonly<Record<string, unknown>>): Promise<void> {
    const { record } = await this.see(context, id);
    const outstanding = Object.entries(answers).filter(([key]) => Object.hasOwn(record.asked, key));
    for (const [key, answer] of outstanding) {
      const problem = context.answerProblem(record.client.version, record.asked[key]?.method as string, answer);
      if (problem !== undefined) throw new InvalidParamsError(`inputResponses: "${key}" is no answer: ${problem}`);
    }
    for (const [key, result] of outstanding) await this.answer(context, record, key, { result });
  }

  /** Answers one question; the first answer counts. */
  async answer(context: Context, record: TaskRecord, key: string, answer: TaskAnswer): Promise<void> {
    await this.#records.answer(ownerOf(context), record, key, answer);
    await this.#runs.get(record.id)?.deliver(key);
  }

  /** Cancels a task; false when it has ended already. */
  async cancel(context: Context, id: unknown): Promise<boolean> {
    const { record, end } = await this.see(context, id);
    const cancelled: TaskEnd = { status: "cancelled", at: Date.now() };
    if (end !== undefined || !(await this.#records.end(ownerOf(context), record, cancelled))) return false;
    this.#runs.get(record.id)?.stop("The task was cancelled");
    this.#changed(record, cancelled);
    return true;
  }

  /** Resolves when a task may have changed, or nobody waits any more. */
  changed(id: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const watching = this.#watching.get(id) ?? new Set();
      this.#watching.set(id, watching);
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        watching.delete(done);
        if (watching.size === 0) this.#watching.delete(id);
        resolve();
      };
      const timer = setTimeout(done, LOOK);
      watching.add(done);
      if (signal.aborted) done();
      else signal.addEventListener("abort", done);
    });
  }

  /** Whether the process that worked on a task is gone, and this one has taken its place. */
  async #isLeft(owner: string, id: string): Promise<boolean> {
    return this.#holder === undefined || this.#records.lease(owner, id, this.#holder, this.#options.lease);
  }

  /** Goes on with a task, where its tool says that this can be done, and ends it otherwise. */
  async #adopt(owner: string, record: TaskRecord, context: Context): Promise<Seen> {
    const found = this.tools.get(record.tool);
    // It may have ended, or been taken on, between the looks.
    const end = await this.#records.ended(owner, record.id);
    if (end !== undefined || this.#runs.has(record.id)) return { record, end };
    if (found?.resume === true) {
      const given = (record.params["arguments"] ?? {}) as Params;
      this.#run(owner, record, context, (own) => found.tool.call(given, own));
      return { record, end: undefined };
    }
    const error = { code: -32603, message: "The process that worked on this task ended before the task did" };
    const failed: TaskEnd = { status: "failed", at: Date.now(), error };
    if (await this.#records.end(owner, record, failed)) this.#changed(record, failed);
    return { record, end: await this.#records.ended(owner, record.id) };
  }

  #run(owner: string, record: TaskRecord, context: Context, work: (context: Context) => Promise<object>): void {
    const run = new Run(
      {
        records: this.#records,
        owner,
        record,
        holder: this.#holder,
        lease: this.#options.lease,
        changed: (end) => this.#changed(record, end),
        report: (error) => this.host?.report(error),
      },
      context,
    );
    this.#calls.add(run);
    this.#runs.set(record.id, run);
    const request: Request = { jsonrpc: "2.0", id: record.id, method: "tools/call", params: record.params };
    void run.go(context, request, work).finally(() => this.#runs.delete(record.id));
  }

  #changed(record: TaskRecord, end: TaskEnd | undefined): void {
    this.#options.changed({ record, end });
    for (const done of [...(this.#watching.get(record.id) ?? [])]) done();
  }
}

function ownerOf({ binding }: Context): string {
  return binding?.principal?.id ?? "";
}

/** 128 random bits. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
