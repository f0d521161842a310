import * as oauth from "oauth4webapi";
import { AuthError } from "../../auth-error.ts";
import { isObject } from "../../json.ts";
import type { Granting, OAuthClient, TokenAnswer } from "./grant.ts";

/** What a token endpoint is asked with. */
export type TokenRequest = Pick<Granting, "server" | "requests" | "dpop">;

/** A year: a server that says more says nothing. */
const LONGEST = 366 * 24 * 60 * 60;
const LONGEST_TOKEN = 16 * 1024;
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * Asks a token endpoint for an access token.
 *
 * @throws AuthError `token` where it gives none, with its code as `data.error`; `unavailable` where it fails.
 */
export async function requestToken(
  request: TokenRequest,
  client: OAuthClient,
  grantType: string,
  parameters: Record<string, string | undefined>,
): Promise<TokenAnswer> {
  const answer = await ask(request, client, grantType, parameters);
  const { access_token: accessToken, token_type: type, expires_in: expiresIn, refresh_token, scope } = answer;
  const bound = type === "dpop";
  if (bound !== (request.dpop !== undefined)) {
    const advice = bound ? "set the option dpop" : "leave out the option dpop if that is meant to be";
    throw new AuthError(
      "token",
      `${request.server.issuer} ${bound ? "binds" : "does not bind"} tokens to keys: ${advice}`,
    );
  }
  for (const token of [accessToken, refresh_token ?? "-"]) {
    if (token.length > LONGEST_TOKEN || !TOKEN.test(token)) {
      throw new AuthError("token", `${request.server.issuer} gave a token that cannot stand in a header`);
    }
  }
  return {
    accessToken,
    tokenType: bound ? "DPoP" : "Bearer",
    ...(refresh_token !== undefined && { refreshToken: refresh_token }),
    ...(expiresIn !== undefined && { expiresIn: Math.min(expiresIn, LONGEST) }),
    ...(scope !== undefined && { scope }),
  };
}

/** The same for what is no access token, such as an ID-JAG, whose `token_type` is `N_A`. */
export async function exchangeToken(
  request: TokenRequest,
  client: OAuthClient,
  parameters: Record<string, string | undefined>,
): Promise<oauth.TokenEndpointResponse> {
  return ask(request, client, "urn:ietf:params:oauth:grant-type:token-exchange", parameters, { n_a: () => {} });
}

async function ask(
  request: TokenRequest,
  { client, authenticate }: OAuthClient,
  grantType: string,
  parameters: Record<string, string | undefined>,
  recognizedTokenTypes: Record<string, () => void> = {},
): Promise<oauth.TokenEndpointResponse> {
  const { server, requests, dpop } = request;
  // As it was written: the library hands on what a parser makes of it.
  await requests.guard.check(server.token_endpoint, "token endpoint");
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const options = {
    ...(dpop !== undefined && { DPoP: dpop }),
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: (url: string, { method, headers, body }: oauth.CustomFetchOptions<string, unknown>) =>
      requests.send(url, "token endpoint", { method, headers, body: String(body) }).then(reduced),
  };
  for (let nonces = 0; ; nonces++) {
    let secrets: string[] = [];
    const known: oauth.ClientAuth = async (as, self, body, headers) => {
      await authenticate(as, self, body, headers);
      secrets = secretsOf(body, headers);
    };
    try {
      const parts = given.map(([name, value]): [string, string] => [name, value]);
      const reply = await oauth.genericTokenEndpointRequest(server, client, known, grantType, parts, options);
      return await oauth.processGenericTokenEndpointResponse(server, client, reply, { recognizedTokenTypes });
    } catch (error) {
      // The first answer of a server that wants a nonce has it.
      if (nonces === 0 && dpop !== undefined && oauth.isDPoPNonceError(error)) continue;
      throw refusalOf(error, server.issuer, secrets);
    }
  }
}

/** What of a request must not come back in an error. */
function secretsOf(body: URLSearchParams, headers: Headers): string[] {
  const names = "code code_verifier refresh_token assertion client_assertion client_secret subject_token".split(" ");
  const basic = headers.get("authorization")?.slice("Basic ".length) ?? "";
  const secret = atob(basic).split(":")[1] ?? "";
  return [...names.map((name) => body.get(name) ?? ""), basic, secret, decodeURIComponent(secret.replaceAll("+", " "))];
}

/** A reply without what nobody here asks: who the user is, and challenges, which the library would read by patterns. */
async function reduced(reply: Response): Promise<Response> {
  const { status } = reply;
  const headers = new Headers();
  for (const name of ["content-type", "dpop-nonce"]) {
    const value = reply.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const text = await reply.text();
  const value: unknown = status === 200 ? await new Response(text).json().catch(() => undefined) : undefined;
  if (!isObject(value) || !("id_token" in value)) return new Response(text === "" ? null : text, { status, headers });
  const { id_token: _, ...rest } = value;
  return new Response(JSON.stringify(rest), { status, headers });
}

/** The error for what the library threw. Its causes hold whole answers, and are left out. */
function refusalOf(error: unknown, issuer: string, secrets: readonly string[]): AuthError {
  if (error instanceof AuthError) return error;
  if (error instanceof oauth.ResponseBodyError) {
    const { error: code, error_description: description, status } = error;
    return refusal("token", `${issuer} gave no token`, { code, description, status }, secrets);
  }
  const { message, cause } = error as Error & { cause?: { status?: unknown } };
  const status = typeof cause?.status === "number" ? cause.status : undefined;
  const text = status === undefined ? message : `its token endpoint answers with status ${status}`;
  return new AuthError(status === 429 ? "unavailable" : "token", `${issuer} gave no token: ${text}`, {
    data: status === undefined ? {} : { status },
  });
}

/** What an authorization server says of a failure. */
export interface Complaint {
  readonly code: unknown;
  readonly description?: unknown;
  readonly status?: number;
}

const CODE = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/;

/** The error for a failure that an authorization server tells; of its words it shows what is no secret. */
export function refusal(
  code: "token" | "denied" | "registration",
  what: string,
  { code: given, description, status }: Complaint,
  secrets: readonly string[],
): AuthError {
  const hide = (text: string): string =>
    secrets.reduce((left, secret) => (secret.length > 3 ? left.replaceAll(secret, "…") : left), text);
  const error = typeof given === "string" && CODE.test(given) ? hide(given) : "an error without a name";
  const words =
    typeof description === "string"
      ? hide(description)
          .replace(/[^\x20-\x7e…]+/g, " ")
          .slice(0, 200)
      : "";
  const message = `${what}: ${error}${words === "" ? "" : `. It says: ${words}`}`;
  return new AuthError(code, message, { data: { error, ...(status !== undefined && { status }) } });
}
