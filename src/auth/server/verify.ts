import { DefinitionError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import type { AuthInfo } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { bounds } from "./bounds.ts";

/**
 * Checks an access token: that its issuer made it, that it has not ended, and that it is meant for this server. Gives what
 * it says of the caller. {@link protect} checks `expiresAt` once more, and for a token that is bound to a key
 * (`cnf` in `claims`) that the caller has the key.
 *
 * @throws InvalidTokenError for a token that is not to be taken.
 * @throws TokenCheckUnavailableError when nobody can tell now. Anything else that it throws is a fault: status 500.
 */
export type Verify = (token: string) => AuthInfo | Promise<AuthInfo>;

/** An access token is not to be taken. The message is for the author, and never sent. */
export class InvalidTokenError extends Error {
  override readonly name: string = "InvalidTokenError";
}

/** Whether an access token is good cannot be told now, so the caller gets status 503 and comes again. */
export class TokenCheckUnavailableError extends Error {
  override readonly name: string = "TokenCheckUnavailableError";
}

/** 100 years in milliseconds. What lies further ahead was not written in seconds. */
const LONGEST = 3_155_760_000_000;

/** The time of a claim, in milliseconds since 1970. @throws InvalidTokenError for what is no time in seconds. */
export function timeOf(claims: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const seconds = claims[name];
  if (seconds === undefined) return undefined;
  if (typeof seconds === "number" && seconds >= 0 && seconds * 1000 < Date.now() + LONGEST) return seconds * 1000;
  throw new InvalidTokenError(`${name} is no time in seconds`);
}

/** @throws InvalidTokenError for what is not valid yet. */
export function checkBegun(claims: Readonly<Record<string, unknown>>): void {
  for (const name of ["nbf", "iat"]) {
    if ((timeOf(claims, name) ?? 0) > Date.now() + bounds.clockSkew) {
      throw new InvalidTokenError(`${name} is in the future`);
    }
  }
}

/** What claims say of the caller. */
export function authInfo(claims: Readonly<Record<string, unknown>>, issuer: string | undefined): AuthInfo {
  const { scope, scp } = claims;
  const given = scope ?? scp ?? [];
  return {
    issuer,
    clientId: textOf(claims["client_id"] ?? claims["azp"]),
    subject: textOf(claims["sub"]),
    scopes: (typeof given === "string" ? given.split(" ") : Array.isArray(given) ? given : []).filter(isText),
    expiresAt: timeOf(claims, "exp"),
    claims,
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function textOf(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}

/** The audiences that a token may be for. @throws DefinitionError where there is none. */
export function audiencesOf(audience: string | readonly string[], where: string): readonly string[] {
  const all = typeof audience === "string" ? [audience] : audience;
  if (Array.isArray(all) && all.length > 0 && all.every(isText)) return all;
  throw new DefinitionError(`${where} needs an audience: what tokens for this server name, such as its URL`);
}

/** A URL that is https, or http on this machine. @throws DefinitionError for another one. */
export function secureUrl(given: string | URL, what: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? "");
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLocal)) return url;
  throw new DefinitionError(`${what} must be a URL that begins with https:, or with http: on this machine`);
}

/** Asks an authorization server for a JSON object. Rejects where there is none in time, and when it is too long. */
export async function ask(fetch: typeof globalThis.fetch, url: URL, init: RequestInit = {}): Promise<object> {
  const signal = AbortSignal.timeout(limits.oauthTimeout);
  // Not every platform can refuse a redirect by itself.
  const response = await fetch(url.href, { ...init, redirect: "manual", signal });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url.origin} answered with status ${response.status}`);
  }
  let text = "";
  let size = 0;
  const decoder = new TextDecoder();
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.length;
    if (size > limits.oauthBytes) {
      await reader.cancel();
      throw new Error(`${url.origin} answered with more than ${limits.oauthBytes} bytes`);
    }
    text += decoder.decode(read.value, { stream: true });
  }
  const value: unknown = JSON.parse(text + decoder.decode());
  if (!isObject(value)) throw new Error(`${url.origin} answered with something else than an object`);
  return value;
}
