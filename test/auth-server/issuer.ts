/** An issuer of tokens that a test plays, and a server that takes them. */
import { createHash, randomUUID } from "node:crypto";
import * as jose from "jose";
import {
  type IntrospectionOptions,
  protect,
  type ProtectOptions,
  verifyByIntrospection,
  verifyJwt,
  type VerifyJwtOptions,
} from "../../src/auth/server/index.ts";
import type { HttpOptions } from "../../src/server/http/index.ts";
import type { Server } from "../../src/server/index.ts";
import { Reached } from "../http/reached.ts";

export const ISSUER = "https://login.example";
export const RESOURCE = "http://localhost/mcp";
export const METADATA = "http://localhost/.well-known/oauth-protected-resource/mcp";

/** What a token says beside its defaults; `undefined` leaves one out. */
export type Claims = Readonly<Record<string, unknown>>;

/** The time in seconds, as tokens tell it. */
export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** A token of whatever header and claims, signed by ES256, of which no library looks at what makes no sense. */
export async function rawToken(header: object | string, claims: object | string, key: CryptoKey): Promise<string> {
  const part = (value: object | string) =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  const signed = `${part(header)}.${part(claims)}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, Buffer.from(signed));
  return `${signed}.${Buffer.from(signature).toString("base64url")}`;
}

/** What tokens say where nothing else is said. */
export function usualClaims(): Claims {
  const now = seconds();
  return { iss: ISSUER, aud: RESOURCE, sub: "ann", client_id: "app", scope: "read", iat: now, exp: now + 3600 };
}

/** Makes tokens, and publishes its keys. */
export class Issuer {
  readonly #keys = new Map<string, { readonly privateKey: CryptoKey; readonly jwk: jose.JWK }>();
  /** How often somebody asked for the keys. */
  asked = 0;
  /** What is answered to who asks for the keys, in place of the keys. */
  instead: (() => Response | Promise<Response>) | undefined;
  #current = "";

  static async create(algorithm = "ES256"): Promise<Issuer> {
    const issuer = new Issuer();
    await issuer.rotate("first", algorithm);
    return issuer;
  }

  /** Signs with a new key from now on. The old one is still published, unless it is forgotten. */
  async rotate(kid: string, algorithm = "ES256", forgets = false): Promise<void> {
    if (forgets) this.#keys.clear();
    const { privateKey, publicKey } = await jose.generateKeyPair(algorithm, { extractable: true });
    this.#keys.set(kid, { privateKey, jwk: { ...(await jose.exportJWK(publicKey)), kid, alg: algorithm, use: "sig" } });
    this.#current = kid;
  }

  /** The public keys. */
  get keys(): { readonly keys: jose.JWK[] } {
    return { keys: [...this.#keys.values()].map(({ jwk }) => jwk) };
  }

  /** A token. */
  async token(claims: Claims = {}, header: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { privateKey, jwk } = this.signing;
    return new jose.SignJWT({ ...usualClaims(), ...claims })
      .setProtectedHeader({ alg: jwk.alg as string, kid: this.#current, typ: "at+jwt", ...header })
      .sign(privateKey);
  }

  /** The pair of keys that signs now. */
  get signing(): { readonly privateKey: CryptoKey; readonly jwk: jose.JWK } {
    return this.#keys.get(this.#current) as { readonly privateKey: CryptoKey; readonly jwk: jose.JWK };
  }

  /** What stands for the network. */
  readonly fetch: typeof globalThis.fetch = async () => {
    this.asked++;
    return (await this.instead?.()) ?? Response.json(this.keys);
  };

  /** Takes the tokens of this issuer. */
  verify(options: Partial<VerifyJwtOptions> = {}): ReturnType<typeof verifyJwt> {
    return verifyJwt({ issuer: ISSUER, audience: RESOURCE, jwks: this.keys, ...options });
  }

  /** Options of an endpoint that takes the tokens of this issuer. */
  protection(options: Partial<ProtectOptions> = {}): HttpOptions {
    return protect({
      resource: RESOURCE,
      authorizationServers: [ISSUER],
      verify: this.verify(),
      ...options,
    });
  }

  /** An endpoint that takes the tokens of this issuer. */
  guard(server: Server, options: Partial<ProtectOptions> = {}): Reached {
    return new Reached(server, this.protection(options));
  }

  /** The header of a caller. */
  async bearer(claims: Claims = {}): Promise<{ readonly authorization: string }> {
    return { authorization: `Bearer ${await this.token(claims)}` };
  }
}

/** Asks an endpoint of introspection that a test plays. */
export function introspecting(
  answer: (asked: { readonly token: string; readonly authorization: string | null }) => Response | Promise<Response>,
  options: Partial<IntrospectionOptions> = {},
): ReturnType<typeof verifyByIntrospection> {
  const fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
    const token = new URLSearchParams(String(init?.body)).get("token") ?? "";
    return answer({ token, authorization: new Headers(init?.headers).get("authorization") });
  };
  const client = { id: "mcp", secret: "s:e c" };
  const url = `${ISSUER}/introspect`;
  return verifyByIntrospection({
    url,
    client,
    audience: RESOURCE,
    fetch: fetch as typeof globalThis.fetch,
    ...options,
  });
}

/** A key of a client, to which tokens can be bound. */
export class ProofKey {
  readonly #privateKey: CryptoKey;
  readonly jwk: jose.JWK;
  readonly thumbprint: string;

  private constructor(privateKey: CryptoKey, jwk: jose.JWK, thumbprint: string) {
    this.#privateKey = privateKey;
    this.jwk = jwk;
    this.thumbprint = thumbprint;
  }

  static async create(): Promise<ProofKey> {
    const { privateKey, publicKey } = await jose.generateKeyPair("ES256", { extractable: true });
    const jwk = await jose.exportJWK(publicKey);
    return new ProofKey(privateKey, jwk, await jose.calculateJwkThumbprint(jwk));
  }

  /** What binds a token to this key. */
  get cnf(): Claims {
    return { cnf: { jkt: this.thumbprint } };
  }

  /** A proof for a token, with whatever header. */
  proof(token: string, claims: Claims = {}, header: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const said = {
      jti: randomUUID(),
      htm: "POST",
      htu: RESOURCE,
      iat: seconds(),
      ath: createHash("sha256").update(token).digest("base64url"),
      ...claims,
    };
    return rawToken({ alg: "ES256", typ: "dpop+jwt", jwk: this.jwk, ...header }, said, this.#privateKey);
  }

  /** The private half, where a test wants to show it. */
  secret(): Promise<jose.JWK> {
    return jose.exportJWK(this.#privateKey);
  }

  /** The headers of a request with a token and its proof. */
  async headers(token: string, claims: Claims = {}): Promise<Readonly<Record<string, string>>> {
    return { authorization: `DPoP ${token}`, dpop: await this.proof(token, claims) };
  }
}
