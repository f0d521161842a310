import { createParser, type EventSourceMessage } from "eventsource-parser";
import { LocalError } from "../../errors.ts";

/** One event of a stream. */
export type StreamEvent = EventSourceMessage;

/** What hears of a stream. */
export interface EventListener {
  event(event: StreamEvent): void;
  /** How long to wait before the stream is opened again, in milliseconds. */
  retry?(milliseconds: number): void;
}

/** Lines and chunks that one event may have: the parser keeps each apart, and that takes more than what is in the short ones. */
const MOST_PIECES = 250_000;

/**
 * Reads a stream of server-sent events, however its bytes are cut. An event that is not complete at the end is none.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export class Events {
  readonly #parser: { feed(text: string): void };
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #afterReturn = false;
  /** Lines and chunks of the event that is not complete. */
  #pieces = 0;
  #atLineStart = true;
  #failure: LocalError | undefined;

  /** @param most The most characters of one event. */
  constructor(most: number, listener: EventListener) {
    this.#parser = createParser({
      maxBufferSize: most,
      onEvent: (event) => listener.event(event),
      onRetry: (milliseconds) => listener.retry?.(milliseconds),
      onError: ({ type }) => {
        if (type !== "max-buffer-size-exceeded") return;
        this.#failure = tooMuch(`an event of more than ${most} characters: raise eventBytes to take it`);
      },
    });
  }

  /** Takes the next bytes. @throws LocalError `limit` for an event that is too long, `invalid_response` for no UTF-8. */
  feed(bytes: Uint8Array): void {
    let text: string;
    try {
      text = this.#decoder.decode(bytes, { stream: true });
    } catch (cause) {
      throw new LocalError("invalid_response", "The server sent a stream of events that is no UTF-8", { cause });
    }
    // The parser waits at a final CR for an LF, which may never come: the line is at its end either way.
    if (this.#afterReturn && text.startsWith("\n")) text = text.slice(1);
    else if (text === "") return;
    this.#afterReturn = text.endsWith("\r");
    if (text.includes("\r")) text = text.replace(/\r\n?/g, "\n");
    this.#count(text);
    this.#parser.feed(text);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Counts the pieces. An empty line ends an event, whether it had data or not. */
  #count(text: string): void {
    this.#pieces++;
    let start = this.#atLineStart ? 0 : -1;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
      this.#pieces = at === start ? 0 : this.#pieces + 1;
      start = at + 1;
    }
    this.#atLineStart = start === text.length;
    if (this.#pieces > MOST_PIECES) throw tooMuch(`an event in more than ${MOST_PIECES} lines and chunks`);
  }
}

function tooMuch(what: string): LocalError {
  return new LocalError("limit", `The server sent ${what}`, { data: { limit: "eventBytes" } });
}
