import { LocalError } from "../errors.ts";
import type { Malformed, Message } from "./message.ts";
import type { Serialized } from "./serialized.ts";

/**
 * Why a channel or transport is at its end.
 *
 * - `end`: the peer sends nothing more; what is being answered can still be sent.
 * - `closed`: one of the two sides closed it.
 * - `error`: it broke; `error` says how.
 */
export type CloseReason =
  | { readonly kind: "end" }
  | { readonly kind: "closed" }
  | { readonly kind: "error"; readonly error: Error };

/**
 * An ordered, reliable pipe of messages both ways.
 *
 * What arrives and is no message is given to the listener as a {@link Malformed}, so that nothing is lost silently.
 */
export interface Channel {
  /**
   * Sends a message. Gives a promise only when the reader is slow; it settles when there is room again. A response
   * always goes out (see `encode`); a request or notification that is no JSON throws. After the end it does nothing.
   */
  send(message: Message | Serialized): void | Promise<void>;
  /** Says who gets what arrives. Called once, before anything is delivered. */
  receive(listener: (message: Message | Malformed) => void): void;
  /** Closes both directions, after what was sent has left. */
  close(): Promise<void>;
  /** Settles, never rejects, when no more messages will arrive. */
  readonly closed: Promise<CloseReason>;
}

/** What requests without an answer reject with when their connection is at its end. */
export function closedError(reason: CloseReason): LocalError {
  const cause = reason.kind === "error" ? reason.error : undefined;
  return cause instanceof LocalError ? cause : new LocalError("closed", "The connection is closed", { cause });
}
