import { DefinitionError } from "../errors.ts";
import type { Request } from "../jsonrpc/index.ts";
import type { Revision } from "../protocol/index.ts";
import type { ChangesOptions } from "./changes.ts";
import { checkStateKeys, type StateKey } from "./sealing.ts";

/** Where a server writes what nobody else is told; `console` fits. */
export interface Logger {
  warn(...data: readonly unknown[]): void;
  error(...data: readonly unknown[]): void;
}

/**
 * How long clients may keep an answer (since 2026-07-28).
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching
 */
export interface CacheHint {
  /** How long the answer stays fresh after it arrived, in milliseconds: an integer, 0 or more. */
  readonly ttlMs: number;
  /** Whom it may be given to: `"public"` everybody, `"private"` who asked alone. Default `"private"`. */
  readonly cacheScope?: "public" | "private";
}

/** How long clients may keep each list, and what the server says of itself. Default of each: `ttlMs` 0 and `"private"`. */
export interface CacheHints {
  readonly tools?: CacheHint;
  readonly prompts?: CacheHint;
  /** The list of resources. What is read is up to the option `cache` of each resource. */
  readonly resources?: CacheHint;
  readonly resourceTemplates?: CacheHint;
  /** What `server/discover` tells: capabilities and instructions. */
  readonly discover?: CacheHint;
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
  /** How long clients may keep lists (since 2026-07-28). Default: not at all. */
  readonly cache?: CacheHints;
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

const CACHED = "tools prompts resources resourceTemplates discover";

const SERVER_OPTIONS =
  "instructions revisions identity timeout pageSize stateKeys changes cache onError logger onRootsChanged";

/** @throws DefinitionError for a hint that no client could follow. */
export function checkHint(where: string, hint: CacheHint): void {
  checkOptions(where, hint, ["ttlMs", "cacheScope"]);
  const { ttlMs, cacheScope } = hint;
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 0) {
    throw new DefinitionError(`ttlMs of ${where} must be an integer of milliseconds, 0 or more, not ${ttlMs}`);
  }
  if (cacheScope !== undefined && cacheScope !== "public" && cacheScope !== "private") {
    throw new DefinitionError(`cacheScope of ${where} must be "public" or "private", not ${cacheScope}`);
  }
}

/** @throws DefinitionError for options of a server that make no sense. */
export function checkServerOptions(options: ServerOptions): void {
  checkOptions("A server", options, SERVER_OPTIONS.split(" "));
  const { timeout, pageSize, cache = {} } = options;
  checkStateKeys(options.stateKeys);
  checkChanges(options.changes);
  if (timeout !== undefined && !(timeout > 0)) {
    throw new DefinitionError(`timeout must be a positive number of milliseconds, not ${timeout}`);
  }
  if (pageSize !== undefined && !(Number.isSafeInteger(pageSize) && pageSize > 0)) {
    throw new DefinitionError(`pageSize must be a positive integer, not ${pageSize}`);
  }
  checkOptions("cache", cache, CACHED.split(" "));
  for (const [name, hint] of Object.entries(cache)) checkHint(`cache.${name}`, hint);
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
