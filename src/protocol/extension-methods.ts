import { DefinitionError } from "../errors.ts";
import { type ValueKey, valueKey } from "../jsonrpc/index.ts";
import type { Extension, ExtensionSpan } from "./extension.ts";
import type { Method } from "./method.ts";
import { exists, REVISIONS, type Revision } from "./revisions.ts";

const FIRST = REVISIONS[0] as Revision;

/** What clients ask of the protocol itself. */
const TAKEN =
  "initialize ping server/discover tools/list tools/call resources/list resources/templates/list resources/read " +
  "resources/subscribe resources/unsubscribe prompts/list prompts/get completion/complete logging/setLevel " +
  "subscriptions/listen";

/** A request of an extension: a row of the table of methods, but for the checks. */
export type ExtensionMethod = Omit<Method, "params" | "result">;

/**
 * The requests of an extension as rows like those of the protocol's own.
 *
 * @throws DefinitionError for a method of the protocol itself.
 */
export function extensionMethods({ id, span, requests }: Extension): ReadonlyMap<string, ExtensionMethod> {
  const rows = Object.entries(requests).map(([name, { since, until, cacheable, mcpName }]): ExtensionMethod => {
    if (TAKEN.split(" ").includes(name)) {
      throw new DefinitionError(`The extension ${id} cannot add "${name}": the protocol has that method`);
    }
    return {
      name,
      from: "client",
      since: since ?? span.since ?? FIRST,
      until: until ?? span.until,
      capability: ["extensions", id],
      cacheable,
      mcpName,
    };
  });
  return new Map(rows.map((row) => [row.name, row]));
}

/** Whether something with this span exists in a revision. */
export function spans({ since = FIRST, until }: ExtensionSpan, revision: Revision): boolean {
  return exists({ since, until }, revision);
}

/** Tells a transport which parameter of an extension's request is its `Mcp-Name`. */
export const MCP_NAME: ValueKey<string> = valueKey("Mcp-Name");

/** A payload without what the protocol itself puts beside an extension's own members. */
export function ownMembers(payload: object, cacheable = false): Record<string, unknown> {
  const own: Record<string, unknown> = { ...payload };
  for (const name of ["_meta", "resultType", ...(cacheable ? ["ttlMs", "cacheScope"] : [])]) delete own[name];
  return own;
}
