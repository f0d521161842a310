import { LocalError } from "../errors.ts";
import { limits } from "../limits.ts";
import { Sweep } from "./sweep.ts";
import type { Json, KeyValue } from "./types.ts";

/** Options of {@link memoryKeyValue}; all have defaults. */
export interface MemoryKeyValueOptions {
  /** Values that are kept at the same time. Default `limits.sessions`. */
  readonly entries?: number;
  /** Values of one owner that are kept at the same time; those that belong to nobody are not counted. Default: no limit. */
  readonly entriesPerOwner?: number;
  /** Tells the time in milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

interface Entry {
  value: Json;
  until: number;
}

/**
 * A {@link KeyValue} in the memory of this process. It answers at once, keeps values as they are, and forgets them with
 * the process.
 */
export function memoryKeyValue(options: MemoryKeyValueOptions = {}): KeyValue {
  return new MemoryKeyValue(options);
}

class MemoryKeyValue implements KeyValue {
  readonly #owners = new Map<string, Map<string, Entry>>();
  readonly #most: number;
  readonly #mostPerOwner: number;
  readonly #now: () => number;
  readonly #sweep: Sweep = new Sweep(() => this.#removeWhatIsOver());
  #size = 0;

  constructor(options: MemoryKeyValueOptions) {
    this.#most = options.entries ?? limits.sessions;
    this.#mostPerOwner = options.entriesPerOwner ?? Number.POSITIVE_INFINITY;
    this.#now = options.now ?? Date.now;
  }

  get(owner: string, key: string): Json | undefined {
    return this.#live(owner, key)?.value;
  }

  set(owner: string, key: string, value: Json, ttl: number = Number.POSITIVE_INFINITY): void {
    const until = this.#now() + ttl;
    const entry = this.#owners.get(owner)?.get(key);
    if (entry !== undefined) {
      entry.value = value;
      entry.until = until;
      return;
    }
    this.#admit(owner);
    const owned = this.#owners.get(owner) ?? new Map<string, Entry>();
    this.#owners.set(owner, owned);
    owned.set(key, { value, until });
    this.#size++;
    this.#sweep.start();
  }

  add(owner: string, key: string, value: Json, ttl?: number): boolean {
    if (this.#live(owner, key) !== undefined) return false;
    this.set(owner, key, value, ttl);
    return true;
  }

  touch(owner: string, key: string, ttl: number): boolean {
    const entry = this.#live(owner, key);
    if (entry === undefined) return false;
    entry.until = this.#now() + ttl;
    return true;
  }

  delete(owner: string, key: string): boolean {
    const isThere = this.#live(owner, key) !== undefined;
    if (isThere) this.#remove(owner, key);
    return isThere;
  }

  /** The entry, where its time is not over. */
  #live(owner: string, key: string): Entry | undefined {
    const entry = this.#owners.get(owner)?.get(key);
    if (entry === undefined || entry.until > this.#now()) return entry;
    this.#remove(owner, key);
    return undefined;
  }

  #admit(owner: string): void {
    const isFull = (): boolean => owner !== "" && (this.#owners.get(owner)?.size ?? 0) >= this.#mostPerOwner;
    if (this.#size < this.#most && !isFull()) return;
    this.#removeWhatIsOver();
    if (this.#size >= this.#most) throw full("entries", this.#most);
    if (isFull()) throw full("entriesPerOwner", this.#mostPerOwner);
  }

  #remove(owner: string, key: string): void {
    const owned = this.#owners.get(owner);
    if (owned?.delete(key) !== true) return;
    if (owned.size === 0) this.#owners.delete(owner);
    if (--this.#size === 0) this.#sweep.stop();
  }

  #removeWhatIsOver(): void {
    const now = this.#now();
    for (const [owner, owned] of this.#owners) {
      for (const [key, entry] of owned) if (entry.until <= now) this.#remove(owner, key);
    }
  }
}

function full(limit: string, most: number): LocalError {
  return new LocalError("limit", `The store is full: ${most} values`, { data: { limit } });
}
