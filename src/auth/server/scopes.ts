import type { AuthInfo } from "../../jsonrpc/index.ts";

/** Which scopes have others in them. */
export type Implied = Readonly<Record<string, readonly string[]>>;

/** Scopes with all that they have in them. */
export function withImplied(scopes: readonly string[], implied: Implied): readonly string[] {
  const all = new Set(scopes);
  // What is added meanwhile is looked at as well.
  for (const scope of all) if (Object.hasOwn(implied, scope)) for (const inner of implied[scope] ?? []) all.add(inner);
  return [...all];
}

/**
 * Hides a feature from callers without these scopes, as its option `visible`. The option `scopes` of a tool shows it and
 * tells who calls it what they need, so that they can ask their user for more.
 *
 * @example
 * ```ts
 * server.tool("purge", { visible: hasScopes("admin") }, () => "Purged.");
 * ```
 */
export function hasScopes(...scopes: readonly string[]): (context: { readonly auth: AuthInfo | undefined }) => boolean {
  return ({ auth }) => scopes.every((scope) => auth?.scopes.includes(scope));
}
