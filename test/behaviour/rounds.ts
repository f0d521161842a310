import type { ErrorObject } from "../../src/errors.ts";
import type { Params, Response } from "../../src/jsonrpc/index.ts";
import { isModern, type InputRequiredResult, type Revision } from "../../src/protocol/index.ts";
import type { RawClient } from "./by-hand.ts";
import { since } from "./bindings.ts";

/** The revisions in which a handler can ask the user. */
export const ASKING: readonly Revision[] = since("2025-06-18");

/** What a client can do that answers everything. */
export const EVERYTHING = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} };

/** A question as it arrives. */
export interface Asked {
  readonly method: string;
  readonly params: Record<string, any>;
}

/** Answers a question. */
export type Answerer = (question: Asked, key: string) => object;

/** Accepts a form, with the length of the message as the value `v`. */
export const accepting: Answerer = ({ params }) => ({ action: "accept", content: { v: params["message"].length } });

/** How a call went. */
export interface Outcome {
  readonly response: Response;
  /** The rounds that ended with questions. */
  readonly rounds: readonly InputRequiredResult[];
}

/** Makes a call and answers what it asks, in the way of the client's revision, until it is over. */
export async function drive(
  raw: RawClient,
  method: string,
  params: Params,
  answer: Answerer,
  next: () => Promise<RawClient> | RawClient = () => raw,
): Promise<Outcome> {
  if (!isModern(raw.revision)) {
    for (const asked of ["elicitation/create", "sampling/createMessage", "roots/list"]) {
      raw.on(asked, (request) => answer(request as unknown as Asked, String(request.id)));
    }
    return { response: await raw.request(method, params), rounds: [] };
  }
  const rounds: InputRequiredResult[] = [];
  let response = await raw.request(method, params);
  for (let at = 0; at < 20 && isInputRequired(response); at++) {
    rounds.push(response.result);
    const client = await next();
    response = await client.request(method, { ...params, ...retry(response.result, answer) });
  }
  return { response, rounds };
}

/** What a client adds to a request that it sends again. */
export function retry({ inputRequests, requestState }: InputRequiredResult, answer: Answerer): Params {
  const answered = Object.entries(inputRequests ?? {}).map(([key, asked]) => [key, answer(asked as Asked, key)]);
  return {
    ...(inputRequests === undefined ? {} : { inputResponses: Object.fromEntries(answered) }),
    ...(requestState === undefined ? {} : { requestState }),
  };
}

/** The result of a round that asks. */
export function asks(response: Response): InputRequiredResult {
  if (!isInputRequired(response)) throw new Error(`It asked nothing: ${JSON.stringify(response)}`);
  return response.result;
}

function isInputRequired(response: Response): response is Response & { result: InputRequiredResult } {
  return (response.result as { resultType?: string } | undefined)?.resultType === "input_required";
}

/** The text of a tool result, or the error. */
export function textOf({ result, error }: Response): string | ErrorObject | undefined {
  if (error !== undefined) return error;
  return (result as { content?: { text?: string }[] }).content?.[0]?.text;
}

/** Lets so many turns of the event loop pass. */
export async function turns(count: number): Promise<void> {
  for (let at = 0; at < count; at++) await new Promise((resolve) => setImmediate(resolve));
}
