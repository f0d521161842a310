import type { AuthorizationServer } from "oauth4webapi";
import { AuthError } from "../../auth-error.ts";
import type { Document, Requests } from "./requests.ts";

/** What is known of how to get in. */
export interface Discovered {
  /** The value of the parameter `resource`. */
  readonly resource: string;
  /** The scopes that the metadata of the resource names. */
  readonly scopes: readonly string[] | undefined;
  readonly server: AuthorizationServer;
  /** Whether the endpoints are the default ones of a server without metadata (revision 2025-03-26). */
  readonly assumed: boolean;
}

/** Where to begin. */
export interface Beginning {
  /** The place that a challenge named. */
  readonly resourceMetadata: string | undefined;
  /** The issuer that the user's client belongs to, which is chosen where a resource has several. */
  readonly issuer: string | undefined;
  /** Sent with requests for metadata, as revision 2025-03-26 wants it. */
  readonly headers: Record<string, string>;
}

const RESOURCE_METADATA = "/.well-known/oauth-protected-resource";
const SERVER_METADATA = "/.well-known/oauth-authorization-server";
const OPENID_CONFIGURATION = "/.well-known/openid-configuration";

/**
 * Finds the authorization server of an MCP server.
 *
 * @throws AuthError `discovery`, `resource_mismatch`, `issuer_mismatch`, `unsafe_url` or `unavailable`.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#authorization-server-discovery
 */
export async function discover(requests: Requests, beginning: Beginning): Promise<Discovered> {
  const { server } = requests.guard;
  const metadata = await resourceMetadata(requests, beginning);
  if (metadata === undefined) return withoutMetadata(requests, beginning);
  const { resource, authorization_servers: issuers, scopes_supported: scopes } = metadata;
  if (typeof resource !== "string" || !covers(resource, server)) {
    throw new AuthError("resource_mismatch", `The metadata of ${server.origin} is that of another resource`);
  }
  const named = strings(issuers) ?? [];
  const issuer = named.find((one) => one === beginning.issuer) ?? named[0];
  if (issuer === undefined) throw new AuthError("discovery", `${server.origin} names no authorization server`);
  return { resource, scopes: strings(scopes), server: await discoverServer(requests, issuer), assumed: false };
}

async function resourceMetadata(requests: Requests, beginning: Beginning): Promise<Document | undefined> {
  const { resourceMetadata: named, headers } = beginning;
  const { server } = requests.guard;
  const what = "metadata of the resource";
  if (named !== undefined) {
    const url = await requests.guard.check(named, `URL of the ${what}`);
    // What a server says of itself is at the server. Elsewhere it could only make this side send requests.
    if (url.origin !== server.origin && !requests.guard.trusts(url.hostname)) {
      const message = `${server.origin} says that its metadata is at ${url.origin}: name that host in hosts if it is right`;
      throw new AuthError("unsafe_url", message);
    }
    const found = await requests.metadata(named, what, headers);
    if (found === undefined) throw new AuthError("discovery", `The ${what} is not where ${server.origin} says it is`);
    return found;
  }
  const path = withoutSlash(server.pathname);
  for (const place of path === "" ? [""] : [path, ""]) {
    const found = await requests.metadata(`${server.origin}${RESOURCE_METADATA}${place}`, what, headers);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a resource is the server, or what the server's path begins with, segment by segment. */
function covers(resource: string, server: URL): boolean {
  if (!URL.canParse(resource)) return false;
  const { origin, pathname, search, hash, username, password } = new URL(resource);
  if (origin !== server.origin || hash !== "" || username !== "" || password !== "") return false;
  if (search !== "" && search !== server.search) return false;
  const path = withoutSlash(pathname);
  return server.pathname === path || server.pathname.startsWith(`${path}/`);
}

/** The URL of a server as a resource identifier: no fragment, no query, no slash at the end. */
export function canonical({ origin, pathname }: URL): string {
  return origin + withoutSlash(pathname);
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

/** The places of metadata in the order of the specification. */
function wellKnownOf({ origin, pathname }: URL): string[] {
  const path = withoutSlash(pathname);
  if (path === "") return [origin + SERVER_METADATA, origin + OPENID_CONFIGURATION];
  return [
    `${origin}${SERVER_METADATA}${path}`,
    `${origin}${OPENID_CONFIGURATION}${path}`,
    `${origin}${path}${OPENID_CONFIGURATION}`,
  ];
}

/** The metadata of an authorization server. @throws AuthError as {@link discover}. */
export async function discoverServer(requests: Requests, issuer: string): Promise<AuthorizationServer> {
  const found = await serverMetadata(requests, [issuer], wellKnownOf(await requests.guard.check(issuer, "issuer")));
  if (found !== undefined) return found;
  throw new AuthError("discovery", `The authorization server ${issuer} has no metadata at its well-known places`);
}

async function serverMetadata(
  requests: Requests,
  issuers: readonly string[],
  places: readonly string[],
  headers?: Record<string, string>,
): Promise<AuthorizationServer | undefined> {
  for (const place of places) {
    const found = await requests.metadata(place, "metadata of the authorization server", headers);
    if (found === undefined) continue;
    // Not as URLs: a slash or a port more is another issuer.
    if (issuers.some((issuer) => issuer === found["issuer"])) return found as unknown as AuthorizationServer;
    throw new AuthError("issuer_mismatch", `The metadata of ${issuers[0]} is that of another issuer`);
  }
  return undefined;
}

/** Until 2025-03-26 the MCP server's own origin was the authorization server. */
async function withoutMetadata(requests: Requests, { headers }: Beginning): Promise<Discovered> {
  const { server } = requests.guard;
  const { origin } = server;
  const known = { resource: canonical(server), scopes: undefined };
  // No document named an issuer, and the slash that a URL has is not known from it.
  const found = await serverMetadata(requests, [origin, `${origin}/`], [origin + SERVER_METADATA], headers);
  if (found !== undefined) return { ...known, server: found, assumed: false };
  return {
    ...known,
    server: {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
    },
    assumed: true,
  };
}

/** A list of texts; `undefined` for what is none. */
export function strings(given: unknown): readonly string[] | undefined {
  return Array.isArray(given) ? given.filter((one): one is string => typeof one === "string") : undefined;
}
