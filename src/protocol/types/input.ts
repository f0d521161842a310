import type { ElicitRequest, ElicitResult } from "./elicitation.ts";
import type { RequestParams, Result } from "./messages.ts";
import type { ListRootsRequest, ListRootsResult } from "./roots.ts";
import type { CreateMessageRequest, CreateMessageResult } from "./sampling.ts";

/** A question of a server to its client, without id: it travels in a result. Since 2026-07-28. */
export type InputRequest = ElicitRequest | CreateMessageRequest | ListRootsRequest;

/** The client's answer to an {@link InputRequest}. Since 2026-07-28. */
export type InputResponse = ElicitResult | CreateMessageResult | ListRootsResult;

/** Questions by key; the server chooses the keys. Since 2026-07-28. */
export interface InputRequests {
  [key: string]: InputRequest;
}

/** Answers under the keys of their questions. Since 2026-07-28. */
export interface InputResponses {
  [key: string]: InputResponse;
}

/**
 * The server needs more before it can answer. The client gathers the answers and sends the same request again, with a
 * new id, the answers in `inputResponses` and `requestState` unchanged.
 *
 * At least one of the two members is there; state alone means "come back". Since 2026-07-28, for `tools/call`,
 * `prompts/get` and `resources/read`.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
 */
export interface InputRequiredResult extends Result {
  resultType: "input_required";
  /** What the server asks. */
  inputRequests?: InputRequests;
  /** What the server wants to remember; opaque to the client. */
  requestState?: string;
}

/**
 * What the parameters of a request hold beside its own when it is sent again after an {@link InputRequiredResult}.
 *
 * Since 2026-07-28.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
 */
export interface InputResponseRequestParams extends RequestParams {
  /** The answers. */
  inputResponses?: InputResponses;
  /** The state of the result, byte for byte; absent when it had none. */
  requestState?: string;
}
