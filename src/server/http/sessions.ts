import { ById } from "../../jsonrpc/wire/index.ts";
import type { Principal } from "../../jsonrpc/index.ts";
import { limits } from "../../limits.ts";
import type { Eventually, Json, KeyValue, Log } from "../../stores/index.ts";
import type { Conversations, LegacyState } from "../index.ts";
import type { Endpoint } from "./endpoint.ts";
import type { SessionOptions } from "./options.ts";
import { isRandomText, randomText } from "./random.ts";
import { Session } from "./session.ts";

/** What is kept of a session that nobody is using. */
interface SessionRecord {
  readonly state: LegacyState;
  /** When it began, in milliseconds since 1970. */
  readonly since: number;
}

const MINUTE = 60_000;

/** A session id is 22 characters of 6 bits each: 132 bits. */
const ID_LENGTH = 22;

/** The sessions of one endpoint. Those that nobody uses are records in a store, and nothing else. */
export class Sessions {
  readonly log: Log | undefined;
  readonly onProblem: (problem: unknown) => void;
  readonly #endpoint: Endpoint;
  readonly #conversations: Conversations;
  readonly #store: KeyValue;
  /** Whether others may use the store, too. */
  readonly #isShared: boolean;
  /** How long a session may be idle, in milliseconds. */
  readonly idle: number;
  readonly #lifetime: number;
  readonly #live = new ById<Session>();
  /** The session that came to rest last, which is likely to be used next. */
  #resting: Session | undefined;
  /** The session that the store was told of last, until it should be told again. */
  #touched = "";
  #forgetting: object | undefined;

  constructor(
    { endpoint, conversations }: { readonly endpoint: Endpoint; readonly conversations: Conversations },
    store: KeyValue,
    log: Log | undefined,
    { idle = limits.sessionIdle, lifetime = limits.sessionLifetime, store: given }: SessionOptions,
  ) {
    this.#endpoint = endpoint;
    this.#conversations = conversations;
    this.#store = store;
    this.#isShared = given !== undefined;
    this.log = log;
    this.idle = idle;
    this.#lifetime = lifetime;
    this.onProblem = endpoint.report;
  }

  /** A session that is not known to anybody until its handshake has been answered and {@link Sessions.keep} was called. */
  begin(principal: Principal | undefined): Session {
    return new Session(this, randomText(ID_LENGTH), ownerOf(principal), this.#conversations.begin(), Date.now());
  }

  /** Keeps a session whose handshake has been answered. @throws LocalError `limit` when there are too many. */
  keep(session: Session): Eventually<void> {
    return this.#store.set(session.owner, session.id, session.save().record, limits.sessionOpening);
  }

  /** The session of this id that belongs to this principal. Those of others are as unknown as those that never were. */
  find(principal: Principal | undefined, id: string): Eventually<Session | undefined> {
    const owner = ownerOf(principal);
    if (id === this.#touched) {
      // What a store of one's own was told of a moment ago is there.
      const live = this.#isShared ? undefined : this.#live.get(id);
      if (live?.owner === owner) return this.#woken(live);
    } else if (id.length !== ID_LENGTH || !isRandomText(id)) return undefined;
    return this.#look(owner, id);
  }

  /** Looks for a session in the store. */
  #look(owner: string, id: string): Eventually<Session | undefined> {
    return then(this.#store.get(owner, id), (record) => this.#restored(owner, id, record));
  }

  /** Ends a session for good. */
  end(session: Session): Eventually<unknown> {
    this.#forget(session);
    return this.#store.delete(session.owner, session.id);
  }

  /** @internal Stores what a session remembers, and lets go of it when nobody uses it. */
  rest(session: Session): Eventually<void> {
    const { id } = session;
    if (this.#live.get(id) !== session) return;
    if (session.isChanged) return this.renew(session);
    if (!session.isUsed) this.#letRest(session);
    // A store need not be told a thousand times in the time that a session may be idle.
    if (id !== this.#touched) return this.#tell(session);
  }

  /** Tells the store that a session is in use. */
  #tell(session: Session): Eventually<void> {
    const { owner, id } = session;
    const ttl = this.#timeLeft(session, Date.now());
    if (ttl <= 0) return this.#expire(session);
    if (ttl === this.idle) this.#touch(id);
    return then(this.#store.touch(owner, id, ttl), (isThere) => {
      // What ended elsewhere must not begin again here.
      if (!isThere) this.#forget(session);
    });
  }

  /** The store has been told of this one: for a while, and never for long, that is enough. */
  #touch(id: string): void {
    this.#touched = id;
    if (this.#forgetting !== undefined) return;
    this.#forgetting = setTimeout(
      () => {
        this.#forgetting = undefined;
        this.#touched = "";
      },
      Math.min(this.idle / 1000, MINUTE),
    );
    (this.#forgetting as { unref?: () => unknown }).unref?.();
  }

  /** @internal Learns what other processes have stored of a session, and stores what it remembers. */
  renew(session: Session): Eventually<void> {
    return then(this.#store.get(session.owner, session.id), (record) => this.#save(session, record));
  }

  #save(session: Session, record: Json | undefined): Eventually<void> {
    if (this.#live.get(session.id) !== session) return;
    if (record === undefined) return this.#forget(session);
    session.learn((record as unknown as SessionRecord).state);
    if (!session.isUsed) this.#letRest(session);
    const ttl = this.#timeLeft(session, Date.now());
    if (ttl <= 0) return this.#expire(session);
    const { record: renewed, saved } = session.save();
    return then(this.#store.set(session.owner, session.id, renewed, ttl), saved);
  }

  #expire(session: Session): Eventually<void> {
    return then(this.end(session), () => {});
  }

  /** How long a session may be idle from now on, in milliseconds. */
  #timeLeft({ since }: Session, now: number): number {
    return Math.min(this.idle, since + this.#lifetime - now);
  }

  /** Ends the streams that belong to no request; their clients come back, to whoever serves then. */
  closeOwnStreams(): void {
    for (const session of this.#live.all()) session.closeOwn();
  }

  /** Ends what happens in all sessions here; those in a store of others can be gone on with elsewhere. */
  close(): void {
    for (const session of this.#live.all()) this.#forget(session);
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
      return this.#woken(live);
    }
    const session = new Session(this, id, owner, this.#conversations.begin(state), since);
    this.#live.add(session);
    this.#endpoint.keepAlive.add(session);
    return session;
  }

  /** A session is used again. */
  #woken(session: Session): Session {
    if (session === this.#resting) this.#resting = undefined;
    this.#endpoint.keepAlive.add(session);
    return session;
  }

  /** Nobody uses a session now. */
  #letRest(session: Session): void {
    this.#endpoint.keepAlive.delete(session);
    if (this.#resting === session) return;
    if (this.#resting !== undefined) this.#live.delete(this.#resting);
    this.#resting = session;
  }

  #forget(session: Session): void {
    if (this.#resting === session) this.#resting = undefined;
    this.#live.delete(session);
    this.#endpoint.keepAlive.delete(session);
    session.close();
  }
}

/** Goes on with a value at once, where it is there. */
function then<T, R>(value: Eventually<T>, use: (value: T) => Eventually<R>): Eventually<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}

/** The owner under which stores keep what belongs to somebody; nobody's things have the empty one. */
function ownerOf(principal: Principal | undefined): string {
  return principal?.id ?? "";
}
