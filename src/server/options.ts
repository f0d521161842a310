import { DefinitionError } from "../errors.ts";
import type { Request } from "../jsonrpc/index.ts";
import type { Revision } from "../protocol/index.ts";
import type { ChangesOptions } from "./changes.ts";
import { checkStateKeys, type StateKey } from "./seal.ts";

/** Where a server writes what nobody else is told; `console` fits. */
export interface Logger {
  warn(...data: readonly unknown[]): void;
  error(...data: readonly unknown[]): void;
}

/** Options of a server; all have defaults. */
export interface ServerOptions {
  /** How to use the server, for the model. */
  readonly instructions?: string;
  /** The revisions to speak. Default: all. */
  readonly revisions?: readonly Revision[];
  /** Whether results say who gives them (since 2026-07-28). Default true. */
  readonly identity?: boolean;
  /** How long a handler may take, in milliseconds; then its signal aborts, and a second later the caller gets -32603. Default: no limit. */
  readonly timeout?: number;
  /** Entries on one page of a list. Default `limits.pageSize`. */
  readonly pageSize?: number;
  /**
   * Keys that seal what a call remembers while its client has it (`requestState`, since 2026-07-28): at least 32 bytes
   * each. The first one seals, all of them open, so that keys can be changed without a break. Every process that may get
   * the next round of a call needs the same. Default: a key of this process.
   */
  readonly stateKeys?: readonly StateKey[];
  /**
   * For a server that runs in several processes: tells the clients of all of them what changes in one. Adding and removing
   * tools is told as well, so do it everywhere. Default: clients hear of the process that they are connected to.
   */
  readonly changes?: ChangesOptions;
  /** Told what a handler threw, and what else the caller only hears of in general words. Default: the logger. */
  readonly onError?: (error: unknown, request?: Request) => void;
  /** Default: `console`. */
  readonly logger?: Logger;
  /** A client's folders changed (until 2025-11-25). @deprecated Roots are deprecated since 2026-07-28. */
  readonly onRootsChanged?: () => void;
}

/** @internal Refuses options that nobody knows: a misspelt one would otherwise be lost in silence. */
export function checkOptions(where: string, options: object, known: readonly string[], advice = ""): void {
  if (typeof options !== "object" || options === null) {
    throw new DefinitionError(`The options of ${where} must be an object`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      const names = known.join(", ");
      throw new DefinitionError(`${where} has the option "${name}", which nothing knows. Known: ${names}${advice}`);
    }
  }
}

const SERVER_OPTIONS = [
  "instructions",
  "revisions",
  "identity",
  "timeout",
  "pageSize",
  "stateKeys",
  "changes",
  "onError",
  "logger",
  "onRootsChanged",
];

/** @throws DefinitionError for options of a server that make no sense. */
export function checkServerOptions(options: ServerOptions): void {
  checkOptions("A server", options, SERVER_OPTIONS);
  const { timeout, pageSize } = options;
  checkStateKeys(options.stateKeys);
  checkChanges(options.changes);
  if (timeout !== undefined && !(timeout > 0)) {
    throw new DefinitionError(`timeout must be a positive number of milliseconds, not ${timeout}`);
  }
  if (pageSize !== undefined && !(Number.isSafeInteger(pageSize) && pageSize > 0)) {
    throw new DefinitionError(`pageSize must be a positive integer, not ${pageSize}`);
  }
}

function checkChanges(options: ChangesOptions | undefined): void {
  if (options === undefined) return;
  checkOptions("The option changes of a server", options, ["pubsub", "topic"]);
  const { pubsub, topic } = options;
  if (typeof pubsub?.publish !== "function" || typeof pubsub.subscribe !== "function") {
    throw new DefinitionError("changes needs a pubsub with publish and subscribe, such as memoryPubSub()");
  }
  if (topic !== undefined && (typeof topic !== "string" || topic === "")) {
    throw new DefinitionError(`topic must be a text that is not empty, not ${JSON.stringify(topic)}`);
  }
}
