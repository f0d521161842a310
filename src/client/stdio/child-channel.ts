import process from "node:process";
import { ndjson } from "../../jsonrpc/channels/index.ts";
import type { Channel, CloseReason, Malformed, Message, Serialized } from "../../jsonrpc/index.ts";
import { nodePipe } from "../../jsonrpc/pipes/index.ts";
import type { Child } from "./child.ts";

/** The conversation with a child process. It is over when the process is: the reason says how that ended. */
export class ChildChannel implements Channel {
  readonly closed: Promise<CloseReason>;
  readonly #child: Child;
  readonly #inner: Channel;
  readonly #onEnding: (gone: Promise<void>) => void;
  #finish!: (reason: CloseReason) => void;
  #open = true;

  /** @param onEnding Called when the child begins to end, with what settles when it is gone. */
  constructor(child: Child, onEnding: (gone: Promise<void>) => void) {
    this.#child = child;
    this.#onEnding = onEnding;
    this.#inner = ndjson(nodePipe(child.stdout, child.stdin));
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const lost = (): Promise<void> => this.#lost();
    void child.exited.then(lost);
    void this.#inner.closed.then(lost);
  }

  send(message: Message | Serialized): void | Promise<void> {
    if (this.#open) return this.#inner.send(message);
  }

  receive(listener: (message: Message | Malformed) => void): void {
    this.#inner.receive((message) => {
      if (this.#open) listener(message);
    });
  }

  async close(): Promise<void> {
    this.#settle({ kind: "closed" });
    // What was sent in this turn leaves at its end.
    const sent = new Promise<void>((resolve) => process.nextTick(resolve));
    await this.#end(sent);
  }

  /** The child exited, or closed one of its pipes. What it wrote before is still delivered. */
  async #lost(): Promise<void> {
    if (!this.#open) return;
    await this.#end();
    this.#settle({ kind: "error", error: this.#child.exitError() });
  }

  #end(before: Promise<void> = Promise.resolve()): Promise<void> {
    const gone = before.then(() => this.#child.end());
    this.#onEnding(gone);
    return gone;
  }

  #settle(reason: CloseReason): void {
    this.#open = false;
    this.#finish(reason);
  }
}
