import { DefinitionError } from "../../errors.ts";
import type { AuthEvent, Grant } from "./grant.ts";
import type { TokenStore } from "./store.ts";

/** Options of {@link withOAuth}. */
export interface OAuthOptions {
  /** How to get in: `authorizationCode`, `clientCredentials`, `enterprise` or `jwtBearer`. */
  readonly grant: Grant;
  /** The URL of the MCP server. Default: that of the first request. */
  readonly resource?: string | URL;
  /** Scopes to ask for beside those that the server names, with spaces between them. */
  readonly scope?: string;
  /** Where tokens and registrations are kept. Default: the memory of this process. */
  readonly store?: TokenStore;
  /** Whose tokens these are, where a store has those of several users. */
  readonly user?: string;
  /** Binds tokens to a key (RFC 9449): one of its own, or a given pair, which tokens that outlive the process need. */
  readonly dpop?: true | CryptoKeyPair;
  /** Hosts that servers may name although their addresses are not public, or not at the MCP server. */
  readonly hosts?: readonly string[];
  /** Patience in milliseconds with each request of OAuth. Default `limits.oauthTimeout`, 10 s. */
  readonly timeout?: number;
  /** Told what becomes of the tokens. It must not throw. */
  readonly onEvent?: (event: AuthEvent) => void;
  /** Tells the time in milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

const KNOWN = "grant resource scope store user dpop hosts timeout onEvent now";

/** @throws DefinitionError for options that make no sense. */
export function checkOptions({ grant, resource, timeout = 1, ...others }: OAuthOptions): void {
  for (const name of Object.keys(others)) {
    if (!KNOWN.split(" ").includes(name))
      throw new DefinitionError(`withOAuth has the option "${name}", which nothing knows`);
  }
  if (typeof grant?.obtain !== "function") {
    throw new DefinitionError("withOAuth needs a grant, such as authorizationCode({ redirectUri, authorize })");
  }
  if (resource !== undefined) serverOf(resource);
  if (!(timeout > 0)) throw new DefinitionError(`timeout must be a positive number of milliseconds, not ${timeout}`);
}

/** The URL of an MCP server. @throws DefinitionError for what is none. */
export function serverOf(given: string | URL): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new DefinitionError("resource must be the URL of an MCP server, such as https://example.com/mcp");
  }
  url.hash = "";
  return url;
}

/** @throws DefinitionError unless a URL that the user gives is https, or http on this machine. */
export function secureUrl(given: string | URL, name: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url?.hostname ?? "");
  if (url !== undefined && (url.protocol === "https:" || (url.protocol === "http:" && local))) return url;
  throw new DefinitionError(`${name} must be a URL that begins with https:, or with http: on this machine`);
}
