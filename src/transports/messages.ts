import { DefinitionError } from "../errors.ts";
import type { Channel } from "../jsonrpc/index.ts";
import type { MessageOptions } from "./item.ts";
import { late } from "./late.ts";
import { toSink, toSource } from "./message-streams.ts";

/**
 * What takes messages: a web stream, a function, or an object with `write`. A function or `write` that returns a
 * promise is called again only when that has settled; a Node stream whose `write` gives false, only after `drain`.
 */
export type MessageWritable =
  | WritableStream
  | ((message: never) => unknown)
  | { write(message: unknown): unknown; end?(): unknown };

/** Messages both ways: one stream for each direction, or one object that is both. */
export type MessageStreams =
  | { readonly readable: AsyncIterable<unknown> | ReadableStream<unknown>; readonly writable: MessageWritable }
  | (AsyncIterable<unknown> & { write(message: unknown): unknown; end?(): unknown });

/**
 * Makes a channel of a pair of message streams: what comes in is read item by item, what goes out is written one by one.
 *
 * An item that arrives may be a parsed message, its JSON text, or the UTF-8 bytes of that text; what is no message is
 * answered, as on every channel. Sent are plain objects that share nothing with the sender, or JSON text where `text`
 * is set. When the incoming stream ends, what is being answered is still sent; closing ends both streams.
 *
 * @throws DefinitionError for anything that is no such pair.
 * @example
 * ```ts
 * const { readable, writable } = await new WebSocketStream("wss://example.com/mcp").opened;
 * const client = await Client.connect(fromMessages({ readable, writable }, { text: true }));
 * ```
 */
export function fromMessages(streams: MessageStreams, options: MessageOptions = {}): Channel {
  const { readable, writable } = (streams ?? {}) as { readable?: unknown; writable?: unknown };
  const source = toSource(streams) ?? toSource(readable);
  const sink = toSink(streams) ?? toSink(writable);
  if (source === undefined || sink === undefined) {
    throw new DefinitionError(
      "fromMessages takes { readable, writable }: an async iterable and a WritableStream, a function or an object " +
        "with write(message); or one object that is async iterable and has write(message)",
    );
  }
  return late(({ MessageChannel }) => new MessageChannel(source, sink, options));
}
