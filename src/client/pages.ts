import { LocalError } from "../errors.ts";
import { limits } from "../limits.ts";

/** One page of a list. */
export interface ListPage<T> {
  readonly entries: readonly T[];
  /** Where the next page starts; an empty text is a place, too. */
  readonly next: string | null | undefined;
}

/**
 * Every entry of a list, page after page, as they are read.
 *
 * @throws LocalError `invalid_response` when a server gives a cursor twice, `limit` after `limits.pages` pages.
 */
export async function* items<T>(load: (cursor: string | undefined) => Promise<ListPage<T>>): AsyncGenerator<T, void> {
  const seen = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const { entries, next } = await load(cursor);
    yield* entries;
    if (next === undefined || next === null) return;
    if (seen.has(next)) throw new LocalError("invalid_response", "The server gave the same cursor twice");
    if (seen.size >= limits.pages) {
      const message = `The list has more than ${limits.pages} pages: load the others one by one`;
      throw new LocalError("limit", message, { data: { limit: "pages" } });
    }
    seen.add(next);
    cursor = next;
  }
}
