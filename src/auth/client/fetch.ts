import { guardedFetch, lookup } from "#guarded-fetch";
import { AuthError } from "../../auth-error.ts";
import { DefinitionError } from "../../errors.ts";
import { demandOf } from "./challenge.ts";
import { canonical } from "./discovery.ts";
import { type Sendable, sendWithProof } from "./dpop.ts";
import { fetchWith } from "./guarded-fetch.ts";
import type { Need } from "./obtain.ts";
import { checkOptions, type OAuthOptions, serverOf } from "./options.ts";
import { Requests } from "./requests.ts";
import { Shelf, type Tokens } from "./store.ts";
import { TokenSource } from "./token.ts";
import { UrlGuard } from "./url-guard.ts";

/** A `fetch` that gets in, for the option `fetch` of `http()`. */
export interface OAuthFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /**
   * Gets in before the first request, where the user should log in at a time of the program's choice. It does nothing where
   * there are tokens already, or the server lets in everybody. The URL is that of the server; it may be left out where `resource` is given.
   *
   * @throws AuthError where that fails.
   */
  authorize(server?: string | URL): Promise<void>;
  /** When it was last this side that kept requests from being sent: a request's patience with its server begins then. */
  waited(): number;
  /** Forgets the tokens for the server; the next request asks for new ones. */
  forget(server?: string | URL): Promise<void>;
}

/**
 * Makes a `fetch` that gets in at one MCP server: it sends each request with a token, and where the server wants
 * another one, it gets that and sends the request again. Make one for each server.
 *
 * What OAuth itself asks goes by the same `fetch`, except where that is the platform's and Node has a safer way: there
 * the address of every host that a server names is checked as it is connected to.
 *
 * @example
 * ```ts
 * const fetch = withOAuth(globalThis.fetch, { grant: clientCredentials({ client: { clientId, clientSecret } }) });
 * const client = await Client.connect(http("https://example.com/mcp", { fetch }));
 * ```
 * @throws DefinitionError for options that make no sense. The `fetch` rejects with AuthError where it does not get in.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization
 */
export function withOAuth(fetch: typeof globalThis.fetch, options: OAuthOptions): OAuthFetch {
  checkOptions(options);
  let bound: Door | undefined;
  const doorOf = (given: string | URL | undefined): Door => {
    bound ??= new Door(fetch, options, serverOf(options.resource ?? given ?? ""));
    const { origin } = bound.server;
    if (given === undefined || new URL(given).origin === origin) return bound;
    throw new DefinitionError(`This fetch has tokens for ${origin} alone: make one for each server`);
  };
  const send = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    return doorOf(url).send(await sendable(url, input, init));
  };
  return Object.assign(send, {
    authorize: async (server?: string | URL) => doorOf(server).open(),
    waited: () => bound?.tokens.waited() ?? 0,
    forget: async (server?: string | URL) => doorOf(server).tokens.forget(),
  });
}

/** A request in a form that can be sent more than once. */
async function sendable(url: URL, input: string | URL | Request, init: RequestInit = {}): Promise<Sendable> {
  if (!(input instanceof Request)) {
    const { body } = init;
    const whole = body instanceof ReadableStream ? await new Response(body).arrayBuffer() : body;
    const kept = whole === undefined ? {} : { body: whole };
    return { url, init: { redirect: "manual", ...init, ...kept }, headers: new Headers(init.headers) };
  }
  const request = new Request(input, init);
  const { method, headers, signal, redirect } = request;
  const body = request.body === null ? {} : { body: await request.arrayBuffer() };
  return { url, init: { method, signal, redirect, ...body }, headers };
}

/** The way into one server. */
class Door {
  readonly server: URL;
  readonly tokens: TokenSource;
  readonly #fetch: typeof globalThis.fetch;

  constructor(fetch: typeof globalThis.fetch, options: OAuthOptions, server: URL) {
    const guard = new UrlGuard(server, options.hosts ?? [], lookup);
    const oauthFetch = fetch === globalThis.fetch ? guardedFetch(guard) : fetchWith(fetch);
    const requests = new Requests(guard, oauthFetch, options.timeout);
    this.server = server;
    this.#fetch = fetch;
    const key = canonical(server) + server.search;
    const { store, user, now = Date.now } = options;
    this.tokens = new TokenSource({ key, options, requests, shelf: new Shelf(store, user), now });
  }

  /**
   * Sends a request, with at most one renewal of the token, one grant and one step-up on the way.
   *
   * @throws AuthError where the server does not let it in.
   */
  async send(request: Sendable): Promise<Response> {
    const headers = metadataHeaders(request.headers);
    let tokens = await this.tokens.current(headers);
    let renewals = 0;
    let final = false;
    let steppedUp = false;
    for (;;) {
      const reply = await this.#transmit(request, tokens);
      const { status } = reply;
      if (status !== 401 && status !== 403) return reply;
      const demand = demandOf(reply.headers.get("www-authenticate"));
      const need: Need = { rejected: tokens?.accessToken, demand, refresh: status === 401 && renewals === 0, headers };
      if (status === 401) {
        discard(reply);
        if (final || renewals === 2) throw new AuthError("rejected", `${this.server.origin} does not take a new token`);
        renewals++;
        ({ tokens, granted: final } = await unlessAborted(request.init.signal, this.tokens.other(need)));
      } else {
        if (tokens === undefined || demand.error !== "insufficient_scope") return reply;
        discard(reply);
        if (steppedUp || !this.tokens.canStepUp(tokens, demand)) throw this.#insufficient(demand.scope);
        steppedUp = true;
        ({ tokens } = await unlessAborted(request.init.signal, this.tokens.other({ ...need, stepUp: true })));
        final = true;
      }
    }
  }

  /** Gets tokens where there are none: what the server wants is in its refusal of a request without one. */
  async open(): Promise<void> {
    if ((await this.tokens.current({})) !== undefined) return;
    const headers = new Headers({ accept: "application/json, text/event-stream" });
    const reply = await this.#transmit(
      { url: this.server, init: { method: "GET", redirect: "manual" }, headers },
      undefined,
    );
    discard(reply);
    if (reply.ok) return;
    const demand = demandOf(reply.headers.get("www-authenticate"));
    await this.tokens.other({ demand, refresh: true, headers: {} });
  }

  /** Sends a request with a token, and again where the server wants a nonce in its proof. */
  async #transmit(request: Sendable, tokens: Tokens | undefined): Promise<Response> {
    const { url, init, headers } = request;
    if (tokens === undefined) return this.#fetch(url.href, { ...init, headers });
    const { accessToken } = tokens;
    const proofs = await this.tokens.proofs();
    if (proofs === undefined) {
      headers.set("authorization", `Bearer ${accessToken}`);
      return this.#fetch(url.href, { ...init, headers });
    }
    headers.delete("authorization");
    const reply = await sendWithProof(this.#fetch, request, accessToken, proofs);
    if (reply.status !== 401) return reply;
    if (demandOf(reply.headers.get("www-authenticate")).error !== "use_dpop_nonce") return reply;
    discard(reply);
    return sendWithProof(this.#fetch, request, accessToken, proofs);
  }

  #insufficient(scope: string | undefined): AuthError {
    const which = scope === undefined ? "more than it says" : `the scope "${scope}"`;
    const message = `${this.server.origin} demands ${which}, which was asked for and did not help`;
    return new AuthError("insufficient_scope", message, { data: { scope } });
  }
}

/** Of the headers of a request only the protocol version goes to where metadata is. */
function metadataHeaders(headers: Headers): Record<string, string> {
  const version = headers.get("mcp-protocol-version");
  return version === null ? {} : { "mcp-protocol-version": version };
}

function discard(reply: Response): void {
  // What nobody reads holds a connection; a body that is broken holds none.
  reply.body?.cancel().catch(() => {});
}

/** Waits for what others may wait for as well, and so is not ended with one request. */
function unlessAborted<T>(signal: AbortSignal | null | undefined, work: Promise<T>): Promise<T> {
  if (signal === null || signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
