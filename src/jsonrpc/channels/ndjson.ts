import { InvalidRequestError, ParseError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import {
  type Channel,
  type CloseReason,
  encode,
  Malformed,
  type Message,
  type Serialized,
  TurnWriter,
} from "../index.ts";
import type { BytePipe } from "../pipes/index.ts";
import { parse } from "../wire/index.ts";
import { Lines } from "./lines.ts";

/** Options of {@link ndjson}. */
export interface NdjsonOptions {
  /** The longest line in bytes, without its end. Default `limits.lineBytes`. */
  readonly lineBytes?: number;
  /** Told why a result could not be serialised; the peer got -32603. */
  readonly onProblem?: (problem: unknown) => void;
}

/**
 * A channel of newline-delimited JSON over a pipe of bytes: the framing of stdio, and of sockets.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports#stdio
 */
export function ndjson(pipe: BytePipe, options: NdjsonOptions = {}): Channel {
  return new NdjsonChannel(pipe, options);
}

/** A text above this length is written as it is: its line feed is put behind it, and not into a copy. */
const NOT_COPIED = 65_536;

class NdjsonChannel extends TurnWriter implements Channel {
  readonly closed: Promise<CloseReason>;
  readonly #pipe: BytePipe;
  readonly #options: NdjsonOptions;
  #finish!: (reason: CloseReason) => void;
  #room: Promise<void> | undefined;
  #open = true;
  #closing: Promise<void> | undefined;

  constructor(pipe: BytePipe, options: NdjsonOptions) {
    super();
    this.#pipe = pipe;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  receive(listener: (message: Message | Malformed) => void): void {
    const lines = new Lines(this.#options.lineBytes ?? limits.lineBytes, (line, bytes, from, to) => {
      if (this.#closing !== undefined) return;
      listener(typeof line === "string" ? parse(line, bytes, from, to) : refused(line));
    });
    this.#pipe.start(
      (chunk) => {
        if (this.#closing === undefined) lines.push(chunk);
      },
      (error) => {
        if (this.#closing === undefined) this.#finish(error === undefined ? { kind: "end" } : { kind: "error", error });
      },
    );
  }

  send(message: Message | Serialized): void | Promise<void> {
    const encoded = encode(message, this.#options.onProblem);
    if (!this.#open) return;
    if (typeof encoded === "string") this.#write(encoded);
    else {
      this.flush();
      this.#pipe.cork?.();
      this.put(encoded.head);
      this.put(encoded.body);
      this.put(`${encoded.tail}\n`);
      this.#pipe.uncork?.();
    }
    return this.#room;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.flush();
    this.#open = false;
    await this.#pipe.close();
    this.#finish({ kind: "closed" });
  }

  #write(text: string): void {
    if (text.length <= NOT_COPIED) return this.append(`${text}\n`);
    this.flush();
    this.put(text);
    this.put("\n");
  }

  protected put(data: string | Uint8Array): void {
    const room = this.#pipe.write(data);
    if (room === undefined) return;
    this.#room = room;
    void room.then(() => {
      if (this.#room === room) this.#room = undefined;
    });
  }
}

function refused(error: Error): Malformed {
  return error instanceof RangeError
    ? new Malformed(new InvalidRequestError(error.message, { limit: "lineBytes" }))
    : new Malformed(new ParseError(error.message));
}
