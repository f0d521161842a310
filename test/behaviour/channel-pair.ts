import {
  type Channel,
  type CloseReason,
  encode,
  type Malformed,
  type Message,
  Serialized,
  textOf,
} from "../../src/jsonrpc/index.ts";
import { parse } from "../../src/jsonrpc/wire/index.ts";

/** Two channels in memory, each of which receives the text of what the other one sends. */
export function channelPair(): { readonly client: Channel; readonly server: Channel } {
  const client = new PairedChannel();
  const server = new PairedChannel();
  client.join(server);
  server.join(client);
  return { client, server };
}

class PairedChannel implements Channel {
  readonly closed: Promise<CloseReason>;
  #finish!: (reason: CloseReason) => void;
  #other!: PairedChannel;
  #listener: ((message: Message | Malformed) => void) | undefined;
  /** What has come before anybody listened. */
  readonly #early: string[] = [];
  #open = true;

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  join(other: PairedChannel): void {
    this.#other = other;
  }

  receive(listener: (message: Message | Malformed) => void): void {
    this.#listener = listener;
    for (const text of this.#early.splice(0)) this.take(text);
  }

  send(message: Message | Serialized): void {
    const text = message instanceof Serialized ? message.text : textOf(encode(message));
    if (this.#open) this.#other.take(text);
  }

  async close(): Promise<void> {
    this.#listener = undefined;
    this.end();
    // After what was sent has arrived.
    queueMicrotask(() => this.#other.end());
  }

  take(text: string): void {
    if (this.#listener === undefined) this.#early.push(text);
    else queueMicrotask(() => this.#listener?.(parse(text)));
  }

  end(): void {
    this.#open = false;
    this.#finish({ kind: "closed" });
  }
}
