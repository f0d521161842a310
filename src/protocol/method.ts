import type { Revision } from "./revisions.ts";

/** Who sends a request or notification. */
export type Sender = "client" | "server" | "both";

/** Everything that is known of one method. Nothing else in mcplex knows a fact about a method by its name. */
export interface Method {
  readonly name: string;
  readonly from: Sender;
  /** The first revision that has it. */
  readonly since: Revision;
  /** The last revision that has it; none when the newest still has it. */
  readonly until?: Revision;
  /** Says what is wrong with parameters, or `undefined`. */
  readonly params: (params: unknown) => string | undefined;
  /** Says what is wrong with a result, or `undefined`; what is unknown passes. */
  readonly result?: (result: unknown) => string | undefined;
  /** The capability that the answering side must declare, member by member. */
  readonly capability?: readonly [string, ...string[]];
  /** The first revision that wants the capability declared, where that came later than the method. */
  readonly capabilitySince?: Revision;
  /** Whether the answer may be `input_required` (since 2026-07-28). */
  readonly asks?: true;
  /** Whether the result carries `ttlMs` and `cacheScope` (since 2026-07-28). */
  readonly cacheable?: true;
  /** The methods of which a notification makes answers stale: all of them, or those about its `uri`. */
  readonly stales?: readonly string[];
  /** The parameter that HTTP mirrors in `Mcp-Name` (since 2026-07-28). */
  readonly mcpName?: string;
  /** What to do instead, in conversations of revisions that advise against it. */
  readonly deprecated?: { readonly since: Revision; readonly instead: string };
  /** Whether the request stays open until one side ends it: no time-out applies. */
  readonly stays?: true;
  /** Whether the answer waits for something that takes its own time: no time-out of the server applies. */
  readonly waits?: true;
}
