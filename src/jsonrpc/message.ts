import { type ErrorObject, InvalidRequestError, type ProtocolError } from "../errors.ts";
import { limits } from "../limits.ts";

/** The id of a request: a string or an integer. `1` and `"1"` are different ids; `0` and `""` are legal ones. */
export type RequestId = string | number;

/** The parameters of a request or notification. */
export type Params = Readonly<Record<string, unknown>>;

/** A request: it gets exactly one response. @see https://www.jsonrpc.org/specification#request_object */
export interface Request {
  readonly jsonrpc: "2.0";
  readonly id: RequestId;
  readonly method: string;
  readonly params?: Params;
}

/** A notification: it gets no response. */
export interface Notification {
  readonly jsonrpc: "2.0";
  readonly method: string;
  readonly params?: Params;
}

/** The answer to a request that succeeded. */
export interface ResultResponse {
  readonly jsonrpc: "2.0";
  readonly id: RequestId;
  readonly result: unknown;
  readonly error?: undefined;
}

/** The answer to a request that failed. It has no id when the id of the request could not be read. */
export interface ErrorResponse {
  readonly jsonrpc: "2.0";
  readonly id?: RequestId;
  readonly error: ErrorObject;
  readonly result?: undefined;
}

/** The answer to a request; its `result` may be a {@link Serialized}. */
export type Response = ResultResponse | ErrorResponse;

/** Anything that travels. */
export type Message = Request | Notification | Response;

/** Something that arrived and is no message, with the error that answers it and, where it could be read, the id. */
export class Malformed {
  readonly error: ProtocolError;
  readonly id: RequestId | undefined;
  /** Whether it was meant as the answer to a request: then it is not answered. */
  readonly answers: boolean;

  constructor(error: ProtocolError, id?: RequestId, answers = false) {
    this.error = error;
    this.id = id;
    this.answers = answers;
  }

  /** The response to send where this side answers requests. */
  get response(): ErrorResponse {
    const error = this.error.toJSON();
    return this.id === undefined ? { jsonrpc: "2.0", error } : { jsonrpc: "2.0", id: this.id, error };
  }
}

/** Whether a value can be a request id: a string of at most `limits.idLength`, or an integer that JSON keeps exact. */
export function isRequestId(value: unknown): value is RequestId {
  return typeof value === "number"
    ? Number.isSafeInteger(value)
    : typeof value === "string" && value.length <= limits.idLength;
}

/** Whether a value is a JSON object, and neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Tells what a parsed JSON value is: a message, or why it is none. Unknown members are left where they are. */
export function toMessage(value: unknown): Message | Malformed {
  if (!isObject(value)) {
    return refuse(Array.isArray(value) ? "Batches are not part of this revision" : "A message is a JSON object");
  }
  const id = Object.hasOwn(value, "id") ? value["id"] : undefined;
  const readable = isRequestId(id) ? id : undefined;
  if (value["jsonrpc"] !== "2.0") return refuse('"jsonrpc" must be "2.0"', readable);
  if (Object.hasOwn(value, "method")) return toRequest(value, id, readable);
  return toResponse(value, id, readable);
}

function toRequest(value: Record<string, unknown>, id: unknown, readable: RequestId | undefined): Message | Malformed {
  const { method, params } = value;
  if (typeof method !== "string") return refuse('"method" must be a string', readable);
  if (method.length > limits.methodLength) {
    return refuse(`"method" is longer than ${limits.methodLength}`, readable, { limit: "methodLength" });
  }
  if (id !== undefined && readable === undefined) return refuse('"id" must be a string or an integer');
  if (params !== undefined && (typeof params !== "object" || params === null)) {
    return refuse('"params" must be an object', readable);
  }
  if (value["result"] !== undefined || value["error"] !== undefined) {
    return refuse('A message has either a "method" or a "result" or an "error"', readable);
  }
  return value as unknown as Message;
}

function toResponse(value: Record<string, unknown>, id: unknown, readable: RequestId | undefined): Message | Malformed {
  const { error } = value;
  if (Object.hasOwn(value, "result")) {
    if (error !== undefined) return wrong('A response has either a "result" or an "error"', readable);
    if (readable === undefined) return wrong("A result needs the id of its request");
    return value as unknown as Message;
  }
  if (error === undefined) return refuse('A message has a "method", a "result" or an "error"', readable);
  if (!isObject(error) || !Number.isSafeInteger(error["code"]) || typeof error["message"] !== "string") {
    return wrong('"error" must have an integer "code" and a string "message"', readable);
  }
  if (id === null || id === undefined) return { jsonrpc: "2.0", error: error as unknown as ErrorObject };
  if (readable === undefined) return wrong('"id" must be a string or an integer');
  return value as unknown as Message;
}

function wrong(message: string, id?: RequestId): Malformed {
  return new Malformed(new InvalidRequestError(message), id, true);
}

function refuse(message: string, id?: RequestId, data?: unknown): Malformed {
  return new Malformed(new InvalidRequestError(message, data), id);
}

/** The response that says why a request failed. */
export function failure(id: RequestId, error: ProtocolError): ErrorResponse {
  return { jsonrpc: "2.0", id, error: error.toJSON() };
}
