import { DefinitionError, InvalidParamsError, type UrlElicitationRequiredError } from "../errors.ts";
import { isObject } from "../json.ts";
import { after, type Call, isAborted, onAbort, type Params } from "../jsonrpc/index.ts";
import type { InputRequests, InputRequiredResult, Result } from "../protocol/index.ts";
import { type Asking, checkQuestions, questionsByHand } from "./ask.ts";
import { givenUp } from "./given-up.ts";
import type { InputRequired } from "./input-required.ts";
import type { Remembered } from "./remembered.ts";
import { boundTo, sealOf } from "./seal.ts";

/** Brings back what the earlier rounds of a call left. @throws InvalidParamsError for what is not what they left. */
export async function resume({ round, wire }: Asking, params: Params): Promise<void> {
  const { requestState, inputResponses = {} } = params;
  if (requestState !== undefined && wire.sealing !== undefined) {
    round.resume((await sealOf(wire.sealing).open(requestState, boundTo(round.origin))) as Remembered);
  }
  if (!isObject(inputResponses)) throw new InvalidParamsError("inputResponses must be an object");
  round.take(inputResponses, wire.revision);
}

/** Ends a round with the questions that wait for their answers. */
export async function suspend({ round, call, wire }: Asking): Promise<Result> {
  const { binding } = call;
  await round.close();
  if (isAborted(call)) throw givenUp();
  if (binding?.principal?.id !== round.origin.binding?.principal?.id) {
    const fix = "let the binding say who asks, as `authenticate` does over HTTP";
    throw new DefinitionError(`A call that asks must belong to the same principal before and after middleware: ${fix}`);
  }
  const inputRequests = round.pending;
  const asked = Object.keys(inputRequests).length > 0 ? { inputRequests } : {};
  const state = round.remember();
  const requestState = wire.sealing && (await sealOf(wire.sealing).seal(state, boundTo(round.origin), binding));
  return { resultType: "input_required", ...asked, requestState } as InputRequiredResult;
}

/**
 * Gets the answers to what a handler asked by its result: sends the questions and tells to run the handler again, or
 * leaves them for the next round and gives false.
 */
export async function fulfil(asking: Asking, { parts }: InputRequired): Promise<boolean> {
  const { inputRequests = {}, requestState } = parts;
  const { round, call } = asking;
  if (round.ending) return false;
  if (asking.way === "rounds") {
    checkQuestions(asking, inputRequests);
    round.askByHand(inputRequests, requestState);
    return false;
  }
  const rounds = round.count();
  if (parts.inputRequests === undefined) await pause(call, FIRST_PAUSE * 2 ** (rounds - 1));
  const responses = await questionsByHand(asking, inputRequests);
  round.again(responses, requestState);
  return true;
}

/** An error that stands for questions asks them. */
export async function askInstead(asking: Asking, { data }: UrlElicitationRequiredError): Promise<void> {
  const { elicitations } = (data ?? {}) as { elicitations?: readonly Record<string, unknown>[] };
  const asked = (elicitations ?? []).map(({ elicitationId, ...params }) => [
    String(elicitationId ?? params["url"]),
    { method: "elicitation/create", params: { mode: "url", ...params } },
  ]);
  const questions = Object.fromEntries(asked) as InputRequests;
  checkQuestions(asking, questions);
  const { round } = asking;
  if (asked.length > 0) round.askByHand(questions, round.own);
}

/** How long a handler that only wants to be run again waits for it, in milliseconds; each time twice as long. */
const FIRST_PAUSE = 50;

function pause(call: Call, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = after(milliseconds, () => {
      unlisten();
      resolve();
    });
    const unlisten = onAbort(call, () => {
      wake();
      resolve();
    });
  });
}
