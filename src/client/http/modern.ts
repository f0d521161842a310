import { ErrorCode, LocalError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import {
  type Call,
  deriveCall,
  encode,
  type Notification,
  type Params,
  type Request,
  type Response,
} from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { encodeHeaderValue, HeaderName, isRevision, LATEST_REVISION, MetaKey, MCP_NAME } from "../../protocol/index.ts";
import { methodsOf } from "../../protocol/methods/index.ts";
import { lost, type Waiting } from "./calls.ts";
import type { Reader } from "./endpoint.ts";
import type { WholeReply } from "./failures.ts";
import type { Inbox, HttpParts } from "./inbox.ts";
import { checkLength, ToolHeaders } from "./params.ts";
import { accepted, JSON_HEADERS } from "./post.ts";

/** Sets of headers that are kept, so that they are made once for each method and name. */
const MOST_KEPT = 256;

/** The revision that a request of a stateless revision says it is written in; `undefined` for every other request. */
export function modernVersion(params: Params | undefined): string | undefined {
  const meta = params?.["_meta"];
  const version = isObject(meta) ? meta[MetaKey.protocolVersion] : undefined;
  return typeof version === "string" ? version : undefined;
}

/**
 * Requests of stateless revisions: each is a POST of its own, and all about it is in the request and its reply.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
export class ModernHttp {
  readonly #parts: HttpParts;
  readonly #inbox: Inbox;
  readonly #tools = new ToolHeaders();
  readonly #kept = new Map<string, Readonly<Record<string, string>>>();
  /** The revision of the last request: notifications do not say theirs. */
  #version: string = LATEST_REVISION;

  constructor(parts: HttpParts, inbox: Inbox) {
    this.#parts = parts;
    this.#inbox = inbox;
  }

  exchange(request: Request, call: Call, version: string): Promise<Response> {
    this.#version = version;
    const answer = this.#parts.calls.open(request, call, (waiting) =>
      this.#send(waiting, call, version, this.#reader(waiting)),
    );
    if (request.method === "server/discover") return answer.catch(judge);
    if (request.method === "tools/list") return answer.then((response) => this.#learn(response));
    if (request.method !== "tools/call") return answer;
    return answer.then((response) =>
      response.error?.code === ErrorCode.HeaderMismatch ? this.#callAgain(request, call, version, response) : response,
    );
  }

  send(notification: Notification): Promise<void> {
    const headers = this.#headers(notification, this.#version);
    return accepted(this.#parts.endpoint, { headers, body: encode(notification) as string });
  }

  #send(waiting: Waiting, call: Call, version: string, reader: Reader): void {
    const { message } = waiting;
    const headers = this.#headers(message, version, call);
    waiting.travel(this.#parts.endpoint.send({ method: "POST", headers, body: encode(message) as string }, reader));
  }

  #reader(waiting: Waiting): Reader {
    return {
      event: ({ event = "message", data }) => {
        if (event === "message" && data !== "") this.#inbox.text(data, waiting);
      },
      body: (reply) => {
        waiting.arrived();
        if (isRefusedProbe(waiting, reply)) waiting.reject(this.#parts.endpoint.refusal(reply));
        else this.#inbox.answer(reply, waiting);
      },
      end: (error) => {
        waiting.arrived();
        waiting.reject(lost(waiting, error));
      },
    };
  }

  /** The headers that repeat what the body says. */
  #headers({ method, params }: Request | Notification, version: string, call?: Call): Readonly<Record<string, string>> {
    const row = methodsOf(isRevision(version) ? version : LATEST_REVISION).client.get(method);
    const member = row === undefined ? call?.values.get(MCP_NAME) : row.mcpName;
    const name = member === undefined ? undefined : params?.[member];
    const key = `${version}\n${method}\n${typeof name === "string" ? name : ""}`;
    let headers = this.#kept.get(key);
    if (headers === undefined) {
      headers = {
        ...JSON_HEADERS,
        [HeaderName.protocolVersion]: plain(version, "The revision"),
        [HeaderName.method]: plain(method, "The method"),
        ...(typeof name === "string" && {
          [HeaderName.name]: checkLength(encodeHeaderValue(name), `The ${member} of ${method}`),
        }),
      };
      if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
      this.#kept.set(key, headers);
    }
    const own = method === "tools/call" ? this.#tools.of(params) : undefined;
    return own === undefined ? headers : { ...headers, ...own };
  }

  #learn(response: Response): Response {
    if (response.error !== undefined) return response;
    const result = this.#tools.learn(response.result, (message) => this.#parts.problem(message));
    return result === response.result ? response : { ...response, result };
  }

  /** The server wants headers that are not known here, or no longer: the lists of tools tell. */
  async #callAgain(request: Request, call: Call, version: string, refused: Response): Promise<Response> {
    try {
      await this.#listTools(request.params, call, version);
    } catch (error) {
      this.#parts.problem("The tools could not be listed again, which a call of one needs", error);
      return refused;
    }
    return this.#parts.calls.open(request, call, (waiting) =>
      this.#send(waiting, call, version, this.#reader(waiting)),
    );
  }

  async #listTools(params: Params | undefined, call: Call, version: string): Promise<void> {
    const { progressToken: _, ...meta } = (params?.["_meta"] ?? {}) as Params;
    let cursor: unknown;
    for (let page = 0; page < limits.pages; page++) {
      const asked = cursor === undefined ? { _meta: meta } : { cursor, _meta: meta };
      const quiet = deriveCall(call, { emit() {} });
      const response = await this.exchange(
        { jsonrpc: "2.0", id: 0, method: "tools/list", params: asked },
        quiet,
        version,
      );
      if (response.error !== undefined) throw new LocalError("invalid_response", response.error.message);
      const next = isObject(response.result) ? response.result["nextCursor"] : undefined;
      if (next === undefined || next === null || next === cursor) return;
      cursor = next;
    }
  }
}

/** Who may ask, and whether the server works, says nothing of what it speaks: such a reply to the probe is none. */
function isRefusedProbe({ message }: Waiting, { status }: WholeReply): boolean {
  return message.method === "server/discover" && (status === 401 || status === 403 || status >= 500);
}

/** Statuses that say nothing of what a server speaks: they are about who asks, and how often. */
const NO_EVIDENCE: ReadonlySet<unknown> = new Set([401, 403, 407, 408, 429]);

/**
 * Says of a probe that got no answer whether that looks like an older server: a refusal does, unless it is about who
 * asks, and so does an answer that is none. Silence and failures do not, since here each request travels alone.
 */
function judge(error: unknown): never {
  if (!(error instanceof LocalError)) throw error;
  const { code, message, data, cause } = error;
  const { status } = data;
  const refused = typeof status === "number" && status < 500 && !NO_EVIDENCE.has(status);
  throw new LocalError(code, message, { cause, data: { ...data, older: refused || code === "invalid_response" } });
}

/** @throws LocalError for a value that no header can have; these have no encoding. */
function plain(value: string, field: string): string {
  if (/^[!-~]+$/.test(value)) return checkLength(value, field);
  throw new LocalError("not_supported", `${field} is repeated in an HTTP header, which can have printable ASCII only`);
}
