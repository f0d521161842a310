import { isObject } from "../json.ts";
import { encodeUtf8, type JsonWriter, Serialized } from "../jsonrpc/index.ts";

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

/** What a revision adds to a result: as text, in place of the last brace, and to the value. */
export interface Ending {
  readonly tail: string;
  complete(value: Record<string, unknown>): Record<string, unknown>;
}

/**
 * The result of most tools: one block of text, alone or with structured content that is written already. What it is made
 * of cannot change, so its text is put together when somebody wants it: a channel in memory never does.
 */
class TextResult implements JsonWriter<Record<string, unknown>> {
  readonly #said: string;
  readonly #structured: string | undefined;
  readonly #ending: Ending;

  constructor(said: string, structured: string | undefined, ending: Ending) {
    this.#said = said;
    this.#structured = structured;
    this.#ending = ending;
  }

  get text(): string {
    return START + JSON.stringify(this.#said) + rest(this.#structured, this.#ending);
  }

  get value(): Record<string, unknown> {
    const value: Record<string, unknown> = { content: [{ type: "text", text: this.#said }] };
    if (this.#structured !== undefined) value["structuredContent"] = JSON.parse(this.#structured);
    return this.#ending.complete(value);
  }
}

const START = '{"content":[{"type":"text","text":';

function rest(structured: string | undefined, { tail }: Ending): string {
  return structured === undefined ? `}]${tail}` : `}],"structuredContent":${structured}${tail}`;
}

/** What tools say at greater length is written at once, as bytes. */
const SHORT = 10_000;

/** The result of a tool that is one block of text with nothing beside it but what is written already. */
export function textResult(result: object, ending: Ending): Serialized | undefined {
  const { content, structuredContent, toJSON } = result as Record<string, unknown>;
  const said = textOf(content);
  const isPlain = structuredContent === undefined || structuredContent instanceof Written;
  if (said === undefined || !isPlain || toJSON !== undefined) return undefined;
  for (const name in result) if (name !== "content" && name !== "structuredContent") return undefined;
  const structured = structuredContent?.text;
  return new Serialized(
    said.length > SHORT
      ? encodeUtf8(START, JSON.stringify(said), rest(structured, ending))
      : new TextResult(said, structured, ending),
  );
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
