import { InternalError, MethodNotFoundError, ProtocolError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type Call, failure, type Notification, type Params, type Request, type Response } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import type { Revision } from "../protocol/index.ts";
import { methodsOf } from "../protocol/methods/index.ts";
import type { Answerer } from "./question.ts";

/** Told what went wrong and was survived. */
export type Report = (problem: unknown) => void;

/** Answers one request of the server by its handler. */
export async function answer(
  answerer: Answerer,
  version: Revision | undefined,
  { id, method, params = {} }: Request,
  call: Call,
  report: Report,
): Promise<Response> {
  if (method === "ping") return { jsonrpc: "2.0", id, result: {} };
  try {
    // Not before the handshake is over.
    if (version === undefined) throw new MethodNotFoundError(`Method not found: ${method}`);
    // Most servers ask nothing.
    const { answerTo } = await import("./question.ts");
    return { jsonrpc: "2.0", id, result: await answerTo(answerer, version, method, params, call.signal) };
  } catch (error) {
    if (error instanceof ProtocolError) return failure(id, error);
    report(error);
    return failure(id, new InternalError());
  }
}

/** The URLs that a server asked the user to visit, by the ids that say later that the user is done there. */
export class Visits {
  readonly #open = new Set<string>();

  /** Learns from a question, or from an error that lists visits. Anything else is no visit. */
  learn(asked: unknown): void {
    const id = isObject(asked) && asked["mode"] === "url" ? asked["elicitationId"] : undefined;
    if (typeof id !== "string") return;
    this.#open.add(id);
    // A server need not say that a visit is over.
    if (this.#open.size > limits.pending) this.#open.delete(this.#open.values().next().value as string);
  }

  /** Whether this is the end of a visit, for the first time. */
  over(params: Params | undefined): boolean {
    return this.#open.delete(params?.["elicitationId"] as string);
  }
}

/** Hears of a listener that fails after it returned: the types let an async one stand for one that gives nothing. */
export function heed(returned: unknown, report: Report): void {
  if (returned instanceof Promise) returned.catch(report);
}

/** Gives a notification to its handler; false when there is none, or when the notification is none. */
export function notify(
  on: Answerer["on"],
  version: Revision,
  { method, params }: Notification,
  report: Report,
): boolean {
  const handler = Object.hasOwn(on, method) ? (on as Record<string, unknown>)[method] : undefined;
  if (typeof handler !== "function") return false;
  if (methodsOf(version).notifications.get(method)?.params(params) !== undefined) return false;
  heed((handler as (params: Params) => unknown)(params ?? {}), report);
  return true;
}
