import { DefinitionError } from "../errors.ts";
import { type Call, type ValueKey, valueKey } from "../jsonrpc/index.ts";
import type { Known } from "./answers.ts";
import type { Context } from "./context.ts";

/** A request on its way through middleware. */
interface UnderWay {
  readonly known: Known;
  readonly context: Context;
}

/** What travels beside a request to the end of the middleware. */
export const underWay: ValueKey<UnderWay> = valueKey("under way");

/**
 * The context of a request, for middleware that asks the client or leaves something to undo: what it asks and does once
 * belongs to the same call as what the handler asks.
 *
 * @throws DefinitionError for a call that no server is answering.
 * @example
 * ```ts
 * const careful: Middleware = (next) => async (request, call) => {
 *   if (request.method === "tools/call" && !(await contextOf(call).confirm("Go on?"))) return refused(request);
 *   return next(request, call);
 * };
 * ```
 */
export function contextOf(call: Call): Context {
  const found = call.values.get(underWay);
  if (found === undefined) throw new DefinitionError("contextOf needs the call that a server gave to its middleware");
  return found.context;
}
