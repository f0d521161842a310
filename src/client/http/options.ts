import { DefinitionError } from "../../errors.ts";
import type { TlsOptions } from "./sender.ts";

/** Headers for every request: an object, or a function that is called for each. */
export type HeaderSource =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>);

/**
 * How the stream on which a server of an older revision speaks unasked is doing.
 *
 * - `connected`: it is open.
 * - `reconnecting`: it broke, and is opened again after `delay` milliseconds.
 * - `lost`: it is given up. Requests work on; what the server says unasked is no longer heard.
 */
export type StreamStatus =
  | { readonly state: "connected" }
  | { readonly state: "reconnecting"; readonly attempt: number; readonly delay: number }
  | { readonly state: "lost"; readonly error: Error };

/** Options of {@link http}; all have defaults. */
export interface HttpOptions {
  /** Sent with every request, such as `authorization`. What HTTP and the protocol need is refused here. */
  readonly headers?: HeaderSource;
  /**
   * Sends the requests, instead of Node's own HTTP or the platform's `fetch`. One that may have to wait for this side, such
   * as for a user who logs in, says by `waited` when it last did, by the clock of `performance.now()`: no time-out of a
   * request runs meanwhile.
   */
  readonly fetch?: typeof fetch & { readonly waited?: () => number };
  /** How to check the server's certificate, and to show one's own. On Node, without a `fetch`. */
  readonly tls?: TlsOptions;
  /** The path of a Unix socket to connect to instead of the URL's host. On Node, without a `fetch`. */
  readonly socketPath?: string;
  /** The most bytes of a reply that is no stream. Default `limits.replyBytes`, 16 MiB. */
  readonly replyBytes?: number;
  /** The most characters of one event of a stream. Default `limits.eventBytes`, 16 MiB. */
  readonly eventBytes?: number;
  /** Told how the stream is doing on which a server speaks unasked (until 2025-11-25). */
  readonly onStatus?: (status: StreamStatus) => void;
}

const RESERVED =
  /^(accept|accept-encoding|connection|content-.*|host|last-event-id|mcp-.*|te|trailer|transfer-encoding|upgrade)$/i;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t -~\u0080-\u00ff]*$/;

/** @throws DefinitionError for headers that HTTP does not allow, or that the protocol sets. It never tells a value. */
function checkHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (Symbol.iterator in headers) throw new DefinitionError("headers must be a plain object, such as { name: value }");
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name)) throw new DefinitionError(`headers has the name "${name}", which is none in HTTP`);
    if (RESERVED.test(name)) throw new DefinitionError(`headers has "${name}", which the transport sets itself`);
    if (typeof value !== "string" || !VALUE.test(value)) {
      throw new DefinitionError(`The header "${name}" has a value that cannot stand in HTTP`);
    }
  }
  return headers;
}

/** The URL of a server. @throws DefinitionError for what is none. */
export function serverUrl(given: string | URL): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new DefinitionError("http() needs the URL of a server, such as https://example.com/mcp");
  }
  if (url.username !== "" || url.password !== "") {
    throw new DefinitionError("A URL is no place for a password: write it into the header authorization");
  }
  url.hash = "";
  return url;
}

/** The same headers, checked: at once, or each time where a function gives them. */
export function checkedHeaders(headers: HeaderSource | undefined): HeaderSource | undefined {
  if (typeof headers === "function") return async () => checkHeaders(await headers());
  return headers && checkHeaders(headers);
}

/** @throws DefinitionError for options that make no sense. */
export function checkOptions({ replyBytes = 1, eventBytes = 1 }: HttpOptions): void {
  for (const [name, value] of Object.entries({ replyBytes, eventBytes })) {
    if (!(value > 0)) throw new DefinitionError(`${name} must be a positive number, not ${value}`);
  }
}
