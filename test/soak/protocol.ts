/** What the soak suite and the process of its server tell each other. */

/** How a server is doing. */
export interface Report {
  /** Heap in use after all that can be collected has been, in bytes. */
  readonly heap: number;
  /** Resident memory, in bytes: now, and the most since the last report. */
  readonly rss: number;
  readonly peak: number;
  /** Messages that the tool `flood` has begun to send. */
  readonly offered: number;
  /** Calls of tools that have not come to their end. */
  readonly running: number;
  /** What should not have happened: warnings, rejections that nobody handled, problems that the server told of. */
  readonly faults: readonly string[];
}

/** The first message of the server's process. */
export interface Started {
  readonly port: number;
}

/** The paths of the server, each an endpoint with options of its own. */
export const PATHS = {
  /** Sessions and replay as they are by default, but for events that are kept for a short time. */
  sessions: "/sessions",
  /** No events are kept. */
  plain: "/plain",
  /** Events are kept in a store that answers later, several requests at once. */
  later: "/later",
  /** No sessions: each request stands alone. */
  single: "/single",
  /** The transport of revision 2024-11-05. */
  sse: "/sse",
  /** Sessions that are over when they are idle for {@link SHORT} milliseconds. */
  short: "/short",
} as const;

/** How long sessions of the endpoint `short` may be idle, in milliseconds. */
export const SHORT = 300;

/** What a question of the server asks for, and how its answer has to look. */
export const answerTo = (token: string): string => `answer to ${token}`;
