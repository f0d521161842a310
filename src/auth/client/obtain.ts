import { AuthError } from "../../auth-error.ts";
import type { Demand } from "./challenge.ts";
import type { Discovered } from "./discovery.ts";
import type { Proofs } from "./dpop.ts";
import type { AuthEvent, Granting, OAuthClient, TokenAnswer } from "./grant.ts";
import type { OAuthOptions } from "./options.ts";
import { clientOf } from "./registration.ts";
import type { Requests } from "./requests.ts";
import type { Registration, Shelf, Tokens } from "./store.ts";
import { requestToken } from "./token-request.ts";

/** Why other tokens are needed. */
export interface Need {
  /** The token that was not taken, or is over. */
  readonly rejected?: string | undefined;
  readonly demand?: Demand | undefined;
  /** Whether a refresh token may do. */
  readonly refresh: boolean;
  /** Whether the demanded scopes are to be added to those that were asked for. */
  readonly stepUp?: boolean;
  /** Headers for requests of metadata. */
  readonly headers: Record<string, string>;
}

/** Tokens, and whether they come from a grant and not from a store or a refresh token: so nothing better will come. */
export interface Obtained {
  readonly tokens: Tokens;
  readonly granted: boolean;
}

/** What all of it works with. */
export interface Parts {
  readonly key: string;
  readonly options: OAuthOptions;
  readonly requests: Requests;
  readonly shelf: Shelf;
  readonly now: () => number;
}

interface ObtainingParts extends Parts {
  readonly discovered: Discovered;
  readonly need: Need;
  readonly resourceMetadata: string | undefined;
  readonly proofs: Proofs | undefined;
}

/** The way from nothing, or from tokens that do not do, to tokens. It runs alone. */
export class Obtaining {
  readonly #parts: ObtainingParts;

  constructor(parts: ObtainingParts) {
    this.#parts = parts;
  }

  async run(kept: Tokens | undefined): Promise<Obtained> {
    const { grant } = this.#parts.options;
    const { server } = this.#parts.discovered;
    const own = kept?.issuer === server.issuer && kept.thumbprint === this.#parts.proofs?.thumbprint ? kept : undefined;
    if (kept !== undefined && kept.issuer !== server.issuer) this.#report("moved");
    const scope = this.#scope(own);
    const granting = this.#granting(scope);
    if (this.#parts.need.refresh && own?.refreshToken !== undefined) {
      const refreshed = await this.#refresh(own, own.refreshToken, granting);
      if (refreshed !== undefined) return { tokens: refreshed, granted: false };
    }
    const client = await grant.client(granting);
    const [answer, known] = await this.#grant(granting, client);
    const tokens = await this.#keep(answer, known, scope);
    this.#report("authorized", tokens.scope);
    return { tokens, granted: true };
  }

  /** The scopes to ask for: those of the challenge, else those of the resource, with what was asked for before. */
  #scope(kept: Tokens | undefined): string | undefined {
    const { scope, grant } = this.#parts.options;
    const { scopes, server } = this.#parts.discovered;
    const wanted =
      this.#parts.need.demand?.scope ?? (kept?.requested === undefined ? scopes?.join(" ") || undefined : undefined);
    const asked = union(union(kept?.requested, wanted), scope);
    // Alone, it would ask for nothing else where a server has scopes of its own choice.
    const offline = asked !== undefined && grant.refreshes && server.scopes_supported?.includes("offline_access");
    return offline ? union(asked, "offline_access") : asked;
  }

  #granting(scope: string | undefined): Granting {
    const { key, requests, shelf, now } = this.#parts;
    const report = (type: AuthEvent["type"]): void => this.#report(type);
    return { ...this.#parts.discovered, key, scope, requests, shelf, now, dpop: this.#parts.proofs?.handle, report };
  }

  #report(type: AuthEvent["type"], scope?: string): void {
    const { server, resource } = this.#parts.discovered;
    const event: AuthEvent = { type, issuer: server.issuer, resource, ...(scope !== undefined && { scope }) };
    this.#parts.options.onEvent?.(event);
  }

  /** A registration that the server has forgotten is made anew, once. */
  async #grant(granting: Granting, client: OAuthClient): Promise<[TokenAnswer, OAuthClient]> {
    const { grant } = this.#parts.options;
    try {
      return [await grant.obtain(granting, client), client];
    } catch (error) {
      if (client.registration === undefined || !isRefusedAs(error, "invalid_client", "unauthorized_client"))
        throw error;
      await this.#forget(client.registration, granting);
      const again = await grant.client(granting);
      return [await grant.obtain(granting, again), again];
    }
  }

  async #forget({ clientId }: Registration, { server: { issuer } }: Granting): Promise<void> {
    const { shelf } = this.#parts;
    if ((await shelf.registration(issuer))?.clientId === clientId) await shelf.dropRegistration(issuer);
  }

  /** New tokens for a refresh token; `undefined` where that is worth nothing any more, which alone clears it. */
  async #refresh(kept: Tokens, refreshToken: string, granting: Granting): Promise<Tokens | undefined> {
    const { key, shelf, options } = this.#parts;
    const { registration } = kept;
    const client = registration ? clientOf(registration, granting.server) : await options.grant.client(granting);
    if (client.client.client_id !== kept.clientId) return undefined;
    const parameters = { refresh_token: refreshToken, resource: granting.resource };
    const ask = (): Promise<TokenAnswer> => requestToken(granting, client, "refresh_token", parameters);
    try {
      const answer = await ask().catch((error: unknown) => {
        if (error instanceof AuthError && error.code === "unavailable") return ask();
        throw error;
      });
      const tokens = await this.#keep(answer, client, kept.requested, kept);
      this.#report("refreshed", tokens.scope);
      return tokens;
    } catch (error) {
      if (registration !== undefined && isRefusedAs(error, "invalid_client", "unauthorized_client")) {
        await this.#forget(registration, granting);
        return undefined;
      }
      if (!isRefusedAs(error, "invalid_grant")) throw error;
      // Another process, of a store without exclusive, may have used it first.
      const now = await shelf.tokens(key);
      if (now !== undefined && now.accessToken !== kept.accessToken) return now;
      await shelf.dropTokens(key);
      this.#report("cleared");
      return undefined;
    }
  }

  async #keep(
    answer: TokenAnswer,
    client: OAuthClient,
    requested: string | undefined,
    before?: Tokens,
  ): Promise<Tokens> {
    const {
      accessToken,
      tokenType,
      refreshToken = before?.refreshToken,
      expiresIn,
      scope = before?.scope ?? requested,
    } = answer;
    const { key, shelf, now } = this.#parts;
    const { server, resource } = this.#parts.discovered;
    const thumbprint = this.#parts.proofs?.thumbprint;
    const tokens: Tokens = {
      issuer: server.issuer,
      clientId: client.client.client_id,
      resource,
      accessToken,
      tokenType,
      ...(refreshToken !== undefined && { refreshToken }),
      ...(expiresIn !== undefined && timesOf(now(), expiresIn * 1000)),
      ...(scope !== undefined && { scope }),
      ...(requested !== undefined && { requested }),
      ...(thumbprint !== undefined && { thumbprint }),
      ...(client.registration !== undefined && { registration: client.registration }),
      ...(this.#parts.resourceMetadata !== undefined && { resourceMetadata: this.#parts.resourceMetadata }),
    };
    await shelf.keepTokens(key, tokens);
    return tokens;
  }
}

/** Tokens are renewed so long before they end: the clocks of two machines differ, and a request travels. */
const EARLY = 30_000;

function timesOf(now: number, lifetime: number): Pick<Tokens, "expiresAt" | "renewAt"> {
  // One that lasts less than that is not to be renewed for each request.
  return { expiresAt: now + lifetime, renewAt: now + lifetime - Math.min(EARLY, lifetime / 2) };
}

function isRefusedAs(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof AuthError && error.code === "token" && codes.includes(String(error.data["error"]));
}

/** All scopes of both, each once, in the order in which they were first named. */
export function union(known: string | undefined, more: string | undefined): string | undefined {
  const all = new Set(`${known ?? ""} ${more ?? ""}`.split(" ").filter((one) => one !== ""));
  return all.size === 0 ? undefined : [...all].join(" ");
}
