import { isObject } from "../json.ts";

/** A value inside a result of which the JSON text is at hand, so that nobody has to write it again. */
export class Written {
  /** The JSON text. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** Whether a value is an object in JSON. */
export function isJsonObject(value: unknown): boolean {
  return value instanceof Written ? value.text.startsWith("{") : isObject(value);
}

/**
 * `JSON.stringify` for results. One block of text, alone or with structured content that is written already, is what most
 * tools give; it is put together in a third of the time.
 */
export function stringify(result: object): string {
  const { content, structuredContent, toJSON } = result as Record<string, unknown>;
  const text = textOf(content);
  const isPlain = structuredContent === undefined || structuredContent instanceof Written;
  if (text === undefined || !isPlain || toJSON !== undefined) return JSON.stringify(result);
  for (const name in result) if (name !== "content" && name !== "structuredContent") return JSON.stringify(result);
  const structured = structuredContent === undefined ? "" : `,"structuredContent":${structuredContent.text}`;
  return `{"content":[{"type":"text","text":${JSON.stringify(text)}}]${structured}}`;
}

/** The text of content that is one block of text with nothing beside it. */
function textOf(content: unknown): string | undefined {
  if (!Array.isArray(content) || content.length !== 1) return undefined;
  const block = content[0] as unknown;
  if (!isObject(block)) return undefined;
  const { type, text, toJSON } = block;
  if (type !== "text" || typeof text !== "string" || toJSON !== undefined) return undefined;
  for (const name in block) if (name !== "type" && name !== "text") return undefined;
  return text;
}
