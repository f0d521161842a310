import { type Parts, TurnWriter } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { HttpSink } from "./facts.ts";
import type { Alive } from "./keep-alive.ts";

/**
 * Writes a stream of events to one reader. What is written in one turn leaves together; a reader that is slow makes the
 * writer wait, and one that takes nothing for long loses the stream.
 */
export class EventWriter extends TurnWriter implements Alive {
  place = -1;
  /** When its reader may no longer read, in milliseconds since 1970, where that comes. */
  until: number | undefined;
  readonly #sink: HttpSink;
  #room: Promise<void> | undefined;
  #unsent = 0;
  #slowSince = 0;
  #latest: (() => void) | undefined;
  #ended = false;

  constructor(sink: HttpSink) {
    super();
    this.#sink = sink;
  }

  /** Writes an event. Gives a promise only when the reader is slow. */
  write(event: string | Parts): void | Promise<void> {
    if (this.#ended) return;
    this.writeKept();
    this.#take(event);
    return this.#room;
  }

  /** Writes at once what was put together elsewhere. */
  pass(events: string): void {
    this.flush();
    this.put(events);
  }

  /** Settles when there is room again; undefined while there is. */
  get room(): Promise<void> | undefined {
    return this.#room;
  }

  /**
   * Keeps an event that the next one of its kind makes worthless, as progress does, until the reader has caught up: only
   * the last one is kept. `write` is called when it is time.
   */
  keepLatest(write: () => void): void | Promise<void> {
    if (!this.#ended) this.#latest = write;
    return this.#room;
  }

  /** Writes what {@link keepLatest} keeps, where it does. */
  writeKept(): void {
    const latest = this.#latest;
    if (latest === undefined) return;
    this.#latest = undefined;
    latest();
  }

  /** Writes a comment, so that nothing on the way takes the stream for dead; ends it when its reader stalls or must go. */
  keepAlive(): void {
    if (this.until !== undefined && Date.now() > this.until) this.abort();
    else if (this.#room === undefined) this.append(":\n\n");
    else if (performance.now() - this.#slowSince > limits.stalledTimeout) this.abort();
  }

  /** Ends the stream when all has been written. */
  end(): void {
    if (this.#ended) return;
    this.writeKept();
    this.flush();
    this.#ended = true;
    this.#sink.end();
  }

  /** Ends the stream at once. */
  abort(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sink.abort();
  }

  #take(event: string | Parts): void {
    if (typeof event === "string") return this.append(event);
    this.append(event.head);
    this.flush();
    this.put(event.body);
    this.append(event.tail);
  }

  protected put(data: string | Uint8Array): void {
    const { length } = data;
    if (this.#ended) return;
    const room = this.#sink.write(data);
    if (room === undefined) return;
    this.#unsent += length;
    if (this.#unsent > limits.unsentLength + length) return this.abort();
    if (this.#room === undefined) this.#slowSince = performance.now();
    this.#room = room;
    void room.then(() => {
      if (this.#room !== room) return;
      this.#room = undefined;
      this.#unsent = 0;
      this.writeKept();
    });
  }
}

/** The text of one event. JSON has no line breaks outside of strings, and within them they are escaped. */
export function eventOf(data: string | Parts): string | Parts {
  if (typeof data === "string") return `event: message\ndata: ${data}\n\n`;
  return { head: `event: message\ndata: ${data.head}`, body: data.body, tail: `${data.tail}\n\n` };
}
