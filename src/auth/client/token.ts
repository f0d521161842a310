import { AuthError } from "../../errors.ts";
import type { Demand } from "./challenge.ts";
import { type Discovered, discover } from "./discovery.ts";
import { type Proofs, proofsOf } from "./dpop.ts";
import type { AuthEvent, Granting, OAuthClient, TokenAnswer } from "./grant.ts";
import type { OAuthOptions } from "./options.ts";
import type { Requests } from "./requests.ts";
import type { Shelf, Tokens } from "./store.ts";
import { requestToken } from "./token-request.ts";

/** A token is renewed so long before it ends, in milliseconds: the clocks of two machines differ, and a request travels. */
const EARLY = 30_000;

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

/** The tokens for one server: at most one refresh or grant is under way, whoever needs it. */
export class TokenSource {
  readonly #server: URL;
  readonly #key: string;
  readonly #options: OAuthOptions;
  readonly #requests: Requests;
  readonly #shelf: Shelf;
  readonly #now: () => number;
  #proofs: Promise<Proofs> | undefined;
  #tokens: Tokens | undefined;
  #read: Promise<void> | undefined;
  #flight: Promise<Obtained> | undefined;

  constructor(server: URL, key: string, options: OAuthOptions, requests: Requests, shelf: Shelf) {
    this.#server = server;
    this.#key = key;
    this.#options = options;
    this.#requests = requests;
    this.#shelf = shelf;
    this.#now = options.now ?? Date.now;
  }

  /** Tokens that can be used, where there are some; `undefined` to ask the server what it wants. */
  current(headers: Record<string, string>): Tokens | undefined | Promise<Tokens | undefined> {
    if (this.#tokens !== undefined && this.#isFresh(this.#tokens)) return this.#tokens;
    return this.#renewed(headers);
  }

  /** Proofs of the key that tokens are bound to, where that is wanted. */
  proofs(): Promise<Proofs> | undefined {
    const { dpop } = this.#options;
    if (dpop !== undefined) this.#proofs ??= proofsOf(dpop);
    return this.#proofs;
  }

  /** Other tokens than those that were rejected. Who comes while some are under way gets the same, or the same failure. */
  async other(need: Need): Promise<Obtained> {
    while (this.#flight !== undefined) {
      const obtained = await this.#flight;
      if (await this.#serves(obtained.tokens, need)) return obtained;
    }
    this.#flight = this.#obtain(need).finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  /** Whether scopes that a server demands are worth another grant: not where they were asked for already. */
  canStepUp({ requested }: Tokens, { scope }: Demand): boolean {
    return scope !== undefined && union(requested, scope) !== requested;
  }

  /** Forgets the tokens. */
  async forget(): Promise<void> {
    this.#tokens = undefined;
    this.#read = undefined;
    await this.#shelf.dropTokens(this.#key);
  }

  async #renewed(headers: Record<string, string>): Promise<Tokens | undefined> {
    this.#read ??= this.#shelf.tokens(this.#key).then((tokens) => {
      this.#tokens = tokens;
    });
    await this.#read;
    const tokens = this.#tokens;
    if (tokens === undefined || !(await this.#isOurs(tokens))) return undefined;
    if (this.#isFresh(tokens)) return tokens;
    const renewable = tokens.refreshToken !== undefined || !this.#options.grant.refreshes;
    if (!renewable) return undefined;
    try {
      return (await this.other({ rejected: tokens.accessToken, refresh: true, headers })).tokens;
    } catch (error) {
      // It was early, and the token lasts a little longer.
      if (tokens.expiresAt !== undefined && tokens.expiresAt > this.#now()) return tokens;
      throw error;
    }
  }

  #isFresh({ expiresAt }: Tokens): boolean {
    return expiresAt === undefined || expiresAt - EARLY > this.#now();
  }

  /** Whether tokens are bound to the key of this process, or to none where there is none. */
  async #isOurs({ thumbprint }: Tokens): Promise<boolean> {
    return thumbprint === (await this.proofs())?.thumbprint;
  }

  /** Whether tokens that somebody else got meanwhile are what is needed. */
  async #serves(tokens: Tokens | undefined, { rejected, demand, stepUp }: Need): Promise<boolean> {
    if (tokens === undefined || tokens.accessToken === rejected || !this.#isFresh(tokens)) return false;
    if (stepUp === true && union(tokens.requested, demand?.scope) !== tokens.requested) return false;
    return this.#isOurs(tokens);
  }

  async #obtain(need: Need): Promise<Obtained> {
    const obtained = await this.#shelf.exclusive(this.#key, async (): Promise<Obtained> => {
      const kept = await this.#shelf.tokens(this.#key);
      if (kept !== undefined && (await this.#serves(kept, need))) return { tokens: kept, granted: false };
      const resourceMetadata = need.demand?.resourceMetadata ?? kept?.resourceMetadata;
      const { issuer } = this.#options.grant;
      const discovered = await discover(this.#requests, {
        server: this.#server,
        resourceMetadata,
        issuer: issuer ?? kept?.issuer,
        headers: need.headers,
      });
      return new Obtaining(this.#parts(), discovered, need, resourceMetadata, await this.proofs()).run(kept);
    });
    this.#tokens = obtained.tokens;
    return obtained;
  }

  #parts(): Parts {
    return { key: this.#key, options: this.#options, requests: this.#requests, shelf: this.#shelf, now: this.#now };
  }
}

interface Parts {
  readonly key: string;
  readonly options: OAuthOptions;
  readonly requests: Requests;
  readonly shelf: Shelf;
  readonly now: () => number;
}

/** The way from nothing, or from tokens that do not do, to tokens. It runs alone. */
class Obtaining {
  readonly #parts: Parts;
  readonly #discovered: Discovered;
  readonly #need: Need;
  readonly #resourceMetadata: string | undefined;
  readonly #proofs: Proofs | undefined;

  constructor(
    parts: Parts,
    discovered: Discovered,
    need: Need,
    resourceMetadata: string | undefined,
    proofs: Proofs | undefined,
  ) {
    this.#parts = parts;
    this.#discovered = discovered;
    this.#need = need;
    this.#resourceMetadata = resourceMetadata;
    this.#proofs = proofs;
  }

  async run(kept: Tokens | undefined): Promise<Obtained> {
    const { grant } = this.#parts.options;
    const { server } = this.#discovered;
    const own = kept?.issuer === server.issuer && kept.thumbprint === this.#proofs?.thumbprint ? kept : undefined;
    if (kept !== undefined && kept.issuer !== server.issuer) this.#report("moved");
    const scope = this.#scope(own);
    const granting = this.#granting(scope);
    const client = await grant.client(granting);
    if (this.#need.refresh && own?.refreshToken !== undefined && own.clientId === client.client.client_id) {
      const refreshed = await this.#refresh(own, own.refreshToken, granting, client);
      if (refreshed !== undefined) return { tokens: refreshed, granted: false };
    }
    const [answer, known] = await this.#grant(granting, client);
    const tokens = await this.#keep(answer, known, scope);
    this.#report("authorized", tokens.scope);
    return { tokens, granted: true };
  }

  /** The scopes to ask for: those of the challenge, else those of the resource, with what was asked for before. */
  #scope(kept: Tokens | undefined): string | undefined {
    const { scope, grant } = this.#parts.options;
    const { scopes, server } = this.#discovered;
    const wanted =
      this.#need.demand?.scope ?? (kept?.requested === undefined ? scopes?.join(" ") || undefined : undefined);
    const asked = union(union(kept?.requested, wanted), scope);
    // Alone, it would ask for nothing else where a server has scopes of its own choice.
    const offline = asked !== undefined && grant.refreshes && server.scopes_supported?.includes("offline_access");
    return offline ? union(asked, "offline_access") : asked;
  }

  #granting(scope: string | undefined): Granting {
    const { key, requests, shelf, now } = this.#parts;
    const report = (type: AuthEvent["type"]): void => this.#report(type);
    return { ...this.#discovered, key, scope, requests, shelf, now, dpop: this.#proofs?.handle, report };
  }

  #report(type: AuthEvent["type"], scope?: string): void {
    const { server, resource } = this.#discovered;
    const event: AuthEvent = { type, issuer: server.issuer, resource, ...(scope !== undefined && { scope }) };
    this.#parts.options.onEvent?.(event);
  }

  /** A registration that the server has forgotten is made anew, once. */
  async #grant(granting: Granting, client: OAuthClient): Promise<[TokenAnswer, OAuthClient]> {
    const { grant } = this.#parts.options;
    try {
      return [await grant.obtain(granting, client), client];
    } catch (error) {
      if (!client.renewable || !isRefusedAs(error, "invalid_client", "unauthorized_client")) throw error;
      await this.#parts.shelf.dropRegistration(granting.server.issuer);
      const again = await grant.client(granting);
      return [await grant.obtain(granting, again), again];
    }
  }

  /** New tokens for a refresh token; `undefined` where that is worth nothing any more, which alone clears it. */
  async #refresh(
    kept: Tokens,
    refreshToken: string,
    granting: Granting,
    client: OAuthClient,
  ): Promise<Tokens | undefined> {
    const { key, shelf } = this.#parts;
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
      if (isRefusedAs(error, "invalid_client", "unauthorized_client") && client.renewable) {
        await shelf.dropRegistration(granting.server.issuer);
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
    const { server, resource } = this.#discovered;
    const thumbprint = this.#proofs?.thumbprint;
    const tokens: Tokens = {
      issuer: server.issuer,
      clientId: client.client.client_id,
      resource,
      accessToken,
      tokenType,
      ...(refreshToken !== undefined && { refreshToken }),
      ...(expiresIn !== undefined && { expiresAt: now() + expiresIn * 1000 }),
      ...(scope !== undefined && { scope }),
      ...(requested !== undefined && { requested }),
      ...(thumbprint !== undefined && { thumbprint }),
      ...(this.#resourceMetadata !== undefined && { resourceMetadata: this.#resourceMetadata }),
    };
    await shelf.keepTokens(key, tokens);
    return tokens;
  }
}

function isRefusedAs(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof AuthError && error.code === "token" && codes.includes(String(error.data["error"]));
}

/** All scopes of both, each once, in the order in which they were first named. */
function union(known: string | undefined, more: string | undefined): string | undefined {
  const all = new Set(`${known ?? ""} ${more ?? ""}`.split(" ").filter((one) => one !== ""));
  return all.size === 0 ? undefined : [...all].join(" ");
}
