import { limits } from "../../limits.ts";

/** How streams are opened again. Times are milliseconds. */
export interface Pacing {
  /** The shortest pause, and the first one where the server names none. */
  readonly retryLeast: number;
  /** The longest pause. */
  readonly retryMost: number;
  /** Times in a row without an event, after which a stream is given up. */
  readonly reconnects: number;
  /** A stream that was open for so long did not fail, even if it had nothing to say. */
  readonly steady: number;
  /** Lengthens pauses by up to a quarter, so that clients do not come back all at once. From 0 to 1. */
  readonly random: () => number;
}

/** The pauses of every transport but those of tests. */
export const PACING: Pacing = {
  retryLeast: limits.retryLeast,
  retryMost: limits.retryMost,
  reconnects: limits.reconnects,
  steady: 30_000,
  random: Math.random,
};
