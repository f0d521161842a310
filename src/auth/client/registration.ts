import type { AuthorizationServer } from "oauth4webapi";
import { AuthError } from "../../auth-error.ts";
import { DefinitionError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import { secretAuth } from "./client-auth.ts";
import { strings } from "./discovery.ts";
import type { Granting, OAuthClient } from "./grant.ts";
import type { Registration } from "./store.ts";
import { refusal } from "./token-request.ts";
import { reachOf } from "./url-guard.ts";

/** What a program says of itself when it registers (RFC 7591); more members are sent as they are. */
export interface ClientMetadata {
  readonly client_name?: string;
  readonly client_uri?: string;
  readonly logo_uri?: string;
  /** `native` or `web`. Default: by the redirect URI. */
  readonly application_type?: "native" | "web";
  /** How it will prove who it is. Default: not at all where the server allows it. */
  readonly token_endpoint_auth_method?: "none" | "client_secret_basic" | "client_secret_post";
  /**
   * All scopes that it may ever ask for, with spaces between them. Default: not said, since a server may refuse every
   * other one from then on.
   */
  readonly scope?: string;
  readonly [name: string]: unknown;
}

/** How a program is known to authorization servers that it was not registered with by hand. */
export interface Introduction {
  readonly redirectUri: string;
  readonly clientMetadataUrl?: string | undefined;
  readonly clientMetadata?: ClientMetadata | undefined;
}

/** @throws DefinitionError for a URL that can name no client: it must be https, at a public host, with a path and nothing else. */
export function checkMetadataUrl(given: string): void {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const plain =
    url?.protocol === "https:" && url.pathname !== "/" && url.hash === "" && url.username === "" && url.password === "";
  const reach = reachOf(url?.hostname ?? "");
  // Servers compare it to the letter, so it must be what a URL parser makes of it.
  if (!plain || url.href !== given || (reach ?? "public") !== "public") {
    throw new DefinitionError(
      "clientMetadataUrl must be an https URL with a path, such as https://example.com/client.json",
    );
  }
}

/**
 * The client by which a program is known: its metadata document where the server reads those, a registration that was
 * kept, or a new one.
 *
 * @throws AuthError `registration` where none of these is possible.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#client-registration-approaches
 */
export async function introduce(introduction: Introduction, granting: Granting): Promise<OAuthClient> {
  const { server, shelf, now, report } = granting;
  const { clientMetadataUrl, redirectUri } = introduction;
  if (clientMetadataUrl !== undefined && server["client_id_metadata_document_supported"] === true) {
    return {
      client: { client_id: clientMetadataUrl },
      authenticate: secretAuth(undefined, "none", []),
    };
  }
  const kept = await shelf.registration(server.issuer);
  if (
    kept !== undefined &&
    kept.redirectUri === redirectUri &&
    (kept.secretExpiresAt ?? Number.POSITIVE_INFINITY) > now()
  ) {
    return clientOf(kept, server);
  }
  const registration = await register(introduction, granting);
  await shelf.keepRegistration(server.issuer, registration);
  report("registered");
  return clientOf(registration, server);
}

/** A client that registered itself. */
export function clientOf(registration: Registration, server: AuthorizationServer): OAuthClient {
  const { clientId, clientSecret, method } = registration;
  const authenticate = secretAuth(clientSecret, method, server.token_endpoint_auth_methods_supported);
  return { client: { client_id: clientId }, authenticate, registration };
}

async function register(introduction: Introduction, { server, requests }: Granting): Promise<Registration> {
  const { clientMetadata, redirectUri } = introduction;
  const { issuer, registration_endpoint: endpoint } = server;
  if (endpoint === undefined) {
    const message = `${issuer} registers no clients by itself: register this program there, and give its client`;
    throw new AuthError("registration", message);
  }
  const method = methodOf(server.token_endpoint_auth_methods_supported);
  const body = JSON.stringify({
    client_name: "mcplex",
    response_types: ["code"],
    grant_types: ["authorization_code", "refresh_token"],
    application_type: isNative(redirectUri) ? "native" : "web",
    ...(method !== undefined && { token_endpoint_auth_method: method }),
    ...clientMetadata,
    redirect_uris: [redirectUri],
  });
  const headers = { accept: "application/json", "content-type": "application/json" };
  const reply = await requests.send(endpoint, "registration endpoint", { method: "POST", headers, body });
  const answer: unknown = await reply.json().catch(() => undefined);
  const { status } = reply;
  if (!isObject(answer)) {
    throw new AuthError("registration", `${issuer} did not register this program (status ${status})`, {
      data: { status },
    });
  }
  const { client_id: clientId, client_secret: secret, token_endpoint_auth_method: chosen } = answer;
  if ((status !== 201 && status !== 200) || typeof clientId !== "string" || clientId === "") {
    const complaint = { code: answer["error"], description: answer["error_description"], status };
    throw refusal("registration", `${issuer} did not register this program`, complaint, []);
  }
  const expires = answer["client_secret_expires_at"];
  return {
    clientId,
    redirectUri,
    ...(typeof secret === "string" && secret !== "" && { clientSecret: secret }),
    ...(typeof chosen === "string" && { method: chosen }),
    ...(typeof expires === "number" && expires > 0 && { secretExpiresAt: expires * 1000 }),
  };
}

/** The method to register with: what a program without secrets can do, at best. */
function methodOf(supported: unknown): string | undefined {
  const known = strings(supported);
  return ["none", "client_secret_basic", "client_secret_post"].find((one) => known?.includes(one));
}

/** Whether what takes the callback is a program on the user's machine. */
function isNative(redirectUri: string): boolean {
  const { protocol, hostname } = new URL(redirectUri);
  return protocol !== "https:" || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
