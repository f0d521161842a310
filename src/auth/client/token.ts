import type { Demand } from "./challenge.ts";
import { discover } from "./discovery.ts";
import { type Proofs, proofsOf } from "./dpop.ts";
import { type Need, type Obtained, Obtaining, type Parts, union } from "./obtain.ts";
import type { Tokens } from "./store.ts";

/** The tokens for one server: at most one refresh or grant is under way, whoever needs it. */
export class TokenSource {
  readonly #parts: Parts;
  #proofs: Promise<Proofs> | undefined;
  #tokens: Tokens | undefined;
  #read: Promise<void> | undefined;
  #flight: Promise<Obtained> | undefined;
  #landed = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Tokens that can be used, where there are some; `undefined` to ask the server what it wants. */
  current(headers: Record<string, string>): Tokens | undefined | Promise<Tokens | undefined> {
    if (this.#tokens !== undefined && this.#isFresh(this.#tokens)) return this.#tokens;
    return this.#renewed(headers);
  }

  /** Proofs of the key that tokens are bound to, where that is wanted. */
  proofs(): Promise<Proofs> | undefined {
    const { dpop } = this.#parts.options;
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
      this.#landed = performance.now();
    });
    return this.#flight;
  }

  /** When requests last waited for other tokens. */
  waited(): number {
    return this.#flight === undefined ? this.#landed : performance.now();
  }

  /** Whether scopes that a server demands are worth another grant: not where they were asked for already. */
  canStepUp({ requested }: Tokens, { scope }: Demand): boolean {
    return scope !== undefined && union(requested, scope) !== requested;
  }

  /** Forgets the tokens. */
  async forget(): Promise<void> {
    this.#tokens = undefined;
    this.#read = undefined;
    const { shelf, key } = this.#parts;
    await shelf.dropTokens(key);
  }

  async #renewed(headers: Record<string, string>): Promise<Tokens | undefined> {
    const { shelf, key, options, now } = this.#parts;
    this.#read ??= shelf.tokens(key).then(
      (tokens) => {
        this.#tokens ??= tokens;
      },
      (error) => {
        this.#read = undefined;
        throw error;
      },
    );
    await this.#read;
    const tokens = this.#tokens;
    if (tokens === undefined || !(await this.#isOurs(tokens))) return undefined;
    if (this.#isFresh(tokens)) return tokens;
    const renewable = tokens.refreshToken !== undefined || !options.grant.refreshes;
    if (!renewable) return undefined;
    try {
      return (await this.other({ rejected: tokens.accessToken, refresh: true, headers })).tokens;
    } catch (error) {
      // It was early, and the token lasts a little longer.
      if (tokens.expiresAt !== undefined && tokens.expiresAt > now()) return tokens;
      throw error;
    }
  }

  #isFresh({ renewAt }: Tokens): boolean {
    return renewAt === undefined || renewAt > this.#parts.now();
  }

  /** Whether tokens are bound to the key of this process, or to none where there is none. */
  async #isOurs({ thumbprint }: Tokens): Promise<boolean> {
    return thumbprint === (await this.proofs())?.thumbprint;
  }

  /** Whether tokens that somebody else got are what is needed. */
  async #serves(tokens: Tokens, { rejected, demand, stepUp }: Need): Promise<boolean> {
    if (tokens.accessToken === rejected) return false;
    if (stepUp === true && union(tokens.requested, demand?.scope) !== tokens.requested) return false;
    return this.#isOurs(tokens);
  }

  async #obtain(need: Need): Promise<Obtained> {
    const { key, options, requests, shelf } = this.#parts;
    const obtained = await shelf.exclusive(key, async (): Promise<Obtained> => {
      const kept = await shelf.tokens(key);
      if (kept !== undefined && this.#isFresh(kept) && (await this.#serves(kept, need)))
        return { tokens: kept, granted: false };
      const resourceMetadata = need.demand?.resourceMetadata ?? kept?.resourceMetadata;
      const issuer = options.grant.issuer ?? kept?.issuer;
      const discovered = await discover(requests, { resourceMetadata, issuer, headers: need.headers });
      const proofs = await this.proofs();
      return new Obtaining({ ...this.#parts, discovered, need, resourceMetadata, proofs }).run(kept);
    });
    this.#tokens = obtained.tokens;
    return obtained;
  }
}
