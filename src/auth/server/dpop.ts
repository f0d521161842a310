import { LocalError } from "../../errors.ts";
import type { HttpFacts } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { type KeyValue, memoryKeyValue } from "../../stores/index.ts";
import { bounds } from "./bounds.ts";
import { base64url, digest } from "./digest.ts";

/** How tokens that are bound to a key are taken (RFC 9449). */
export interface DpopOptions {
  /** Whether tokens that are bound to no key are refused. Default false. */
  readonly required?: boolean;
  /** How proofs may be signed. Default: ES256, ES384, Ed25519, EdDSA, PS256 and RS256. */
  readonly algorithms?: readonly string[];
  /**
   * Whether each proof must have a nonce of this server, so that none can be made long before it is used. In several
   * processes give all of them the same text, of 32 characters or more. Default false.
   */
  readonly nonces?: boolean | string;
  /**
   * Remembers which proofs were used; share it between processes. One that comes to two processes at the same moment may
   * be taken by both. Default: in memory.
   */
  readonly proofs?: KeyValue;
}

/** What is wrong with a proof. The message is for the author. */
export class ProofError extends Error {
  override readonly name: string = "ProofError";
  readonly error: "invalid_dpop_proof" | "use_dpop_nonce" | "limit";

  constructor(error: ProofError["error"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.error = error;
  }
}

const ALGORITHMS: readonly string[] = ["ES256", "ES384", "Ed25519", "EdDSA", "PS256", "RS256"];

/** Checks the proofs that come with tokens. @see https://www.rfc-editor.org/rfc/rfc9449#section-4.3 */
export class Proofs {
  /** As a challenge names them. */
  readonly algorithms: readonly string[];
  readonly #nonces: Nonces | undefined;
  readonly #used: KeyValue;
  readonly #resource: string;

  constructor(resource: string, { algorithms = ALGORITHMS, nonces = false, proofs }: DpopOptions) {
    this.#resource = new URL(resource).href;
    this.algorithms = algorithms;
    this.#nonces = nonces === false ? undefined : new Nonces(nonces === true ? crypto.randomUUID() : nonces);
    this.#used = proofs ?? memoryKeyValue({ entries: bounds.proofs, entriesPerOwner: bounds.proofsPerKey });
  }

  /** The nonce for the next proof, where they have one. */
  nonce(): Promise<string> | undefined {
    return this.#nonces?.current();
  }

  /** Checks that who sends a request has the key to which its token is bound. @throws ProofError */
  async check(http: HttpFacts, token: string, thumbprint: string): Promise<void> {
    const proof = http.header("dpop");
    if (proof === undefined) throw invalid("There is no proof");
    if (proof.length > bounds.proofLength) throw invalid("The proof is too long");
    const { jti, iat, htm, htu, ath, nonce, jkt } = await read(proof, this.algorithms);
    if (htm !== http.method) throw invalid("htm is another method");
    if (!this.#isHere(htu, http)) throw invalid("htu is another URL");
    if (typeof jti !== "string" || jti === "" || jti.length > limits.idLength) throw invalid("jti is no id");
    if (typeof iat !== "number" || !(Math.abs(iat * 1000 - Date.now()) <= bounds.proofTime)) {
      throw invalid("iat is not now");
    }
    if (jkt !== thumbprint) throw invalid("It is by another key than that of the token");
    if (ath !== (await digest(token))) throw invalid("ath is that of another token");
    if (this.#nonces !== undefined && !(await this.#nonces.has(nonce))) {
      throw new ProofError("use_dpop_nonce", "The nonce is missing or old");
    }
    await this.#use(jkt, jti, iat * 1000 + bounds.proofTime - Date.now());
  }

  /** Whether a URL is that of the resource, or of another path of it that the request came to. */
  #isHere(given: unknown, { target }: HttpFacts): boolean {
    if (typeof given !== "string" || !URL.canParse(given)) return false;
    const { origin, pathname } = new URL(given);
    const url = origin + pathname;
    const asked = URL.canParse(target, this.#resource) ? new URL(target, this.#resource) : undefined;
    return url === this.#resource || (asked !== undefined && url === new URL(this.#resource).origin + asked.pathname);
  }

  /** Each proof is used once. */
  async #use(owner: string, jti: string, ttl: number): Promise<void> {
    try {
      const known = this.#used.get(owner, jti);
      if ((known instanceof Promise ? await known : known) !== undefined) throw invalid("It was used before");
      await this.#used.set(owner, jti, true, ttl + 1);
    } catch (problem) {
      if (!(problem instanceof LocalError)) throw problem;
      throw new ProofError("limit", "Too many proofs at once", { cause: problem });
    }
  }
}

function invalid(message: string, cause?: unknown): ProofError {
  return new ProofError("invalid_dpop_proof", message, { cause });
}

/** The claims of a proof, and the thumbprint of the key that signed it. */
async function read(proof: string, algorithms: readonly string[]): Promise<Record<string, unknown> & { jkt: string }> {
  const { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } = await import("jose");
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: [...algorithms],
      typ: "dpop+jwt",
    });
    return { ...payload, jkt: await calculateJwkThumbprint(protectedHeader.jwk as object) };
  } catch (problem) {
    // Strangers made it: whatever is wrong is theirs.
    throw invalid("It is no proof, or not signed", problem);
  }
}

/** Nonces that need no memory: a MAC of the time. */
class Nonces {
  readonly #key: Promise<CryptoKey>;

  constructor(secret: string) {
    const bytes = new TextEncoder().encode(secret);
    this.#key = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    this.#key.catch(() => {});
  }

  current(): Promise<string> {
    return this.#at(Math.floor(Date.now() / bounds.nonceTime));
  }

  async has(nonce: unknown): Promise<boolean> {
    const now = Math.floor(Date.now() / bounds.nonceTime);
    return nonce === (await this.#at(now)) || nonce === (await this.#at(now - 1));
  }

  async #at(time: number): Promise<string> {
    return base64url(await crypto.subtle.sign("HMAC", await this.#key, new TextEncoder().encode(`dpop ${time}`)));
  }
}
