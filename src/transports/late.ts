import type { Channel, CloseReason, Malformed, Message, Serialized } from "../jsonrpc/index.ts";
import type * as channels from "./channels.ts";

/** A channel that can be used at once, and that is made when what it is made of has been loaded. */
export function late(make: (loaded: typeof channels) => Channel): Channel {
  return new LateChannel(import("./channels.ts").then(make));
}

class LateChannel implements Channel {
  readonly closed: Promise<CloseReason>;
  readonly #making: Promise<Channel>;
  /** Settles when what was held back has left, and there is room again. */
  readonly #room: Promise<void>;
  readonly #held: (Message | Serialized)[] = [];
  #channel: Channel | undefined;
  #listener: ((message: Message | Malformed) => void) | undefined;
  #closing = false;

  constructor(making: Promise<Channel>) {
    this.#making = making;
    const failed = (error: Error): CloseReason => ({ kind: "error", error });
    this.#room = making.then(
      (channel) => this.#made(channel),
      () => {},
    );
    this.closed = making.then((channel) => channel.closed, failed);
  }

  send(message: Message | Serialized): void | Promise<void> {
    if (this.#channel !== undefined) return this.#channel.send(message);
    // What is no text yet may be changed meanwhile; and one that is no JSON is refused at once, unless it is a response.
    const isAsked = "jsonrpc" in message && "method" in message;
    const held = isAsked ? (JSON.parse(JSON.stringify(message)) as Message) : message;
    if (!this.#closing) this.#held.push(held);
    return this.#room;
  }

  receive(listener: (message: Message | Malformed) => void): void {
    if (this.#channel !== undefined) this.#channel.receive(listener);
    else this.#listener = listener;
  }

  close(): Promise<void> {
    this.#closing = true;
    const close = (): Promise<void> | undefined => this.#channel?.close();
    return close() ?? this.#making.then(close, close);
  }

  #made(channel: Channel): Promise<void> | undefined {
    if (this.#listener !== undefined && !this.#closing) channel.receive(this.#listener);
    let room: Promise<void> | undefined;
    // Whoever sends meanwhile waits for its turn.
    for (const message of this.#held) room = channel.send(message) ?? undefined;
    this.#channel = channel;
    return room;
  }
}
