import { type Parts, Turn } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { HttpSink } from "./facts.ts";

/**
 * Writes a stream of events to one reader. What is written in one turn leaves together; a reader that is slow makes the
 * writer wait, and one that takes nothing for long loses the stream.
 */
export class EventWriter {
  readonly #sink: HttpSink;
  readonly #turn = new Turn((text) => this.#put(text, text.length));
  #room: Promise<void> | undefined;
  #unsent = 0;
  #slowSince = 0;
  #latest: (() => string) | undefined;
  #ended = false;

  constructor(sink: HttpSink) {
    this.#sink = sink;
  }

  /** Writes an event. Gives a promise only when the reader is slow. */
  write(event: string | Parts): void | Promise<void> {
    if (this.#ended) return;
    this.writeKept();
    if (typeof event === "string") this.#turn.append(event);
    else {
      this.#turn.append(event.head);
      this.#turn.flush();
      this.#put(event.body, event.body.length);
      this.#turn.append(event.tail);
    }
    return this.#room;
  }

  /**
   * Writes an event that the next one of its kind makes worthless, as progress does: while the reader is slow, only the
   * last one is kept. `event` is called when it is written.
   */
  writeLatest(event: () => string): void | Promise<void> {
    if (this.#ended) return;
    if (this.#room === undefined) this.#turn.append(event());
    else this.#latest = event;
    return this.#room;
  }

  /** Writes what {@link writeLatest} keeps, where it does. */
  writeKept(): void {
    const latest = this.#latest;
    this.#latest = undefined;
    if (latest !== undefined) this.#turn.append(latest());
  }

  /** Writes a comment, so that nothing on the way takes the stream for dead; ends it when the reader has stalled. */
  keepAlive(): void {
    if (this.#room === undefined) this.#turn.append(":\n\n");
    else if (performance.now() - this.#slowSince > limits.stalledTimeout) this.abort();
  }

  /** Ends the stream when all has been written. */
  end(): void {
    if (this.#ended) return;
    this.writeKept();
    this.#turn.flush();
    this.#ended = true;
    this.#sink.end();
  }

  /** Ends the stream at once. */
  abort(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sink.abort();
  }

  #put(data: string | Uint8Array, length: number): void {
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
export function eventOf(data: string | Parts, id?: string): string | Parts {
  const start = id === undefined ? "event: message\ndata: " : `id: ${id}\nevent: message\ndata: `;
  if (typeof data === "string") return `${start}${data}\n\n`;
  return { head: start + data.head, body: data.body, tail: `${data.tail}\n\n` };
}
