import { ErrorCode, LocalError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import { Malformed, type Params, type RequestId } from "../../jsonrpc/index.ts";
import { parse } from "../../jsonrpc/wire/index.ts";
import { HeaderName, isRevision, isSince } from "../../protocol/index.ts";
import type { Outgoing } from "./endpoint.ts";
import type { WholeReply } from "./failures.ts";
import { JSON_HEADERS } from "./post.ts";

const SESSION_ID = /^[!-~]{1,256}$/;

/** The id of the session that a reply opens. @throws LocalError `invalid_response` for one that no header can have. */
export function sessionId(header: WholeReply["header"]): string | undefined {
  const id = header("mcp-session-id");
  if (id === undefined || SESSION_ID.test(id)) return id;
  throw new LocalError("invalid_response", "The server gave a session id that is no visible ASCII, or is too long");
}

/** What a handshake agreed on, and what every request after it says of that. */
export class LegacySession {
  /** The parameters of the handshake. */
  readonly params: Params;
  /** The revision that the server chose. */
  readonly version: unknown;
  /** What the server says it can do. */
  readonly capabilities: unknown;
  /** The session's id, where the server wants one. */
  readonly id: string | undefined;
  /** What every request says. */
  readonly headers: Outgoing["headers"];
  /** What every POST says. */
  readonly postHeaders: Outgoing["headers"];

  constructor(params: Params, result: unknown, id: string | undefined) {
    const { protocolVersion, capabilities } = isObject(result) ? result : {};
    this.params = params;
    this.version = protocolVersion;
    this.capabilities = capabilities;
    this.id = id;
    const session: Record<string, string> = id === undefined ? {} : { [HeaderName.sessionId]: id };
    const tellsVersion = isRevision(protocolVersion) && isSince(protocolVersion, "2025-06-18");
    this.headers = tellsVersion ? { ...session, [HeaderName.protocolVersion]: protocolVersion } : session;
    this.postHeaders = { ...JSON_HEADERS, ...this.headers };
  }

  /** Whether a message may be several (that revision alone). */
  get batches(): boolean {
    return this.version === "2025-03-26";
  }

  /** Whether a reply says that the server no longer knows the session, and not that it does not know the method. */
  isLost({ status, text }: WholeReply, id: RequestId): boolean {
    if (status !== 404 || this.id === undefined) return false;
    const message = parse(text);
    const isAnswer = !(message instanceof Malformed) && !("method" in message) && message.id === id;
    return !(isAnswer && message.error?.code === ErrorCode.MethodNotFound);
  }
}
