/** A value that JSON can say. What a store gives back must not be changed: it may be the very object that was put in. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A value, or the promise of one where the store is somewhere else. */
export type Eventually<T> = T | Promise<T>;

/**
 * Values under keys, each with an owner. A store in the same process may answer at once; one that is shared between
 * processes lets any of them go on with what another began.
 *
 * The owner is part of every call, so that no key, however it was come by, leads to what belongs to somebody else.
 */
export interface KeyValue {
  /** The value, or `undefined` when there is none, or none any more. */
  get(owner: string, key: string): Eventually<Json | undefined>;
  /**
   * Puts a value in place of whatever is there, for `ttl` milliseconds; without one it stays.
   *
   * @throws LocalError `limit` when the store is full; what is in it is never put out for something new.
   */
  set(owner: string, key: string, value: Json, ttl?: number): Eventually<void>;
  /**
   * Puts a value where there is none, as {@link set} does; false when there is one. Of several that try at the same
   * time, in whatever process, one alone succeeds.
   */
  add(owner: string, key: string, value: Json, ttl?: number): Eventually<boolean>;
  /** Keeps a value for `ttl` milliseconds from now on; false when there is none. It never brings one back. */
  touch(owner: string, key: string, ttl: number): Eventually<boolean>;
  /** Takes a value away; false when there was none. */
  delete(owner: string, key: string): Eventually<boolean>;
}

/** An entry of a {@link Log}: an event, or several that were written at the same time. */
export interface LogEntry {
  /** The place of the first event in it: events count from 1, and no place is left out. */
  readonly first: number;
  /** The place of the last event in it. */
  readonly last: number;
  readonly text: string;
  /** Whether it is progress alone. The next such entry makes it worthless, and a log may keep that one in its place. */
  readonly isProgress?: boolean;
}

/**
 * Texts in order, in logs that each have an owner and a name. A log keeps its newest entries, for a time.
 */
export interface Log {
  /** Adds an entry behind all others of this log, at a place that the writer counts. */
  append(owner: string, name: string, entry: LogEntry): Eventually<void>;
  /**
   * The entries that have events after a place, in order; `undefined` when the log is not there, or no longer has all of
   * those events. Only the log of this owner and name is looked at.
   */
  after(owner: string, name: string, place: number): Eventually<readonly LogEntry[] | undefined>;
  /** Forgets a log. */
  delete(owner: string, name: string): Eventually<void>;
}

/** Brings texts to everybody who listens at that moment, in every process that shares it. Nothing is kept. */
export interface PubSub {
  /**
   * Gives a text to all that have subscribed to a topic of this owner, the publisher's own process included. Texts of one
   * publisher arrive in order. It does not wait for them to arrive.
   */
  publish(owner: string, topic: string, text: string): Eventually<void>;
  /**
   * Hears every text on a topic of this owner that is published after the subscription is there, and gives what ends it.
   * A listener is called with one text after the other, and must not throw.
   */
  subscribe(owner: string, topic: string, listener: (text: string) => void): Eventually<() => Eventually<void>>;
}
