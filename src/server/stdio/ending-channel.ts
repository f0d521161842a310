import type { Channel, CloseReason, Malformed, Message, Serialized } from "../../jsonrpc/index.ts";

/** How long the last answers may take to leave, in milliseconds: a client that reads no more must not hold them. */
const FLUSH_TIMEOUT = 1000;

/**
 * A channel that this side can end as if the client had: nothing more is taken in, what is under way is answered, and
 * only then it closes.
 */
export class EndingChannel implements Channel {
  readonly closed: Promise<CloseReason>;
  readonly #inner: Channel;
  readonly #onEnd: () => void;
  #finish!: (reason: CloseReason) => void;
  #ended = false;

  /** @param onEnd Called once, when nothing more comes in. */
  constructor(inner: Channel, onEnd: () => void) {
    this.#inner = inner;
    this.#onEnd = onEnd;
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
    void inner.closed.then((reason) => this.#end(reason));
  }

  /** Takes nothing more in. */
  end(): void {
    this.#end({ kind: "end" });
  }

  send(message: Message | Serialized): void | Promise<void> {
    return this.#inner.send(message);
  }

  receive(listener: (message: Message | Malformed) => void): void {
    this.#inner.receive((message) => {
      if (!this.#ended) listener(message);
    });
  }

  async close(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_TIMEOUT);
    });
    await Promise.race([this.#inner.close(), patience]);
    clearTimeout(timer);
    this.#end({ kind: "closed" });
  }

  #end(reason: CloseReason): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.#finish(reason);
  }
}
