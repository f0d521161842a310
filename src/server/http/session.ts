import { LocalError } from "../../errors.ts";
import { type Identified, Pending } from "../../jsonrpc/wire/index.ts";
import { Bag, type InBag, type Notification, type OpenCall, type RequestId } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import { isSince, SINCE } from "../../protocol/index.ts";
import type { Eventually, Json, Log } from "../../stores/index.ts";
import type { Legacy, LegacyState } from "../index.ts";
import { type EventWriter, eventOf } from "./event-writer.ts";
import type { Alive } from "./keep-alive.ts";
import { ReplayStream } from "./replay.ts";
import type { Reply, StreamKeeper } from "./reply.ts";

/** A request that a session is answering. */
export interface SessionCall extends InBag {
  readonly id: RequestId;
  readonly call: OpenCall;
  readonly reply: Reply;
}

/** A reply that is a stream, of which the events are kept. */
interface ReplyStream {
  readonly events: ReplayStream;
  readonly reply: Reply;
}

/** The stream of a session that belongs to no request. */
interface OwnStream {
  readonly events: ReplayStream | undefined;
  writer: EventWriter | undefined;
  readonly unlisten: () => void;
  /** When its reader went away, in the milliseconds of `performance.now()`. */
  left: number;
}

/** Those that a session is one of, as it knows them. */
interface Siblings {
  readonly log: Log | undefined;
  readonly onProblem: (problem: unknown) => void;
  /** How long a session may be idle, in milliseconds. */
  readonly idle: number;
  /** Stores what a session remembers, and lets go of it when nobody uses it. */
  rest(session: Session): Eventually<void>;
  /** Learns what other processes have stored of a session, and stores what it remembers. */
  renew(session: Session): Eventually<void>;
}

/**
 * A session while something happens in it. What must outlast that is in its state.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#session-management
 */
export class Session implements Alive, Identified<Session>, StreamKeeper {
  place = -1;
  next: Session | undefined;
  readonly id: string;
  readonly owner: string;
  readonly legacy: Legacy;
  readonly since: number;
  readonly #sessions: Siblings;
  // Most sessions that are held have a stream of their own and nothing else.
  #calls: Bag<SessionCall> | undefined;
  #pending: Pending | undefined;
  #streams: Map<string, ReplyStream> | undefined;
  #own: OwnStream | undefined;
  /** Requests that came and are not yet answered, of any kind. */
  #uses = 0;
  /** How often the state had changed when the store had it last. */
  #stored: number;

  constructor(sessions: Siblings, id: string, owner: string, legacy: Legacy, since: number) {
    this.#sessions = sessions;
    this.id = id;
    this.owner = owner;
    this.legacy = legacy;
    this.since = since;
    this.#stored = legacy.changes;
  }

  /** Takes over what another process has stored, unless there is something here that is not stored yet. */
  learn(state: LegacyState): void {
    const own = this.legacy.state;
    // A store in this process has the very state.
    if (own !== undefined && own !== state && !this.isChanged) Object.assign(own, state);
  }

  /** Whether there is something that the store does not have. */
  get isChanged(): boolean {
    return this.legacy.changes !== this.#stored;
  }

  /** The state, and what is to be called when the store has it. */
  save(): { readonly record: Json; readonly saved: () => void } {
    const { legacy, since } = this;
    const { state, changes } = legacy;
    return {
      record: { state, since } as unknown as Json,
      saved: () => {
        this.#stored = changes;
      },
    };
  }

  /** The requests that are being answered. */
  get calls(): Bag<SessionCall> {
    this.#calls ??= new Bag();
    return this.#calls;
  }

  /** Questions to the client that wait for an answer. */
  get pending(): Pending {
    this.#pending ??= new Pending();
    return this.#pending;
  }

  /** The replies that are streams and not at their end, by the names of their streams. */
  get streams(): Map<string, ReplyStream> {
    this.#streams ??= new Map();
    return this.#streams;
  }

  /** Keeps the session in memory until as many have left. */
  enter(): void {
    this.#uses++;
  }

  /** One that entered leaves; what it changed has been stored then. */
  leave(): Eventually<void> {
    this.#uses--;
    return this.store();
  }

  /** Stores what the session remembers, and lets it go when nobody uses it. */
  store(): Eventually<void> {
    return eventually(() => this.#sessions.rest(this));
  }

  get isUsed(): boolean {
    if (this.#uses > 0 || this.#own !== undefined) return true;
    return (
      (this.#calls !== undefined && this.#calls.size > 0) || (this.#streams !== undefined && this.#streams.size > 0)
    );
  }

  /** Whether its client comes back by itself for a stream of which the connection was closed. */
  get polls(): boolean {
    return this.#sessions.log !== undefined && hasPriming(this.legacy);
  }

  /** A reply has become a stream: its events are numbered and kept, where any are. */
  opened(reply: Reply, writer: EventWriter): ReplayStream | undefined {
    const events = this.replayStream();
    if (events === undefined) return undefined;
    this.streams.set(events.name, { events, reply });
    if (hasPriming(this.legacy)) void writer.write(events.priming);
    return events;
  }

  /** The stream of a reply is at its end. */
  ended({ name }: { readonly name: string }): void {
    this.streams.delete(name);
    this.#inTime(this.store());
  }

  /** A stream of which the events are kept; `undefined` where none are. */
  replayStream(): ReplayStream | undefined {
    const { log, onProblem } = this.#sessions;
    return log === undefined ? undefined : new ReplayStream(log, this.owner, this.id, onProblem);
  }

  /** The stream that belongs to no request, where there is one. */
  get own(): { readonly events: ReplayStream | undefined; readonly attached: boolean } | undefined {
    return this.#own && { events: this.#own.events, attached: this.#own.writer !== undefined };
  }

  /** Begins the stream that belongs to no request. */
  openOwn(writer: EventWriter): ReplayStream | undefined {
    this.#own?.unlisten();
    const events = this.replayStream();
    const unlisten = this.legacy.listen((notification) => this.#send(notification));
    this.#own = { events, writer, unlisten, left: 0 };
    return events;
  }

  /** Goes on with that stream for a reader that came back; the one before, if it is still there, gets no more. */
  resumeOwn(writer: EventWriter): void {
    if (this.#own === undefined) return;
    this.#own.writer?.end();
    this.#own.writer = writer;
  }

  /** The reader of that stream went away. Where events are kept, they are so for a while longer. */
  leaveOwn(writer: EventWriter): void {
    if (this.#own?.writer !== writer) return;
    this.#own.writer = undefined;
    this.#own.left = performance.now();
    if (this.#own.events === undefined) this.closeOwn();
  }

  /** @internal */
  keepAlive(): void {
    const own = this.#own;
    own?.writer?.keepAlive();
    // Who went away with the stream is as idle as who never opened one.
    const patience = Math.min(limits.logTime, this.#sessions.idle);
    if (own !== undefined && own.writer === undefined && performance.now() - own.left > patience) this.closeOwn();
    for (const { call, reply } of this.#calls?.all() ?? []) {
      if (reply.isLost) call.abort(new LocalError("closed", "The client went away, and did not come back"));
    }
    this.#inTime(eventually(() => this.#sessions.renew(this)));
  }

  /** Something is stored while nobody waits for it. */
  #inTime(stored: Eventually<void>): void {
    if (stored instanceof Promise) stored.catch(this.#sessions.onProblem);
  }

  /** Ends all that happens in it. */
  close(): void {
    this.closeOwn();
    const over = new LocalError("closed", "The session is over");
    this.#pending?.close({ kind: "error", error: over });
    for (const { call, reply } of this.#calls?.all() ?? []) {
      call.abort(over);
      reply.abort();
    }
  }

  #send(notification: Notification): void {
    const own = this.#own;
    if (own === undefined) return;
    const { events, writer } = own;
    const text = JSON.stringify(notification);
    void (events === undefined ? writer?.write(eventOf(text)) : events.write(text, writer, false));
  }

  /** Ends the stream that belongs to no request. */
  closeOwn(): void {
    this.#own?.unlisten();
    void this.#own?.events?.keep();
    this.#own?.writer?.end();
    this.#own = undefined;
  }
}

/** Whether clients of this revision know what an event without data is: older ones take it for a broken message. */
export function hasPriming({ state }: Legacy): boolean {
  return state !== undefined && isSince(state.version, SINCE.emptyEvents);
}

/** A store fails in one way, whichever way its own is. */
function eventually<T>(action: () => Eventually<T>): Eventually<T> {
  try {
    return action();
  } catch (error) {
    return Promise.reject(error);
  }
}
