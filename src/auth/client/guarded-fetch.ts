/** One request of OAuth. */
export interface OAuthRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** Sends a request of OAuth, and follows no redirect. */
export type OAuthFetch = (url: URL, request: OAuthRequest) => Promise<Response>;

/** Sends by a `fetch`. */
export function fetchWith(fetch: typeof globalThis.fetch): OAuthFetch {
  return (url, { body, ...request }) => fetch(url.href, { ...request, body: body ?? null, redirect: "manual" });
}
