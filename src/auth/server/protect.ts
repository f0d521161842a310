import { InternalError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import { type AuthInfo, type HttpFacts, HttpRefusal, type Principal } from "../../jsonrpc/index.ts";
import { bounds } from "./bounds.ts";
import { challenge, type Saying, type Scheme } from "./challenge.ts";
import { ProofError, Proofs } from "./dpop.ts";
import { metadataOf } from "./metadata.ts";
import { checkOptions, type ProtectOptions } from "./options.ts";
import { withImplied } from "./scopes.ts";
import { InvalidTokenError, TokenCheckUnavailableError } from "./verify.ts";

/** What guards an endpoint: options of `fetchHandler`, `nodeHandler`, `serveHttp` and the frameworks. */
export interface Protection {
  /** The host of the resource; all names of this machine for itself where it is one of them. */
  readonly hosts: readonly string[];
  /** The metadata, at its well-known places; bring requests for these paths to the handler. */
  readonly documents: Readonly<Record<string, string>>;
  /** Says who makes a request. Rejects with an `HttpRefusal`, or with what `verify` failed by. */
  readonly authenticate: (request: HttpFacts) => Promise<Principal>;
  /** Refuses a caller who lacks scopes. */
  readonly authorize: (
    principal: Principal | undefined,
    scopes: readonly string[],
    request: HttpFacts,
  ) => HttpRefusal | undefined;
}

/**
 * Lets in only who has an access token for this server: a protected resource of OAuth. Everything that the caller leaves
 * (sessions, streams, tasks, sealed state) belongs to issuer, client and subject of the token, and is out of reach of
 * everybody else. Handlers find them as `context.auth`.
 *
 * @example
 * ```ts
 * export default fetchHandler(server, protect({
 *   resource: "https://mcp.example.com/mcp",
 *   authorizationServers: ["https://login.example.com"],
 *   verify: verifyJwt({
 *     issuer: "https://login.example.com",
 *     audience: "https://mcp.example.com/mcp",
 *     jwks: "https://login.example.com/jwks",
 *   }),
 * }));
 * ```
 * @throws DefinitionError for options that make no sense.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization
 */
export function protect(options: ProtectOptions): Protection {
  const guard = new Guard(options);
  const { hostname } = new URL(options.resource);
  return {
    hosts: LOOPBACK.includes(hostname) ? LOOPBACK : [hostname],
    documents: guard.documents,
    authenticate: (request) => guard.authenticate(request),
    authorize: (principal, scopes, request) => guard.authorize(principal?.auth, scopes, request),
  };
}

const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];
const TOKEN = /^(bearer|dpop) +([A-Za-z0-9._~+/-]+=*)$/i;
const RETRY: Readonly<Record<string, string>> = { "retry-after": String(bounds.keySetPause / 1000) };

interface Credentials {
  readonly scheme: Scheme;
  readonly token: string;
}

class Guard {
  readonly documents: Readonly<Record<string, string>>;
  readonly #options: ProtectOptions;
  readonly #scopes: readonly string[];
  readonly #metadata: string;
  readonly #proofs: Proofs | undefined;
  readonly #dpopOnly: boolean;

  constructor(options: ProtectOptions) {
    checkOptions(options);
    const { resource, scopes = [], dpop = {} } = options;
    this.#options = options;
    this.#scopes = scopes;
    this.#proofs = dpop === false ? undefined : new Proofs(resource, dpop);
    this.#dpopOnly = dpop !== false && dpop.required === true;
    const { documents, url } = metadataOf(options, this.#proofs?.algorithms);
    this.documents = documents;
    this.#metadata = url;
  }

  async authenticate(http: HttpFacts): Promise<Principal> {
    const given = this.#credentials(http);
    try {
      const auth = await this.#options.verify(given.token);
      if ((auth.expiresAt ?? Number.POSITIVE_INFINITY) <= Date.now() - bounds.clockSkew) {
        throw new InvalidTokenError("It has ended");
      }
      await this.#checkKey(given, auth, http);
      const id = idOf(auth);
      return { id, auth: { ...auth, scopes: withImplied(auth.scopes, this.#options.implied ?? {}) } };
    } catch (problem) {
      throw await this.#refusal(problem, given.scheme, http);
    }
  }

  authorize(auth: AuthInfo | undefined, scopes: readonly string[], http: HttpFacts): HttpRefusal | undefined {
    const needed = [...new Set([...this.#scopes, ...scopes])];
    if (needed.every((scope) => auth?.scopes.includes(scope))) return undefined;
    this.#told(`It needs the scopes: ${needed.join(" ")}`, http);
    const scheme = thumbprintOf(auth) === undefined ? "Bearer" : "DPoP";
    const description = "The token does not have all scopes that this needs";
    return demand(
      403,
      description,
      this.#challenge(scheme, { error: "insufficient_scope", description, scope: needed }),
    );
  }

  /** @throws HttpRefusal where there are none. */
  #credentials(http: HttpFacts): Credentials {
    const header = http.header("authorization");
    const inQuery = /[?&]access_token=/.test(http.target);
    const [, name = "", token = ""] = TOKEN.exec(header ?? "") ?? [];
    if (!inQuery && token !== "" && token.length <= bounds.tokenLength) {
      const scheme = name.toLowerCase() === "dpop" ? "DPoP" : "Bearer";
      return { scheme, token };
    }
    if (inQuery || /^(bearer|dpop)\b/i.test(header ?? "")) {
      const description = inQuery ? "A token must not stand in the URL" : "Authorization is malformed";
      this.#told(description, http);
      throw demand(400, description, this.#challenge(this.#usual, { error: "invalid_request", description }));
    }
    this.#told("There is no token", http);
    throw demand(401, "This needs an access token", this.#challenges(this.#usual));
  }

  /** A token that is bound to a key is good for who has that key alone. */
  async #checkKey({ scheme, token }: Credentials, auth: AuthInfo, http: HttpFacts): Promise<void> {
    const bound = auth.claims?.["cnf"];
    const thumbprint = thumbprintOf(auth);
    if (bound !== undefined && thumbprint === undefined)
      throw new InvalidTokenError("It is bound to what is not known");
    if (thumbprint === undefined) {
      if (scheme === "DPoP") throw new InvalidTokenError("It is bound to no key, and sent as if it were");
      if (this.#dpopOnly) throw new InvalidTokenError("It is bound to no key");
    } else if (scheme !== "DPoP") throw new InvalidTokenError("It is bound to a key, and sent as if it were not");
    else if (this.#proofs === undefined) throw new InvalidTokenError("It is bound to a key");
    else await this.#proofs.check(http, token, thumbprint);
  }

  /** What who asks is told of a problem: nothing that a verifier says. */
  async #refusal(problem: unknown, scheme: Scheme, http: HttpFacts): Promise<unknown> {
    if (problem instanceof TokenCheckUnavailableError) {
      this.#told(problem.message, http);
      return new HttpRefusal(503, new InternalError("Access tokens cannot be checked now"), RETRY);
    }
    if (problem instanceof ProofError) {
      this.#told(problem.message, http);
      const { error } = problem;
      if (error === "limit")
        return new HttpRefusal(429, new InternalError(problem.message, { limit: "proofs" }), RETRY);
      const text = this.#challenge("DPoP", { error });
      const nonce = await this.#proofs?.nonce();
      const headers = { "www-authenticate": text, ...(nonce === undefined ? {} : { "dpop-nonce": nonce }) };
      return new HttpRefusal(401, "The proof of the key is not accepted", headers);
    }
    if (!(problem instanceof InvalidTokenError)) return problem;
    this.#told(problem.message, http);
    const description = "The access token is not accepted";
    return demand(401, description, this.#challenges(scheme, { error: "invalid_token", description }));
  }

  /** The scheme that who says nothing is asked for. */
  get #usual(): Scheme {
    return this.#dpopOnly ? "DPoP" : "Bearer";
  }

  /** Every way in, first the one that was tried. */
  #challenges(tried: Scheme, saying: Saying = {}): string {
    const wanted = { ...saying, scope: this.#scopes };
    if (tried === "DPoP" && this.#proofs === undefined) return this.#challenge("Bearer", wanted);
    const other = tried === "Bearer" ? "DPoP" : "Bearer";
    const isThere = other === "DPoP" ? this.#proofs !== undefined : !this.#dpopOnly;
    const first = this.#challenge(tried, wanted);
    return isThere ? `${first}, ${this.#challenge(other, {})}` : first;
  }

  #challenge(scheme: Scheme, saying: Saying): string {
    const more = scheme === "DPoP" && this.#proofs !== undefined ? { algs: this.#proofs.algorithms.join(" ") } : {};
    return challenge(scheme, this.#metadata, { ...saying, ...more });
  }

  #told(reason: string, http: HttpFacts): void {
    this.#options.onRefused?.(reason, http);
  }
}

/** The refusal that says how to get in. */
function demand(status: number, message: string, challenges: string): HttpRefusal {
  return new HttpRefusal(status, message, { "www-authenticate": challenges });
}

/** Different for each issuer, client and subject. */
function idOf({ issuer, clientId, subject }: AuthInfo): string {
  if (clientId === undefined && subject === undefined) {
    throw new InvalidTokenError("It names neither client nor subject");
  }
  return JSON.stringify([issuer ?? null, clientId ?? null, subject ?? null]);
}

/** The key to which a token is bound. */
function thumbprintOf(auth: AuthInfo | undefined): string | undefined {
  const bound = auth?.claims?.["cnf"];
  const thumbprint = isObject(bound) ? bound["jkt"] : undefined;
  return typeof thumbprint === "string" ? thumbprint : undefined;
}
