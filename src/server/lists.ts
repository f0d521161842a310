import { InvalidParamsError } from "../errors.ts";
import type { Serialized } from "../jsonrpc/index.ts";
import type { Result, Revision, Method } from "../protocol/index.ts";
import { methodsOf } from "../protocol/methods/index.ts";
import type { ListContext } from "./list-context.ts";
import type { Entry, Feature, Features } from "./features.ts";
import type { Answer } from "./invoke.ts";
import type { CacheHint } from "./options.ts";
import type { ListName, Wire } from "./wire.ts";

/** A feature whose entry in a list is known when it is registered. */
export interface Listed extends Feature {
  readonly definition: object;
  /** What extensions add to the entry in a revision. */
  readonly members?: ((revision: Revision) => object) | undefined;
}

/** Pages kept in text; above it the cache starts anew, so that callers who see different things cannot fill memory. */
const KEPT_PAGES = 256;

/**
 * Answers a list of which every entry is known. A page is serialised once per revision and set of visible names.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/pagination
 */
export function listAnswer<F extends Listed>(
  methodName: string,
  list: ListName,
  features: Features<F>,
  pageSize: number,
  hint: CacheHint | undefined,
): Answer<Page<F>> {
  const pages = new Map<string, Serialized>();
  features.onChange(() => pages.clear());
  return {
    find: (params, context) => pageOf(features, context, params["cursor"] as string | undefined, pageSize),
    run({ entries, next }, _params, _context, wire) {
      const shown = features.selective ? entries.map((entry) => entry.order).join() : entries[0]?.order;
      const key = `${wire.revision} ${shown} ${next}`;
      let page = pages.get(key);
      if (page === undefined) {
        const listed = entries.map(({ feature }) => written(feature, list, wire));
        const result = { [list]: listed, nextCursor: next, ...hint };
        page = wire.result(methodsOf(wire.revision).client.get(methodName) as Method, result as Result);
        if (pages.size >= KEPT_PAGES) pages.clear();
        pages.set(key, page);
      }
      return page;
    },
  };
}

function written({ definition, members }: Listed, list: ListName, wire: Wire): object {
  const entry = wire.entry(list, definition);
  return members === undefined ? entry : { ...entry, ...members(wire.revision) };
}

/** Some entries of a list, and the cursor of those that follow. */
export interface Page<F extends Feature> {
  readonly entries: readonly Entry<F>[];
  readonly next: string | undefined;
}

/** The entries after a cursor. A cursor is the place of the last entry before it: right even when entries go. */
export function pageOf<F extends Feature>(
  features: Features<F>,
  context: ListContext,
  cursor: string | undefined,
  pageSize: number,
): Page<F> {
  const after = cursor === undefined ? 0 : place(cursor);
  const shown = features.shown(context);
  const rest = after === 0 ? shown : shown.filter((entry) => entry.order > after);
  const entries = rest.length > pageSize ? rest.slice(0, pageSize) : rest;
  const last = entries.at(-1);
  return { entries, next: last !== undefined && rest.length > pageSize ? last.order.toString(36) : undefined };
}

/** @throws InvalidParamsError for a cursor that no page ended with. */
export function place(cursor: string): number {
  const order = cursor.length > 0 && cursor.length <= 10 ? Number.parseInt(cursor, 36) : Number.NaN;
  if (!Number.isSafeInteger(order) || order < 1 || order.toString(36) !== cursor) {
    throw new InvalidParamsError("The cursor comes from no page of this list: start again without one");
  }
  return order;
}
