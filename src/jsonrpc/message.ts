import type { ErrorObject, ProtocolError } from "../errors.ts";
import { isObject } from "../json.ts";
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

/** What is known of something that is no message, beside the error. */
export interface MalformedFacts {
  readonly id?: RequestId | undefined;
  readonly silent?: boolean;
  readonly batch?: readonly unknown[];
}

/** Something that arrived and is no message, with the error that says why. */
export class Malformed {
  readonly error: ProtocolError;
  /** The id, where it could be read. */
  readonly id: RequestId | undefined;
  /** Whether it was meant as a response or a notification, and so gets no answer. */
  readonly silent: boolean;
  /** The messages of a batch, which only revision 2025-03-26 has. */
  readonly batch: readonly unknown[] | undefined;

  constructor(error: ProtocolError, { id, silent = false, batch }: MalformedFacts = {}) {
    this.error = error;
    this.id = id;
    this.silent = silent;
    this.batch = batch;
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

/** Whether what a listener gave is an answer. */
export function isResponse(value: unknown): value is Response {
  return isObject(value) && (value["result"] !== undefined || value["error"] !== undefined);
}

/** The response that says why a request failed. */
export function failure(id: RequestId, error: ProtocolError): ErrorResponse {
  return { jsonrpc: "2.0", id, error: error.toJSON() };
}
