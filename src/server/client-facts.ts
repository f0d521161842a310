import type { ClientCapabilities, Implementation, LoggingLevel, Revision } from "../protocol/index.ts";

/** What is known of the client that asks. It says so itself: never decide on access by it. */
export interface ClientFacts {
  /** The revision of this request. */
  readonly version: Revision;
  /** Name and version, where the client gives them. */
  readonly info: Implementation | undefined;
  /** What the client can do. */
  readonly capabilities: ClientCapabilities;
  /** The least severe log messages that the client wants; none when absent. */
  readonly logLevel: LoggingLevel | undefined;
}
