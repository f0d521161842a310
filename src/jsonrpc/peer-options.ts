import type { Binding } from "./exchange.ts";

/** Options of {@link peer}; all have defaults. */
export interface PeerOptions {
  /** What the binding knows of this connection, handed to every call. */
  readonly binding?: Binding;
  /** Told what went wrong and was survived: a late response, a handler that broke its promise. Default: nobody. */
  readonly onProblem?: (problem: unknown) => void;
  /** Requests of the peer that run at once; more wait. Default `limits.inFlight`. */
  readonly inFlight?: number;
  /** Requests of the peer that wait; more are refused. Default `limits.queued`. */
  readonly queued?: number;
  /** How long answers may still be made after the peer sends nothing more. Default `limits.graceTimeout`. */
  readonly graceTimeout?: number;
}
