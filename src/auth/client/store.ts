import { AuthError } from "../../auth-error.ts";
import { isObject } from "../../json.ts";
import type { Eventually, Json, KeyValue } from "../../stores/index.ts";
import { inTime } from "./patience.ts";

/**
 * Where tokens and registrations are kept: any `KeyValue`. One that several processes share should have `exclusive` as
 * well, so that only one of them refreshes a token; a refresh token that is used twice ends the whole grant at many
 * servers.
 */
export interface TokenStore extends Pick<KeyValue, "get" | "set" | "delete"> {
  /** Runs a function while nobody else does so for the same owner and key, in any process that shares the store. */
  exclusive?<T>(owner: string, key: string, run: () => Promise<T>): Promise<T>;
}

/** What is kept of a grant. It belongs to one issuer, one client and one server. */
export interface Tokens {
  readonly issuer: string;
  readonly clientId: string;
  readonly resource: string;
  readonly accessToken: string;
  readonly tokenType: "Bearer" | "DPoP";
  readonly refreshToken?: string;
  /** In milliseconds of the epoch; absent where the server did not say. */
  readonly expiresAt?: number;
  /** From when on they are renewed, as `expiresAt`. */
  readonly renewAt?: number;
  /** The scopes that were granted, where the server said so, else those that were asked for. */
  readonly scope?: string;
  /** The scopes that were asked for. */
  readonly requested?: string;
  /** The thumbprint of the key that the tokens are bound to. */
  readonly thumbprint?: string;
  /** How the client registered itself, if it did: a refresh token is of use with that alone. */
  readonly registration?: Registration;
  /** Where the metadata of the protected resource was found, if the server named the place. */
  readonly resourceMetadata?: string;
}

/** A client as an authorization server knows it. */
export interface Registration {
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly method?: string;
  /** In milliseconds of the epoch; absent where it does not end. */
  readonly secretExpiresAt?: number;
  readonly redirectUri: string;
}

/** How long a store may take for one value, in milliseconds. */
const PATIENCE = 10_000;

/** The store of one user, with the patience and the errors of authorization. */
export class Shelf {
  readonly #store: TokenStore;
  readonly #owner: string;

  constructor(store: TokenStore = inMemory(), owner = "") {
    this.#store = store;
    this.#owner = `oauth ${owner}`;
  }

  async tokens(server: string): Promise<Tokens | undefined> {
    const found = await this.#get(`tokens ${server}`);
    return isObject(found) && typeof found["accessToken"] === "string" ? (found as unknown as Tokens) : undefined;
  }

  keepTokens(server: string, tokens: Tokens): Promise<void> {
    return this.#set(`tokens ${server}`, tokens);
  }

  dropTokens(server: string): Promise<void> {
    return this.#delete(`tokens ${server}`);
  }

  async registration(issuer: string): Promise<Registration | undefined> {
    const found = await this.#get(`client ${issuer}`);
    return isObject(found) && typeof found["clientId"] === "string" ? (found as unknown as Registration) : undefined;
  }

  keepRegistration(issuer: string, registration: Registration): Promise<void> {
    return this.#set(`client ${issuer}`, registration);
  }

  dropRegistration(issuer: string): Promise<void> {
    return this.#delete(`client ${issuer}`);
  }

  /** The issuer that a client which was registered by hand belongs to: the first one that it was used with. */
  async issuerOf(server: string, clientId: string, issuer: string): Promise<string> {
    const key = `issuer ${JSON.stringify([server, clientId])}`;
    const found = await this.#get(key);
    if (typeof found === "string") return found;
    await this.#set(key, issuer);
    return issuer;
  }

  /** Runs alone among all that share the store, where it has a way to. */
  exclusive<T>(server: string, run: () => Promise<T>): Promise<T> {
    return this.#store.exclusive === undefined ? run() : this.#store.exclusive(this.#owner, `tokens ${server}`, run);
  }

  #get(key: string): Promise<Json | undefined> {
    return asked("read", () => this.#store.get(this.#owner, key));
  }

  #set(key: string, value: object | string): Promise<void> {
    return asked("write", () => this.#store.set(this.#owner, key, value as unknown as Json));
  }

  async #delete(key: string): Promise<void> {
    await asked("delete", () => this.#store.delete(this.#owner, key));
  }
}

function inMemory(): TokenStore {
  const values = new Map<string, Json>();
  return {
    get: (_owner, key) => values.get(key),
    set: (_owner, key, value) => void values.set(key, value),
    delete: (_owner, key) => values.delete(key),
  };
}

/** @throws AuthError `store`. What the store said is left out of it: it may repeat the value. */
async function asked<T>(action: string, run: () => Eventually<T>): Promise<T> {
  try {
    return await inTime(PATIENCE, run, () => new Error("late"));
  } catch (error) {
    const { name, code } = error as Error & { code?: unknown };
    const why = typeof code === "string" ? code : name;
    throw new AuthError("store", `The token store failed to ${action} a value (${why})`, { data: { reason: why } });
  }
}
