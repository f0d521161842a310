import { type HttpHeaders, HttpRefusal } from "../../jsonrpc/index.ts";
import { DefinitionError, HeaderMismatchError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { isModern, REVISIONS, type Revision } from "../../protocol/index.ts";
import { type Accepted, BOTH } from "./exchange.ts";
import { type HttpRequest } from "./facts.ts";

/** From where an endpoint may be reached. */
export interface GuardOptions {
  /**
   * The names under which the endpoint is reached, such as `api.example.com`, or `api.example.com:8443` for one port
   * alone; they are compared with the `Host` header, so that a web page cannot reach it under a name of its own.
   * `"any"` where a gateway in front has checked. Default: the names of this machine for itself, `localhost`,
   * `127.0.0.1` and `[::1]`.
   */
  readonly hosts?: readonly string[] | "any";
  /**
   * The web pages that may use the endpoint beside those from its own host, such as `https://app.example.com`; they get
   * the headers that browsers want (CORS). `"any"` for all of them. Default: none. Requests that do not come from a web
   * page have no origin, and pass.
   */
  readonly origins?: readonly string[] | "any";
}

const MODERN: readonly Revision[] = REVISIONS.filter(isModern);
const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];
const HOST = /^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?$/;
const JSON_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset[ \t]*=[ \t]*"?utf-?8"?[ \t]*)?$/i;

/** The headers of the protocol that a web page may send. */
const SENT =
  "Accept, Authorization, Content-Type, DPoP, Last-Event-ID, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id";
/** The headers of a reply that a web page may read. */
const EXPOSED = "MCP-Protocol-Version, Mcp-Session-Id, WWW-Authenticate, DPoP-Nonce, Retry-After";
/** How long a browser may remember what it may send, in seconds. */
const MAX_AGE = "7200";

/**
 * Lets in what comes to the right host, from nowhere or from the right page. It knows nothing of what is asked for.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#security-warning
 */
export class Guard {
  readonly #hosts: ReadonlySet<string> | "any";
  readonly #origins: ReadonlySet<string> | "any";
  /** The host that was let in last, as it was written. */
  #known: string | undefined;

  /** @throws DefinitionError for a host or an origin that is none. */
  constructor({ hosts = LOOPBACK, origins = [] }: GuardOptions) {
    this.#hosts = hosts === "any" ? "any" : new Set(hosts.map(checkedHost));
    this.#origins = origins === "any" ? "any" : new Set(origins.map(checkedOrigin));
  }

  /** The headers that every reply to this request needs. @throws HttpRefusal with status 400 or 403. */
  admit(request: HttpRequest): HttpHeaders | undefined {
    const host = request.header("host");
    if (!this.#isOwnHost(host)) {
      if (host !== undefined && !HOST.test(host)) throw new HttpRefusal(400, "Host is no name of a host");
      const name = host === undefined ? "its name" : host.replace(/:[0-9]*$/, "");
      throw new HttpRefusal(
        403,
        `This endpoint is not reached under this host. If it should be, its author writes hosts: ["${name}"], ` +
          'or hosts: "any" behind a gateway that checks',
      );
    }
    const origin = request.header("origin");
    if (origin === undefined) return undefined;
    if (this.#origins === "any" || this.#origins.has(origin)) {
      return { "access-control-allow-origin": origin, "access-control-expose-headers": EXPOSED, vary: "Origin" };
    }
    if (isSameOrigin(origin, host, request.secure)) return undefined;
    const wish = /^https?:\/\/[A-Za-z0-9.:[\]_-]{1,300}$/.test(origin) ? origin : "https://app.example.com";
    throw new HttpRefusal(
      403,
      `Pages of this origin may not use this endpoint: its author writes origins: ["${wish}"]`,
    );
  }

  #isOwnHost(host: string | undefined): boolean {
    if (this.#hosts === "any") return host === undefined || HOST.test(host);
    if (host === undefined) return false;
    // Most are written as the one before was.
    if (host === this.#known) return true;
    const [whole, name = "", port] = HOST.exec(host) ?? [];
    if (whole === undefined || Number(port ?? 0) > 65_535) return false;
    const isOwn = this.#hosts.has(whole.toLowerCase()) || this.#hosts.has(name.toLowerCase());
    if (isOwn) this.#known = host;
    return isOwn;
  }
}

/** Whether a web page comes from the host that it asks. Without TLS in front, names of this machine have none. */
function isSameOrigin(origin: string, host: string | undefined, secure: boolean): boolean {
  if (host === undefined) return false;
  if (origin === `${secure ? "https" : "http"}://${host}`) return true;
  return origin === `https://${host}` && !LOOPBACK.includes(host.replace(/:[0-9]*$/, ""));
}

function checkedHost(host: string): string {
  if (HOST.test(host)) return host.toLowerCase();
  throw new DefinitionError(`hosts has "${host}": write a name, with a port where only that one is meant`);
}

function checkedOrigin(origin: string): string {
  if (URL.canParse(origin) && new URL(origin).origin === origin) return origin;
  throw new DefinitionError(
    `origins has "${origin}": write scheme, host and port alone, as in https://app.example.com`,
  );
}

/** The reply to the question of a browser whether a page may send a request. */
export function preflightHeaders(admitted: HttpHeaders, request: HttpRequest, methods: string): HttpHeaders {
  // Headers of single arguments have names that no list can hold.
  const asked = (request.header("access-control-request-headers") ?? "").split(",").map((name) => name.trim());
  const params = asked.filter((name) => /^mcp-param-[!#$%&'*+\-.^_`|~0-9a-z]{1,256}$/i.test(name)).slice(0, 64);
  return {
    ...admitted,
    "access-control-allow-methods": methods,
    "access-control-allow-headers": [SENT, ...params].join(", "),
    "access-control-max-age": MAX_AGE,
  };
}

/** @throws HttpRefusal for a body that is not JSON in UTF-8 as it is. */
export function checkContent(request: HttpRequest): void {
  const type = request.header("content-type");
  // Anything else could be sent by a web page without asking first.
  if (type !== "application/json" && (type === undefined || !JSON_TYPE.test(type))) {
    throw new HttpRefusal(415, "The body must be application/json, in UTF-8");
  }
  const encoding = request.header("content-encoding");
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw new HttpRefusal(415, "The body must not be compressed");
  }
  const length = request.header("content-length");
  if (length !== undefined && !isCount(length)) throw new HttpRefusal(400, "Content-Length is no length");
}

function isCount(text: string): boolean {
  if (text.length === 0 || text.length > 15) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** What the client takes. @throws HttpRefusal with status 406 when that is neither JSON nor a stream of events. */
export function accepted(request: HttpRequest): Accepted {
  const accept = request.header("accept");
  if (accept === undefined || accept === "application/json, text/event-stream" || accept === "*/*") return BOTH;
  const json = accepts(accept, "application/json");
  const events = accepts(accept, "text/event-stream");
  if (json && events) return BOTH;
  if (!json && !events) throw new HttpRefusal(406, "Accept must have application/json and text/event-stream");
  return { json, events };
}

/** @throws HttpRefusal with status 406 when the client takes no stream of events. */
export function checkAcceptsEvents(request: HttpRequest): void {
  const accept = request.header("accept");
  if (accept === undefined || !accepts(accept, "text/event-stream")) {
    throw new HttpRefusal(406, "Accept must have text/event-stream");
  }
}

/** The most exact range that fits a type decides. */
function accepts(header: string, type: string): boolean {
  let best = 0;
  let taken = false;
  for (const part of header.slice(0, limits.headerLength).split(",")) {
    const [range = "", ...parameters] = part
      .toLowerCase()
      .split(";")
      .map((piece) => piece.trim());
    const exact = range === type ? 3 : range === `${type.slice(0, type.indexOf("/"))}/*` ? 2 : range === "*/*" ? 1 : 0;
    if (exact <= best) continue;
    best = exact;
    taken = !parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter));
  }
  return taken;
}

/** @throws HttpRefusal for a header of the protocol that is longer than any can be. */
export function checkLength(name: string, value: string | undefined): void {
  if (value === undefined || value.length <= limits.headerLength) return;
  throw new HttpRefusal(400, new HeaderMismatchError(`${name} is longer than ${limits.headerLength} characters`));
}

/** Whether a request says in its header that it is of a stateless revision. */
export function isModernHeader(http: HttpRequest): boolean {
  const header = http.header("mcp-protocol-version");
  return header !== undefined && MODERN.includes(header as Revision);
}
