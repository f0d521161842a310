import type { CloseReason } from "./channel.ts";
import type { PeerOptions } from "./peer-options.ts";
import type { Call } from "./exchange.ts";
import type { ErrorResponse, Malformed, Notification, Request, Response } from "./message.ts";

/** An answer that is there at once, or the promise of one. */
export type Answered = Response | Promise<Response>;

/** What a side does with what the other side starts. */
export interface Listener {
  /** Answers a request of the peer; `undefined` where the revision in use forbids requests from that side. */
  ask(request: Request, call: Call): Answered | undefined;
  /** Takes a notification of the peer that belongs to no request under way. Called in wire order. */
  emit(notification: Notification): void;
  /**
   * Some of what the peer said unasked may be lost, since the way on which it says that was cut; with an error, nothing of
   * it is heard any more.
   */
  missed?(error?: Error): void;
  /** Takes what arrived and is no message; a response that it gives back is sent. */
  malformed?(malformed: Malformed): ErrorResponse | undefined;
  /** Whether batches are part of the revision in use. The messages of one are answered one by one. */
  batches?(): boolean;
  /** The peer sends nothing more: bring to an end what would stay open by itself. */
  end?(): void;
}

/** A conversation with one peer, in terms of requests and their answers. */
export interface Transport {
  /** Sends a request and gives the peer's answer: an {@link Exchange}, or what gives an answer that is there at once. */
  readonly exchange: (request: Request, call: Call) => Answered;
  /** Sends a notification that belongs to no request. */
  send(notification: Notification): void | Promise<void>;
  /** Says who takes what the peer starts. Called once, before the first request. */
  attach(listener: Listener): void;
  /** Ends the conversation at once; requests without an answer reject with `LocalError("closed")`. */
  close(): Promise<void>;
  /** Takes no more requests, lets those that run be answered while a grace time lasts, then closes. */
  end(): Promise<void>;
  /**
   * When it was last this side that kept requests from being answered, such as by a user who logs in, by the clock of
   * `performance.now()`: the peer is given its time from then on.
   */
  waited?(): number;
  /** Settles, never rejects, when the conversation is over. */
  readonly closed: Promise<CloseReason>;
}

/** Opens a transport, and opens it anew when the one before has ended: a command that can be started again. */
export interface Connector {
  open(options?: PeerOptions): Promise<Transport>;
  /** Whether a client opens it anew when it ends unasked, with growing pauses. Default false. */
  readonly restart?: boolean;
}
