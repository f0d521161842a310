import { LocalError, type Notification } from "../index.ts";
import type { ClientLink } from "../client/index.ts";
import { isTask, type TaskWire } from "./task-wire.ts";
import type { SeenTask } from "./types.ts";

/** How a task is followed to its end. */
export interface FollowOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of each state of the task. */
  readonly onTask?: ((task: SeenTask) => unknown) | undefined;
  /** Whether the server is asked to tell of changes, so that it is looked at less often. */
  readonly listen: boolean;
}

/** How long to wait between two looks where the server does not say, and at least, in milliseconds. */
const [POLL, LEAST] = [1000, 10];
/** What a timer can hold, in milliseconds: at once it ends a longer pause. */
const LONGEST = 2 ** 31 - 1;
/** The same where the server tells of changes. */
const HEARING = 10_000;
/** For so long who gave a task up waits for the server to hear of it, in milliseconds. */
const LAST_WORD = 1000;
/** So many looks may fail one after another. */
const MOST_FAILURES = 3;

/** Whom the end of a connection wakes: of its promise itself nobody could be taken off again. */
const sleepers = new WeakMap<Promise<unknown>, Set<() => void>>();

function sleepersOf({ closed }: ClientLink): Set<() => void> {
  const known = sleepers.get(closed);
  if (known !== undefined) return known;
  const all = new Set<() => void>();
  sleepers.set(closed, all);
  void closed.then(() => {
    for (const wake of all) wake();
  });
  return all;
}

/** Follows a task to its end, answers what it asks, and gives what its call gives. */
export async function follow(
  link: ClientLink,
  wire: TaskWire,
  taskId: string,
  first: SeenTask | undefined,
  options: FollowOptions,
): Promise<unknown> {
  const following = new Following(link, wire, taskId, options);
  try {
    return await following.run(first);
  } finally {
    following.stop();
  }
}

class Following {
  readonly #link: ClientLink;
  readonly #wire: TaskWire;
  readonly #id: string;
  readonly #options: FollowOptions;
  readonly #end = new AbortController();
  /** The keys of questions that are answered, or being answered. */
  readonly #answered = new Set<string>();
  #told: SeenTask | undefined;
  #pushed: SeenTask | undefined;
  #hears = false;
  #failure: unknown;
  /** Whether something came about since the last pause began. */
  #isDue = false;
  #resume: () => void = () => {};

  constructor(link: ClientLink, wire: TaskWire, id: string, options: FollowOptions) {
    this.#link = link;
    this.#wire = wire;
    this.#id = id;
    this.#options = options;
  }

  async run(first: SeenTask | undefined): Promise<unknown> {
    const { signal, listen } = this.#options;
    signal?.addEventListener("abort", this.#aborted);
    sleepersOf(this.#link).add(this.#wake);
    if (signal?.aborted === true) return this.#giveUp(this.#aborted());
    if (listen && this.#wire.asks) this.#listen();
    if (first !== undefined) await this.#tell(first);
    // What begins in another status does not bring what belongs to that.
    const known = first?.status === "working" ? first : undefined;
    for (let task = known ?? (await this.#next()); ; task = await this.#next()) {
      await this.#tell(task);
      const { status } = task;
      if (status === "cancelled") throw this.#error("aborted", "The task was cancelled");
      if (isOver(task) || (status === "input_required" && !this.#wire.asks)) return this.#outcome(task);
      if (status === "input_required") this.#answer(task);
      if (this.#failure === undefined) await this.#pause(task.pollIntervalMs);
      if (this.#failure !== undefined) return this.#giveUp(this.#failure);
    }
  }

  stop(): void {
    this.#options.signal?.removeEventListener("abort", this.#aborted);
    sleepersOf(this.#link).delete(this.#wake);
    this.#end.abort();
  }

  readonly #aborted = (): unknown => {
    this.#failure = this.#error("aborted", "Aborted", this.#options.signal?.reason);
    this.#wake();
    this.#end.abort();
    return this.#failure;
  };

  async #outcome(task: SeenTask): Promise<unknown> {
    try {
      return await this.#wire.outcome(task, { signal: this.#end.signal });
    } catch (error) {
      if (this.#failure === undefined) throw error;
      return this.#giveUp(this.#failure);
    }
  }

  /** Nobody waits for the task any more: the server may stop it. */
  async #giveUp(reason: unknown): Promise<never> {
    // That it did not hear of it changes nothing for who gave up.
    await this.#wire.cancel(this.#id, { timeout: LAST_WORD }).catch(() => {});
    throw reason;
  }

  /** The newest state: what was told meanwhile is newer than what a look brings. */
  async #next(): Promise<SeenTask> {
    const looked = this.#pushed === undefined ? await this.#look() : undefined;
    const told = this.#pushed;
    this.#pushed = undefined;
    return told === undefined || (looked !== undefined && isOver(looked)) ? (looked as SeenTask) : told;
  }

  async #look(): Promise<SeenTask> {
    for (let failures = 1; ; failures++) {
      try {
        return await this.#wire.get(this.#id, { signal: this.#end.signal });
      } catch (error) {
        if (this.#failure !== undefined) return this.#giveUp(this.#failure);
        if (!(error instanceof LocalError)) throw error;
        const passing = error.code === "timeout" || error.code === "http";
        if (!passing || failures >= MOST_FAILURES) throw this.#error(error.code, error.message, error);
        await this.#pause(POLL * failures);
      }
    }
  }

  async #tell(task: SeenTask): Promise<void> {
    const told = this.#told;
    this.#told = task;
    if (told?.status === task.status && told.lastUpdatedAt === task.lastUpdatedAt) return;
    try {
      await this.#options.onTask?.(task);
    } catch (error) {
      await this.#giveUp(error);
    }
  }

  readonly #wake = (): void => {
    this.#isDue = true;
    this.#resume();
  };

  async #pause(wished: unknown): Promise<void> {
    const asked = typeof wished === "number" && wished >= 0 ? Math.min(wished, LONGEST) : POLL;
    const pause = Math.max(this.#hears ? HEARING : LEAST, asked);
    if (!this.#isDue) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        this.#resume = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#isDue = false;
  }

  /** Answers the questions that were not answered yet, all of them at once. */
  #answer({ inputRequests = {} }: SeenTask): void {
    const asked = Object.entries(inputRequests).filter(([key]) => !this.#answered.has(key));
    if (asked.length === 0) return;
    for (const [key] of asked) this.#answered.add(key);
    const { signal } = this.#end;
    const answers = asked.map(async ([key, { method, params = {} }]) => {
      try {
        return [key, await this.#link.answer(method, params, signal)] as const;
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw this.#error("unanswered", `The question "${key}" of a task (${method}) got no answer: ${why}`, cause);
      }
    });
    Promise.all(answers)
      .then((all) => this.#wire.update(this.#id, Object.fromEntries(all), { signal }))
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#wake());
  }

  /** Where the server does not tell of changes, looking at the task goes on as before. */
  #listen(): void {
    const onNotification = ({ method, params = {} }: Notification): void => {
      if (method === "notifications/subscriptions/acknowledged") {
        const { taskIds } = params["notifications"] as { taskIds?: readonly string[] };
        this.#hears = taskIds?.includes(this.#id) === true;
        // It may have changed before.
        if (this.#hears) this.#wake();
      } else if (method === "notifications/tasks" && params["taskId"] === this.#id) {
        this.#pushed = isTask(params) ? params : undefined;
        this.#wake();
      }
    };
    this.#link
      .request(
        "subscriptions/listen",
        { notifications: { taskIds: [this.#id] } },
        { signal: this.#end.signal, onNotification },
      )
      .catch(() => {})
      .finally(() => {
        this.#hears = false;
        this.#wake();
      });
  }

  #error(code: LocalError["code"], message: string, cause?: unknown): LocalError {
    return new LocalError(code, message, { cause, data: { taskId: this.#id } });
  }
}

function isOver({ status }: SeenTask): boolean {
  return status !== "working" && status !== "input_required";
}
