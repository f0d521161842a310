import type { Channel, CloseReason, Malformed, Message, Serialized } from "../jsonrpc/index.ts";
import { limits } from "../limits.ts";
import { type MessageOptions, readItem, writeItem } from "./item.ts";
import type { Sink, Source } from "./message-streams.ts";
import { within } from "./within.ts";

/** A channel of messages that come and go one by one. */
export class MessageChannel implements Channel {
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
    void sink.broken.then((error) => this.#broke(error));
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
