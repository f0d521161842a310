/**
 * Every error class of mcplex.
 *
 * A {@link ProtocolError} travels on the wire, a {@link LocalError} never does, a {@link ToolError} is text that the
 * model reads, and a {@link DefinitionError} says that a program is written wrongly.
 */

/** JSON-RPC error codes that have a meaning in the Model Context Protocol. */
export const ErrorCode = {
  ParseError: -32700,
  InvalidRequest: -32600,
  MethodNotFound: -32601,
  InvalidParams: -32602,
  InternalError: -32603,
  /** Revisions up to 2025-11-25 answer this for an unknown resource. */
  ResourceNotFound: -32002,
  HeaderMismatch: -32020,
  MissingRequiredClientCapability: -32021,
  UnsupportedProtocolVersion: -32022,
  /** Revision 2025-11-25 alone. */
  UrlElicitationRequired: -32042,
} as const;

/** The `error` member of a JSON-RPC error response. */
export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/**
 * An error that travels on the wire as a JSON-RPC error response.
 *
 * Throw one from a handler to choose the code, message and data that the peer gets. Everything else that a handler
 * throws becomes -32603 with a generic text.
 *
 * @see https://www.jsonrpc.org/specification#error_object
 */
export class ProtocolError extends Error {
  override readonly name: string = "ProtocolError";
  /** The JSON-RPC error code. Codes of an application stand outside -32768 to -32000. */
  readonly code: number;
  /** Anything more that the peer should know; must be JSON. */
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.data = data;
  }

  /** The error as it stands in a response. */
  toJSON(): ErrorObject {
    return this.data === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, data: this.data };
  }
}

/** -32700: the text is no JSON. */
export class ParseError extends ProtocolError {
  override readonly name: string = "ParseError";
  constructor(message = "Parse error", data?: unknown) {
    super(ErrorCode.ParseError, message, data);
  }
}

/** -32600: the JSON is no request. */
export class InvalidRequestError extends ProtocolError {
  override readonly name: string = "InvalidRequestError";
  constructor(message = "Invalid request", data?: unknown) {
    super(ErrorCode.InvalidRequest, message, data);
  }
}

/** -32601: the peer has no such method, or none in this revision. */
export class MethodNotFoundError extends ProtocolError {
  override readonly name: string = "MethodNotFoundError";
  constructor(message = "Method not found", data?: unknown) {
    super(ErrorCode.MethodNotFound, message, data);
  }
}

/** -32602: the method exists, its parameters are wrong. */
export class InvalidParamsError extends ProtocolError {
  override readonly name: string = "InvalidParamsError";
  constructor(message = "Invalid params", data?: unknown) {
    super(ErrorCode.InvalidParams, message, data);
  }
}

/** -32603: the answering side failed. */
export class InternalError extends ProtocolError {
  override readonly name: string = "InternalError";
  constructor(message = "Internal error", data?: unknown) {
    super(ErrorCode.InternalError, message, data);
  }
}

/**
 * A resource does not exist. Goes out as -32602 on 2026-07-28 and as -32002 before, with `data.uri`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#error-handling
 */
export class ResourceNotFoundError extends ProtocolError {
  override readonly name: string = "ResourceNotFoundError";
  constructor(message = "Resource not found", data?: unknown) {
    super(ErrorCode.ResourceNotFound, message, data);
  }
}

/** -32020: an HTTP header says something else than the body. */
export class HeaderMismatchError extends ProtocolError {
  override readonly name: string = "HeaderMismatchError";
  constructor(message = "Header mismatch", data?: unknown) {
    super(ErrorCode.HeaderMismatch, message, data);
  }
}

/** -32021: the request needs a capability that the client did not declare; `data.requiredCapabilities` names it. */
export class MissingRequiredClientCapabilityError extends ProtocolError {
  override readonly name: string = "MissingRequiredClientCapabilityError";
  constructor(message = "Missing required client capability", data?: unknown) {
    super(ErrorCode.MissingRequiredClientCapability, message, data);
  }
}

/** -32022: the server does not speak the requested revision; `data.supported` lists those that it speaks. */
export class UnsupportedProtocolVersionError extends ProtocolError {
  override readonly name: string = "UnsupportedProtocolVersionError";
  constructor(message = "Unsupported protocol version", data?: unknown) {
    super(ErrorCode.UnsupportedProtocolVersion, message, data);
  }
}

/** A URL that the user has to visit. */
export interface UrlElicitation {
  readonly mode: "url";
  /** Why the user should go there. */
  readonly message: string;
  readonly url: string;
  /** Names the visit: `notifications/elicitation/complete` says with it that the user is done there. */
  readonly elicitationId: string;
}

/**
 * -32042: the user must visit URLs first (revision 2025-11-25); `elicitations` lists them. Ask the user to, and send the
 * request again.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#url-elicitation-required-error
 */
export class UrlElicitationRequiredError extends ProtocolError {
  override readonly name: string = "UrlElicitationRequiredError";
  constructor(message = "URL elicitation required", data?: unknown) {
    super(ErrorCode.UrlElicitationRequired, message, data);
  }

  /** The URLs to visit, out of `data`; what is none there is left out. */
  get elicitations(): readonly UrlElicitation[] {
    const { elicitations } = (this.data ?? {}) as { readonly elicitations?: unknown };
    return Array.isArray(elicitations) ? elicitations.filter(isUrlElicitation) : [];
  }
}

function isUrlElicitation(given: unknown): given is UrlElicitation {
  const { mode, message, url, elicitationId } = (given ?? {}) as Record<string, unknown>;
  return mode === "url" && [message, url, elicitationId].every((member) => typeof member === "string");
}

type Known = new (message: string, data?: unknown) => ProtocolError;

/** The error that a peer sent, as the subclass that its code means. */
export function protocolErrorOf({ code, message, data }: ErrorObject): ProtocolError {
  const known: Readonly<Record<number, Known>> = {
    [ErrorCode.ParseError]: ParseError,
    [ErrorCode.InvalidRequest]: InvalidRequestError,
    [ErrorCode.MethodNotFound]: MethodNotFoundError,
    [ErrorCode.InvalidParams]: InvalidParamsError,
    [ErrorCode.InternalError]: InternalError,
    [ErrorCode.ResourceNotFound]: ResourceNotFoundError,
    [ErrorCode.HeaderMismatch]: HeaderMismatchError,
    [ErrorCode.MissingRequiredClientCapability]: MissingRequiredClientCapabilityError,
    [ErrorCode.UnsupportedProtocolVersion]: UnsupportedProtocolVersionError,
    [ErrorCode.UrlElicitationRequired]: UrlElicitationRequiredError,
  };
  const meant = known[code];
  return meant === undefined ? new ProtocolError(code, message, data) : new meant(message, data);
}

/**
 * Why a call ended without an answer from the peer:
 *
 * - `closed`: the connection is closed, by either side.
 * - `timeout`: no answer and no progress in time.
 * - `aborted`: the caller's `AbortSignal` fired; its reason is the `cause`.
 * - `limit`: a limit of `limits` was reached; `data.limit` names it.
 * - `invalid_response`: the peer answered with something that the protocol does not allow.
 * - `not_supported`: the peer did not declare the capability, or the revision in use has no such method.
 * - `no_way_back`: a handler asked, and the connection cannot carry questions to the client.
 * - `unanswered`: the server asked back, and the client has no answer: its handler failed, and its error is the `cause`,
 *   or it has none for such a question; `data.key` and `data.method` name the question.
 * - `no_common_version`: the two sides share no protocol revision.
 * - `http`: HTTP brought no answer; `data.status` has the status, or `data.code` how the network failed.
 * - `spawn`: a command could not be started.
 * - `exited`: a child process ended; the message has its exit code and the end of its stderr.
 * - `schema`: a value does not match the schema that its other side declared.
 */
export type LocalErrorCode =
  | "closed"
  | "timeout"
  | "aborted"
  | "limit"
  | "invalid_response"
  | "not_supported"
  | "no_way_back"
  | "unanswered"
  | "no_common_version"
  | "http"
  | "spawn"
  | "exited"
  | "schema";

/** An error of this side. It never travels on the wire, and no code of a peer can be mistaken for it. */
export class LocalError extends Error {
  override readonly name: string = "LocalError";
  /** What happened, for programs. */
  readonly code: LocalErrorCode;
  /** What is known beside the message, such as `limit`, `exitCode` or `stderr`. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: LocalErrorCode, message: string, options: ErrorOptions & { data?: Record<string, unknown> } = {}) {
    super(message, options);
    this.code = code;
    this.data = options.data ?? {};
  }
}

/**
 * A tool failed, and the model should read why.
 *
 * Thrown by a handler, the message becomes the text of a result with `isError: true`. Thrown by `client.call`, it holds
 * the text that the tool gave, and the whole result.
 */
export class ToolError extends Error {
  override readonly name: string = "ToolError";
  /** The whole `CallToolResult`, where the error came from a server. */
  readonly result: unknown;

  constructor(message: string, options: ErrorOptions & { result?: unknown } = {}) {
    super(message, options);
    this.result = options.result;
  }
}

/** A definition or an option is wrong. Thrown where it is written, never later; the message says what to change. */
export class DefinitionError extends Error {
  override readonly name: string = "DefinitionError";
}
