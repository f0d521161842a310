import {
  type Channel,
  type CloseReason,
  encode,
  type Malformed,
  type Message,
  parse,
  type Serialized,
} from "../jsonrpc/index.ts";
import { toText } from "./item.ts";

/**
 * Two channels joined in memory: what one sends, the other receives, in order and as JSON would carry it.
 *
 * Nothing is shared between the two sides, and what could not travel on a real wire does not travel here.
 *
 * @example
 * ```ts
 * const [here, there] = memory();
 * serve(server, there);
 * const client = await Client.connect(here);
 * ```
 */
export function memory(): [Channel, Channel] {
  const one = new MemoryChannel();
  const other = new MemoryChannel();
  one.join(other);
  other.join(one);
  return [one, other];
}

class MemoryChannel implements Channel {
  readonly closed: Promise<CloseReason>;
  #finish!: (reason: CloseReason) => void;
  #other!: MemoryChannel;
  #listener: ((message: Message | Malformed) => void) | undefined;
  #early: string[] = [];
  #open = true;

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  join(other: MemoryChannel): void {
    this.#other = other;
  }

  receive(listener: (message: Message | Malformed) => void): void {
    this.#listener = listener;
    for (const text of this.#early.splice(0)) this.deliver(text);
  }

  send(message: Message | Serialized): void {
    const text = toText(encode(message));
    if (this.#open) this.#other.deliver(text);
  }

  async close(): Promise<void> {
    this.end();
    // After what was sent has arrived.
    queueMicrotask(() => this.#other.end());
  }

  deliver(text: string): void {
    if (this.#listener === undefined) this.#early.push(text);
    else queueMicrotask(() => this.#open && this.#listener?.(parse(text)));
  }

  end(): void {
    this.#open = false;
    this.#finish({ kind: "closed" });
  }
}
