import { isObject } from "../json.ts";

/**
 * `JSON.stringify` for results. One block of text and nothing else, which is what most tools give, is written by hand in a
 * third of the time.
 */
export function stringify(result: object): string {
  const text = onlyText(result as Record<string, unknown>);
  return text === undefined ? JSON.stringify(result) : `{"content":[{"type":"text","text":${JSON.stringify(text)}}]}`;
}

/** The text of a result that has one block of text and nothing beside it. */
function onlyText(result: Record<string, unknown>): string | undefined {
  const { content } = result;
  if (!Array.isArray(content) || content.length !== 1 || typeof result["toJSON"] === "function") return undefined;
  const block = content[0] as unknown;
  if (!isObject(block) || typeof block["toJSON"] === "function") return undefined;
  const { type, text } = block;
  if (type !== "text" || typeof text !== "string") return undefined;
  for (const name in result) if (name !== "content") return undefined;
  for (const name in block) if (name !== "type" && name !== "text") return undefined;
  return text;
}
