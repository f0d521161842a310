import { InvalidRequestError, ParseError } from "../../errors.ts";
import { HttpRefusal, decodeUtf8, Pieces } from "../../jsonrpc/index.ts";

/** A body that somebody else has read, as the text that it was, or as one that says the same. */
export function textOfRead(read: unknown, limit: number): string {
  if (read instanceof Uint8Array) return decode(checked(read, limit));
  const text = typeof read === "string" ? read : (JSON.stringify(read) ?? "");
  // A character has three bytes at the most, so that few texts must be counted.
  if (text.length * 3 > limit && new TextEncoder().encode(text).length > limit) throw tooLong(limit);
  return text;
}

function checked(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length > limit) throw tooLong(limit);
  return bytes;
}

/** The text of a body. @throws HttpRefusal where it is no UTF-8. */
export function decode(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new HttpRefusal(400, new ParseError("The body is not UTF-8"));
  return text;
}

/** The refusal of a body that is longer than a limit. */
export function tooLong(limit: number): HttpRefusal {
  return new HttpRefusal(413, new InvalidRequestError(`The body may have ${limit} bytes`, { limit: "bodyBytes" }));
}

/** Reads a body to its end. @throws HttpRefusal where it is longer than `limit` bytes, or breaks off. */
export async function collect(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const reader = body.getReader();
  const pieces = new Pieces();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new HttpRefusal(400, "The body did not arrive whole");
    });
    if (done) return pieces.take();
    pieces.push(value);
    if (pieces.size <= limit) continue;
    reader.cancel().catch(() => {});
    throw tooLong(limit);
  }
}
