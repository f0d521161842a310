import { calculatePKCECodeChallenge, generateRandomCodeVerifier, generateRandomState } from "oauth4webapi";
import { AuthError } from "../../auth-error.ts";
import { DefinitionError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { checkClient, type ClientCredentials, registeredClient } from "./client-auth.ts";
import { strings } from "./discovery.ts";
import type { Grant, Granting, OAuthClient, TokenAnswer } from "./grant.ts";
import { secureUrl } from "./options.ts";
import { inTime } from "./patience.ts";
import { checkMetadataUrl, type ClientMetadata, introduce } from "./registration.ts";
import { refusal, requestToken } from "./token-request.ts";

/** What is known of an authorization that waits for its user. */
export interface AuthorizeContext {
  /** The authorization server that the URL leads to. */
  readonly issuer: string;
  /** The MCP server that the user lets this program use. */
  readonly resource: string;
  /** The scopes that are asked for; `undefined` where none are named. */
  readonly scope: string | undefined;
  /** Fires when the user took too long. */
  readonly signal: AbortSignal;
}

/** Options of {@link authorizationCode}. */
export interface AuthorizationCodeOptions {
  /**
   * Where the authorization server sends the user's browser back to: an https URL, one of this machine, or one with a
   * scheme of this program, such as `com.example.app:/callback`.
   */
  readonly redirectUri: string;
  /**
   * Brings the user to a URL, and gives the parameters of the callback, or the URL with them. The URL is https, or http
   * on this machine, and may be given to a browser; never to a shell.
   */
  readonly authorize: (url: URL, context: AuthorizeContext) => Promise<URL | URLSearchParams>;
  /** A client that was registered by hand, which is used before all else. */
  readonly client?: ClientCredentials;
  /** The https URL of this program's Client ID Metadata Document, used where the authorization server reads those. */
  readonly clientMetadataUrl?: string;
  /** What this program says of itself when it registers. */
  readonly clientMetadata?: ClientMetadata;
  /**
   * Goes on where the authorization server does not say that it knows PKCE. Default false, as the specification wants it:
   * a server that ignores PKCE lets others use a code that they stole.
   */
  readonly assumePkce?: boolean;
  /** How long the user may take, in milliseconds. Default `limits.authorizationTime`, 5 min. */
  readonly patience?: number;
}

/**
 * Gets in by a user, who logs in at the authorization server and comes back with a code.
 *
 * @throws DefinitionError for options that make no sense.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization
 */
export function authorizationCode(options: AuthorizationCodeOptions): Grant {
  const { redirectUri, authorize, client, clientMetadataUrl, clientMetadata } = options;
  checkClient(client);
  if (typeof authorize !== "function") throw new DefinitionError("authorizationCode needs a function authorize");
  checkRedirectUri(redirectUri);
  if (clientMetadataUrl !== undefined) checkMetadataUrl(clientMetadataUrl);
  return {
    issuer: client?.issuer,
    refreshes: true,
    client(granting) {
      if (client !== undefined) return registeredClient(client, granting);
      return introduce({ redirectUri, clientMetadataUrl, clientMetadata }, granting);
    },
    obtain: (granting, known) => obtain(options, granting, known),
  };
}

/** @throws DefinitionError for a place at which others could read the code. */
function checkRedirectUri(given: string): void {
  const { protocol = "", hash } = URL.canParse(given) ? new URL(given) : {};
  if (protocol === "http:" || protocol === "https:") secureUrl(given, "redirectUri");
  else if (!/^[\w+-]+(\.[\w+-]+)+:$/.test(protocol)) {
    throw new DefinitionError(
      "redirectUri must be an https URL, one of this machine, or one like com.example.app:/callback",
    );
  }
  if (hash !== "") throw new DefinitionError("redirectUri must have no fragment");
}

async function obtain(options: AuthorizationCodeOptions, granting: Granting, known: OAuthClient): Promise<TokenAnswer> {
  const { server, resource, scope, requests, assumed } = granting;
  const { redirectUri, assumePkce = false } = options;
  const methods = strings(server.code_challenge_methods_supported);
  if (!assumed && !methods?.includes("S256") && !(assumePkce && methods === undefined)) {
    const message = `${server.issuer} does not say that it knows PKCE with S256, so its codes could be stolen`;
    throw new AuthError("pkce", message);
  }
  const url = await requests.guard.check(server.authorization_endpoint, "authorization endpoint");
  const verifier = generateRandomCodeVerifier();
  const state = generateRandomState();
  const parameters = {
    response_type: "code",
    client_id: known.client.client_id,
    redirect_uri: redirectUri,
    state,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    resource,
    scope,
    // Without it, OpenID Connect lets a server leave out the refresh token.
    prompt: scope?.split(" ").includes("offline_access") ? "consent" : undefined,
  };
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
  const callback = await ask(options, url, granting);
  const code = codeOf(callback, state, granting);
  return requestToken(granting, known, "authorization_code", {
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    resource,
  });
}

/** Lets the user authorize, and waits for what comes back. */
async function ask(options: AuthorizationCodeOptions, url: URL, granting: Granting): Promise<URLSearchParams> {
  const { authorize, patience = limits.authorizationTime } = options;
  const { resource, scope, now } = granting;
  const { issuer } = granting.server;
  const controller = new AbortController();
  const started = now();
  const timeout = new AuthError("timeout", `The user did not come back from ${issuer} within ${patience} ms`);
  const asked = (): Promise<URL | URLSearchParams> =>
    authorize(url, { issuer, resource, scope, signal: controller.signal });
  const given = await inTime(patience, asked, () => {
    controller.abort(timeout);
    return timeout;
  });
  if (now() - started > patience) throw timeout;
  const parameters = given instanceof URL ? given.searchParams : given;
  if (parameters instanceof URLSearchParams) return parameters;
  throw new DefinitionError("authorize must give the URL of the callback, or its URLSearchParams");
}

/**
 * The code of a callback, where it belongs to this very authorization: first its `state`, then its `iss`, and only then
 * what else it says.
 *
 * @throws AuthError `state`, `issuer_mismatch` or `denied`.
 */
function codeOf(callback: URLSearchParams, state: string, { server }: Granting): string {
  for (const name of ["state", "iss", "code", "error"]) {
    if (callback.getAll(name).length > 1) throw new AuthError("state", `The callback has the parameter ${name} twice`);
  }
  if (!same(callback.get("state") ?? "", state)) {
    throw new AuthError("state", "The callback does not belong to this authorization: its state is another one");
  }
  const issuer = callback.get("iss");
  if (issuer === null && server.authorization_response_iss_parameter_supported === true) {
    throw new AuthError(
      "issuer_mismatch",
      `The callback does not say that it is from ${server.issuer}, which always does`,
    );
  }
  if (issuer !== null && issuer !== server.issuer) {
    throw new AuthError("issuer_mismatch", `The callback is from another issuer than ${server.issuer}`);
  }
  const code = callback.get("code");
  const error = callback.get("error");
  if (error !== null || code === null) {
    const complaint = { code: error, description: callback.get("error_description") };
    throw refusal("denied", `${server.issuer} did not authorize this program`, complaint, [state, code ?? ""]);
  }
  return code;
}

/** Compares in the same time, wherever two texts differ. */
function same(given: string, expected: string): boolean {
  let different = given.length ^ expected.length;
  for (let at = 0; at < expected.length; at++) different |= given.charCodeAt(at) ^ expected.charCodeAt(at);
  return different === 0;
}
