import { Malformed, type Message } from "../index.ts";
import { ParseError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { refuse, toMessage } from "./to-message.ts";
import { cut, duplicateMember, survey } from "./survey.ts";

const encoder: TextEncoder = new TextEncoder();

/**
 * Reads one message from its JSON text; says why where it is none. Whoever has the UTF-8 of the text at hand gives it
 * too, and where the text stands in it: it is walked in half the time.
 */
export function parse(
  text: string,
  bytes: Uint8Array = encoder.encode(text),
  from = 0,
  to: number = bytes.length,
): Message | Malformed {
  const { deepest, suspicious } = survey(bytes, from, to, text);
  // A megabyte of brackets takes half a second to parse, so what nests too deep is cut out before.
  const isDeep = deepest > limits.depth;
  let value: unknown;
  try {
    value = JSON.parse(isDeep ? cut(text) : text);
  } catch {
    return new Malformed(new ParseError("The text is no JSON"));
  }
  if (isDeep) return refuse(value, `The message nests deeper than ${limits.depth}`, { limit: "depth" });
  const message = toMessage(value);
  const twice = suspicious ? duplicateMember(text) : undefined;
  if (twice === undefined || message instanceof Malformed) return message;
  // An id that stands twice is none.
  const { id: _, ...rest } = value as Record<string, unknown>;
  return refuse(twice === "id" ? rest : value, `The message has the member "${twice}" more than once`);
}
