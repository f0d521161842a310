import { DefinitionError } from "../errors.ts";
import { type ValueKey, valueKey } from "../jsonrpc/index.ts";
import type { Extension, ExtensionSpan } from "./extension.ts";
import type { Method } from "./method.ts";
import type { ClientRequests } from "./requests.ts";
import { exists, REVISIONS, type Revision } from "./revisions.ts";

const FIRST = REVISIONS[0] as Revision;

/** What clients ask of the protocol itself. */
const TAKEN: Readonly<Record<keyof ClientRequests, true>> = {
  initialize: true,
  ping: true,
  "server/discover": true,
  "tools/list": true,
  "tools/call": true,
  "resources/list": true,
  "resources/templates/list": true,
  "resources/read": true,
  "resources/subscribe": true,
  "resources/unsubscribe": true,
  "prompts/list": true,
  "prompts/get": true,
  "completion/complete": true,
  "logging/setLevel": true,
  "subscriptions/listen": true,
};

/** A request of an extension: a row of the table of methods, but for the checks. */
export type ExtensionMethod = Omit<Method, "params" | "result">;

/**
 * The requests of an extension as rows like those of the protocol's own.
 *
 * @throws DefinitionError for a method of the protocol itself.
 */
export function extensionMethods({ id, span, requests }: Extension): ReadonlyMap<string, ExtensionMethod> {
  const rows = Object.entries(requests).map(
    ([name, { since, until, cacheable, mcpName }]): [string, ExtensionMethod] => {
      if (Object.hasOwn(TAKEN, name)) {
        throw new DefinitionError(`The extension ${id} cannot add "${name}": the protocol has that method`);
      }
      const ends = until ?? span.until;
      return [
        name,
        {
          name,
          from: "client",
          since: since ?? span.since ?? FIRST,
          capability: ["extensions", id],
          ...(ends && { until: ends }),
          ...(cacheable && { cacheable }),
          ...(mcpName !== undefined && { mcpName }),
        },
      ];
    },
  );
  return new Map(rows);
}

/** Whether something with this span exists in a revision. */
export function spans({ since = FIRST, until }: ExtensionSpan, revision: Revision): boolean {
  return exists(until === undefined ? { since } : { since, until }, revision);
}

/** Tells a transport which parameter of an extension's request is its `Mcp-Name`. */
export const MCP_NAME: ValueKey<string> = valueKey("Mcp-Name");

/** A payload without what the protocol itself puts beside an extension's own members. */
export function ownMembers(payload: object, cacheable = false): Record<string, unknown> {
  const own: Record<string, unknown> = { ...payload };
  for (const name of ["_meta", "resultType", ...(cacheable ? ["ttlMs", "cacheScope"] : [])]) delete own[name];
  return own;
}
