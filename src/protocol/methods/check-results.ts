import { isObject } from "../../json.ts";
import { block, resourceContents, role } from "./check-content.ts";
import {
  array,
  boolean,
  type Check,
  members,
  named,
  nullable,
  number,
  object,
  oneOf,
  optional,
  record,
  string,
  within,
} from "./check-fields.ts";
import { elicited, inputRequest } from "./check-input.ts";
import { implementation } from "./check-meta.ts";
import { createdMessage } from "./check-sampling.ts";
import type { InputRequiredResult } from "../types/index.ts";

/**
 * Says what is wrong with a result or a part of one, in a sentence that begins with the place, such as
 * `result.content must be an array`, or undefined.
 *
 * What mcplex acts on is checked. Members and blocks of content that are not known pass, and so does null for a member
 * that may be missing, unless it decides what kind of result this is or goes back to the server.
 */
export type ResultCheck = (result: unknown) => string | undefined;

const common = { resultType: optional(string), _meta: nullable(object) };

/** A result with these members. */
export function result(checks: Readonly<Record<string, Check>>): ResultCheck {
  return named("result", members({ ...common, ...checks }));
}

/** One page of a list that stands under this name. */
export function page(list: string, entry: Check): ResultCheck {
  return result({ [list]: array(entry), nextCursor: nullable(string) });
}

/** A result that says no more than that the request was done. */
export const emptyResult: ResultCheck = result({});

/** `tools/list`. Its entries are left to {@link toolDefinition}, so that a bad one does not cost the others. */
export const listToolsResult: ResultCheck = page("tools", () => undefined);

/** One tool of a list. A client drops the tools that fail. */
export const toolDefinition: ResultCheck = named(
  "tool",
  members({ name: string, inputSchema: object, outputSchema: nullable(object) }),
);

/** `resources/list`. */
export const listResourcesResult: ResultCheck = page("resources", object);

/** `resources/templates/list`. */
export const listResourceTemplatesResult: ResultCheck = page("resourceTemplates", object);

/** `prompts/list`. */
export const listPromptsResult: ResultCheck = page("prompts", object);

/** One block of content. Of a kind that is not known, no more is asked than that it names its kind. */
export const contentBlock: ResultCheck = named("block", block);

const content = optional(array(block));
const isError = nullable(boolean);

/** `tools/call`. The busiest of all, and so without the loop of the others. */
export const callToolResult: ResultCheck = (value) =>
  within(
    "result",
    isObject(value)
      ? (within(".resultType", common.resultType(value["resultType"])) ??
          within("._meta", common._meta(value["_meta"])) ??
          within(".content", content(value["content"])) ??
          within(".isError", isError(value["isError"])))
      : object(value),
  );

/** `resources/read`. */
export const readResourceResult: ResultCheck = result({ contents: array(resourceContents) });

/** `prompts/get`. */
export const getPromptResult: ResultCheck = result({
  description: nullable(string),
  messages: array(members({ role, content: block })),
});

/** `completion/complete`. */
export const completeResult: ResultCheck = result({
  completion: members({ values: array(string), total: nullable(number), hasMore: nullable(boolean) }),
});

/** `server/discover`. */
export const discoverResult: ResultCheck = result({
  supportedVersions: array(string),
  capabilities: object,
  instructions: nullable(string),
});

/** `initialize`. */
export const initializeResult: ResultCheck = result({
  protocolVersion: string,
  capabilities: object,
  serverInfo: implementation,
  instructions: nullable(string),
});

const questions = members({
  resultType: oneOf("input_required"),
  inputRequests: optional(record(inputRequest)),
  requestState: optional(string),
  _meta: nullable(object),
});

function nothingAsked(value: unknown): string | undefined {
  const { inputRequests, requestState } = value as InputRequiredResult;
  return inputRequests === undefined && requestState === undefined
    ? " must have inputRequests or requestState"
    : undefined;
}

/**
 * The result of a method that asks back.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
 */
export const inputRequiredResult: ResultCheck = named("result", (value) => questions(value) ?? nothingAsked(value));

/** `sampling/createMessage`, also as an answer in `inputResponses`. */
export const createMessageResult: ResultCheck = named("result", createdMessage);

/** `elicitation/create`, also as an answer in `inputResponses`. */
export const elicitResult: ResultCheck = named("result", elicited);

const fileUri: Check = (value) =>
  string(value) ?? ((value as string).startsWith("file://") ? undefined : " must begin with file://");

/** `roots/list`, also as an answer in `inputResponses`. */
export const listRootsResult: ResultCheck = named(
  "result",
  members({ roots: array(members({ uri: fileUri, name: nullable(string) })) }),
);

/** The `data` of a -32022; without it the error tells nothing of the server. */
export const unsupportedProtocolVersionData: ResultCheck = named("data", members({ supported: array(string) }));
