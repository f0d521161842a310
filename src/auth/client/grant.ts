import type { AuthorizationServer, Client, ClientAuth, DPoPHandle } from "oauth4webapi";
import type { Discovered } from "./discovery.ts";
import type { Requests } from "./requests.ts";
import type { Registration, Shelf } from "./store.ts";

/**
 * What became of the tokens, for logs and for interfaces.
 *
 * - `registered`: this program is now known to an authorization server.
 * - `authorized`: there are new tokens, by the grant.
 * - `refreshed`: there are new tokens, by a refresh token.
 * - `cleared`: the tokens are forgotten, since the authorization server ended their grant.
 * - `moved`: the server has another authorization server now, so its old tokens are not used any more.
 */
export interface AuthEvent {
  readonly type: "registered" | "authorized" | "refreshed" | "cleared" | "moved";
  /** The authorization server. */
  readonly issuer: string;
  /** The MCP server, as a resource. */
  readonly resource: string;
  /** The scopes that are granted, where they are known. */
  readonly scope?: string;
}

/** A client, and how it proves to be that. */
export interface OAuthClient {
  readonly client: Client;
  readonly authenticate: ClientAuth;
  /** How it registered itself, if it did, and so can do again. */
  readonly registration?: Registration;
}

/** What a grant works with. */
export interface Granting extends Discovered {
  readonly server: AuthorizationServer;
  /** The URL of the MCP server, as the key of what is kept for it. */
  readonly key: string;
  /** The scopes to ask for; `undefined` for none. */
  readonly scope: string | undefined;
  readonly requests: Requests;
  readonly shelf: Shelf;
  readonly dpop: DPoPHandle | undefined;
  readonly now: () => number;
  readonly report: (type: AuthEvent["type"]) => void;
}

/** The answer of a token endpoint, checked. */
export interface TokenAnswer {
  readonly accessToken: string;
  readonly tokenType: "Bearer" | "DPoP";
  readonly refreshToken?: string;
  /** In seconds. */
  readonly expiresIn?: number;
  readonly scope?: string;
}

/** A way to get tokens: `authorizationCode`, `clientCredentials`, `enterprise` or `jwtBearer`. */
export interface Grant {
  /** The issuer that its client was registered with by hand. */
  readonly issuer?: string | undefined;
  /** Whether it wants to go on without a user by refresh tokens. */
  readonly refreshes: boolean;
  /** @internal The client as the authorization server knows it. */
  client(granting: Granting): Promise<OAuthClient>;
  /** @internal Gets tokens. */
  obtain(granting: Granting, client: OAuthClient): Promise<TokenAnswer>;
}
