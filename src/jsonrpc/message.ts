import { type ErrorObject, InvalidRequestError, type ProtocolError } from "../errors.ts";
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

/** Tells what a parsed JSON value is: a message, or why it is none. Unknown members are left where they are. */
export function toMessage(value: unknown): Message | Malformed {
  if (Array.isArray(value)) return refuse(value, "Batches are not part of this revision");
  if (!isObject(value)) return refuse(value, "A message is a JSON object");
  const id = Object.hasOwn(value, "id") ? value["id"] : undefined;
  const isAnswer = !Object.hasOwn(value, "method");
  const problem = envelopeProblem(value) ?? (isAnswer ? responseProblem(value, id) : requestProblem(value, id));
  if (problem !== undefined) return refuse(value, problem);
  return isAnswer && id === null
    ? { jsonrpc: "2.0", error: value["error"] as ErrorObject }
    : (value as unknown as Message);
}

/** Refuses a value, with what can be known of it although it is no message. */
export function refuse(value: unknown, message: string, data?: unknown): Malformed {
  const error = new InvalidRequestError(message, data);
  if (Array.isArray(value)) return new Malformed(error, { batch: value });
  if (!isObject(value)) return new Malformed(error);
  const id = Object.hasOwn(value, "id") && isRequestId(value["id"]) ? value["id"] : undefined;
  const answer = !Object.hasOwn(value, "method") && (id !== undefined || "result" in value || "error" in value);
  return new Malformed(error, { id, silent: answer || isNotification(value) });
}

function isNotification(value: Record<string, unknown>): boolean {
  return typeof value["method"] === "string" && !Object.hasOwn(value, "id");
}

function envelopeProblem({ jsonrpc, result, error, method }: Record<string, unknown>): string | undefined {
  if (jsonrpc !== "2.0") return '"jsonrpc" must be "2.0"';
  const kinds = Number(method !== undefined) + Number(result !== undefined) + Number(error !== undefined);
  return kinds === 1 ? undefined : 'A message has either a "method" or a "result" or an "error"';
}

function requestProblem({ method, params }: Record<string, unknown>, id: unknown): string | undefined {
  if (typeof method !== "string") return '"method" must be a string';
  if (method.length > limits.methodLength) return `"method" is longer than ${limits.methodLength}`;
  if (id !== undefined && !isRequestId(id)) return '"id" must be a string or an integer';
  return params === undefined || (typeof params === "object" && params !== null)
    ? undefined
    : '"params" must be an object';
}

function responseProblem({ result, error }: Record<string, unknown>, id: unknown): string | undefined {
  if (result !== undefined) return isRequestId(id) ? undefined : "A result needs the id of its request";
  if (!isObject(error) || !Number.isSafeInteger(error["code"]) || typeof error["message"] !== "string") {
    return '"error" must have an integer "code" and a string "message"';
  }
  return id === undefined || id === null || isRequestId(id) ? undefined : '"id" must be a string or an integer';
}

/** The response that says why a request failed. */
export function failure(id: RequestId, error: ProtocolError): ErrorResponse {
  return { jsonrpc: "2.0", id, error: error.toJSON() };
}
