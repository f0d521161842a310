import { DefinitionError } from "../../errors.ts";
import type { HttpFacts } from "../../jsonrpc/index.ts";
import type { DpopOptions } from "./dpop.ts";
import type { Implied } from "./scopes.ts";
import { secureUrl, type Verify } from "./verify.ts";

/** Options of {@link protect}. */
export interface ProtectOptions {
  /** The URL by which the world knows the server, such as `https://mcp.example.com/mcp`. */
  readonly resource: string;
  /** The issuers of its tokens, one at least: clients go there. */
  readonly authorizationServers: readonly string[];
  /** Checks tokens: {@link verifyJwt}, {@link verifyByIntrospection}, or a function of your own. */
  readonly verify: Verify;
  /** What every request needs. Clients ask their users for these first, so take few. Default: none. */
  readonly scopes?: readonly string[];
  /** Which scopes have others in them: `{ admin: ["read", "write"] }`. Default: none. */
  readonly implied?: Implied;
  /** How tokens that are bound to a key are taken. `false` refuses them. Default: they are taken beside others. */
  readonly dpop?: DpopOptions | false;
  /** More members of the metadata, such as `resource_name` and `resource_documentation`. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Told why a request was refused. Neither token nor proof is in it. Default: nobody. */
  readonly onRefused?: (reason: string, request: HttpFacts) => void;
}

const KNOWN = "resource authorizationServers verify scopes implied dpop metadata onRefused";

/** @throws DefinitionError for options that make no sense. */
export function checkOptions(options: ProtectOptions): void {
  const known = KNOWN.split(" ");
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new DefinitionError(`protect has no option "${name}". Known: ${known.join(", ")}`);
  }
  const { resource, authorizationServers, verify, dpop, scopes = [] } = options;
  const url = secureUrl(resource, "resource");
  if (
    url.hash !== "" ||
    url.search !== "" ||
    url.username !== "" ||
    ![url.href, url.href.slice(0, -1)].includes(resource)
  ) {
    throw new DefinitionError(`resource must be written as ${url.origin}${url.pathname}, not ${resource}`);
  }
  if (!Array.isArray(authorizationServers) || authorizationServers.length === 0) {
    throw new DefinitionError("protect needs authorizationServers: the issuers of its tokens, one at least");
  }
  for (const server of authorizationServers) secureUrl(server, "Each of authorizationServers");
  for (const scope of scopes) {
    if (!/^[\x21\x23-\x5B\x5D-\x7E]+$/.test(scope) || scope === "offline_access") {
      throw new DefinitionError(`scopes must be a list of texts without spaces and quotes, and not ${scope}`);
    }
  }
  if (typeof verify !== "function") {
    throw new DefinitionError("protect needs verify, such as verifyJwt({ issuer, audience, jwks })");
  }
  if (typeof dpop === "object" && typeof dpop.nonces === "string" && dpop.nonces.length < 32) {
    throw new DefinitionError("nonces must be true, or a text of 32 characters or more");
  }
}
