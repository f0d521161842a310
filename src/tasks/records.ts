import { InternalError, type JSONObject, type ErrorObject, type Params } from "../index.ts";
import type { ClientFacts, Remembered } from "../server/index.ts";
import type { Eventually, Json, KeyValue } from "../stores/index.ts";

/** A question of a task. */
export interface TaskQuestion {
  readonly method: string;
  readonly params: Params;
}

/** What is known of a task while it runs. Only the process that runs it writes it. */
export interface TaskRecord {
  readonly id: string;
  readonly tool: string;
  /** The parameters of the call. */
  readonly params: Params;
  readonly client: ClientFacts;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  updatedAt: number;
  /** In milliseconds; `null` for ever. */
  readonly ttl: number | null;
  readonly pollInterval: number;
  /** Questions that wait for their answers, by key. */
  readonly asked: Record<string, TaskQuestion>;
  /** How many keys were given, so that none is given twice. */
  keys: number;
  /** What the work goes on with in another process. */
  remembered: Remembered | undefined;
}

/** How a task ended. It is written once, by whoever is first. */
export type TaskEnd = { readonly at: number } & (
  | { readonly status: "completed"; readonly result: JSONObject }
  | { readonly status: "failed"; readonly error: ErrorObject }
  | { readonly status: "cancelled" }
);

/** What is known of a task. */
export interface Seen {
  readonly record: TaskRecord;
  readonly end: TaskEnd | undefined;
}

/** An answer to a question of a task: the response to it. */
export type TaskAnswer = { readonly result: unknown } | { readonly error: ErrorObject };

/**
 * The tasks in a store. Each value has one writer, or is written once by whoever is first, so that several processes
 * can share it.
 */
export class Records {
  readonly #store: Eventually<KeyValue>;
  readonly #most: number;
  #next = 0;

  constructor(store: Eventually<KeyValue>, most: number) {
    this.#store = store;
    this.#most = most;
  }

  /** Begins a task. @throws InternalError when its owner has too many. */
  async begin(owner: string, record: TaskRecord): Promise<void> {
    await this.#enter(owner, record);
    await this.write(owner, record);
  }

  /** Writes what is known of a task that runs. */
  async write(owner: string, record: TaskRecord): Promise<void> {
    await (await this.#store).set(owner, `task/${record.id}`, jsonOf(record), left(record));
  }

  /** What is known of a task; `undefined` where its owner has none of this id. */
  async see(owner: string, id: string): Promise<Seen | undefined> {
    const [found, end] = await Promise.all([this.#get(owner, `task/${id}`), this.#get(owner, `end/${id}`)]);
    const record = found as unknown as TaskRecord | undefined;
    // The clock of the store may be behind.
    if (record === undefined || (record.ttl !== null && record.createdAt + record.ttl <= Date.now())) return undefined;
    return { record: structuredClone(record), end: end as unknown as TaskEnd | undefined };
  }

  /** Ends a task; false when it has ended already. */
  async end(owner: string, record: TaskRecord, end: TaskEnd): Promise<boolean> {
    return (await this.#store).add(owner, `end/${record.id}`, jsonOf(end), left(record));
  }

  /** How a task ended. */
  async ended(owner: string, id: string): Promise<TaskEnd | undefined> {
    return (await this.#get(owner, `end/${id}`)) as TaskEnd | undefined;
  }

  /** Answers a question; false when it is answered already. */
  async answer(owner: string, record: TaskRecord, key: string, answer: TaskAnswer): Promise<boolean> {
    return (await this.#store).add(owner, `answer/${record.id}/${key}`, jsonOf(answer), left(record));
  }

  /** The answer to a question. */
  async answered(owner: string, id: string, key: string): Promise<TaskAnswer | undefined> {
    return (await this.#get(owner, `answer/${id}/${key}`)) as TaskAnswer | undefined;
  }

  /** Takes on the work of a task for a while; false while another process has it. */
  async lease(owner: string, id: string, holder: string, milliseconds: number): Promise<boolean> {
    const key = `lease/${id}`;
    const held = await this.#get(owner, key);
    if (held !== undefined && held !== holder) return false;
    const store = await this.#store;
    return (await store.touch(owner, key, milliseconds)) || store.add(owner, key, holder, milliseconds);
  }

  /** All tasks of an owner. */
  async list(owner: string): Promise<Seen[]> {
    const ids = await Promise.all(Array.from({ length: this.#most }, (_, at) => this.#get(owner, `slot/${at}`)));
    const seen = await Promise.all(
      ids.map(async (id) => (id === undefined ? undefined : this.see(owner, id as string))),
    );
    return seen.filter((one) => one !== undefined);
  }

  /** Finds a place among the tasks of the owner: in this way they can be counted without a lock. */
  async #enter(owner: string, record: TaskRecord): Promise<void> {
    const store = await this.#store;
    for (let tried = 0; tried < this.#most; tried++) {
      const at = this.#next++ % this.#most;
      if (await store.add(owner, `slot/${at}`, record.id, left(record))) return;
    }
    throw new InternalError("Too many tasks: wait until some are forgotten", { limit: "tasksPerOwner" });
  }

  async #get(owner: string, key: string): Promise<Json | undefined> {
    return (await this.#store).get(owner, key);
  }
}

/** For how long a task is still kept. */
function left({ ttl, createdAt }: TaskRecord): number | undefined {
  return ttl === null ? undefined : Math.max(1, createdAt + ttl - Date.now());
}

function jsonOf(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
