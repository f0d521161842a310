/** How the client gets in, in the scenarios of authorization. */
import {
  authorizationCode,
  clientCredentials,
  enterprise,
  type Grant,
  jwtBearer,
  type OAuthFetch,
  withOAuth,
} from "mcplex/auth/client";

/** What the suite hands over in these scenarios; each has some of it. */
export interface AuthContext {
  readonly client_id?: string;
  readonly client_secret?: string;
  readonly private_key_pem?: string;
  readonly signing_algorithm?: string;
  readonly idp_client_id?: string;
  readonly idp_id_token?: string;
  readonly idp_issuer?: string;
  readonly idp_token_endpoint?: string;
  readonly valid_jwt?: string;
}

/** The `fetch` of a scenario; `undefined` where there is no authorization in it. */
export function fetchOf(scenario: string, context: AuthContext): OAuthFetch | undefined {
  if (!scenario.startsWith("auth/")) return undefined;
  const grant = grants[scenario]?.(context) ?? byUser(context);
  return withOAuth(globalThis.fetch, { grant, ...(scenario.startsWith("auth/dpop") && { dpop: true }) });
}

const grants: Readonly<Record<string, (context: AuthContext) => Grant>> = {
  "auth/client-credentials-basic": (context) => clientCredentials({ client: clientOf(context) }),
  "auth/client-credentials-jwt": ({ client_id: clientId = "", private_key_pem = "", signing_algorithm = "" }) =>
    clientCredentials({ client: { clientId, privateKey: private_key_pem, algorithm: signing_algorithm } }),
  "auth/enterprise-managed-authorization": (context) => {
    const { idp_issuer: issuer = "", idp_token_endpoint: tokenEndpoint = "", idp_client_id: clientId = "" } = context;
    return enterprise({
      provider: { issuer, tokenEndpoint, client: { clientId } },
      subjectToken: () => ({ type: "id_token", token: context.idp_id_token ?? "" }),
      client: clientOf(context),
    });
  },
  "auth/wif-jwt-bearer": ({ valid_jwt = "" }) => jwtBearer({ assertion: () => valid_jwt }),
};

function clientOf({ client_id: clientId = "", client_secret }: AuthContext): {
  clientId: string;
  clientSecret?: string;
} {
  return { clientId, ...(client_secret !== undefined && { clientSecret: client_secret }) };
}

/** A user who lets the client in at once: where the authorization server leads back to is the callback. */
function byUser(context: AuthContext): Grant {
  return authorizationCode({
    redirectUri: "http://localhost:3000/callback",
    clientMetadataUrl: "https://conformance-test.local/client-metadata.json",
    ...(context.client_id !== undefined && { client: clientOf(context) }),
    async authorize(url) {
      const { headers } = await fetch(url, { redirect: "manual" });
      return new URL(headers.get("location") ?? "");
    },
  });
}
