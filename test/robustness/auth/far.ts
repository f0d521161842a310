/** A protected MCP server out there, played by a `fetch`: every request that would leave is kept. */
import { authorizationCode, type OAuthFetch, type OAuthOptions, withOAuth } from "../../../src/auth/client/index.ts";

export const FAR = "https://mcp.example/mcp";
export const ISSUER = "https://as.example";

/** What the two servers out there say. */
export interface Sayings {
  readonly challenge?: string;
  readonly resource?: Record<string, unknown>;
  readonly metadata?: Record<string, unknown>;
  /** Answers that come first. */
  readonly instead?: (url: URL, init: RequestInit) => Response | undefined;
}

export interface Far {
  readonly fetch: OAuthFetch;
  /** Requests that were sent, as method and URL. */
  readonly sent: string[];
  /** URLs that the user was brought to. */
  readonly shown: URL[];
}

export function far(sayings: Sayings = {}, options: Partial<OAuthOptions> = {}): Far {
  const sent: string[] = [];
  const shown: URL[] = [];
  const { challenge = "Bearer", resource, metadata, instead } = sayings;
  const json = (value: object, status = 200): Response => Response.json(value, { status });
  const answer = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(String(input));
    sent.push(`${init.method ?? "GET"} ${url.href}`);
    const other = instead?.(url, init);
    if (other !== undefined) return other;
    switch (url.href) {
      case FAR:
        return new Headers(init.headers).has("authorization")
          ? json({ in: true })
          : new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
      case "https://mcp.example/.well-known/oauth-protected-resource/mcp":
        return json({ resource: FAR, authorization_servers: [ISSUER], ...resource });
      case `${ISSUER}/.well-known/oauth-authorization-server`:
        return json({
          issuer: ISSUER,
          authorization_endpoint: `${ISSUER}/authorize`,
          token_endpoint: `${ISSUER}/token`,
          registration_endpoint: `${ISSUER}/register`,
          code_challenge_methods_supported: ["S256"],
          ...metadata,
        });
      case `${ISSUER}/register`:
        return json({ client_id: "c" }, 201);
      case `${ISSUER}/token`:
        return json({ access_token: "access", token_type: "Bearer", expires_in: 3600 });
      default:
        return new Response(null, { status: 404 });
    }
  };
  const grant = authorizationCode({
    redirectUri: "https://app.example/callback",
    async authorize(url) {
      shown.push(url);
      return new URLSearchParams({ code: "code", state: url.searchParams.get("state") ?? "" });
    },
  });
  return { fetch: withOAuth(answer as typeof fetch, { grant, ...options }), sent, shown };
}

export function enter({ fetch }: Far): Promise<Response> {
  return fetch(FAR, { method: "POST", body: "{}" });
}
