/** What the tests and the process with the server under test say to each other. */
import type { HostName } from "./host-names.ts";

/** Options of an endpoint, as far as they can be sent to another process. */
export interface EndpointOptions {
  readonly hosts?: readonly string[] | "any";
  readonly origins?: readonly string[] | "any";
  readonly sessions?: false;
  readonly replay?: false;
  readonly sse?: true;
  readonly bodyBytes?: number;
  readonly requests?: number;
  /** Two users, `alice` and `bob`, by their tokens; anything else is refused with 401. */
  readonly users?: boolean;
  /** Sessions stand in a store of which the entries are counted, with a clock of its own. */
  readonly counted?: boolean;
}

/** What the server's process tells of itself. */
export interface Report {
  readonly runs: Readonly<Record<string, number>>;
  readonly seen: Readonly<Record<string, unknown>> | undefined;
  readonly waiting: number;
  readonly aborted: number;
  readonly flooded: number;
  readonly told: readonly string[];
  /** Unhandled rejections, uncaught exceptions and warnings of Node, since the last report. */
  readonly faults: readonly string[];
  /** Sessions in the store of `counted`. */
  readonly sessions: number;
  /** Bytes, after the garbage was collected. */
  readonly rss: number;
  /** Bytes in use by objects and buffers, after the garbage was collected. */
  readonly used: number;
  /** How late the event loop was since the last report, in milliseconds. */
  readonly lag: { readonly p99: number; readonly max: number };
}

export type Command =
  | { readonly kind: "open"; readonly host: HostName; readonly options: EndpointOptions }
  | { readonly kind: "report" }
  | { readonly kind: "release" }
  | { readonly kind: "change" }
  /** Puts the clock of the counted sessions forward. */
  | { readonly kind: "skip"; readonly milliseconds: number };

export interface Question {
  readonly id: number;
  readonly command: Command;
}

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
