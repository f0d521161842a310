import { DefinitionError } from "../../errors.ts";
import { checkClient, type ClientCredentials, registeredClient } from "./client-auth.ts";
import type { Grant, OAuthClient } from "./grant.ts";
import { requestToken } from "./token-request.ts";

/** Options of {@link clientCredentials}. */
export interface ClientCredentialsOptions {
  /** The program, with its secret or its key. */
  readonly client: ClientCredentials;
}

/**
 * Gets in as a program, without a user: by a secret, or by assertions that it signs.
 *
 * @throws DefinitionError for a client without secret and key.
 * @see https://modelcontextprotocol.io/extensions/auth/oauth-client-credentials
 */
export function clientCredentials({ client }: ClientCredentialsOptions): Grant {
  checkClient(client);
  if (client.clientSecret === undefined && client.privateKey === undefined) {
    throw new DefinitionError("clientCredentials needs a client with a clientSecret or a privateKey");
  }
  return {
    issuer: client.issuer,
    refreshes: false,
    client: (granting) => registeredClient(client, granting),
    obtain: (granting, known) => {
      const { resource, scope } = granting;
      return requestToken(granting, known, "client_credentials", { resource, scope });
    },
  };
}

/** Options of {@link jwtBearer}. */
export interface JwtBearerOptions {
  /**
   * Gives the token of the platform, with the authorization server as its audience. It is asked each time, since
   * platforms renew what they give.
   */
  readonly assertion: () => string | Promise<string>;
  /** The client, where the authorization server wants to know one. */
  readonly client?: ClientCredentials;
}

/** No client at all: the assertion says who asks. */
const NOBODY: OAuthClient = { client: { client_id: "-" }, authenticate: () => {} };

/**
 * Gets in by a token that the platform gives to a program, such as that of a service account (RFC 7523).
 *
 * @throws DefinitionError for options that make no sense.
 * @see https://www.rfc-editor.org/rfc/rfc7523#section-2.1
 */
export function jwtBearer({ assertion, client }: JwtBearerOptions): Grant {
  checkClient(client);
  if (typeof assertion !== "function") throw new DefinitionError("jwtBearer needs a function assertion");
  return {
    issuer: client?.issuer,
    refreshes: false,
    client: async (granting) => (client === undefined ? NOBODY : registeredClient(client, granting)),
    async obtain(granting, known) {
      const { resource, scope } = granting;
      return requestToken(granting, known, JWT_BEARER, { assertion: await assertion(), resource, scope });
    },
  };
}

/** The grant type of RFC 7523. */
export const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
