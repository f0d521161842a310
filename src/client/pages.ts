import { InvalidParamsError, LocalError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { Resource, ResourceTemplate } from "../protocol/index.ts";

/** One page of a list. */
export interface ListPage<T> {
  readonly entries: readonly T[];
  /** Where the next page starts; an empty text is a place, too. */
  readonly next: string | null | undefined;
}

/**
 * Every entry of a list, page after page, as they are read. A cursor that is no longer valid says that the pages changed:
 * the list is read once more from its beginning, and what was given is not given again.
 *
 * @throws LocalError `invalid_response` when a server gives a cursor twice, `limit` after `limits.pages` pages.
 */
export async function* items<T>(load: (cursor: string | undefined) => Promise<ListPage<T>>): AsyncGenerator<T, void> {
  const seen = new Set<string>();
  const given = new Set<unknown>();
  let again = false;
  for (let cursor: string | undefined; ; ) {
    const page: ListPage<T> | undefined = await load(cursor).catch((error: unknown) => {
      if (again || cursor === undefined || !(error instanceof InvalidParamsError)) throw error;
      return undefined;
    });
    if (page === undefined) {
      again = true;
      cursor = undefined;
      seen.clear();
      continue;
    }
    const { entries, next } = page;
    for (const entry of entries) {
      if (again && given.has(nameOf(entry))) continue;
      given.add(nameOf(entry));
      yield entry;
    }
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

/** What tells the entries of a list apart. */
function nameOf(entry: unknown): string | undefined {
  const { uri, uriTemplate, name } = entry as Partial<Resource & ResourceTemplate>;
  return uri ?? uriTemplate ?? name;
}
