import { DefinitionError } from "../errors.ts";
import type { Channel, CloseReason, Malformed, Message, Serialized } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import { type MessageOptions, readItem, writeItem } from "./item.ts";
import { type Sink, type Source, toSink, toSource } from "./message-streams.ts";
import { within } from "./within.ts";

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
  return new MessageChannel(source, sink, options);
}

class MessageChannel implements Channel {
  readonly closed: Promise<CloseReason>;
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #options: MessageOptions;
  #finish!: (reason: CloseReason) => void;
  /** Settles when the last message was taken; absent while the sink takes everything at once. */
  #room: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #open = true;

  constructor(source: Source, sink: Sink, options: MessageOptions) {
    this.#source = source;
    this.#sink = sink;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
    sink.broken((error) => this.#broke(error));
  }

  receive(listener: (message: Message | Malformed) => void): void {
    this.#read(listener).catch((error: unknown) => this.#broke(error));
  }

  send(message: Message | Serialized): void | Promise<void> {
    const item = writeItem(message, this.#options);
    if (!this.#open) return;
    if (this.#room === undefined) return this.#write(item);
    return this.#wait(this.#room.then(() => this.#sink.write(item)));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #read(listener: (message: Message | Malformed) => void): Promise<void> {
    for (;;) {
      const { done, value } = await this.#source.next();
      if (!this.#open) return;
      if (done === true) return this.#finish({ kind: "end" });
      listener(readItem(value, this.#options));
    }
  }

  #write(item: unknown): void | Promise<void> {
    try {
      const taken = this.#sink.write(item);
      if (taken !== undefined) return this.#wait(taken);
    } catch (error) {
      this.#broke(error);
    }
  }

  #wait(taken: Promise<unknown>): Promise<void> {
    const settled = taken.then(
      () => {},
      (error: unknown) => this.#broke(error),
    );
    // A reader that is gone makes no room any more.
    const room = Promise.race([settled, this.closed]).then(() => {
      if (this.#room === room) this.#room = undefined;
    });
    this.#room = room;
    return room;
  }

  async #close(): Promise<void> {
    const end = async (): Promise<void> => {
      while (this.#room !== undefined) await this.#room;
      await this.#sink.end();
    };
    if (this.#open) {
      this.#open = false;
      await within(end(), limits.flushTimeout);
    }
    this.#source.stop();
    this.#finish({ kind: "closed" });
  }

  #broke(error: unknown): void {
    if (!this.#open) return;
    this.#open = false;
    this.#source.stop();
    this.#finish({ kind: "error", error: error instanceof Error ? error : new Error(String(error)) });
  }
}
