/** One protected server with its authorization server, and a client's `fetch` that gets in. */
import { afterEach } from "vitest";
import {
  type AuthEvent,
  type AuthorizationCodeOptions,
  authorizationCode,
  type OAuthFetch,
  type OAuthOptions,
  withOAuth,
} from "../../src/auth/client/index.ts";
import { Authority, browse, type Habits, type Manners, Protected } from "./authority.ts";

export const REDIRECT = "http://127.0.0.1:9/callback";

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

export interface World {
  readonly authority: Authority;
  readonly server: Protected;
  readonly events: AuthEvent[];
  /** Makes a `fetch` that gets in by a user, who says yes. */
  enter(options?: Partial<OAuthOptions>, code?: Partial<AuthorizationCodeOptions>): OAuthFetch;
}

/** Starts one. What is started ends with the test. */
export async function world(habits: Habits = {}, manners: Manners = {}): Promise<World> {
  const authority = await anAuthority(habits);
  const server = await Protected.start(authority, manners);
  open.push(server);
  const events: AuthEvent[] = [];
  return {
    authority,
    server,
    events,
    enter: (options, code) =>
      withOAuth(globalThis.fetch, {
        grant: authorizationCode({ redirectUri: REDIRECT, authorize: browse, ...code }),
        onEvent: (event) => events.push(event),
        ...options,
      }),
  };
}

/** Another authorization server. */
export async function anAuthority(habits: Habits = {}): Promise<Authority> {
  const authority = await Authority.start(habits);
  open.push(authority);
  return authority;
}

/** A request to the server, as a client of MCP makes it. */
export function post(fetch: OAuthFetch, { server }: Pick<World, "server">, body = "{}"): Promise<Response> {
  const headers = { "content-type": "application/json", "mcp-protocol-version": "2026-07-28" };
  return fetch(server.url, { method: "POST", headers, body });
}
