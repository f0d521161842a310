import { AuthError } from "../../auth-error.ts";
import { LocalError } from "../../errors.ts";

/** A whole reply that is no stream of events. */
export interface WholeReply {
  readonly status: number;
  readonly text: string;
  /** The UTF-8 of the text, where it was all UTF-8. */
  readonly bytes?: Uint8Array;
  readonly header: (name: string) => string | undefined;
}

/** What a status says to somebody who did not write the server. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [400, "does not understand the request: is this the URL of its MCP endpoint?"],
  [401, "wants to know who asks: give http() the fetch of withOAuth, or a header authorization"],
  [403, "refuses: who asks may not, or it expects other values of the headers host and origin"],
  [404, "has nothing at this path: is this the URL of its MCP endpoint?"],
  [405, "takes no such requests at this path: is this the URL of its MCP endpoint?"],
  [413, "finds the request too large"],
  [429, "gets too many requests: try later"],
]);

function meaning({ status, header }: WholeReply, url: URL): string {
  // A browser shows a redirect as status 0, and not where it leads.
  if (status < 200 || (status >= 300 && status < 400)) return redirection(header("location"), url);
  if (status >= 500) return "or what stands before it has failed: try later";
  return MEANINGS.get(status) ?? "refuses the request";
}

/** Where a redirect leads, without what may be secret in its query. */
function redirection(location: string | undefined, url: URL): string {
  if (location === undefined || !URL.canParse(location, url)) return "redirects, which is not followed";
  const { origin, pathname } = new URL(location, url);
  return `redirects to ${origin}${pathname}, which is not followed: connect to that URL if it is right`;
}

const EXCERPT = 200;

/**
 * The error for a status that is no answer. Of the body it shows the beginning, where that is meant to be read.
 *
 * @param hide Takes secrets out of a text.
 */
export function refusal(url: URL, reply: WholeReply, hide: (text: string) => string): LocalError {
  const { status, text, header } = reply;
  const readable = /^(text\/plain|application\/([\w.-]+\+)?json)\b/.test(header("content-type") ?? "");
  const shown = readable
    ? hide(text)
        .replace(/\p{Cc}+/gu, " ")
        .trim()
        .slice(0, EXCERPT)
    : "";
  const detail = shown === "" ? "" : `. It says: ${shown}`;
  const message = `HTTP ${status}: the server at ${url.origin} ${meaning(reply, url)}${detail}`;
  return new LocalError("http", message, { data: { status } });
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "nothing listens there. Is the server running, and is the port right?"],
  ["ENOTFOUND", "there is no host of this name"],
  ["EAI_AGAIN", "the name of the host could not be looked up"],
  ["ENOENT", "there is no such socket"],
  ["EPROTO", "it does not speak TLS. Does its URL begin with http: ?"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "it does not speak TLS. Does its URL begin with http: ?"],
  ["HPE_HEADER_OVERFLOW", "the head of its reply is too large"],
]);

/** Codes of a connection that broke although it was there: the server may have got the request. */
const BROKEN: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/** The error for a reply that did not come, or not whole. */
export function unreachable(origin: string, cause: unknown, begun: boolean): AuthError | LocalError {
  if (cause instanceof LocalError || cause instanceof AuthError) return cause;
  const { code, message } = innermost(cause);
  if (begun || BROKEN.has(code)) {
    const text = `The connection to ${origin} broke before the reply was complete`;
    return new LocalError("closed", text, { cause });
  }
  const trust = /CERT|SIGNATURE/.test(String(code))
    ? `its certificate is not trusted (${code}). See the option tls`
    : "";
  const reason = trust || (REASONS.get(String(code)) ?? `${message}${code === undefined ? "" : ` (${code})`}`);
  // A browser tells of no failure more than that it was one: a refused header looks like a server that is off.
  const status = code === undefined && "document" in globalThis ? { status: 0 } : {};
  return new LocalError("http", `Cannot reach ${origin}: ${reason}`, { cause, data: { code, ...status } });
}

/** What `fetch` hides in causes, and Node behind several addresses. */
function innermost(error: unknown): { readonly code?: unknown; readonly message: string } {
  const { cause, code, message } = error as Error & { code?: unknown };
  if (code === undefined && cause instanceof Error) return innermost(cause);
  return { code, message };
}
