import { LocalError, ProtocolError } from "../../errors.ts";
import { type Channel, type CloseReason, Malformed, type Message, Serialized } from "../../jsonrpc/index.ts";
import { parse } from "../../jsonrpc/wire/index.ts";
import type { Problem } from "./calls.ts";
import type { Endpoint, Sent } from "./endpoint.ts";
import type { StreamEvent } from "./events.ts";
import { accepted, bodyOf, JSON_HEADERS } from "./post.ts";

/**
 * The transport of 2024-11-05: one stream on which everything comes, and a second URL, told on the stream, to which
 * everything is posted.
 *
 * @see https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
export class LegacySse implements Channel {
  readonly closed: Promise<CloseReason>;
  /** Resolves when the server has said where to post. Rejects when it does not speak this way. */
  readonly opened: Promise<void>;
  readonly #endpoint: Endpoint;
  readonly #problem: Problem;
  readonly #sent: Sent;
  #target: URL | undefined;
  #listener: ((message: Message | Malformed) => void) | undefined;
  #finish!: (reason: CloseReason) => void;
  #open!: () => void;
  #refuse!: (error: Error) => void;

  constructor(endpoint: Endpoint, problem: Problem) {
    this.#endpoint = endpoint;
    this.#problem = problem;
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.opened = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#refuse = reject;
    });
    this.#sent = endpoint.send(
      { method: "GET", headers: { Accept: "text/event-stream" }, tied: true },
      {
        event: (event) => this.#event(event),
        body: (reply) => this.#over(endpoint.refusal(reply)),
        end: (error) => this.#over(error ?? new LocalError("closed", "The server ended the stream")),
      },
    );
  }

  async send(message: Message | Serialized): Promise<void> {
    const plain = message instanceof Serialized ? (message.value as Message) : message;
    const failed = (cause: unknown): void => this.#problem("A response could not be sent as it was", cause);
    try {
      await accepted(this.#endpoint, { headers: JSON_HEADERS, body: bodyOf(plain, failed), url: this.#target });
    } catch (error) {
      if (!("method" in plain) || !("id" in plain)) return this.#problem("A message was not accepted", error);
      const { message: why } = error as Error;
      this.#listener?.(new Malformed(new ProtocolError(0, why), { id: plain.id, silent: true }));
    }
  }

  receive(listener: (message: Message | Malformed) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#sent.stop();
    this.#refuse(new LocalError("closed", "The connection is closed"));
    this.#finish({ kind: "closed" });
  }

  #event({ event = "message", data }: StreamEvent): void {
    if (event === "endpoint" && this.#target === undefined) this.#learn(data);
    else if (event === "message" && data !== "") this.#listener?.(parse(data));
  }

  /** A server could send what is posted, secrets and all, anywhere: it may name its own origin only. */
  #learn(data: string): void {
    const { url } = this.#endpoint;
    const target = URL.canParse(data, url) ? new URL(data, url) : undefined;
    if (target === undefined || target.origin !== url.origin || target.username !== "" || target.password !== "") {
      this.#sent.stop();
      return this.#over(
        new LocalError("invalid_response", "The server named an endpoint on another origin than its own"),
      );
    }
    this.#target = target;
    this.#open();
  }

  #over(error: Error): void {
    this.#refuse(error);
    this.#finish({ kind: "error", error });
  }
}
