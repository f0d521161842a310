import { LocalError } from "../../errors.ts";
import { after } from "../../jsonrpc/index.ts";
import { isEventStream, type Reader, type Sent } from "./endpoint.ts";
import type { StreamEvent } from "./events.ts";
import type { WholeReply } from "./failures.ts";
import type { Pacing } from "./pacing.ts";

/** What a stream belongs to: a request, or the session as a whole. */
export interface StreamOwner {
  /** Opens the stream anew, after an event where there was one. */
  get(lastEventId: string | undefined, reader: Reader): Sent;
  /** Takes the text of a message. */
  take(text: string): void;
  /** Whether nothing more is expected of the stream. */
  done(): boolean;
  /** Whether it is opened anew although it had no event to go on from. */
  readonly endless: boolean;
  /** Takes a whole reply that is no stream; true when the matter is settled by it. */
  body(reply: WholeReply, reopened: boolean): boolean;
  /** The stream is open. @param missed Whether there was one before, of which it is not the rest. */
  connected?(missed: boolean): void;
  reconnecting?(attempt: number, delay: number): void;
  /** It is over, and not opened again. */
  lost(error: Error): void;
}

/** An id that can stand in a header. */
const EVENT_ID = /^[ -~]{1,1024}$/;

/**
 * A stream of events that is opened again when it ends: after a pause that grows, at the event where it broke off.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery
 */
export class LegacyStream implements Reader {
  readonly #owner: StreamOwner;
  readonly #pacing: Pacing;
  #lastEventId: string | undefined;
  #retry: number | undefined;
  /** Times that it was opened since the last event. */
  #tries = 0;
  /** Times that it was opened since the last message, or since it stayed open. */
  #fruitless = 0;
  #reopened = false;
  #connected = false;
  #openedAt = Number.POSITIVE_INFINITY;
  #sent: Sent | undefined;
  #wake: (() => void) | undefined;

  constructor(owner: StreamOwner, pacing: Pacing) {
    this.#owner = owner;
    this.#pacing = pacing;
  }

  /** Opens it. */
  open(): void {
    this.#reopened = true;
    this.#openedAt = Number.POSITIVE_INFINITY;
    this.#sent = this.#owner.get(this.#lastEventId, this);
  }

  /** Ends it for good. */
  stop(): void {
    this.#wake?.();
    this.#sent?.stop();
  }

  head(status: number, header: WholeReply["header"]): void {
    this.#openedAt = performance.now();
    if (!isEventStream(status, header)) return;
    const missed = this.#connected && this.#lastEventId === undefined;
    this.#connected = true;
    this.#owner.connected?.(missed);
  }

  event({ id, event = "message", data }: StreamEvent): void {
    this.#tries = 0;
    if (id !== undefined) this.#lastEventId = EVENT_ID.test(id) ? id : undefined;
    // A first event without data is there for its id alone.
    if (event !== "message" || data === "") return;
    this.#fruitless = 0;
    this.#owner.take(data);
  }

  retry(milliseconds: number): void {
    this.#retry = milliseconds;
  }

  body(reply: WholeReply): void {
    if (this.#owner.body(reply, this.#reopened)) return;
    // The server no longer has what came after that event. What comes from now on can still be heard.
    if (reply.status === 400 && this.#owner.endless) this.#lastEventId = undefined;
    const seconds = Number(reply.header("retry-after"));
    this.#again(undefined, seconds > 0 ? seconds * 1000 : 0);
  }

  end(error?: Error): void {
    if (this.#owner.done()) return;
    const broken =
      error === undefined || !(error instanceof LocalError) || error.code === "closed" || error.code === "http";
    if (!broken || (this.#lastEventId === undefined && !this.#owner.endless)) {
      return this.#owner.lost(error ?? new LocalError("closed", "The stream ended"));
    }
    if (performance.now() - this.#openedAt >= this.#pacing.steady) this.#tries = this.#fruitless = 0;
    this.#again(error, 0);
  }

  #again(cause: Error | undefined, least: number): void {
    const { reconnects, retryLeast, retryMost, random } = this.#pacing;
    this.#fruitless++;
    if (++this.#tries > reconnects) {
      const message = `The stream of the server ended ${reconnects} times in a row without an event`;
      return this.#owner.lost(new LocalError("closed", message, { cause }));
    }
    const clamped = Math.min(Math.max(this.#retry ?? 0, retryLeast), retryMost);
    const growth = 2 ** ((this.#owner.endless ? this.#fruitless : this.#tries) - 1);
    const delay = Math.min(Math.max(clamped * growth * (1 + random() / 4), least), retryMost);
    this.#owner.reconnecting?.(this.#tries, delay);
    this.#wake = after(delay, () => this.open());
  }
}
