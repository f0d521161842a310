import { isObject } from "../../json.ts";

import {
  array,
  type Check,
  members,
  nullable,
  object,
  oneOf,
  optional,
  record,
  string,
  within,
} from "./check-fields.ts";
import { requestMeta } from "./check-meta.ts";
import { createMessage } from "./check-sampling.ts";

const form = members({
  message: string,
  requestedSchema: members({
    type: oneOf("object"),
    properties: record(object),
    required: optional(array(string)),
  }),
  _meta: optional(requestMeta),
});

/** A URL that a browser opens as a page: others start programs, or run what they hold. */
const page: Check = (value) => {
  const problem = string(value);
  if (problem !== undefined) return problem;
  const isPage = /^https?:\/\/[^\s\p{Cc}]{1,8192}$/iu.test(value as string) && URL.canParse(value as string);
  return isPage ? undefined : " must be an https URL";
};

const url = members({ message: string, url: page, elicitationId: optional(string), _meta: optional(requestMeta) });

const mode = members({ mode: optional(oneOf("form", "url")) });

/** The parameters of `elicitation/create`. */
export const elicit: Check = (value) =>
  mode(value) ?? ((value as { mode?: unknown }).mode === "url" ? url : form)(value);

const answer = members({ action: oneOf("accept", "decline", "cancel") });

const strings = array(string);

const accepted = members({
  content: nullable(record((value) => (typeof value === "object" ? strings(value) : undefined))),
});

/** The result of `elicitation/create`. Content counts only where the user accepted. */
export const elicited: Check = (value) =>
  answer(value) ?? ((value as { action: unknown }).action === "accept" ? accepted(value) : undefined);

/** Parameters of which no more is known than that they may be missing. */
export const anything: Check = optional(members({ _meta: optional(requestMeta) }));

const questions: ReadonlyMap<unknown, Check> = new Map([
  ["elicitation/create", elicit],
  ["sampling/createMessage", createMessage],
  ["roots/list", anything],
]);

/** A question in `inputRequests`. */
export const inputRequest: Check = (value) => {
  if (!isObject(value)) return object(value);
  const check = questions.get(value["method"]);
  if (check === undefined) return `.method must be one of ${[...questions.keys()].join(", ")}`;
  return within(".params", check(value["params"]));
};
