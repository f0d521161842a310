import { DefinitionError } from "../../errors.ts";
import {
  encode,
  type Notification,
  type Parts,
  type Request,
  type Response,
  type Serialized,
  textOf,
  type HttpHeaders,
} from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { EventWriter, eventOf } from "./event-writer.ts";
import { type HttpExchange, NO_HEADERS, type Surroundings } from "./exchange.ts";
import type { Alive } from "./keep-alive.ts";

/** What a reply needs to know of its request. */
export type Replying = Pick<HttpExchange, "sink" | "headers" | "accepted"> &
  Partial<Pick<HttpExchange, "principal">> & { readonly around: Pick<Surroundings, "keepAlive" | "report"> };

/** Keeps the events of streams, so that a client which lost one can go on with it. */
export interface StreamKeeper {
  /** Whether the client comes back by itself for a stream of which the connection was closed. */
  readonly polls: boolean;
  /** A reply has become a stream: says who numbers its events, or that nobody does. */
  opened(reply: Reply, writer: EventWriter): EventKeeper | undefined;
  /** The stream is at its end. */
  ended(events: EventKeeper): void;
}

/** Numbers the events of a stream, and keeps them. */
export interface EventKeeper {
  readonly name: string;
  /**
   * Makes an event of a message, for a reader, where there is one. Of progress only the last need be kept. Gives a promise
   * only when the reader is slow.
   */
  write(data: string | Parts, reader: EventWriter | undefined, isProgress: boolean): void | Promise<void>;
  /** Gives the log and the reader what they do not have yet. */
  keep(): unknown;
}

/** When a client comes back for a stream that was closed, in milliseconds, unless it is told otherwise. */
const RETRY = 1000;

const EVENT_STREAM: HttpHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
};

/**
 * The reply to one POST. The first thing that goes out decides what it is: JSON when that is the response, a stream of
 * events when it is anything else.
 */
export class Reply implements Alive {
  place = -1;
  /** Whether it stays open by itself, and so ends with what its reader may. */
  stays = false;
  readonly #replying: Replying;
  readonly #keeper: StreamKeeper | undefined;
  /** The responses so far, where it is a batch: they come in a list. */
  readonly #responses: string[] | undefined;
  #writer: EventWriter | undefined;
  #first: EventWriter | undefined;
  #events: EventKeeper | undefined;
  #left: number;
  #over = false;
  /** When the last reader went away, in the milliseconds of `performance.now()`; `undefined` while there is one. */
  #goneAt: number | undefined;
  #patient = false;

  /** `batch` says how many responses there will be, where it is one. */
  constructor(replying: Replying, keeper?: StreamKeeper, batch?: number) {
    this.#replying = replying;
    this.#keeper = keeper;
    this.#responses = batch === undefined ? undefined : [];
    this.#left = batch ?? 1;
  }

  /** Shows signs of life from now on, while the response is awaited. */
  begin(): void {
    if (this.streams) this.#replying.around.keepAlive.add(this);
  }

  /** Whether its reader went away so long ago that it will not come back. */
  get isLost(): boolean {
    return this.#goneAt !== undefined && performance.now() - this.#goneAt > limits.logTime;
  }

  /** Whether messages other than the response can reach the client. */
  get streams(): boolean {
    return this.#replying.accepted.events;
  }

  /** Sends a message before the response. Gives a promise only when the reader is slow. */
  send(message: Notification | Request | Serialized): void | Promise<void> {
    if (this.#over || !this.streams) return;
    const text = encode(message);
    this.#open();
    const writer = this.#writer;
    // The requests of a batch have a reply together, and progress each.
    const isProgress = message.method === "notifications/progress" && this.#responses === undefined;
    if (isProgress && writer?.room !== undefined) return writer.keepLatest(() => void this.#put(text, writer, true));
    // A client that went away may come back for it, so it gets its place among the events all the same.
    return this.#write(text, isProgress);
  }

  /**
   * Sends the response, or one of a batch. `status` is for a reply that is JSON, as every refusal is that no stream came
   * before.
   */
  finish(response: Response, status: number): void {
    if (this.#over) return;
    const { sink, headers, accepted, around } = this.#replying;
    const encoded = encode(response, around.report);
    if (this.#writer !== undefined || this.#goneAt !== undefined || (!accepted.json && status === 200)) {
      this.#open();
      void this.#write(encoded);
    } else if (this.#responses !== undefined) this.#responses.push(textOf(encoded));
    else sink.reply(status, headers, encoded);
    if (--this.#left === 0) this.#end();
  }

  /** Closes the connection, where the client comes back for the rest: after so many milliseconds, as it is told. */
  disconnect(retry: number = RETRY): void {
    if (!Number.isSafeInteger(retry) || retry < 0) {
      throw new DefinitionError(`disconnect takes a whole number of milliseconds, not ${retry}`);
    }
    if (this.#over || !this.streams || this.#keeper?.polls !== true) return;
    this.#open();
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#flush();
    void writer.write(`retry: ${retry}\n\n`);
    writer.end();
    this.closed(writer);
  }

  /** A reader went away: the one that sent the message, or else the one of a writer that took its place. */
  closed(writer: EventWriter | undefined = this.#first): void {
    if (writer !== this.#writer) return;
    this.#writer = undefined;
    this.#goneAt = performance.now();
    this.#replying.around.keepAlive.delete(this);
  }

  /** The client came back, and reads on with another request; the one before, if it is still there, gets no more. */
  resume(writer: EventWriter): void {
    this.#writer?.end();
    this.#writer = writer;
    this.#goneAt = undefined;
    this.#replying.around.keepAlive.add(this);
  }

  /** Goes on without the response, or one of a batch, since it will not come. */
  abort(): void {
    if (this.#over || --this.#left > 0) return;
    const { sink, headers } = this.#replying;
    const nothing = !this.#responses?.length;
    if (nothing && this.streams) this.#open();
    this.#end();
    if (nothing && this.#writer === undefined && this.#goneAt === undefined) sink.reply(202, headers);
  }

  /** @internal Called from time to time: a reply that is long in coming becomes a stream, to say that it will come. */
  keepAlive(): void {
    if (this.#writer === undefined && this.#patient) this.#open();
    this.#patient = true;
    this.#writer?.keepAlive();
  }

  #end(): void {
    const { sink, headers, around } = this.#replying;
    this.#over = true;
    around.keepAlive.delete(this);
    this.#flush();
    if (this.#events !== undefined) this.#keeper?.ended(this.#events);
    if (this.#writer !== undefined) this.#writer.end();
    else if (this.#responses !== undefined && this.#responses.length > 0) {
      sink.reply(200, headers, `[${this.#responses.join()}]`);
    }
  }

  #open(): void {
    if (this.#writer !== undefined || this.#goneAt !== undefined) return;
    this.#writer = this.stays ? openEvents(this.#replying) : beginEvents(this.#replying);
    this.#first = this.#writer;
    this.#events = this.#keeper?.opened(this, this.#writer);
    for (const response of this.#responses?.splice(0) ?? []) void this.#write(response);
  }

  #write(data: string | Parts, isProgress = false): void | Promise<void> {
    // Progress that is still kept gets its place before what comes behind it.
    this.#writer?.writeKept();
    return this.#put(data, this.#writer, isProgress);
  }

  #put(data: string | Parts, writer: EventWriter | undefined, isProgress: boolean): void | Promise<void> {
    return this.#events === undefined ? writer?.write(eventOf(data)) : this.#events.write(data, writer, isProgress);
  }

  /** What waits leaves, before something that does not wait. */
  #flush(): void {
    this.#writer?.writeKept();
    this.#events?.keep();
  }
}

/** What may need a reply. */
export interface Responding {
  readonly binding: Replying;
  /** Made when it is first looked at. */
  readonly reply: Reply;
}

/** Sends the response to the one request of an exchange of which nothing has gone out: most need no reply for that. */
export function respond(responding: Responding, response: Response, status: number): void {
  const { sink, headers, accepted, around } = responding.binding;
  if (accepted.json || status !== 200) sink.reply(status, headers, encode(response, around.report));
  else responding.reply.finish(response, status);
}

function beginEvents({ sink, headers }: Pick<HttpExchange, "sink" | "headers">): EventWriter {
  sink.events(headers === NO_HEADERS ? EVENT_STREAM : { ...EVENT_STREAM, ...headers });
  return new EventWriter(sink);
}

/** How much the clock of who says when an authorization ends may differ, in milliseconds. */
const SKEW = 30_000;

/** Begins a stream of events that stays open by itself, for as long as who asks for it may read. */
export function openEvents(exchange: Pick<Replying, "sink" | "headers" | "principal">): EventWriter {
  const writer = beginEvents(exchange);
  const { expiresAt } = exchange.principal?.auth ?? {};
  if (expiresAt !== undefined) writer.until = expiresAt + SKEW;
  // Hosts send the headers with the first bytes of the body.
  writer.keepAlive();
  return writer;
}
