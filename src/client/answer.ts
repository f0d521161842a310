import { InternalError, InvalidParamsError, MethodNotFoundError, ProtocolError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type Call, failure, type Notification, type Params, type Request, type Response } from "../jsonrpc/index.ts";
import {
  type ClientCapabilities,
  type LoggingMessageNotificationParams,
  methodsOf,
  type ResourceUpdatedNotificationParams,
  type Revision,
  type ServerRequests,
} from "../protocol/index.ts";

/** What a handler of a server's request gets beside the parameters. */
export interface AnswerContext {
  /** Aborts when the server no longer wants the answer. */
  readonly signal: AbortSignal;
}

/** What a client does with what the server starts. A handler for a request declares the capability that it needs. */
export type Handlers = {
  /** Answers a request of the server. Throw a `ProtocolError` to refuse it with a code of your choice. */
  readonly [M in Exclude<keyof ServerRequests, "ping">]?: (
    params: ServerRequests[M]["params"],
    context: AnswerContext,
  ) => ServerRequests[M]["result"] | Promise<ServerRequests[M]["result"]>;
} & {
  /** Takes log messages of the server. */
  readonly "notifications/message"?: (params: LoggingMessageNotificationParams) => void;
  /** A list of the server changed (before 2026-07-28; use `listen`, which works in every revision). */
  readonly "notifications/tools/list_changed"?: () => void;
  readonly "notifications/prompts/list_changed"?: () => void;
  readonly "notifications/resources/list_changed"?: () => void;
  /** A resource changed that was subscribed to (before 2026-07-28; use `listen`). */
  readonly "notifications/resources/updated"?: (params: ResourceUpdatedNotificationParams) => void;
};

/** The capabilities that handlers show, unless the client says otherwise. */
export function capabilitiesOf(on: Handlers, declared: ClientCapabilities | undefined): ClientCapabilities {
  const capabilities: ClientCapabilities = {};
  if (on["elicitation/create"] !== undefined) capabilities.elicitation = {};
  if (on["sampling/createMessage"] !== undefined) capabilities.sampling = {};
  if (on["roots/list"] !== undefined) capabilities.roots = { listChanged: true };
  return { ...capabilities, ...declared };
}

/** Told what went wrong and was survived. */
export type Report = (problem: unknown) => void;

/** Answers one request of the server by its handler. */
export async function answer(
  on: Handlers,
  declared: ClientCapabilities,
  version: Revision | undefined,
  request: Request,
  call: Call,
  report: Report,
): Promise<Response> {
  const { id, method } = request;
  if (method === "ping") return { jsonrpc: "2.0", id, result: {} };
  try {
    const row = version === undefined ? undefined : methodsOf(version).server.get(method);
    const handler = row === undefined ? undefined : (on as Record<string, unknown>)[method];
    if (row === undefined || typeof handler !== "function")
      throw new MethodNotFoundError(`Method not found: ${method}`);
    const wrong = row.params(request.params);
    if (wrong !== undefined) throw new InvalidParamsError(wrong);
    const undeclared = undeclaredPart(method, request.params ?? {}, declared);
    if (undeclared !== undefined) throw new InvalidParamsError(`This client did not declare ${undeclared}`);
    const given: unknown = await handler(request.params ?? {}, { signal: call.signal });
    const result = method === "elicitation/create" ? withDefaults(request.params ?? {}, given) : given;
    const problem = row.result?.(result);
    if (problem !== undefined) throw new TypeError(`The handler of ${method} gave a wrong result: ${problem}`);
    return { jsonrpc: "2.0", id, result };
  } catch (error) {
    if (error instanceof ProtocolError) return failure(id, error);
    report(error);
    return failure(id, new InternalError());
  }
}

/** The part of a capability that a question needs and the client did not declare. */
function undeclaredPart(
  method: string,
  params: Params,
  { elicitation, sampling }: ClientCapabilities,
): string | undefined {
  if (method === "elicitation/create" && params["mode"] === "url") {
    return elicitation?.url === undefined ? "elicitation.url" : undefined;
  }
  const needsTools = params["tools"] !== undefined || params["toolChoice"] !== undefined;
  return method === "sampling/createMessage" && needsTools && sampling?.tools === undefined
    ? "sampling.tools"
    : undefined;
}

/** An accepted form with the defaults of the fields that were left out. */
function withDefaults({ requestedSchema }: Params, given: unknown): unknown {
  const { action, content = {} } = isObject(given) ? given : {};
  const fields = isObject(requestedSchema) ? requestedSchema["properties"] : undefined;
  if (action !== "accept" || !isObject(content) || !isObject(fields)) return given;
  const defaults = Object.entries(fields).flatMap(([name, field]) =>
    isObject(field) && field["default"] !== undefined ? [[name, field["default"]] as const] : [],
  );
  return { ...(given as object), content: { ...Object.fromEntries(defaults), ...content } };
}

/** Gives a notification to its handler; false when there is none, or when the notification is none. */
export function notify(on: Handlers, version: Revision, { method, params }: Notification): boolean {
  const handler = Object.hasOwn(on, method) ? (on as Record<string, unknown>)[method] : undefined;
  if (typeof handler !== "function") return false;
  if (methodsOf(version).notifications.get(method)?.params(params) !== undefined) return false;
  (handler as (params: Params) => void)(params ?? {});
  return true;
}
