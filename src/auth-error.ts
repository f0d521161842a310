/**
 * Why authorization failed:
 *
 * - `discovery`: the server or its authorization server does not say, or says wrongly, how to get in.
 * - `resource_mismatch`: the metadata is that of another resource than the server.
 * - `issuer_mismatch`: an answer is of another issuer than the one that was asked, or a client belongs to another one.
 * - `unsafe_url`: a server named a URL that is not https, or leads to an address that is not public.
 * - `pkce`: the authorization server does not say that it knows PKCE with S256.
 * - `registration`: the authorization server knows no client of this program, and does not take a new one.
 * - `state`: the callback belongs to no authorization that waits for one.
 * - `denied`: the user, or the authorization server, did not allow it; `data.error` has the code that it gave.
 * - `token`: the authorization server gave no token, or none that can be used; `data.error` has the code that it gave.
 * - `rejected`: the server does not take a token that is new.
 * - `insufficient_scope`: a request needs scopes that were asked for in vain; `data.scope` has them.
 * - `unavailable`: a server did not answer, or with a failure of its own: try later.
 * - `store`: the token store failed.
 * - `timeout`: the user did not come back in time.
 */
export type AuthErrorCode =
  | "discovery"
  | "resource_mismatch"
  | "issuer_mismatch"
  | "unsafe_url"
  | "pkce"
  | "registration"
  | "state"
  | "denied"
  | "token"
  | "rejected"
  | "insufficient_scope"
  | "unavailable"
  | "store"
  | "timeout";

/**
 * A client did not get in. It holds no token, code or secret, so that it may be shown and logged.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization
 */
export class AuthError extends Error {
  override readonly name: string = "AuthError";
  /** What happened, for programs. */
  readonly code: AuthErrorCode;
  /** What is known beside the message, such as `error` or `status`. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: AuthErrorCode, message: string, options: ErrorOptions & { data?: Record<string, unknown> } = {}) {
    super(message, options);
    this.code = code;
    this.data = options.data ?? {};
  }
}
