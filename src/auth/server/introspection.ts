import { DefinitionError } from "../../errors.ts";
import type { AuthInfo } from "../../jsonrpc/index.ts";
import { bounds } from "./bounds.ts";
import { digest } from "./digest.ts";
import {
  ask,
  audiencesOf,
  authInfo,
  checkBegun,
  InvalidTokenError,
  secureUrl,
  TokenCheckUnavailableError,
  type Verify,
} from "./verify.ts";

/** Options of {@link verifyByIntrospection}. */
export interface IntrospectionOptions {
  /** Where tokens are asked about: `introspection_endpoint` of the metadata of the authorization server. */
  readonly url: string | URL;
  /** Who asks: this server, as the authorization server knows it. */
  readonly client: { readonly id: string; readonly secret: string };
  /** What tokens for this server name in `aud`, most often the URL that is `resource` of `protect`; one of several. */
  readonly audience: string | readonly string[];
  /** The issuer, which an answer must have where it names one. Default: whatever the answer says, else the origin of `url`. */
  readonly issuer?: string;
  /** How long an answer is kept, in milliseconds; so long a token is taken after it was revoked. 0 for not at all. Default 10 s. */
  readonly cache?: number;
  /** What asks. Default: `fetch` of the platform. */
  readonly fetch?: typeof globalThis.fetch;
  /** Told when the authorization server gives no answer. Default: `console.error`. */
  readonly onError?: (problem: unknown) => void;
}

interface Known {
  readonly answer: Promise<AuthInfo>;
  readonly until: number;
}

/**
 * Checks tokens by asking the authorization server about each (RFC 7662). What it does not call active and meant for this
 * server is refused, and when it gives no answer, nobody gets in: status 503.
 *
 * An answer without `sub` is taken for one about the client itself.
 *
 * @throws DefinitionError for options that make no sense.
 * @see https://www.rfc-editor.org/rfc/rfc7662
 */
export function verifyByIntrospection(options: IntrospectionOptions): Verify {
  const { client, issuer, cache = 10_000, fetch = globalThis.fetch } = options;
  const { onError = (problem) => console.error("mcplex:", problem) } = options;
  const url = secureUrl(options.url, "url");
  const audience = audiencesOf(options.audience, "verifyByIntrospection");
  if (!client?.id || !client.secret)
    throw new DefinitionError("verifyByIntrospection needs a client with id and secret");
  if (!(cache >= 0)) throw new DefinitionError(`cache must be a number of milliseconds, not ${cache}`);
  const words = `${formEncoded(client.id)}:${formEncoded(client.secret)}`;
  const headers = {
    accept: "application/json",
    authorization: `Basic ${btoa(words)}`,
    "content-type": "application/x-www-form-urlencoded",
  };
  const introspect = async (token: string): Promise<AuthInfo> => {
    const body = new URLSearchParams({ token, token_type_hint: "access_token" }).toString();
    const said = (await ask(fetch, url, { method: "POST", headers, body }).catch((cause: unknown) => {
      onError(cause);
      throw new TokenCheckUnavailableError("The authorization server does not answer", { cause });
    })) as Record<string, unknown>;
    const { active, aud, iss } = said;
    if (active !== true) throw new InvalidTokenError("It is not active");
    if (![aud].flat().some((one) => audience.includes(one as string)))
      throw new InvalidTokenError("It is for another server");
    if (issuer !== undefined && iss !== undefined && iss !== issuer)
      throw new InvalidTokenError("It is of another issuer");
    checkBegun(said);
    return authInfo(said, issuer ?? (typeof iss === "string" ? iss : url.origin));
  };
  const known = new Map<string, Known>();
  return async (token) => {
    if (cache === 0) return introspect(token);
    // Tokens themselves are kept nowhere.
    const key = await digest(token);
    const now = Date.now();
    const found = known.get(key);
    if (found !== undefined && found.until > now) return found.answer;
    const answer = introspect(token);
    known.delete(key);
    known.set(key, { answer, until: now + cache });
    if (known.size > bounds.introspections) known.delete(known.keys().next().value as string);
    // What nobody could tell is asked again.
    answer.catch((problem: unknown) => {
      if (!(problem instanceof InvalidTokenError)) known.delete(key);
    });
    return answer;
  };
}

/** As RFC 6749 wants the parts of HTTP Basic. */
function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
