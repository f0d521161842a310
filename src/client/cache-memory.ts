import { limits } from "../limits.ts";
import type { Json, KeyValue } from "../stores/index.ts";
import type { MemoryCacheOptions } from "./options.ts";

/** An answer that is kept, as JSON text. Times are in milliseconds since 1970. */
export interface Kept {
  readonly at: number;
  readonly until: number;
  readonly text: string;
}

/** The answers about one thing: the pages of a list, or what was read. */
export type Pages = Readonly<Record<string, Kept>>;

/** Where a client keeps answers. */
export type CacheStore = Pick<KeyValue, "get" | "set" | "delete">;

/** Keeps answers in memory; what was not used longest makes room for what is new. */
export class CacheMemory implements CacheStore {
  readonly #entries: number;
  readonly #length: number;
  /** Those used last stand last. */
  readonly #kept = new Map<string, Pages>();
  #size = { entries: 0, length: 0 };

  constructor({ entries = limits.cacheEntries, length = limits.cacheLength }: MemoryCacheOptions) {
    this.#entries = entries;
    this.#length = length;
  }

  get(_owner: string, key: string): Json | undefined {
    const pages = this.#kept.get(key);
    if (pages === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, pages);
    return pages as unknown as Json;
  }

  set(owner: string, key: string, value: Json): void {
    this.delete(owner, key);
    this.#kept.set(key, value as unknown as Pages);
    this.#count(value as unknown as Pages, 1);
    for (const oldest of this.#kept.keys()) {
      if (this.#size.entries <= this.#entries && this.#size.length <= this.#length) return;
      this.delete(owner, oldest);
    }
  }

  delete(_owner: string, key: string): boolean {
    const pages = this.#kept.get(key);
    if (pages !== undefined) this.#count(pages, -1);
    return this.#kept.delete(key);
  }

  #count(pages: Pages, sign: 1 | -1): void {
    for (const [page, { text }] of Object.entries(pages)) {
      this.#size.entries += sign;
      this.#size.length += sign * (page.length + text.length);
    }
  }
}
