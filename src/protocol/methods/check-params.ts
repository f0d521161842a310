import { isObject } from "../../json.ts";

import { limits } from "../../limits.ts";
import {
  array,
  boolean,
  type Check,
  members,
  named,
  number,
  object,
  oneOf,
  optional,
  present,
  record,
  string,
  text,
  within,
} from "./check-fields.ts";
import { anything, elicit } from "./check-input.ts";
import { clientCapabilities, implementation, loggingLevel, requestId, requestMeta } from "./check-meta.ts";
import { createMessage } from "./check-sampling.ts";

/**
 * Says what is wrong with the `params` of a message, in a sentence that begins with their place, such as
 * `params.name must be a string`, or undefined.
 *
 * What mcplex acts on is checked; the rest of the payload belongs to others. Members, blocks of content and
 * capabilities that are not known pass.
 */
export type ParamsCheck = (params: unknown) => string | undefined;

const name = text(limits.nameLength);
const uri = text(limits.uriLength);

const optionalObject = optional(object);
const optionalMeta = optional(requestMeta);
const meta = { _meta: optionalMeta };

/** What a request holds when it is sent again with answers. Whether they fit the questions is seen where those are. */
const answers = { inputResponses: optional(record(object)), requestState: optional(string) };

/** Parameters with these members. */
export function params(checks: Readonly<Record<string, Check>>): ParamsCheck {
  return named("params", members({ ...checks, ...meta }));
}

/** Parameters that hold `_meta` at most, or are not there: `ping`, `server/discover`, the `list_changed` family. */
export const anyParams: ParamsCheck = named("params", anything);

/** Every request for a list. */
export const listParams: ParamsCheck = named(
  "params",
  optional(members({ cursor: optional(text(limits.cursorLength)), ...meta })),
);

/** `tools/call`. The busiest of all, and so without the loop of the others. */
export const callToolParams: ParamsCheck = (value) =>
  within(
    "params",
    isObject(value)
      ? (within(".name", name(value["name"])) ??
          within(".arguments", optionalObject(value["arguments"])) ??
          within(".inputResponses", answers.inputResponses(value["inputResponses"])) ??
          within(".requestState", answers.requestState(value["requestState"])) ??
          within("._meta", optionalMeta(value["_meta"])))
      : object(value),
  );

/** `resources/read`. */
export const readResourceParams: ParamsCheck = params({ uri, ...answers });

/** `resources/subscribe` and `resources/unsubscribe`. */
export const subscribeParams: ParamsCheck = params({ uri });

/** `prompts/get`. */
export const getPromptParams: ParamsCheck = params({ name, arguments: optional(record(string)), ...answers });

const promptReference = members({ name });
const resourceReference = members({ uri });
const reference = members({ type: oneOf("ref/prompt", "ref/resource") });

/** `completion/complete`. */
export const completeParams: ParamsCheck = params({
  ref: (value) =>
    reference(value) ??
    ((value as { type: unknown }).type === "ref/prompt" ? promptReference : resourceReference)(value),
  argument: members({ name, value: string }),
  context: optional(members({ arguments: optional(record(string)) })),
});

/** What a subscription is about. Members of extensions pass. */
const filter = members({
  toolsListChanged: optional(boolean),
  promptsListChanged: optional(boolean),
  resourcesListChanged: optional(boolean),
  resourceSubscriptions: optional(array(uri, limits.listenUris)),
});

/** `subscriptions/listen`. */
export const listenParams: ParamsCheck = params({ notifications: filter });

/** `notifications/subscriptions/acknowledged`. */
export const listenAcknowledgedParams: ParamsCheck = params({ notifications: filter });

/** `logging/setLevel`. */
export const setLevelParams: ParamsCheck = params({ level: loggingLevel });

/** `initialize`. */
export const initializeParams: ParamsCheck = params({
  protocolVersion: string,
  capabilities: clientCapabilities,
  clientInfo: implementation,
});

/** `sampling/createMessage`. */
export const createMessageParams: ParamsCheck = named("params", createMessage);

/** `elicitation/create`. */
export const elicitParams: ParamsCheck = named("params", elicit);

/** `notifications/progress`. */
export const progressParams: ParamsCheck = params({
  progressToken: requestId,
  progress: number,
  total: optional(number),
  message: optional(string),
});

/** `notifications/cancelled`. */
export const cancelledParams: ParamsCheck = params({ requestId, reason: optional(string) });

/** `notifications/message`. */
export const loggingMessageParams: ParamsCheck = params({
  level: loggingLevel,
  logger: optional(string),
  data: present,
});

/** `notifications/resources/updated`. */
export const resourceUpdatedParams: ParamsCheck = params({ uri });

/** `notifications/elicitation/complete` of 2025-11-25. */
export const elicitationCompleteParams: ParamsCheck = params({ elicitationId: string });
