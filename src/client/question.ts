import { InvalidParamsError, MethodNotFoundError } from "../errors.ts";
import { type Params } from "../jsonrpc/index.ts";
import type { ClientCapabilities, Revision } from "../protocol/index.ts";
import { methodsOf } from "../protocol/methods/index.ts";
import { elicited } from "./elicited.ts";
import type { Handlers } from "./handlers.ts";

/** How a client answers. */
export interface Answerer {
  readonly on: Handlers;
  /** The capabilities that it declared. */
  readonly declared: ClientCapabilities;
}

type Handler = (params: Params, context: { readonly signal: AbortSignal }) => unknown;

/**
 * Answers a question of the server by the client's handler for it, however the question came.
 *
 * @throws ProtocolError for a question that is none of this client's; TypeError for an answer that is none; whatever
 * the handler throws.
 */
export async function answerTo(
  { on, declared }: Answerer,
  version: Revision,
  method: string,
  params: Params,
  signal: AbortSignal,
): Promise<unknown> {
  const row = methodsOf(version).questions.get(method);
  const handler = row && (on as Readonly<Record<string, Handler | undefined>>)[method];
  if (row === undefined || typeof handler !== "function") {
    throw new MethodNotFoundError(`This client has no handler for ${method}`);
  }
  const wrong = row.params(params);
  if (wrong !== undefined) throw new InvalidParamsError(wrong);
  const undeclared = undeclaredPart(method, params, declared);
  if (undeclared !== undefined) throw new InvalidParamsError(`This client did not declare ${undeclared}`);
  const given = await handler(params, { signal });
  const result = method === "elicitation/create" ? await elicited(params, given) : given;
  const problem = row.result?.(result);
  if (problem !== undefined) throw new TypeError(`The handler of ${method} gave a wrong result: ${problem}`);
  return result;
}

/** The capability, or the part of one, that a question needs and the client did not declare. */
function undeclaredPart(
  method: string,
  params: Params,
  { elicitation, sampling, roots }: ClientCapabilities,
): string | undefined {
  if (method === "roots/list") return roots === undefined ? "roots" : undefined;
  if (method === "elicitation/create") {
    if (params["mode"] === "url") return elicitation?.url === undefined ? "elicitation.url" : undefined;
    // An empty object stands for forms.
    const forms = elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
    return forms ? undefined : "elicitation.form";
  }
  if (sampling === undefined) return "sampling";
  const needsTools = params["tools"] !== undefined || params["toolChoice"] !== undefined;
  return needsTools && sampling.tools === undefined ? "sampling.tools" : undefined;
}
