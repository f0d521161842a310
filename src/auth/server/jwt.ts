import type * as Jose from "jose";
import { DefinitionError } from "../../errors.ts";
import { bounds } from "./bounds.ts";
import { fixedKeys, type JsonWebKeySet, type Keys, type KeySource, RemoteKeys } from "./keys.ts";
import { audiencesOf, authInfo, checkBegun, InvalidTokenError, secureUrl, timeOf, type Verify } from "./verify.ts";

/** Options of {@link verifyJwt}. */
export interface VerifyJwtOptions {
  /** Who makes the tokens, letter by letter as it calls itself. */
  readonly issuer: string;
  /** What tokens for this server name in `aud`, most often the URL that is `resource` of `protect`; one of several. */
  readonly audience: string | readonly string[];
  /** Its public keys: their URL (`jwks_uri` of its metadata), or the keys themselves. */
  readonly jwks: string | URL | JsonWebKeySet;
  /** How tokens may be signed. Default: every way of which the checking key is public. */
  readonly algorithms?: readonly string[];
  /** The only `typ` that tokens may have, such as `at+jwt` (RFC 9068). Default: that, `JWT`, or none. */
  readonly type?: string;
  /** What asks for the keys. Default: `fetch` of the platform. */
  readonly fetch?: typeof globalThis.fetch;
  /** Told when keys cannot be had. Default: `console.error`. */
  readonly onError?: (problem: unknown) => void;
}

const ALGORITHMS: readonly string[] = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
const TYPES: ReadonlySet<string> = new Set(["jwt", "at+jwt"]);

/**
 * Checks tokens that are signed (JWT), without asking anybody: signature, issuer, audience, and times, for which clocks
 * may differ by `bounds.clockSkew`. Keys behind a URL are kept, and asked for anew when a token names one that is not among
 * them, at most every 30 seconds.
 *
 * @throws DefinitionError for options that make no sense; an audience is needed, or tokens for other servers would be taken.
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-4
 */
export function verifyJwt(options: VerifyJwtOptions): Verify {
  const { issuer, jwks, algorithms = ALGORITHMS, type, fetch = globalThis.fetch } = options;
  const { onError = (problem) => console.error("mcplex:", problem) } = options;
  const audience = audiencesOf(options.audience, "verifyJwt");
  if (typeof issuer !== "string" || issuer === "")
    throw new DefinitionError("verifyJwt needs the issuer of the tokens");
  for (const algorithm of algorithms) {
    if (!ALGORITHMS.includes(algorithm)) {
      throw new DefinitionError(`Tokens cannot be signed by ${algorithm}: use some of ${ALGORITHMS.join(", ")}`);
    }
  }
  const isUrl = typeof jwks === "string" || jwks instanceof URL;
  const source = isUrl ? new RemoteKeys(secureUrl(jwks, "jwks"), fetch, onError) : fixedKeys(jwks);
  const checks = {
    issuer,
    audience: [...audience],
    algorithms: [...algorithms],
    requiredClaims: ["exp"],
    clockTolerance: bounds.clockSkew / 1000,
    ...(type === undefined ? {} : { typ: type }),
  };
  return async (token) => {
    const { payload, protectedHeader } = await checked(token, source, checks);
    if (type === undefined && !isAccessToken(protectedHeader.typ))
      throw new InvalidTokenError("typ is that of something else");
    timeOf(payload, "exp");
    checkBegun(payload);
    return authInfo(payload, issuer);
  };
}

/** Whether a type may be that of an access token. A stranger's header may have anything in its place. */
function isAccessToken(typ: unknown): boolean {
  return typ === undefined || (typeof typ === "string" && TYPES.has(typ.toLowerCase().replace(/^application\//, "")));
}

async function checked(token: string, source: KeySource, checks: Jose.JWTVerifyOptions): Promise<Jose.JWTVerifyResult> {
  const { errors } = await import("jose");
  const keys = await source.current();
  try {
    try {
      return await signed(token, keys, checks);
    } catch (problem) {
      if (!(problem instanceof errors.JWKSNoMatchingKey)) throw problem;
      const newer = await source.newer(keys);
      if (newer === undefined) throw problem;
      return await signed(token, newer, checks);
    }
  } catch (problem) {
    // Of a token that strangers made, everything that is wrong is theirs.
    if (problem instanceof errors.JOSEError) {
      throw new InvalidTokenError(problem.message, { cause: problem });
    }
    throw problem;
  }
}

async function signed(token: string, keys: Keys, checks: Jose.JWTVerifyOptions): Promise<Jose.JWTVerifyResult> {
  const { errors, jwtVerify } = await import("jose");
  try {
    return await jwtVerify(token, keys, checks);
  } catch (problem) {
    if (!(problem instanceof errors.JWKSMultipleMatchingKeys)) throw problem;
    // The token does not say which of them it is.
    for await (const key of problem) {
      try {
        return await jwtVerify(token, key, checks);
      } catch (other) {
        if (!(other instanceof errors.JWSSignatureVerificationFailed)) throw other;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}
