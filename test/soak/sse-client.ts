/** A client of the transport of revision 2024-11-05, written by hand. It speaks a later one, which has questions. */
import type { IncomingMessage } from "node:http";
import { EventReader, type Message, type Place, send, textOf } from "./wire.ts";

/** One stream, on which calls are made one after another. */
export class SseClient {
  readonly #place: Place;
  readonly #stream: IncomingMessage;
  #target = "";
  #listener: (message: Message) => void = () => {};

  private constructor(place: Place, stream: IncomingMessage) {
    this.#place = place;
    this.#stream = stream;
  }

  static async open(place: Place): Promise<SseClient> {
    const stream = await send(place, "GET", { accept: "text/event-stream" });
    const client = new SseClient(place, stream);
    await client.#read();
    const params = {
      protocolVersion: "2025-06-18",
      capabilities: { elicitation: {} },
      clientInfo: { name: "soak", version: "1.0.0" },
    };
    await client.#exchange({ id: 1, method: "initialize", params }, () => undefined);
    await client.#post({ method: "notifications/initialized" });
    return client;
  }

  #queue: Promise<void> = Promise.resolve();

  /** Makes a call; `take` gets what comes before the response, and the response. */
  call(message: object, take: (message: Message) => Message | undefined): Promise<void> {
    this.#queue = this.#queue.then(() => this.#exchange(message, take));
    return this.#queue;
  }

  close(): void {
    this.#stream.destroy();
  }

  async #exchange(message: object, take: (message: Message) => Message | undefined): Promise<void> {
    const over = new Promise<void>((resolve) => {
      this.#listener = (heard) => {
        const answer = take(heard);
        if (answer !== undefined) void this.#post(answer);
        if (heard.method === undefined) resolve();
      };
    });
    await this.#post(message);
    await over;
  }

  async #post(message: object): Promise<void> {
    const reply = await send({ ...this.#place, path: this.#target }, "POST", {}, message);
    await textOf(reply);
    if (reply.statusCode !== 202) throw new Error(`Status ${reply.statusCode}`);
  }

  /** Settles when the stream has said where to post. */
  #read(): Promise<void> {
    const events = new EventReader();
    return new Promise((resolve) => {
      this.#stream.on("error", () => {});
      this.#stream.setEncoding("utf8").on("data", (chunk: string) => {
        for (const { name, data } of events.take(chunk)) {
          if (name === "endpoint") {
            this.#target = data;
            resolve();
          } else if (data !== "") this.#listener(JSON.parse(data) as Message);
        }
      });
    });
  }
}
