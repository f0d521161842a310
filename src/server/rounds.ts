import { DefinitionError, InvalidParamsError, LocalError, UrlElicitationRequiredError } from "../errors.ts";
import { isObject } from "../json.ts";
import { after, isAborted, onAbort, type Params } from "../jsonrpc/index.ts";
import type { InputRequests, InputRequiredResult, Method, Result } from "../protocol/index.ts";
import type { Context } from "./context.ts";
import type { InputRequired } from "./input-required.ts";
import type { Remembered } from "./remembered.ts";
import { boundTo, type Seal } from "./seal.ts";
import type { Wire } from "./wire.ts";

/** Whether a request goes on with a call that asked before. */
export function isRetry(method: Method, params: Params, context: Context): boolean {
  if (method.asks === undefined) return false;
  if (params["requestState"] === undefined && params["inputResponses"] === undefined) return false;
  // Middleware may have brought it back already.
  return context.asks === "rounds" && !context.round.resumed;
}

/** Brings back what the earlier rounds of a call left. @throws InvalidParamsError for what is not what they left. */
export async function resume(params: Params, context: Context, wire: Wire): Promise<void> {
  const { requestState, inputResponses = {} } = params;
  const { round } = context;
  if (requestState !== undefined) {
    const remembered = (await (wire.seal as Seal).open(requestState, boundTo(round.origin))) as Remembered;
    round.resume(remembered);
  }
  if (!isObject(inputResponses)) throw new InvalidParamsError("inputResponses must be an object");
  round.take(inputResponses, wire.revision);
}

/** Ends a round with the questions that wait for their answers. */
export async function suspend(context: Context, wire: Wire): Promise<Result> {
  const { round, binding } = context;
  await round.close();
  if (isAborted(context.underlying)) throw givenUp();
  if (binding?.principal?.id !== round.origin.binding?.principal?.id) {
    const fix = "let the binding say who asks, as `authenticate` does over HTTP";
    throw new DefinitionError(`A call that asks must belong to the same principal before and after middleware: ${fix}`);
  }
  const inputRequests = round.pending;
  const asked = Object.keys(inputRequests).length > 0 ? { inputRequests } : {};
  const state = round.remember();
  const requestState = await (wire.seal as Seal).seal(state, boundTo(round.origin), context.http !== undefined);
  return { resultType: "input_required", ...asked, requestState } as InputRequiredResult;
}

/**
 * Gets the answers to what a handler asked by its result: sends the questions and tells to run the handler again, or
 * leaves them for the next round and gives false.
 */
export async function fulfil({ parts }: InputRequired, context: Context): Promise<boolean> {
  const { inputRequests = {}, requestState } = parts;
  const { round } = context;
  if (round.ending) return false;
  if (context.asks === "rounds") {
    context.checkQuestions(inputRequests);
    round.askByHand(inputRequests, requestState);
    return false;
  }
  const rounds = round.count();
  if (parts.inputRequests === undefined) await pause(context, FIRST_PAUSE * 2 ** (rounds - 1));
  const responses = await context.askByHand(inputRequests);
  round.again(responses, requestState);
  return true;
}

/** Of a call that nobody waits for any more. */
export function givenUp(): LocalError {
  return new LocalError("aborted", "Nobody waits for this call any more");
}

/** How long a handler that only wants to be run again waits for it, in milliseconds; each time twice as long. */
const FIRST_PAUSE = 50;

function pause({ underlying }: Context, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = after(milliseconds, () => {
      unlisten();
      resolve();
    });
    const unlisten = onAbort(underlying, () => {
      wake();
      resolve();
    });
  });
}

/** Whether a round ends with questions, whatever its handler threw; some errors stand for questions themselves. */
export function endsRound(error: unknown, context: Context): boolean {
  if (context.ending) return true;
  if (!(error instanceof UrlElicitationRequiredError) || context.asks !== "rounds") return false;
  const { elicitations } = (error.data ?? {}) as { elicitations?: readonly Record<string, unknown>[] };
  const asked = (elicitations ?? []).map(({ elicitationId, ...params }) => [
    String(elicitationId ?? params["url"]),
    { method: "elicitation/create", params: { mode: "url", ...params } },
  ]);
  const questions = Object.fromEntries(asked) as InputRequests;
  context.checkQuestions(questions);
  if (asked.length > 0) context.round.askByHand(questions, context.round.own);
  return context.ending;
}
