import { AuthError } from "../../auth-error.ts";
import { isObject } from "../../json.ts";
import { limits } from "../../limits.ts";
import type { OAuthFetch } from "./guarded-fetch.ts";
import type { UrlGuard } from "./url-guard.ts";

/** What is said in one request of OAuth. */
export interface Saying {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Sends what OAuth itself has to ask: to checked URLs, without redirects, with bounds on size and time. */
export class Requests {
  readonly guard: UrlGuard;
  readonly #fetch: OAuthFetch;
  readonly #timeout: number;

  constructor(guard: UrlGuard, fetch: OAuthFetch, timeout: number = limits.oauthTimeout) {
    this.guard = guard;
    this.#fetch = fetch;
    this.#timeout = timeout;
  }

  /**
   * Sends a request, and gives the whole reply. `what` names the URL in errors.
   *
   * @throws AuthError `unsafe_url` for a URL or a redirect; `unavailable` where no reply comes in time, or one of 500 and
   *   above; `discovery` for one that is too large.
   */
  async send(given: string, what: string, { method = "GET", headers = {}, body }: Saying = {}): Promise<Response> {
    const url = await this.guard.check(given, what);
    const signal = AbortSignal.timeout(this.#timeout);
    const place = `The ${what} at ${url.origin}`;
    try {
      const reply = await this.#fetch(url, { method, headers, body, signal });
      const { status } = reply;
      if (status < 200 || (status >= 300 && status < 400)) {
        void reply.body?.cancel().catch(() => {});
        throw new AuthError("unsafe_url", `${place} redirects, which is not followed`);
      }
      if (status >= 500) {
        void reply.body?.cancel().catch(() => {});
        throw new AuthError("unavailable", `${place} failed with status ${status}: try later`, { data: { status } });
      }
      const text = await textOf(reply, place, signal);
      const empty = status === 204 || status === 205;
      return new Response(empty ? null : text, { status, headers: reply.headers });
    } catch (error) {
      if (error instanceof AuthError) throw error;
      const { name, code, message } = innermost(error);
      const why = signal.aborted ? `${this.#timeout} ms were not enough` : (code ?? message ?? name);
      throw new AuthError("unavailable", `${place} cannot be reached: ${why}`, { data: { reason: code ?? name } });
    }
  }

  /** The object at a URL; `undefined` where there is none. @throws AuthError as `send`; `discovery` for no object. */
  async metadata(url: string, what: string, headers?: Record<string, string>): Promise<Document | undefined> {
    const reply = await this.send(url, what, { headers: { accept: "application/json", ...headers } });
    if (reply.status !== 200) return undefined;
    const value: unknown = await reply.json().catch(() => undefined);
    if (isObject(value)) return value;
    throw new AuthError("discovery", `The ${what} at ${new URL(url).origin} is no JSON object`);
  }
}

/** An object of JSON of which nothing is known. */
export type Document = Record<string, unknown>;

async function textOf(reply: Response, place: string, signal: AbortSignal): Promise<string> {
  const reader = reply.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  // A body of some other fetch may not know of the signal.
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  late.catch(() => {});
  try {
    for (;;) {
      const { done, value } = (await Promise.race([reader?.read(), late])) ?? { done: true };
      if (done || value === undefined) return text + decoder.decode();
      size += value.byteLength;
      if (size > limits.oauthBytes) {
        const message = `${place} sends more than ${limits.oauthBytes} bytes`;
        throw new AuthError("discovery", message, { data: { limit: "oauthBytes" } });
      }
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    void reader?.cancel().catch(() => {});
    throw error;
  }
}

/** What `fetch` hides in causes. */
function innermost(error: unknown): { readonly name?: string; readonly code?: string; readonly message?: string } {
  const { cause, code } = error as Error & { code?: unknown };
  return code === undefined && cause instanceof Error ? innermost(cause) : (error as Error & { code?: string });
}
