import { LocalError } from "../../errors.ts";
import { decodeUtf8, Pieces } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { type EventListener, Events } from "./events.ts";
import { refusal, unreachable, type WholeReply } from "./failures.ts";
import type { HttpOptions } from "./options.ts";
import type { HttpReply, HttpRequest, Sender } from "./sender.ts";

/** Takes the reply to a request. Each reply ends with `body` or with `end`, once, except when it is stopped. */
export interface Reader extends EventListener {
  /** The head is there. */
  head?(status: number, header: (name: string) => string | undefined): void;
  /** The whole reply, where it is no stream of events. */
  body(reply: WholeReply): void;
  /** The stream of events is over; with an error where it broke, or no reply came. */
  end(error?: Error): void;
}

/** A request that is under way. */
export interface Sent {
  /** Gives it up: the reader hears nothing more. */
  stop(): void;
}

/** A request of this side. */
export interface Outgoing {
  readonly method: HttpRequest["method"];
  /** Headers beside those of the user. The same object each time is put together once. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Where it goes, if not to the server's URL. */
  readonly url?: URL | undefined;
  /** Whether it ends with the endpoint, since nobody else ends it. */
  readonly tied?: boolean;
}

/** So much is read of a reply that says only that something went wrong. */
const ERROR_BYTES = 64 * 1024;

/** One server's URL, and what every request to it has in common. */
export class Endpoint {
  readonly url: URL;
  readonly replyBytes: number;
  readonly eventBytes: number;
  readonly #sender: Sender;
  readonly #headers: HttpOptions["headers"];
  readonly #joined = new WeakMap<object, Readonly<Record<string, string>>>();
  /** Only what needs it: a set through which every request goes keeps them in memory for long, and costs a quarter more. */
  readonly #tied = new Set<Reply>();
  #secrets: readonly string[] = [];

  constructor(url: URL, sender: Sender, options: HttpOptions) {
    const { headers, replyBytes = limits.replyBytes, eventBytes = limits.eventBytes } = options;
    this.url = url;
    this.replyBytes = replyBytes;
    this.eventBytes = eventBytes;
    this.#sender = sender;
    this.#headers = headers;
    if (typeof headers === "object") this.#learn(headers);
  }

  /** Sends a request. The reader hears nothing before this returns. */
  send(outgoing: Outgoing, reader: Reader): Sent {
    const { url = this.url } = outgoing;
    const reply = new Reply(this, reader, outgoing);
    if (outgoing.tied === true) this.#tied.add(reply);
    const given = this.#headers;
    if (typeof given !== "function") reply.start(url, this.#join(given, outgoing.headers));
    else {
      void Promise.resolve()
        .then(() => given())
        .then(
          (headers) => {
            this.#learn(headers);
            reply.start(url, { ...headers, ...outgoing.headers });
          },
          (error: Error) => reply.fail(error),
        );
    }
    return reply;
  }

  /** @internal */
  transmit(request: HttpRequest, reply: HttpReply): () => void {
    return this.#sender.send(request, reply);
  }

  /** The error for a status that is no answer. */
  refusal(reply: WholeReply): LocalError {
    return refusal(this.url, reply, (text) => this.#secrets.reduce((left, one) => left.replaceAll(one, "…"), text));
  }

  /** @internal */
  untie(reply: Reply): void {
    this.#tied.delete(reply);
  }

  /** Ends what is tied to it, with an error for its reader, and every connection. */
  close(error: LocalError): void {
    for (const reply of [...this.#tied]) reply.fail(error);
    this.#sender.close();
  }

  #join(
    given: Readonly<Record<string, string>> | undefined,
    own: Outgoing["headers"],
  ): Readonly<Record<string, string>> {
    let joined = given === undefined ? own : this.#joined.get(own);
    if (joined === undefined) {
      joined = { ...given, ...own };
      this.#joined.set(own, joined);
    }
    return joined;
  }

  /** Servers that repeat what they got must not carry a secret into an error. */
  #learn(headers: Readonly<Record<string, string>>): void {
    this.#secrets = Object.values(headers).flatMap((value) =>
      [value, ...value.split(" ")].filter((one) => one.length > 5),
    );
  }
}

/** One request, and its reply as it comes in. */
class Reply implements HttpReply, Sent {
  readonly #endpoint: Endpoint;
  readonly #reader: Reader;
  readonly #outgoing: Outgoing;
  #url!: URL;
  #headers!: HttpRequest["headers"];
  #stop: (() => void) | undefined;
  #over = false;
  #redirected = false;
  #status = 0;
  #header!: WholeReply["header"];
  #events: Events | undefined;
  readonly #pieces = new Pieces();

  constructor(endpoint: Endpoint, reader: Reader, outgoing: Outgoing) {
    this.#endpoint = endpoint;
    this.#reader = reader;
    this.#outgoing = outgoing;
  }

  start(url: URL, headers: HttpRequest["headers"]): void {
    if (this.#over) return;
    this.#url = url;
    this.#headers = headers;
    const { method, body } = this.#outgoing;
    try {
      this.#stop = this.#endpoint.transmit({ method, url, headers, body }, this);
    } catch (error) {
      queueMicrotask(() => this.end(error));
    }
  }

  stop(): void {
    this.#finish();
    this.#stop?.();
  }

  /** Gives it up, and tells the reader why. */
  fail(error: Error): void {
    if (this.#over) return;
    this.stop();
    this.#reader.end(error);
  }

  head(status: number, header: WholeReply["header"]): void {
    if (this.#over) return;
    const target = status === 307 || status === 308 ? this.#target(header("location")) : undefined;
    if (target !== undefined) {
      this.#redirected = true;
      this.#stop?.();
      return this.start(target, this.#headers);
    }
    this.#status = status;
    this.#header = header;
    this.#reader.head?.(status, header);
    if (isEventStream(status, header)) {
      this.#events = new Events(this.#endpoint.eventBytes, {
        event: (event) => {
          if (!this.#over) this.#reader.event(event);
        },
        retry: (milliseconds) => this.#reader.retry?.(milliseconds),
      });
    }
  }

  chunk(bytes: Uint8Array): void {
    if (this.#over) return;
    try {
      if (this.#events !== undefined) this.#events.feed(bytes);
      else this.#keep(bytes);
    } catch (error) {
      this.#stop?.();
      this.end(error);
    }
  }

  end(error?: unknown): void {
    if (this.#over) return;
    this.#finish();
    if (error !== undefined) this.#reader.end(this.#failure(error));
    else if (this.#events !== undefined) this.#reader.end();
    else this.#whole();
  }

  #finish(): void {
    this.#over = true;
    if (this.#outgoing.tied === true) this.#endpoint.untie(this);
  }

  /** Where a redirect leads that may be followed: once, and to the same origin, since the headers hold secrets. */
  #target(location: string | undefined): URL | undefined {
    if (this.#redirected || location === undefined || !URL.canParse(location, this.#url)) return undefined;
    const url = new URL(location, this.#url);
    return url.origin === this.#url.origin && url.username === "" && url.password === "" ? url : undefined;
  }

  #keep(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    const { size } = this.#pieces;
    if (this.#status >= 300) {
      if (size <= ERROR_BYTES) return;
      this.#stop?.();
      this.end();
    } else if (size > this.#endpoint.replyBytes) {
      const message = `The server sent a reply of more than ${this.#endpoint.replyBytes} bytes: raise replyBytes to take it`;
      throw new LocalError("limit", message, { data: { limit: "replyBytes" } });
    }
  }

  #whole(): void {
    const status = this.#status;
    const bytes = withoutMark(this.#pieces.take());
    const text = status < 300 ? decodeUtf8(bytes) : lenient.decode(bytes);
    if (text === undefined) {
      return this.#reader.end(new LocalError("invalid_response", "The server sent a reply that is no UTF-8"));
    }
    this.#reader.body({ status, text, bytes, header: this.#header });
  }

  #failure(error: unknown): Error {
    return unreachable(this.#endpoint.url.origin, error, this.#status > 0);
  }
}

/** Whether a reply with this head is a stream of events. */
export function isEventStream(status: number, header: WholeReply["header"]): boolean {
  return status >= 200 && status < 300 && /^text\/event-stream\b/i.test(header("content-type") ?? "");
}

/** The bytes without the mark of their order that some programs put before UTF-8. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

const lenient: TextDecoder = new TextDecoder();
