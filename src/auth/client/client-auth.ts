import { type AuthorizationServer, type ClientAuth, ClientSecretPost, None, PrivateKeyJwt } from "oauth4webapi";
import { AuthError } from "../../auth-error.ts";
import { DefinitionError } from "../../errors.ts";
import { strings } from "./discovery.ts";
import type { Granting, OAuthClient } from "./grant.ts";

/** A client that was registered by hand with an authorization server. */
export interface ClientCredentials {
  readonly clientId: string;
  /** Of a confidential client. It is sent as the metadata of the authorization server says, by HTTP Basic at best. */
  readonly clientSecret?: string;
  /** Signs assertions instead of a secret (`private_key_jwt`): a key for signing, or PKCS#8 as PEM with `algorithm`. */
  readonly privateKey?: CryptoKey | string;
  /** The algorithm of a `privateKey` in PEM, such as `ES256`. */
  readonly algorithm?: string;
  /** The `kid` that assertions name. */
  readonly keyId?: string;
  /** How the secret is sent. Default: what the authorization server knows, `client_secret_basic` before the other. */
  readonly method?: "client_secret_basic" | "client_secret_post";
  /** The issuer that it is registered with. Default: the first one that it is used with; it is never sent to another. */
  readonly issuer?: string;
}

/** @throws DefinitionError for a client that makes no sense. */
export function checkClient(client: ClientCredentials | undefined): void {
  if (client === undefined) return;
  const { clientId, clientSecret, privateKey, algorithm } = client;
  if (typeof clientId !== "string" || clientId === "") throw new DefinitionError("A client needs its clientId");
  if (clientSecret !== undefined && privateKey !== undefined) {
    throw new DefinitionError("A client has a clientSecret or a privateKey, not both");
  }
  if (typeof privateKey === "string" && algorithm === undefined) {
    throw new DefinitionError("A privateKey in PEM needs its algorithm, such as ES256");
  }
}

/**
 * A client that was registered by hand, for the issuer that it belongs to.
 *
 * @throws AuthError `issuer_mismatch` for another one: its secret must not reach that.
 */
export async function registeredClient(credentials: ClientCredentials, granting: Granting): Promise<OAuthClient> {
  const { clientId, issuer: own } = credentials;
  const { issuer } = granting.server;
  const known = own ?? (await granting.shelf.issuerOf(granting.key, clientId, issuer));
  if (known !== issuer) {
    const message = `The client is registered with ${known}, and the server now names ${issuer}: register it there`;
    throw new AuthError("issuer_mismatch", message);
  }
  return {
    client: { client_id: clientId },
    authenticate: await authOf(credentials, granting.server),
  };
}

/** How a client that was registered by hand proves who it is. */
export async function authOf(credentials: ClientCredentials, server: AuthorizationServer): Promise<ClientAuth> {
  const { clientSecret, privateKey, algorithm = "", keyId, method } = credentials;
  if (privateKey !== undefined) {
    const key = typeof privateKey === "string" ? await importKey(privateKey, algorithm) : privateKey;
    return PrivateKeyJwt(keyId === undefined ? key : { key, kid: keyId });
  }
  return secretAuth(clientSecret, method, server.token_endpoint_auth_methods_supported);
}

async function importKey(pem: string, algorithm: string): Promise<CryptoKey> {
  const { importPKCS8 } = await import("jose");
  try {
    return await importPKCS8(pem, algorithm);
  } catch {
    throw new DefinitionError(`privateKey is no PKCS#8 in PEM that holds a key for ${algorithm}`);
  }
}

/** How a client sends its secret, or that it has none. */
export function secretAuth(secret: string | undefined, method: string | undefined, supported: unknown): ClientAuth {
  if (secret === undefined || method === "none") return None();
  const known = strings(supported);
  const post = known?.includes("client_secret_post") === true && !known.includes("client_secret_basic");
  return method === "client_secret_post" || (method === undefined && post) ? ClientSecretPost(secret) : basic(secret);
}

/**
 * By HTTP Basic, with both parts encoded as forms are: many servers compare them as they come, so nothing is encoded that
 * need not be.
 */
function basic(secret: string): ClientAuth {
  const encode = (text: string): string => new URLSearchParams([["", text]]).toString().slice(1);
  return (_server, { client_id: id }, _body, headers) => {
    headers.set("authorization", `Basic ${btoa(`${encode(id)}:${encode(secret)}`)}`);
  };
}
