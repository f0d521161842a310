import type { RequestId } from "./message.ts";

/** What can be found by the id of its request. */
export interface Identified<T> {
  readonly id: RequestId;
  /** @internal The next one in the same bucket. */
  next: T | undefined;
}

/** Enough for what runs at the same time; a power of two. */
const BUCKETS = 256;

/**
 * Requests by their ids, in a table of which the entries are the requests themselves. A `Map` from which as much is taken
 * as is put in makes a new table every few dozen requests, and what is young clings to what was the table before: half of
 * all garbage collection came from it.
 */
export class ById<T extends Identified<T>> {
  readonly #buckets: (T | undefined)[] = new Array<T | undefined>(BUCKETS).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The one of this id. */
  get(id: RequestId): T | undefined {
    let one = this.#buckets[bucketOf(id)];
    while (one !== undefined && one.id !== id) one = one.next;
    return one;
  }

  /** Puts one in; there must be none of its id. */
  add(one: T): void {
    const bucket = bucketOf(one.id);
    one.next = this.#buckets[bucket];
    this.#buckets[bucket] = one;
    this.#size++;
  }

  /** Takes one out; false when it is not there. */
  delete(one: T): boolean {
    const bucket = bucketOf(one.id);
    const first = this.#buckets[bucket];
    if (first === one) this.#buckets[bucket] = one.next;
    else {
      let before = first;
      while (before !== undefined && before.next !== one) before = before.next;
      if (before === undefined) return false;
      before.next = one.next;
    }
    one.next = undefined;
    this.#size--;
    return true;
  }

  /** All of them. */
  all(): T[] {
    const all: T[] = [];
    for (const first of this.#buckets) for (let one = first; one !== undefined; one = one.next) all.push(one);
    return all;
  }

  /** Takes all out. */
  clear(): void {
    for (const one of this.all()) one.next = undefined;
    this.#buckets.fill(undefined);
    this.#size = 0;
  }
}

/** Ids count up, most often, or end in something that does. */
function bucketOf(id: RequestId): number {
  if (typeof id === "number") return id & (BUCKETS - 1);
  const { length } = id;
  return (length + id.charCodeAt(length - 1) + 31 * id.charCodeAt(length - 2)) & (BUCKETS - 1);
}
