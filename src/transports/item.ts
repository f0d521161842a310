import { InvalidRequestError, ParseError } from "../errors.ts";
import { encode, Malformed, type Message, type Serialized, textOf } from "../jsonrpc/index.ts";
import { parse } from "../jsonrpc/wire/index.ts";
import { limits } from "../limits.ts";

/** Options of channels whose stream carries messages one by one. */
export interface MessageOptions {
  /** Sends each message as JSON text instead of a plain object. Whatever arrives is read either way. Default false. */
  readonly text?: boolean;
  /** The longest message that is taken, in characters of its JSON text. Default `limits.lineBytes`. */
  readonly textLength?: number;
  /** Told why a result could not be serialised; the peer got -32603. */
  readonly onProblem?: (problem: unknown) => void;
}

const decoder: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads one item of a stream of messages: JSON text, its UTF-8 bytes, or a value that was parsed already.
 *
 * A value passes through JSON once more. So it is held to the same rules as text, what is no JSON (a cycle, a BigInt,
 * a getter that throws) cannot get in, and nothing is shared with whoever made it.
 */
export function readItem(item: unknown, options: MessageOptions): Message | Malformed {
  const { textLength = limits.lineBytes } = options;
  let text: string | undefined;
  try {
    if (typeof item === "string") text = item;
    else if (!isBytes(item)) text = JSON.stringify(item);
    else if (item.byteLength > textLength) return tooLong(textLength);
    else text = decoder.decode(item);
  } catch {
    // What is neither UTF-8 nor JSON has no text.
  }
  if (text === undefined) return new Malformed(new ParseError("What arrived is no JSON"));
  return text.length > textLength ? tooLong(textLength) : parse(text);
}

/** Makes the item that carries a message; of a plain object nothing is shared with the message. */
export function writeItem(message: Message | Serialized, options: MessageOptions): unknown {
  const text = textOf(encode(message, options.onProblem));
  return options.text === true ? text : JSON.parse(text);
}

function isBytes(item: unknown): item is Uint8Array | ArrayBuffer {
  return ArrayBuffer.isView(item) || item instanceof ArrayBuffer;
}

function tooLong(textLength: number): Malformed {
  return new Malformed(new InvalidRequestError(`A message may have ${textLength} characters`, { limit: "textLength" }));
}
