import type { ProtectOptions } from "./options.ts";

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

/**
 * The metadata of a protected resource: JSON by path, and the URL of the first. It stands under the path of the
 * resource, and at the root for clients that look there alone.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9728
 */
export function metadataOf(
  { resource, authorizationServers, scopes = [], dpop, metadata }: ProtectOptions,
  algorithms: readonly string[] | undefined,
): { readonly documents: Readonly<Record<string, string>>; readonly url: string } {
  const document = JSON.stringify({
    ...metadata,
    resource,
    authorization_servers: authorizationServers,
    ...(scopes.length === 0 || metadata?.["scopes_supported"] !== undefined ? {} : { scopes_supported: scopes }),
    bearer_methods_supported: ["header"],
    ...(algorithms === undefined ? {} : { dpop_signing_alg_values_supported: algorithms }),
    ...(dpop !== false && dpop?.required === true ? { dpop_bound_access_tokens_required: true } : {}),
  });
  const { origin, pathname } = new URL(resource);
  const path = WELL_KNOWN + (pathname === "/" ? "" : pathname);
  return { documents: { [path]: document, [WELL_KNOWN]: document }, url: origin + path };
}
