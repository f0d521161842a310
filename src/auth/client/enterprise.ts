import { AuthError } from "../../auth-error.ts";
import { DefinitionError } from "../../errors.ts";
import { authOf, type ClientCredentials, checkClient, registeredClient } from "./client-auth.ts";
import { discoverServer } from "./discovery.ts";
import type { Grant, Granting, OAuthClient } from "./grant.ts";
import { JWT_BEARER } from "./machine.ts";
import { secureUrl } from "./options.ts";
import { exchangeToken, requestToken } from "./token-request.ts";

const TOKEN_TYPE = "urn:ietf:params:oauth:token-type:";

/** What a user got by logging in at the identity provider. */
export interface SubjectToken {
  readonly token: string;
  readonly type: "id_token" | "saml2" | "refresh_token";
}

/** An identity provider, and a program as it is registered there. */
export interface IdentityProvider {
  readonly issuer: string;
  /** Default: as its metadata says. */
  readonly tokenEndpoint?: string;
  readonly client: ClientCredentials;
}

/** Options of {@link enterprise}. */
export interface EnterpriseOptions {
  /** The identity provider of the enterprise. */
  readonly provider: IdentityProvider;
  /** Gives what the user got by logging in there. It is asked each time. */
  readonly subjectToken: () => SubjectToken | Promise<SubjectToken>;
  /** This program as it is registered with the authorization server of the MCP server. */
  readonly client: ClientCredentials;
}

/**
 * Gets in by the login at an enterprise's identity provider, which says what its users may use: an ID-JAG from there
 * is exchanged for an access token. The user is never sent to the authorization server of the MCP server.
 *
 * @throws DefinitionError for options that make no sense.
 * @see https://modelcontextprotocol.io/extensions/auth/enterprise-managed-authorization
 */
export function enterprise({ provider, subjectToken, client }: EnterpriseOptions): Grant {
  checkClient(client);
  checkClient(provider.client);
  const hosts = [provider.issuer, provider.tokenEndpoint ?? provider.issuer].map(
    (url) => secureUrl(url, "provider").hostname,
  );
  if (typeof subjectToken !== "function") throw new DefinitionError("enterprise needs a function subjectToken");
  return {
    issuer: client.issuer,
    refreshes: false,
    client: (granting) => registeredClient(client, granting),
    async obtain(granting, known) {
      const { resource, scope } = granting;
      // It is the user who names it, and no server.
      for (const host of hosts) granting.requests.guard.trust(host);
      const assertion = await identityAssertion(provider, await subjectToken(), granting);
      return requestToken(granting, known, JWT_BEARER, { assertion, resource, scope });
    },
  };
}

async function identityAssertion(
  { issuer, tokenEndpoint, client: credentials }: IdentityProvider,
  { token, type }: SubjectToken,
  granting: Granting,
): Promise<string> {
  const { resource, scope, requests } = granting;
  const provider =
    tokenEndpoint === undefined ? await discoverServer(requests, issuer) : { issuer, token_endpoint: tokenEndpoint };
  const client: OAuthClient = {
    client: { client_id: credentials.clientId },
    authenticate: await authOf(credentials, provider),
  };
  const answer = await exchangeToken({ server: provider, requests, dpop: undefined }, client, {
    requested_token_type: `${TOKEN_TYPE}id-jag`,
    audience: granting.server.issuer,
    resource,
    scope,
    subject_token: token,
    subject_token_type: `${TOKEN_TYPE}${type}`,
  });
  if (answer["issued_token_type"] === `${TOKEN_TYPE}id-jag`) return answer.access_token;
  throw new AuthError("token", `${issuer} gave a token of another type than ID-JAG`);
}
