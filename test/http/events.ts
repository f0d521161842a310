import type { Received } from "./reached.ts";

/** One event of a stream. */
export interface StreamEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
  /** The data as a message. */
  readonly message: Received;
}

/** Reads the events of a reply, one after another. */
export class Events {
  readonly #reader: ReadableStreamDefaultReader<string>;
  /** Everything that has been read, comments too. */
  text = "";
  #at = 0;

  constructor(response: Response) {
    const type = response.headers.get("content-type");
    if (type !== "text/event-stream" || response.body === null) throw new Error(`No stream of events, but ${type}`);
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next event that is no comment; `undefined` at the end. */
  async next(): Promise<StreamEvent | undefined> {
    for (;;) {
      const end = this.text.indexOf("\n\n", this.#at);
      if (end >= 0) {
        const block = this.text.slice(this.#at, end);
        this.#at = end + 2;
        if (!block.startsWith(":")) return parsed(block);
      } else {
        const { done, value } = await this.#reader.read();
        if (done) return undefined;
        this.text += value;
      }
    }
  }

  /** The message of the next event that has one. */
  async message(): Promise<Received> {
    for (;;) {
      const event = await this.next();
      if (event === undefined) throw new Error("The stream has ended");
      if (event.data !== "") return event.message;
    }
  }

  /** The messages of all events until the end. */
  async rest(): Promise<Received[]> {
    const messages: Received[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) {
      if (event.data !== "") messages.push(event.message);
    }
    return messages;
  }

  /** Goes away, as a client does that loses its connection. */
  async leave(): Promise<void> {
    await this.#reader.cancel();
  }
}

function parsed(block: string): StreamEvent {
  const field = (name: string): string | undefined =>
    block
      .split("\n")
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const data = field("data") ?? "";
  return {
    id: field("id"),
    event: field("event") ?? "message",
    data,
    get message() {
      return JSON.parse(data) as Received;
    },
  };
}

/** The messages of a reply that is a stream, until its end. */
export function messages(response: Response): Promise<Received[]> {
  return new Events(response).rest();
}
