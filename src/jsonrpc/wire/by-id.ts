import type { RequestId } from "../index.ts";

/** What can be found by the id of its request. */
export interface Identified<T> {
  readonly id: RequestId;
  /** @internal The next one in the same bucket. */
  next: T | undefined;
}

/** Enough for most; a power of two. It grows when there are twice as many entries. */
const BUCKETS = 64;

/**
 * Requests by their ids, in a table of which the entries are the requests themselves. A `Map` from which as much is taken
 * as is put in makes a new table every few dozen requests, and what is young clings to what was the table before: half of
 * all garbage collection came from it.
 */
export class ById<T extends Identified<T>> {
  #buckets: (T | undefined)[] = empty(BUCKETS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The one of this id. */
  get(id: RequestId): T | undefined {
    let one = this.#buckets[hash(id) & (this.#buckets.length - 1)];
    while (one !== undefined && one.id !== id) one = one.next;
    return one;
  }

  /** Puts one in; there must be none of its id. */
  add(one: T): void {
    if (++this.#size > 2 * this.#buckets.length) this.#grow();
    this.#put(one);
  }

  /** Takes one out; false when it is not there. */
  delete(one: T): boolean {
    const bucket = hash(one.id) & (this.#buckets.length - 1);
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

  #put(one: T): void {
    const bucket = hash(one.id) & (this.#buckets.length - 1);
    one.next = this.#buckets[bucket];
    this.#buckets[bucket] = one;
  }

  #grow(): void {
    const all = this.all();
    this.#buckets = empty(2 * this.#buckets.length);
    for (const one of all) this.#put(one);
  }
}

function empty(length: number): undefined[] {
  return Array.from({ length }, () => undefined);
}

/** Ids count up, or end in something that does, or are random. */
function hash(id: RequestId): number {
  if (typeof id === "number") return id;
  let sum = id.length;
  for (let at = Math.max(0, id.length - 4); at < id.length; at++) sum = 31 * sum + id.charCodeAt(at);
  return sum;
}
