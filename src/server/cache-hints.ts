import { DefinitionError } from "../errors.ts";
import type { Params } from "../jsonrpc/index.ts";
import type { ReadResourceResult } from "../protocol/index.ts";
import type { Feature } from "./features.ts";
import { type CacheHint, type CacheHints, checkHint } from "./options.ts";
import type { ListName } from "./wire.ts";

/** @throws DefinitionError where an answer for everybody depends on who looks. */
export function checkVisible(where: string, hint: CacheHint | undefined, { name, visible }: Feature): void {
  if (visible === undefined || hint?.cacheScope !== "public") return;
  const fix = 'make its cacheScope "private", or leave visible out';
  throw new DefinitionError(`${where} is public, and who sees "${name}" depends on who looks: ${fix}`);
}

/** A feature that may stand in a list. @throws DefinitionError where the list is the same for everybody, and it is not. */
export function listed<F extends Feature>(feature: F, list: ListName, hints: CacheHints): F {
  checkVisible(`The list ${list}`, hints[list], feature);
  return feature;
}

/** What was read, with the hint of its resource where the handler gave none. */
export function hinted(
  { hint, visible }: { readonly hint: CacheHint | undefined } & Pick<Feature, "visible">,
  result: ReadResourceResult,
  { uri, inputResponses, requestState }: Params,
): ReadResourceResult {
  const { ttlMs = hint?.ttlMs ?? 0, cacheScope = hint?.cacheScope ?? "private" } = result;
  if (hint === undefined && !("ttlMs" in result) && !("cacheScope" in result)) return result;
  checkHint(`What the resource "${uri}" returned`, { ttlMs, cacheScope });
  // What was answered in rounds depends on more than the URI.
  if (inputResponses !== undefined || requestState !== undefined) return { ...result, ttlMs: 0, cacheScope: "private" };
  return { ...result, ttlMs, cacheScope: visible === undefined ? cacheScope : "private" };
}
