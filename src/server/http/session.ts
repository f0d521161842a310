import { LocalError } from "../../errors.ts";
import { type Notification, Pending, type Principal, type RequestId } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { Eventually, Json, KeyValue, Log } from "../../stores/index.ts";
import type { Eras, Legacy, LegacyState } from "../index.ts";
import type { Endpoint } from "./endpoint.ts";
import type { EventWriter } from "./event-writer.ts";
import type { Alive, KeepAlive } from "./keep-alive.ts";
import type { SessionOptions } from "./options.ts";
import { randomText } from "./random.ts";
import { ReplayStream } from "./replay.ts";
import type { Reply } from "./reply.ts";

/** What is kept of a session that nobody is using. */
interface SessionRecord {
  readonly state: LegacyState;
  /** When it began, in milliseconds since 1970. */
  readonly since: number;
}

/** A session id is 22 characters of 6 bits each: 132 bits. */
const ID_LENGTH = 22;
const SESSION_ID = /^[A-Za-z0-9_-]{22}$/;

/** A request that a session is answering. */
export interface SessionCall {
  readonly id: RequestId;
  readonly reply: Reply;
  abort(reason: unknown): void;
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

/**
 * A session while something happens in it. What must outlast that is in its state.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#session-management
 */
export class Session implements Alive {
  readonly id: string;
  readonly owner: string;
  readonly legacy: Legacy;
  readonly since: number;
  readonly #sessions: Sessions;
  // Most sessions that are held have a stream of their own and nothing else.
  #calls: Set<SessionCall> | undefined;
  #pending: Pending | undefined;
  #streams: Map<string, ReplyStream> | undefined;
  #own: OwnStream | undefined;
  /** Requests that came and are not yet answered, of any kind. */
  #uses = 0;
  /** What can change in the state, as the store has it. */
  #stored: string;

  constructor(sessions: Sessions, id: string, owner: string, legacy: Legacy, since: number) {
    this.#sessions = sessions;
    this.id = id;
    this.owner = owner;
    this.legacy = legacy;
    this.since = since;
    this.#stored = changing(legacy.state);
  }

  /** Takes over what another process has stored, unless there is something here that is not stored yet. */
  learn(state: LegacyState): void {
    const own = this.legacy.state;
    // A store in this process has the very state.
    if (own === undefined || own === state || changing(own) !== this.#stored) return;
    Object.assign(own, state);
    this.#stored = changing(own);
  }

  /** The state, and what is to be called when the store has it. */
  save(): { readonly record: Json; readonly saved: () => void } {
    const { legacy, since } = this;
    const { state } = legacy;
    const saved = changing(state);
    return {
      record: { state, since } as unknown as Json,
      saved: () => {
        this.#stored = saved;
      },
    };
  }

  /** The requests that are being answered. */
  get calls(): Set<SessionCall> {
    this.#calls ??= new Set();
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

  /** Keeps the session in memory until what it gives back is called; then what it remembers has been stored. */
  enter(): () => Eventually<void> {
    this.#uses++;
    return () => {
      this.#uses--;
      return this.store();
    };
  }

  /** Stores what the session remembers, and lets it go when nobody uses it. */
  store(): Eventually<void> {
    return this.#sessions.rest(this);
  }

  get isUsed(): boolean {
    return this.#uses > 0 || this.#own !== undefined || (this.#calls !== undefined && this.#calls.size > 0);
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
    for (const call of [...(this.#calls ?? [])]) {
      if (call.reply.isLost) call.abort(new LocalError("closed", "The client went away, and did not come back"));
    }
    const stored = this.store();
    if (stored instanceof Promise) stored.catch(this.#sessions.onProblem);
  }

  /** Ends all that happens in it. */
  close(): void {
    this.closeOwn();
    const over = new LocalError("closed", "The session is over");
    this.#pending?.close({ kind: "error", error: over });
    for (const call of [...(this.#calls ?? [])]) {
      call.abort(over);
      call.reply.abort();
    }
  }

  #send(notification: Notification): void {
    const own = this.#own;
    if (own === undefined) return;
    const text = JSON.stringify(notification);
    const event = own.events === undefined ? `event: message\ndata: ${text}\n\n` : own.events.eventOf(text);
    void own.writer?.write(event);
  }

  /** Ends the stream that belongs to no request. */
  closeOwn(): void {
    this.#own?.unlisten();
    this.#own?.writer?.end();
    this.#own = undefined;
  }
}

/** The sessions of one endpoint. Those that nobody uses are records in a store, and nothing else. */
export class Sessions {
  readonly log: Log | undefined;
  readonly onProblem: (problem: unknown) => void;
  readonly #eras: Eras;
  readonly #store: KeyValue;
  readonly #keepAlive: KeepAlive;
  /** How long a session may be idle, in milliseconds. */
  readonly idle: number;
  readonly #lifetime: number;
  readonly #live = new Map<string, Session>();

  constructor(
    { eras, keepAlive, report }: Endpoint,
    store: KeyValue,
    log: Log | undefined,
    { idle = limits.sessionIdle, lifetime = limits.sessionLifetime }: SessionOptions,
  ) {
    this.#eras = eras;
    this.#store = store;
    this.log = log;
    this.#keepAlive = keepAlive;
    this.idle = idle;
    this.#lifetime = lifetime;
    this.onProblem = report;
  }

  /** A session that is not known to anybody until its handshake has been answered and {@link Sessions.keep} was called. */
  begin(principal: Principal | undefined): Session {
    return new Session(this, randomText(ID_LENGTH), ownerOf(principal), this.#eras.legacy(), Date.now());
  }

  /** Keeps a session whose handshake has been answered. @throws LocalError `limit` when there are too many. */
  keep(session: Session): Eventually<void> {
    return this.#store.set(session.owner, session.id, session.save().record, limits.sessionOpening);
  }

  /** The session of this id that belongs to this principal. Those of others are as unknown as those that never were. */
  find(principal: Principal | undefined, id: string): Eventually<Session | undefined> {
    if (!SESSION_ID.test(id)) return undefined;
    const owner = ownerOf(principal);
    const record = this.#store.get(owner, id);
    return record instanceof Promise
      ? record.then((found) => this.#restored(owner, id, found))
      : this.#restored(owner, id, record);
  }

  /** Ends a session for good. */
  end(session: Session): Eventually<unknown> {
    this.#forget(session);
    return this.#store.delete(session.owner, session.id);
  }

  /** @internal Stores what a session remembers, and lets go of it when nobody uses it. */
  rest(session: Session): Eventually<void> {
    if (this.#live.get(session.id) !== session) return;
    const record = this.#store.get(session.owner, session.id);
    return record instanceof Promise
      ? record.then((found) => this.#renew(session, found))
      : this.#renew(session, record);
  }

  #renew(session: Session, record: Json | undefined): Eventually<void> {
    if (this.#live.get(session.id) !== session) return;
    // What ended elsewhere must not begin again here.
    if (record === undefined) return this.#forget(session);
    session.learn((record as unknown as SessionRecord).state);
    if (!session.isUsed) {
      this.#live.delete(session.id);
      this.#keepAlive.delete(session);
    }
    const ttl = Math.min(this.idle, session.since + this.#lifetime - Date.now());
    if (ttl <= 0) return void this.end(session);
    const { record: renewed, saved } = session.save();
    const stored = this.#store.set(session.owner, session.id, renewed, ttl);
    return stored instanceof Promise ? stored.then(saved) : saved();
  }

  /** Ends the streams that belong to no request; their clients come back, to whoever serves then. */
  closeOwnStreams(): void {
    for (const session of [...this.#live.values()]) session.closeOwn();
  }

  /** Ends what happens in all sessions here; those in a store of others can be gone on with elsewhere. */
  close(): void {
    for (const session of [...this.#live.values()]) this.#forget(session);
  }

  #restored(owner: string, id: string, record: Json | undefined): Session | undefined {
    const live = this.#live.get(id);
    if (record === undefined) {
      // It ended elsewhere, or its time was over.
      if (live?.owner === owner) this.#forget(live);
      return undefined;
    }
    const { state, since } = record as unknown as SessionRecord;
    if (live !== undefined) {
      live.learn(state);
      return live;
    }
    const session = new Session(this, id, owner, this.#eras.legacy(state), since);
    this.#live.set(id, session);
    this.#keepAlive.add(session);
    return session;
  }

  #forget(session: Session): void {
    this.#live.delete(session.id);
    this.#keepAlive.delete(session);
    session.close();
  }
}

/** What can change in a state, as a text to compare. */
function changing(state: LegacyState | undefined): string {
  return state === undefined ? "" : JSON.stringify([state.logLevel, state.initialized, state.subscribed]);
}

/** The owner under which stores keep what belongs to somebody; nobody's things have the empty one. */
function ownerOf(principal: Principal | undefined): string {
  return principal?.id ?? "";
}
