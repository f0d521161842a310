import {
  type Binding,
  type Call,
  type ErrorObject,
  type JSONObject,
  LocalError,
  type Notification,
  type Params,
  ProtocolError,
  type Request,
  type Response,
  type Serialized,
  type Values,
} from "../index.ts";
import type { Context } from "../server/index.ts";
import type { Records, TaskAnswer, TaskEnd, TaskRecord } from "./records.ts";

/** What one task works with. */
export interface RunOptions {
  readonly records: Records;
  readonly owner: string;
  readonly record: TaskRecord;
  /** The name of this run, where other processes share the store. */
  readonly holder: string | undefined;
  /** For how long this process has the work unless it says so again, in milliseconds. */
  readonly lease: number;
  /** Told whenever what is known of the task has changed. */
  readonly changed: (end: TaskEnd | undefined) => void;
  readonly report: (error: unknown) => void;
}

/** How often another process is asked for answers while a task waits for them, in milliseconds. */
const LOOK = 1000;

/** A task that runs in this process: the call that its handler sees, and the record of what comes of it. */
export class Run implements Call {
  readonly values: Values;
  readonly binding: Binding;
  readonly #options: RunOptions;
  readonly #controller = new AbortController();
  readonly #waiting = new Map<string, (answer: TaskAnswer) => void>();
  #writing: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(options: RunOptions, context: Context) {
    this.#options = options;
    this.values = context.values;
    this.binding = { principal: context.binding?.principal };
    if (options.holder !== undefined) this.#beat();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Nothing but its status is told of a task. */
  emit(_notification: Notification | Serialized<Notification>): void {}

  /** Does the work to its end. Never rejects. */
  async go(context: Context, request: Request, work: (context: Context) => Promise<object>): Promise<void> {
    const { record, report, owner, records, changed } = this.#options;
    const own = context.apart(this, request, record.client, (remembered) => {
      record.remembered = remembered;
      return this.#write();
    });
    const forget = record.ttl === null ? undefined : this.#forgetIn(record.createdAt + record.ttl - Date.now());
    let end: TaskEnd;
    try {
      const { remembered } = record;
      if (remembered !== undefined) await own.rounds.use((_, round) => round.resume(remembered));
      const result = JSON.parse(JSON.stringify(await work(own))) as JSONObject;
      end = { status: "completed", at: Date.now(), result };
    } catch (error) {
      await own.rounds.unwind(report);
      const told = this.signal.aborted ? TOLD_NOTHING : errorOf(error, report);
      end = { status: "failed", at: Date.now(), error: told };
    }
    this.#over = true;
    clearTimeout(this.#timer);
    clearTimeout(forget);
    try {
      await this.#writing;
      // Whoever aborted it has written what became of it.
      if (!this.signal.aborted && (await records.end(owner, record, end))) changed(end);
    } catch (error) {
      report(error);
    }
  }

  /** Stops the work: the task ended otherwise, or belongs to another process. */
  stop(reason: string): void {
    this.#controller.abort(new LocalError("aborted", reason));
    for (const answer of this.#waiting.values()) answer({ error: TOLD_NOTHING });
  }

  /** Takes an answer that is in the store. */
  async deliver(key: string): Promise<void> {
    const { records, owner, record } = this.#options;
    const answer = await records.answered(owner, record.id, key);
    const waiting = this.#waiting.get(key);
    if (answer === undefined || waiting === undefined) return;
    this.#waiting.delete(key);
    delete record.asked[key];
    waiting(answer);
    // A turn later the work has remembered the answer: what is written has one or the other, whenever the process ends.
    await new Promise((resolve) => setTimeout(resolve));
    await this.#write();
    this.#tell();
  }

  /** Asks the client, by way of the record. */
  readonly ask = async ({ id, method, params = {} }: Request): Promise<Response> => {
    const { record } = this.#options;
    const key = this.#keyOf(method, params);
    const answer = await new Promise<TaskAnswer>((resolve, reject) => {
      if (this.#isDone) return resolve({ error: TOLD_NOTHING });
      this.#waiting.set(key, resolve);
      record.asked[key] = { method, params };
      this.#write()
        .then(() => this.#tell())
        .then(() => this.deliver(key))
        .catch((error: unknown) => {
          this.#waiting.delete(key);
          delete record.asked[key];
          reject(error);
        });
      if (this.#options.holder !== undefined) this.#beat();
    });
    return { jsonrpc: "2.0", id, ...answer };
  };

  /** A question that an earlier process asked keeps its key; no key stands for two questions. */
  #keyOf(method: string, params: Params): string {
    const { record } = this.#options;
    const text = JSON.stringify([method, params]);
    const same = Object.entries(record.asked).find(
      ([key, asked]) => !this.#waiting.has(key) && JSON.stringify([asked.method, asked.params]) === text,
    );
    return same?.[0] ?? `input-${++record.keys}`;
  }

  #write(): Promise<void> {
    const { records, owner, record } = this.#options;
    record.updatedAt = Date.now();
    const written = this.#writing.then(() => (this.#isDone ? undefined : records.write(owner, record)));
    this.#writing = written.catch(() => {});
    return written;
  }

  /** Tells that the task changed, and has not ended. */
  #tell(): void {
    if (!this.#isDone) this.#options.changed(undefined);
  }

  /** Whether the task has ended, or belongs to another process: what is left of the work changes nothing of it. */
  get #isDone(): boolean {
    return this.#over || this.signal.aborted;
  }

  #forgetIn(milliseconds: number): ReturnType<typeof setTimeout> | undefined {
    if (milliseconds > 2 ** 31 - 1) return undefined;
    // A timer may be early by a part of a millisecond.
    return quietTimer(() => this.stop("The time of the task is over"), milliseconds + 1);
  }

  /** Says that this process is alive, and looks for what others wrote. */
  #beat(): void {
    clearTimeout(this.#timer);
    const pause = this.#waiting.size > 0 ? Math.min(LOOK, this.#options.lease / 3) : this.#options.lease / 3;
    this.#timer = quietTimer(() => {
      this.#look()
        .catch(this.#options.report)
        .finally(() => {
          if (!this.#isDone) this.#beat();
        });
    }, pause);
  }

  async #look(): Promise<void> {
    const { records, owner, record, holder, lease } = this.#options;
    if (!(await records.lease(owner, record.id, holder as string, lease))) {
      return this.stop("Another process works on the task");
    }
    if ((await records.ended(owner, record.id)) !== undefined) return this.stop("The task was cancelled");
    for (const key of this.#waiting.keys()) await this.deliver(key);
  }
}

const TOLD_NOTHING: ErrorObject = { code: -32603, message: "Internal error" };

/** What the call would have been answered with. */
function errorOf(error: unknown, report: (error: unknown) => void): ErrorObject {
  if (error instanceof ProtocolError && Number.isSafeInteger(error.code)) return error.toJSON();
  report(error);
  return TOLD_NOTHING;
}

/** A timer that does not keep a process running that has nothing else to do. */
function quietTimer(task: () => void, milliseconds: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(task, Math.max(0, milliseconds));
  (timer as { unref?: () => unknown }).unref?.();
  return timer;
}
