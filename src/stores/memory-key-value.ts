import { LocalError } from "../errors.ts";
import { limits } from "../limits.ts";
import { placeOf } from "./place.ts";
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
  readonly value: Json;
  readonly owner: string;
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
  readonly #entries = new Map<string, Entry>();
  readonly #owned = new Map<string, number>();
  readonly #most: number;
  readonly #mostPerOwner: number;
  readonly #now: () => number;
  readonly #sweep: Sweep = new Sweep(() => this.#removeWhatIsOver());

  constructor(options: MemoryKeyValueOptions) {
    this.#most = options.entries ?? limits.sessions;
    this.#mostPerOwner = options.entriesPerOwner ?? Number.POSITIVE_INFINITY;
    this.#now = options.now ?? Date.now;
  }

  get(owner: string, key: string): Json | undefined {
    const place = placeOf(owner, key);
    const entry = this.#entries.get(place);
    if (entry === undefined || entry.until > this.#now()) return entry?.value;
    this.#remove(place, entry);
    return undefined;
  }

  set(owner: string, key: string, value: Json, ttl: number = Number.POSITIVE_INFINITY): void {
    const place = placeOf(owner, key);
    const until = this.#now() + ttl;
    if (!this.#entries.has(place)) this.#admit(owner);
    this.#entries.set(place, { value, owner, until });
    this.#sweep.start();
  }

  touch(owner: string, key: string, ttl: number): boolean {
    const place = placeOf(owner, key);
    const entry = this.#entries.get(place);
    if (entry === undefined) return false;
    const now = this.#now();
    const isThere = entry.until > now;
    if (isThere) entry.until = now + ttl;
    if (entry.until <= now) this.#remove(place, entry);
    return isThere;
  }

  delete(owner: string, key: string): boolean {
    const place = placeOf(owner, key);
    const entry = this.#entries.get(place);
    if (entry === undefined) return false;
    this.#remove(place, entry);
    return entry.until > this.#now();
  }

  #admit(owner: string): void {
    const owned = this.#owned.get(owner) ?? 0;
    if (this.#entries.size >= this.#most || (owner !== "" && owned >= this.#mostPerOwner)) {
      this.#removeWhatIsOver();
      if (this.#entries.size >= this.#most) throw full("entries", this.#most);
      if (owner !== "" && (this.#owned.get(owner) ?? 0) >= this.#mostPerOwner) {
        throw full("entriesPerOwner", this.#mostPerOwner);
      }
    }
    if (owner !== "") this.#owned.set(owner, (this.#owned.get(owner) ?? 0) + 1);
  }

  #remove(place: string, { owner }: Entry): void {
    this.#entries.delete(place);
    if (owner !== "") {
      const left = (this.#owned.get(owner) ?? 1) - 1;
      if (left === 0) this.#owned.delete(owner);
      else this.#owned.set(owner, left);
    }
    if (this.#entries.size === 0) this.#sweep.stop();
  }

  #removeWhatIsOver(): void {
    const now = this.#now();
    for (const [place, entry] of this.#entries) if (entry.until <= now) this.#remove(place, entry);
  }
}

function full(limit: string, most: number): LocalError {
  return new LocalError("limit", `The store has ${most} values and takes no more`, { data: { limit } });
}
