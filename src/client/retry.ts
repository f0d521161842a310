/** Requests that go on with a call whose server asked back. */
import { LocalError } from "../errors.ts";
import { isObject } from "../json.ts";
import type { Params, Response } from "../jsonrpc/index.ts";
import type { RequestOptions } from "./request.ts";

/** What a caller who answers by hand adds. */
type Answered = Pick<RequestOptions, "inputResponses" | "requestState">;

/** What is answered in rounds depends on more than the request. */
export function isRetried(
  ...parts: readonly { readonly inputResponses?: unknown; readonly requestState?: unknown }[]
): boolean {
  return parts.some(({ inputResponses, requestState }) => inputResponses !== undefined || requestState !== undefined);
}

/** The parameters of a request that goes on where its caller left it. No other request may carry what belongs to it. */
export function resumed(params: Params, { inputResponses, requestState }: Answered, mayAsk: boolean): Params {
  if (inputResponses === undefined && requestState === undefined) return params;
  if (mayAsk) return { ...params, inputResponses, requestState };
  throw new LocalError("not_supported", "This method takes no inputResponses and no requestState in this revision");
}

/** Whether a response asks back. */
export function asksBack({ result }: Response): boolean {
  return isObject(result) && result["resultType"] === "input_required";
}
