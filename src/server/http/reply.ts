import {
  type Binding,
  encode,
  type Notification,
  type Parts,
  type Request,
  type Response,
  Serialized,
  textOf,
} from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { EventWriter, eventOf } from "./event-writer.ts";
import type { HttpHeaders, HttpRequest, HttpSink } from "./facts.ts";
import type { KeepAlive } from "./keep-alive.ts";

/** What a client takes as a reply. */
export interface Accepted {
  readonly json: boolean;
  readonly events: boolean;
}

/** How a reply is made. */
export interface ReplyOptions {
  readonly accepted: Accepted;
  /** Headers of the reply. */
  readonly headers: HttpHeaders;
  readonly keepAlive: KeepAlive;
  /** Told why a result could not be serialised; the client got -32603. */
  readonly onProblem: (problem: unknown) => void;
  /** Makes events of messages; where it is left out, they have no ids. */
  readonly eventOf?: (data: string | Parts) => string | Parts;
  /** Called when a stream of events has begun, before its first event. */
  readonly opened?: (writer: EventWriter) => void;
  /** Called when all responses have been sent, or none will come any more. */
  readonly ended?: () => void;
  /** How many responses there will be, where it is a batch: they come in a list. */
  readonly batch?: number;
}

/** One HTTP request, and what its reply needs. */
export interface HttpExchange {
  readonly http: HttpRequest;
  readonly binding: Binding;
  readonly options: ReplyOptions;
  readonly sink: HttpSink;
}

const EVENT_STREAM: HttpHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
};

/**
 * The reply to one POST. The first thing that goes out decides what it is: JSON when that is the response, a stream of
 * events when it is anything else.
 */
export class Reply {
  readonly #sink: HttpSink;
  readonly #options: ReplyOptions;
  readonly #responses: string[] = [];
  #writer: EventWriter | undefined;
  #first: EventWriter | undefined;
  #left: number;
  #over = false;
  /** When the last reader went away, in the milliseconds of `performance.now()`; infinite while there is one. */
  #goneAt = Number.POSITIVE_INFINITY;
  #patient = false;

  constructor(sink: HttpSink, options: ReplyOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#left = options.batch ?? 1;
  }

  /** Shows signs of life from now on, while the response is awaited. */
  begin(): void {
    if (this.streams) this.#options.keepAlive.add(this);
  }

  /** Whether its reader went away so long ago that it will not come back. */
  get isLost(): boolean {
    return performance.now() - this.#goneAt > limits.logTime;
  }

  get #gone(): boolean {
    return this.#goneAt < Number.POSITIVE_INFINITY;
  }

  /** Whether messages other than the response can reach the client. */
  get streams(): boolean {
    return this.#options.accepted.events;
  }

  /** Sends a message before the response. Gives a promise only when the reader is slow. */
  send(message: Notification | Request | Serialized): void | Promise<void> {
    if (this.#over || !this.streams) return;
    const text = encode(message);
    this.#open();
    if (this.#writer !== undefined && isProgress(message)) {
      return this.#writer.writeLatest(() => this.#event(text) as string);
    }
    // A client that went away may come back for it, so it gets its place among the events all the same.
    return this.#write(text);
  }

  /**
   * Sends the response, or one of a batch. `status` is for a reply that is JSON, as every refusal is that no stream came
   * before.
   */
  finish(response: Response, status: number): void {
    if (this.#over) return;
    const encoded = encode(response, this.#options.onProblem);
    if (this.#writer !== undefined || this.#gone || (!this.#options.accepted.json && status === 200)) {
      this.#open();
      void this.#write(encoded);
    } else if (this.#options.batch !== undefined) this.#responses.push(textOf(encoded));
    else this.#sink.reply(status, this.#options.headers, encoded);
    if (--this.#left === 0) this.#end();
  }

  /** A reader went away: the one that sent the message, or else the one of a writer that took its place. */
  closed(writer: EventWriter | undefined = this.#first): void {
    if (writer !== this.#writer) return;
    this.#writer = undefined;
    this.#goneAt = performance.now();
    this.#options.keepAlive.delete(this);
  }

  /** The client came back, and reads on with another request; the one before, if it is still there, gets no more. */
  resume(writer: EventWriter): void {
    this.#writer?.end();
    this.#writer = writer;
    this.#goneAt = Number.POSITIVE_INFINITY;
    this.#options.keepAlive.add(this);
  }

  /** Goes on without the response, or one of a batch, since it will not come. */
  abort(): void {
    if (this.#over || --this.#left > 0) return;
    const nothing = this.#responses.length === 0;
    if (nothing && this.streams) this.#open();
    this.#end();
    if (nothing && this.#writer === undefined && !this.#gone) this.#sink.reply(202, this.#options.headers);
  }

  /** @internal Called from time to time: a reply that is long in coming becomes a stream, to say that it will come. */
  keepAlive(): void {
    if (this.#writer === undefined && this.#patient) this.#open();
    this.#patient = true;
    this.#writer?.keepAlive();
  }

  #end(): void {
    this.#over = true;
    this.#options.keepAlive.delete(this);
    this.#options.ended?.();
    if (this.#writer !== undefined) this.#writer.end();
    else if (this.#responses.length > 0) this.#sink.reply(200, this.#options.headers, `[${this.#responses.join()}]`);
  }

  #open(): void {
    if (this.#writer !== undefined || this.#gone) return;
    this.#sink.events({ ...EVENT_STREAM, ...this.#options.headers });
    this.#first = new EventWriter(this.#sink);
    this.#writer = this.#first;
    this.#options.opened?.(this.#writer);
    for (const response of this.#responses.splice(0)) void this.#write(response);
  }

  #write(data: string | Parts): void | Promise<void> {
    // Progress that is still kept gets its place before what comes behind it.
    this.#writer?.writeKept();
    const event = this.#event(data);
    return this.#writer?.write(event);
  }

  #event(data: string | Parts): string | Parts {
    return this.#options.eventOf === undefined ? eventOf(data) : this.#options.eventOf(data);
  }
}

/** Begins a stream of events that is no reply to a message. */
export function openEvents(sink: HttpSink, headers: HttpHeaders): EventWriter {
  sink.events({ ...EVENT_STREAM, ...headers });
  const writer = new EventWriter(sink);
  // Hosts send the headers with the first bytes of the body.
  writer.keepAlive();
  return writer;
}

const PROGRESS = '{"jsonrpc":"2.0","method":"notifications/progress"';

function isProgress(message: Notification | Request | Serialized): boolean {
  return message instanceof Serialized
    ? message.bytes === undefined && message.text.startsWith(PROGRESS)
    : message.method === "notifications/progress";
}
