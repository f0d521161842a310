import type * as Jose from "jose";
import { DefinitionError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import { bounds } from "./bounds.ts";
import { ask, TokenCheckUnavailableError } from "./verify.ts";

/** Public keys, as authorization servers publish them (RFC 7517). */
export interface JsonWebKeySet {
  readonly keys: readonly object[];
}

/** Finds the key that signed a token. */
export type Keys = ReturnType<typeof Jose.createLocalJWKSet>;

/** Where keys come from. */
export interface KeySource {
  /** The keys to try first. */
  current(): Promise<Keys>;
  /** Keys that are newer than those; `undefined` where there are none. */
  newer(than: Keys): Promise<Keys | undefined>;
}

/** Keys that never change. @throws DefinitionError for what are none. */
export function fixedKeys(set: JsonWebKeySet): KeySource {
  if (!Array.isArray(set?.keys) || !set.keys.every(isObject)) {
    throw new DefinitionError("jwks must be a URL, or an object with a list of keys");
  }
  let made: Promise<Keys> | undefined;
  return { current: () => (made ??= keysOf(set)), newer: async () => undefined };
}

async function keysOf(set: object): Promise<Keys> {
  const { createLocalJWKSet } = await import("jose");
  return createLocalJWKSet(set as Jose.JSONWebKeySet);
}

/**
 * Keys behind a URL. They are asked for at most once in `bounds.keySetPause`, whatever tokens come, and go on to be used
 * when they cannot be had anew, until they are stale.
 */
export class RemoteKeys implements KeySource {
  readonly #url: URL;
  readonly #fetch: typeof globalThis.fetch;
  readonly #report: (problem: unknown) => void;
  #keys: Keys | undefined;
  #loadedAt = 0;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failed: unknown;
  #loading: Promise<Keys> | undefined;

  constructor(url: URL, fetch: typeof globalThis.fetch, report: (problem: unknown) => void) {
    this.#url = url;
    this.#fetch = fetch;
    this.#report = report;
  }

  async current(): Promise<Keys> {
    const age = Date.now() - this.#loadedAt;
    const keys = this.#keys;
    if (keys === undefined || age > bounds.keySetStale) return this.#load();
    // Who asks now need not wait for it.
    if (age > bounds.keySetTime && this.#mayTry) void this.#load().catch(() => {});
    return keys;
  }

  async newer(than: Keys): Promise<Keys | undefined> {
    if (this.#keys === than && this.#loading === undefined && !this.#mayTry && this.#failed === undefined) {
      return undefined;
    }
    const keys = this.#keys === than ? await this.#load() : this.#keys;
    return keys === than ? undefined : keys;
  }

  get #mayTry(): boolean {
    return this.#loading === undefined && Date.now() - this.#triedAt >= bounds.keySetPause;
  }

  /** @throws TokenCheckUnavailableError when there are none now. */
  #load(): Promise<Keys> {
    if (this.#loading !== undefined) return this.#loading;
    if (!this.#mayTry) return Promise.reject(unavailable(this.#failed));
    this.#triedAt = Date.now();
    this.#loading = this.#ask().then(
      (keys) => {
        this.#loading = undefined;
        this.#failed = undefined;
        this.#loadedAt = Date.now();
        return (this.#keys = keys);
      },
      (problem: unknown) => {
        this.#loading = undefined;
        this.#failed = problem;
        this.#report(problem);
        throw unavailable(problem);
      },
    );
    return this.#loading;
  }

  async #ask(): Promise<Keys> {
    const set = (await ask(this.#fetch, this.#url)) as { readonly keys?: unknown };
    if (!Array.isArray(set.keys) || set.keys.length > bounds.keySetKeys) {
      throw new Error(`${this.#url.href} has no list of at most ${bounds.keySetKeys} keys`);
    }
    return keysOf(set);
  }
}

function unavailable(cause: unknown): TokenCheckUnavailableError {
  return new TokenCheckUnavailableError("The keys of the issuer cannot be had", { cause });
}
