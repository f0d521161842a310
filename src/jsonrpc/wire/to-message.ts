import { isRequestId, Malformed, type Message } from "../index.ts";
import { type ErrorObject, InvalidRequestError } from "../../errors.ts";
import { isObject } from "../../json.ts";
import { limits } from "../../limits.ts";

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
