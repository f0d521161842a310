import { isObject } from "../../json.ts";

import { array, boolean, type Check, members, nullable, object, oneOf, string, within } from "./check-fields.ts";

/** Who speaks. */
export const role: Check = oneOf("user", "assistant");

const ofResource = members({ uri: string });

/** Contents of a resource: text, or bytes in base64. */
export const resourceContents: Check = (value) =>
  ofResource(value) ?? (isContents(value) ? undefined : ' must have a string "text" or a string "blob"');

function isContents(value: unknown): boolean {
  const { text, blob } = value as { text?: unknown; blob?: unknown };
  return typeof text === "string" || typeof blob === "string";
}

const media = members({ data: string, mimeType: string });

const blocks: ReadonlyMap<unknown, Check> = new Map([
  ["image", media],
  ["audio", media],
  ["resource_link", members({ uri: string, name: string })],
  ["resource", members({ resource: resourceContents })],
]);

/** A block of content. Of a kind that is not known, no more is asked than that it names its kind. */
export const block: Check = blockOf(blocks);

/** A block of a message for a model, or of one by it. */
export const samplingBlock: Check = blockOf(
  new Map([
    ...blocks,
    ["tool_use", members({ id: string, name: string, input: object })],
    ["tool_result", members({ toolUseId: string, content: array(block), isError: nullable(boolean) })],
  ]),
);

function blockOf(kinds: ReadonlyMap<unknown, Check>): Check {
  return (value) => {
    if (!isObject(value)) return " must be an object";
    const { type, text } = value;
    if (type === "text") return within(".text", string(text));
    return typeof type === "string" ? kinds.get(type)?.(value) : ".type must be a string";
  };
}
